"""The errors a person can act on: what happened, where, and what to do next.

Belongs here: the exception tree and its exit codes. Must not: code that raises them.
"""

from __future__ import annotations

from typing import ClassVar

from pipelines.floor.messages import Message, in_english
from pipelines.floor.redaction import redacted

_NAMED = 5
"""Tables and columns that a message names; more make no sentence."""


class LandscapeError(Exception):
    """Base of every expected failure; anything else that escapes is a defect of ours. Its texts hold no secret.

    Parameters
    ----------
    what
        What happened, as one sentence without a final full stop.
    where
        The file, URL, table or setting it happened to.
    hint
        How the reader can mend it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(redacted(what))
        self.what = redacted(what)
        self.where = redacted(where)
        self.hint = redacted(hint)

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.hint:
            lines.append(f"What to do: {self.hint}")
        return "\n".join(lines)


class SeedsError(LandscapeError):
    """A file under ``seeds/`` is missing, malformed or contradicts another."""

    exit_code = 3


class SourceError(LandscapeError):
    """An upstream, or the committed sample in its place, could not be read."""

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


class OtherVersionError(NotPublishedError):
    """The published file was written by an earlier or a later version of the software.

    Parameters
    ----------
    path
        The file.
    written
        Version of its tables; None if it does not say.
    read
        Version that this software reads.
    lacking
        Tables and columns that this software reads and the file does not have.
    build_command
        Publishes the version that is read.
    """

    def __init__(
        self, path: object, written: str | None, read: str, lacking: tuple[str, ...], build_command: str
    ) -> None:
        self.build_command = build_command
        self.written = written
        self.read = read
        self.lacking = lacking
        what = (
            f"the published file is of {'a later' if self.is_later else 'an earlier'} version:"
            f" its tables are of version {written or 'unknown'}, this software reads version {read}"
        )
        if lacking:
            what += f"; it lacks {', '.join(lacking[:_NAMED])}"
            if len(lacking) > _NAMED:
                what += f" and {len(lacking) - _NAMED} more"
        super().__init__(
            what,
            where=str(path),
            hint="bring the software up to the version that wrote it: `git pull`, then `make setup`"
            if self.is_later
            else f"run `{build_command}`: it makes every table anew, and what bronze holds stays",
        )

    @property
    def is_later(self) -> bool:
        """Whether a later version of the software wrote it."""
        numbers = [
            int(one) if one is not None and one.isdecimal() else 0 for one in (self.written, self.read)
        ]
        return numbers[0] > numbers[1]


class UnknownChoiceError(LandscapeError):
    """Somebody asked the published file for a name, a month or a project that it does not have."""

    exit_code = 2


class QueryError(LandscapeError):
    """The SQL a person typed could not be run.

    Parameters
    ----------
    what, hint
        As of any error: a message where these are our words, text where they are DuckDB's.
    where
        The SQL.

    Attributes
    ----------
    what_said, hint_said
        Both as they were given, for readers of other languages.
    """

    exit_code = 9

    def __init__(self, what: str | Message, *, where: str = "", hint: str | Message = "") -> None:
        super().__init__(_in_english(what), where=where, hint=_in_english(hint))
        self.what_said = what
        self.hint_said = hint


class RegressionError(LandscapeError):
    """The publication would lose what the last one had, and nobody accepted that."""

    exit_code = 11


class DataProfileError(LandscapeError):
    """The data folder belongs to the other data profile, sample or live."""

    exit_code = 10


def _in_english(said: str | Message) -> str:
    return in_english(said) if isinstance(said, Message) else said
