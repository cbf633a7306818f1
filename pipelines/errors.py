"""The errors a person can act on: what happened, where, and what to do next.

Belongs here: the exception tree and its exit codes. Must not: code that raises them.
"""

from __future__ import annotations

from typing import ClassVar


class LandscapeError(Exception):
    """Base of every expected failure; anything else that escapes is a defect of ours.

    Parameters
    ----------
    what
        What happened, as one sentence without a final full stop.
    where
        The file, URL, table or setting it happened to.
    hint
        What the reader can do about it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.hint:
            lines.append(f"What to do: {self.hint}")
        return "\n".join(lines)


class SeedsError(LandscapeError):
    """A file under ``seeds/`` is missing, malformed or contradicts another."""

    exit_code = 3


class SourceError(LandscapeError):
    """An upstream, or the committed sample that stands in for it, could not be read."""

    exit_code = 4


class StorageError(LandscapeError):
    """A file of ours could not be read or written: disk full, read-only, damaged."""

    exit_code = 5


class ChecksFailedError(LandscapeError):
    """Rows broke a contract, so nothing was published."""

    exit_code = 6


class BusyError(LandscapeError):
    """Another process holds the one writer's lock."""

    exit_code = 7


class NotPublishedError(LandscapeError):
    """There is no published landscape to read yet."""

    exit_code = 8


class QueryError(LandscapeError):
    """The SQL a person typed could not be run."""

    exit_code = 9
