"""The end of GitHub's hourly limit, as every source that watches it says it.

Belongs here: the words. Must not: how much of the limit a source leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sources.failures import RateLimitedError

if TYPE_CHECKING:
    from datetime import datetime


def nearly_used_up(left: str, unfinished: str, resets_at: datetime | None, url: str) -> RateLimitedError:
    """The error of a run that stops before GitHub's hourly limit is used up.

    Parameters
    ----------
    left
        What is left of the limit, as a clause.
    unfinished
        What was not asked for, as a clause.
    resets_at
        When the limit starts anew, in UTC; None where GitHub does not say.
    url
        What was asked.
    """
    until = "" if resets_at is None else f"; the limit starts anew at {resets_at:%Y-%m-%d %H:%M} UTC"
    return RateLimitedError(
        f"GitHub's hourly limit is nearly used up ({left}); {unfinished}{until}",
        where=url,
        hint="run the same command again then: what came is kept, and only the rest is asked for",
    )
