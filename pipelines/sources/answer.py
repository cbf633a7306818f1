"""An answer as it came, and how an earlier one makes the next request conditional.

Belongs here: values. Must not: requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer held in memory whole."""

    url: str
    status_code: int
    reason: str
    headers: Headers
    content: bytes


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier answer to the same request, so that an upstream need only say that nothing changed.

    Attributes
    ----------
    retrieved_at
        When it was asked for, with a time zone: at or before the moment of the answer.
    etag, last_modified
        Headers of that answer; None if it had none.
    is_held
        Whether its content is still here. Without it, "not modified" is no answer and the request is repeated
        without conditions.
    """

    retrieved_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    is_held: bool = True

    @property
    def conditions(self) -> dict[str, str]:
        """Headers of a conditional request.

        An upstream that gave no validator, or had nothing then, is asked for what changed since.
        """
        if self.etag is None:
            since = self.last_modified or format_datetime(self.retrieved_at, usegmt=True)
            return {"If-Modified-Since": since}
        by_date = {} if self.last_modified is None else {"If-Modified-Since": self.last_modified}
        return {"If-None-Match": self.etag} | by_date
