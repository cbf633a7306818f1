"""From an hour file of GH Archive to fact rows, line by line and exactly.

Belongs here: what of an event is kept, and what of a damaged file can be saved. Must not: where rows are
stored, or which of two copies of an event counts.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np
import polars as pl
from isal import isal_zlib

from pipelines.floor.errors import StorageError
from pipelines.floor.names import are_repo_full_names, repo_full_name_problem
from pipelines.floor.periods import Hour

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO


EVENT_SCHEMA = pl.Schema(
    {
        "event_id": pl.Int64(),
        "event_type": pl.String(),
        "action": pl.String(),
        "created_at": pl.Datetime("us"),
        "actor_id": pl.Int64(),
        "actor_login": pl.String(),
        "repo_id": pl.Int64(),
        "repo_full_name": pl.String(),
        "org_id": pl.Int64(),
        "org_login": pl.String(),
        "number": pl.Int64(),
        "issue_id": pl.Int64(),
        "pull_request_id": pl.Int64(),
        "comment_id": pl.Int64(),
        "review_id": pl.Int64(),
        "push_id": pl.Int64(),
        "is_pull_request": pl.Boolean(),
        "is_merged": pl.Boolean(),
        "is_snyk": pl.Boolean(),
        "source_file": pl.String(),
    }
)
"""The columns of a fact row, in order. Bodies, e-mail addresses and commits are not among them."""

QUARANTINE_SCHEMA = pl.Schema(
    {
        "source_file": pl.String(),
        "line_number": pl.Int64(),
        "cause": pl.String(),
        "excerpt": pl.String(),
        "line_sha256": pl.String(),
    }
)

MAX_RATIO = 100
"""Largest size of an hour's content against its gzip file. Real hours are near 6, and 20 at most; deflate reaches
1,032, so what lies above is made to fill a memory or a disk."""

MAX_BYTES = 16 << 30
"""Largest content of an hour file, in bytes: twenty times the busiest hour of the archive."""

MAX_LINE_BYTES = 64 << 20
"""Longest line of an hour file, in bytes: GitHub cuts payloads far below, and a line is held in memory."""

_EARLIEST = datetime(2011, 2, 12, tzinfo=UTC).timestamp()
"""The first hour that GH Archive has a file of: no event in any file is older."""

CLOCK_TOLERANCE = timedelta(hours=1)
"""How long after the hour of its file an event may have been created. The archive writes what its crawler sees within
the hour, so an event is later only where two clocks differ; no difference of an hour was ever reported."""

_RATIO_FREE_BYTES = 64 << 20
"""Content that is never too much, whatever its ratio: small files of equal lines compress well."""

_EXCERPT_CHARACTERS = 200
_NEWLINE = ord("\n")
_BLOCK_BYTES = 1 << 16
"""Decompressed at a time: six times as much content, which a processor's cache still holds when it is decoded."""
_EVENTS_AT_ONCE = 2000
"""Events that become columns together: few enough to be still in the cache, many enough to be worth the call."""
_GZIP_WBITS = 16 + isal_zlib.MAX_WBITS

_UNDERSTOOD_TYPES = frozenset(
    {
        "CommitCommentEvent",
        "CreateEvent",
        "DeleteEvent",
        "ForkEvent",
        "GollumEvent",
        "IssueCommentEvent",
        "IssuesEvent",
        "MemberEvent",
        "PublicEvent",
        "PullRequestEvent",
        "PullRequestReviewCommentEvent",
        "PullRequestReviewEvent",
        "PullRequestReviewThreadEvent",
        "PushEvent",
        "ReleaseEvent",
        "WatchEvent",
    }
)
"""Types whose payload must be as `_Payload` says; any other type is kept whatever its payload holds."""

_Id = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class _Fields(msgspec.Struct, gc=False):
    """The part of a JSON object that is read; every other key is skipped without building it."""


class _Actor(_Fields):
    id: _Id
    login: str | None = None


class _Repo(_Fields):
    id: _Id
    name: str


class _Org(_Fields):
    id: _Id | None = None
    login: str | None = None


class _Present(_Fields):
    """An object of which only its being there matters."""


class _Numbered(_Fields):
    id: _Id | None = None


class _Issue(_Fields):
    id: _Id | None = None
    number: _Id | None = None
    title: str | None = None
    pull_request: _Present | None = None


class _PullRequest(_Fields):
    id: _Id | None = None
    number: _Id | None = None
    title: str | None = None
    merged: bool | None = None


class _Payload(_Fields):
    """Union of the payloads of both eras: what a type or an era lacks stays None."""

    action: str | None = None
    number: _Id | None = None
    push_id: _Id | None = None
    issue: _Issue | None = None
    pull_request: _PullRequest | None = None
    comment: _Numbered | None = None
    review: _Numbered | None = None


class _Event(_Fields):
    id: _Id
    type: str
    actor: _Actor
    repo: _Repo
    created_at: str
    payload: _Payload | None = None
    org: _Org | None = None


_Dated = tuple[_Event, float]
"""An event and when it was created, in seconds since 1970."""

_NO_PAYLOAD, _NO_ORG = _Payload(), _Org()
_NO_ISSUE, _NO_PULL_REQUEST, _NO_NUMBERED = _Issue(), _PullRequest(), _Numbered()

# Lax, because the archive writes the event id as a string.
_decoder = msgspec.json.Decoder(_Event, strict=False)
_decode_json_from = json.JSONDecoder().raw_decode


_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


@lru_cache(
    maxsize=1 << 13
)  # an hour has 3,600 seconds, and converting one takes longer than reading an event
def _epoch_seconds(created_at: str) -> float:
    try:
        return msgspec.convert(created_at, _Instant).timestamp()
    except msgspec.ValidationError as error:
        raise _refused("created_at", str(error)) from None


def _decode_event(line: bytes, latest: float) -> _Dated:
    """Decode an event that was created before `latest`, in seconds since 1970."""
    event = _decoder.decode(line)
    seconds = _epoch_seconds(event.created_at)
    if problem := repo_full_name_problem(event.repo.name):
        raise _refused("repo.name", problem)
    if seconds < _EARLIEST:
        raise _refused("created_at", "before the archive began")
    if seconds >= latest:
        raise _refused("created_at", "after the hour of the file")
    return event, seconds


def _refused(field: str, problem: str) -> msgspec.ValidationError:
    """What the decoder itself would raise about `field`."""
    return msgspec.ValidationError(f"{problem} - at `$.{field}`")


@dataclass(frozen=True, slots=True)
class ParsedHour:
    """What an hour file holds.

    Attributes
    ----------
    events
        Fact rows of `EVENT_SCHEMA`, in the order of the file, repeated events included.
    quarantine
        Rows of `QUARANTINE_SCHEMA`: at most one a line, for the first part of it that gave no event.
    lines_count
        Lines that are not blank. Each gave an event, a quarantine row, or both.
    recovered_count
        Events that were saved from a line which is not simply one event.
    damage
        What is wrong with the file as a whole; empty when it could be read to its end.
    """

    events: pl.DataFrame
    quarantine: pl.DataFrame
    lines_count: int
    recovered_count: int
    damage: str


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Part of a line that gave no event."""

    cause: str
    text: str


def parse_hour(path: Path) -> ParsedHour:
    """Read every event of an hour file of GH Archive, of any era since 2015.

    A damaged line never costs another one: whole events in it are read, and the first part that gives none
    goes to the quarantine. Of a file that breaks off, everything before the break is read.

    Parameters
    ----------
    path
        The gzip file; its name becomes ``source_file``.

    Raises
    ------
    StorageError
        If the file cannot be opened or the disk fails. Bad content never raises.

    References
    ----------
    GH Archive, https://www.gharchive.org; GitHub's event types,
    https://docs.github.com/en/rest/using-the-rest-api/github-event-types
    """
    content = HourContent(path, _BLOCK_BYTES)
    hour = Hour.parse(path.name.removesuffix(".json.gz"))
    latest = (hour.start + timedelta(hours=1) + CLOCK_TOLERANCE).timestamp()
    lines = _LinesRead(path.name, latest)
    for text, lines_count in _whole_lines(content.chunks()):
        plain = _plain_events(text, lines_count, latest)
        if plain is None:
            lines.read_exactly(text)
        else:
            lines.take(*plain)
    return ParsedHour(
        events=lines.fact_rows(),
        quarantine=pl.DataFrame(lines.quarantine, schema=QUARANTINE_SCHEMA, orient="row"),
        lines_count=lines.lines_count - lines.blank_count,
        recovered_count=lines.recovered_count,
        damage=content.damage,
    )


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[tuple[memoryview, int]]:
    """Cut the content between lines, without copying more of it than lines that two chunks share.

    Gives a text and the number of its newlines: many lines, one, or the last without its newline.
    """
    begun: list[bytes] = []
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if not end:
            begun.append(chunk)
            continue
        start = 0
        if begun:
            start = chunk.find(b"\n") + 1
            yield memoryview(b"".join([*begun, chunk[:start]])), 1
        if start < end:
            text = memoryview(chunk)[start:end]
            # Faster than `bytes.count`, which looks for one newline after the other.
            yield text, int(np.count_nonzero(np.frombuffer(text, np.uint8) == _NEWLINE))
        begun = [chunk[end:]] if end < len(chunk) else []
    if begun:
        yield memoryview(b"".join(begun)), 0


def _plain_events(
    text: memoryview, lines_count: int, latest: float
) -> tuple[list[_Event], list[float]] | None:
    """The events of `text` and when they were created, or None unless each of its lines is plainly one event."""
    try:
        events = _decoder.decode_lines(text)
        seconds = [_epoch_seconds(event.created_at) for event in events]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    # The decoder also takes a line of two events, and a blank one. Should both stand in one text, the number of
    # lines evens out: every event is read all the same.
    is_plain = (
        len(events) == lines_count
        and are_repo_full_names([event.repo.name for event in events])
        and min(seconds, default=_EARLIEST) >= _EARLIEST
        and max(seconds, default=_EARLIEST) < latest
    )
    return (events, seconds) if is_plain else None


class _LinesRead:
    """What was read of an hour's lines so far."""

    def __init__(self, source_file: str, latest: float) -> None:
        self._source_file = source_file
        self._latest = latest
        self._events: list[_Event] = []
        self._seconds: list[float] = []
        self._fields: list[pl.DataFrame] = []
        self._subjects: list[pl.DataFrame] = []
        self._rows_count = 0
        self.quarantine: list[tuple[str, int, str, str, str]] = []
        self.lines_count = self.blank_count = self.recovered_count = 0

    def take(self, events: Sequence[_Event], seconds: Sequence[float]) -> None:
        """Add the events of plain lines, and when they were created."""
        self.lines_count += len(events)
        self._events += events
        self._seconds += seconds
        self._keep_few()

    def read_exactly(self, text: memoryview) -> None:
        """Add what can be saved of lines of which not all are plain."""
        for line in io.BytesIO(text):
            self.lines_count += 1
            try:
                self._add([_decode_event(line, self._latest)])
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self._read_damaged(line.removesuffix(b"\n"))
        self._keep_few()

    def fact_rows(self) -> pl.DataFrame:
        """Rows of `EVENT_SCHEMA`."""
        self._to_columns()
        return _fact_rows(self._fields, self._subjects, self._source_file)

    def _read_damaged(self, line: bytes) -> None:
        if not line.strip():
            self.blank_count += 1
            return
        saved, refusal = _recover(line, self._latest)
        self._add(saved)
        self.recovered_count += len(saved)
        if refusal is not None:
            self.quarantine.append(_quarantine_row(self._source_file, self.lines_count, line, refusal))

    def _add(self, saved: Sequence[_Dated]) -> None:
        for event, seconds in saved:
            self._events.append(event)
            self._seconds.append(seconds)

    def _keep_few(self) -> None:
        if len(self._events) >= _EVENTS_AT_ONCE:
            self._to_columns()

    def _to_columns(self) -> None:
        payloads = [event.payload or _NO_PAYLOAD for event in self._events]
        self._fields.append(_fields(self._events, self._seconds, payloads))
        self._subjects.append(_subject_fields(payloads, self._rows_count))
        self._rows_count += len(payloads)
        self._events, self._seconds = [], []


class HourContent:
    """What is in a gzip file, up to where it breaks or grows beyond measure.

    The readers of `gzip` and `isal.igzip` raise at a break instead, and take the last buffer of good lines
    along; and neither knows a limit.

    Parameters
    ----------
    path
        The gzip file.
    block_bytes
        How much of it to decompress at a time; of a block in which it breaks, nothing is read.

    Attributes
    ----------
    damage
        Why the content ended early; empty while it has not. Read it after the last chunk.
    """

    def __init__(self, path: Path, block_bytes: int) -> None:
        self._path = path
        self._block_bytes = block_bytes
        self.damage = ""

    def chunks(self) -> Iterator[bytes]:
        """The content from its beginning, in pieces of any size.

        Raises
        ------
        StorageError
            If the file cannot be opened or the disk fails.
        """
        try:
            with self._path.open("rb") as file:
                chunks = _decompressed(file, self._block_bytes)
                yield from _within_limits(chunks, os.fstat(file.fileno()).st_size)
        except EOFError:
            self.damage = "truncated: the gzip file breaks off"
        except _TooMuchError as error:
            self.damage = str(error)
        except isal_zlib.error as error:  # type: ignore[misc]  # the stub takes the class for an instance
            self.damage = f"damaged gzip: {error}"
        except OSError as error:
            raise StorageError(
                f"could not read this file: {error.strerror or error}",
                where=str(self._path),
                hint="check the disk that holds it and run the command again",
            ) from error


class _TooMuchError(Exception):
    """The content of a file is larger than that of any hour."""


def _within_limits(chunks: Iterable[bytes], compressed_bytes: int) -> Iterator[bytes]:
    limit = min(MAX_BYTES, max(_RATIO_FREE_BYTES, MAX_RATIO * compressed_bytes))
    total = line_start = 0
    for chunk in chunks:
        newline = chunk.rfind(b"\n")
        if newline >= 0:
            line_start = total + newline + 1
        total += len(chunk)
        if total > limit:
            raise _TooMuchError(
                f"too large: more than {limit:,} bytes in a gzip file of {compressed_bytes:,}"
            )
        if total - line_start > MAX_LINE_BYTES:
            raise _TooMuchError(f"too large: a line of more than {MAX_LINE_BYTES:,} bytes")
        yield chunk


def _decompressed(file: BinaryIO, block_bytes: int) -> Iterator[bytes]:
    """Decompress a gzip file of one or more members; EOFError if it ends inside one.

    Zero bytes after a member are padding, as ``gzip`` takes them.
    """
    member = isal_zlib.decompressobj(wbits=_GZIP_WBITS)
    while block := file.read(block_bytes):
        while block:
            if member.eof:
                block = block.lstrip(b"\0")
                if not block:
                    break
                member = isal_zlib.decompressobj(wbits=_GZIP_WBITS)
            yield member.decompress(block)
            block = member.unused_data
    if not member.eof:
        raise EOFError


# --- damaged lines: rare, so exact rather than fast -----------------------------------------------------

_BLANKS = re.compile(r"[\s\0]*")
_EVENT_START = re.compile(r'\{\s*"id"\s*:\s*"')


def _recover(line: bytes, latest: float) -> tuple[list[_Dated], _Refusal | None]:
    """The whole events in a damaged line, and the first part of it that is none."""
    parts = list(_parts(line.decode("utf-8", "replace"), latest))
    if not parts:
        return [], _Refusal("nothing but NUL bytes", line.decode("utf-8", "replace"))
    refusals = [part for part in parts if isinstance(part, _Refusal)]
    return [part for part in parts if not isinstance(part, _Refusal)], refusals[0] if refusals else None


def _parts(text: str, latest: float) -> Iterator[_Dated | _Refusal]:
    """Cut `text` into whole JSON values and what lies between them, without blanks and NUL runs.

    Where no value can be read, the next one is looked for where an event begins, since a cut line is cut
    at any place, even inside a string: https://github.com/igrigorik/gharchive.org/issues/271.
    """
    position = _skip_blanks(text, 0)
    while position < len(text):
        try:
            value, end = _decode_json_from(text, position)
            yield _event_from(value, latest)
        except (ValueError, RecursionError) as error:
            if not isinstance(error, msgspec.DecodeError):  # no whole value begins here
                following = _EVENT_START.search(text, position + 1)
                end = following.start() if following else len(text)
            yield _Refusal(_cause(error), text[position:end])
        position = _skip_blanks(text, end)


def _skip_blanks(text: str, position: int) -> int:
    blanks = _BLANKS.match(text, position)
    return blanks.end() if blanks else position


def _event_from(value: Any, latest: float) -> _Dated:
    """Read an event from a JSON value that the fast decoder refused.

    It refuses lone surrogates, which JSON allows, even in a field that is skipped; and the payload of a type
    that we do not know may be of any shape.
    """
    try:
        return _decode_event(_without_lone_surrogates(value), latest)
    except msgspec.ValidationError:
        event_type = value.get("type") if isinstance(value, dict) else None
        if not isinstance(event_type, str) or event_type in _UNDERSTOOD_TYPES:
            raise
        return _decode_event(_without_lone_surrogates(value | {"payload": None}), latest)


def _without_lone_surrogates(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


_PLACE = re.compile(r"(?P<problem>.*?)(?: - at `\$\.?(?P<field>.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")


def _cause(error: ValueError | RecursionError) -> str:
    """Why something is no event, naming the field; equal causes have equal words, so they can be counted.

    Examples
    --------
    >>> _cause(msgspec.ValidationError("Expected `int`, got `null` - at `$.repo.id`"))
    'repo.id is null'
    >>> _cause(msgspec.ValidationError("Object missing required field `id` - at `$.repo`"))
    'repo.id is missing'
    """
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg}"
    place = _PLACE.fullmatch(str(error))
    if not isinstance(error, msgspec.ValidationError) or place is None:
        return f"not JSON: {error}"
    problem, field = place["problem"], place["field"] or ""
    if missing := _MISSING.fullmatch(problem):
        return f"{field}.{missing[1]} is missing".removeprefix(".")
    if problem.endswith("got `null`") and field:
        return f"{field} is null"
    return f"{field or 'not an event'}: {problem}"


# A bot's address holds brackets; inside JSON the at sign may be escaped. Masking too much does no harm. The
# bound is the longest local part there is, and keeps a long run without an at sign from taking forever.
_EMAIL = re.compile(r'[^\s"<>@]{1,64}(?:@|\\u0040)[^\s"\\<>@]+')


def _excerpt(text: str) -> str:
    return _EMAIL.sub("[e-mail]", text).replace("\0", "␀")[:_EXCERPT_CHARACTERS]


def _quarantine_row(
    source_file: str, line_number: int, line: bytes, refusal: _Refusal
) -> tuple[str, int, str, str, str]:
    digest = hashlib.sha256(line).hexdigest()
    return source_file, line_number, refusal.cause, _excerpt(refusal.text), digest


# --- fact rows: a list a column, never an object a row ---------------------------------------------------


def _fields(events: Sequence[_Event], seconds: Sequence[float], payloads: Sequence[_Payload]) -> pl.DataFrame:
    """What most events have, a row each."""
    orgs = [event.org or _NO_ORG for event in events]
    text, number = pl.String(), pl.Int64()
    return pl.DataFrame(
        [
            pl.Series("event_id", [event.id for event in events], number),
            pl.Series("event_type", [event.type for event in events], text),
            pl.Series("action", [payload.action for payload in payloads], text),
            # As seconds: Polars takes six times as long for datetime objects with a zone.
            pl.Series("created_s", seconds, pl.Float64()),
            pl.Series("actor_id", [event.actor.id for event in events], number),
            pl.Series("actor_login", [event.actor.login for event in events], text),
            pl.Series("repo_id", [event.repo.id for event in events], number),
            pl.Series("repo_full_name", [event.repo.name for event in events], text),
            pl.Series("org_id", [org.id for org in orgs], number),
            pl.Series("org_login", [org.login for org in orgs], text),
            pl.Series("push_id", [payload.push_id for payload in payloads], number),
        ]
    )


def _subject_fields(payloads: Sequence[_Payload], first_row: int) -> pl.DataFrame:
    """What only events about an issue, a pull request or a comment have, a row each of those."""
    about = [
        (row, payload)
        for row, payload in enumerate(payloads, first_row)
        if payload.push_id is None  # asked first: half of all events are pushes
        and (
            payload.issue
            or payload.pull_request
            or payload.comment
            or payload.review
            or payload.number is not None
        )
    ]
    subjects = [payload for _, payload in about]
    issues = [payload.issue or _NO_ISSUE for payload in subjects]
    pull_requests = [payload.pull_request or _NO_PULL_REQUEST for payload in subjects]
    text, number, flag = pl.String(), pl.Int64(), pl.Boolean()
    return pl.DataFrame(
        [
            pl.Series("row", [row for row, _ in about], pl.UInt32()),
            pl.Series("payload_number", [payload.number for payload in subjects], number),
            pl.Series("issue_number", [issue.number for issue in issues], number),
            pl.Series("issue_id", [issue.id for issue in issues], number),
            pl.Series("issue_title", [issue.title for issue in issues], text),
            pl.Series("issue_is_pull", [issue.pull_request is not None for issue in issues], flag),
            pl.Series("pull_request_number", [pull.number for pull in pull_requests], number),
            pl.Series("pull_request_id", [pull.id for pull in pull_requests], number),
            pl.Series("pull_request_title", [pull.title for pull in pull_requests], text),
            pl.Series("pull_request_merged", [pull.merged for pull in pull_requests], flag),
            pl.Series("has_pull_request", [pull is not _NO_PULL_REQUEST for pull in pull_requests], flag),
            pl.Series("comment_id", [(payload.comment or _NO_NUMBERED).id for payload in subjects], number),
            pl.Series("review_id", [(payload.review or _NO_NUMBERED).id for payload in subjects], number),
        ]
    )


def _fact_rows(
    fields: Sequence[pl.DataFrame], subjects: Sequence[pl.DataFrame], source_file: str
) -> pl.DataFrame:
    event_type, action = pl.col("event_type"), pl.col("action")
    merged = (action == "merged") | ((action == "closed") & pl.col("pull_request_merged"))
    return (
        pl.concat(fields, rechunk=True)
        .with_row_index("row")
        .join(_with_findings(pl.concat(subjects)), on="row", how="left", maintain_order="left")
        .with_columns(
            created_at=pl.from_epoch((pl.col("created_s") * 1e6).round().cast(pl.Int64), time_unit="us"),
            is_pull_request=event_type.str.starts_with("PullRequest")
            | pl.col("is_about_pull_request").fill_null(value=False),
            is_merged=((event_type == "PullRequestEvent") & merged).fill_null(value=False),
            is_snyk=pl.col("is_snyk").fill_null(value=False),
            source_file=pl.lit(source_file),
        )
        .select(EVENT_SCHEMA.names())
    )


def _with_findings(subjects: pl.DataFrame) -> pl.DataFrame:
    """What follows from a subject alone, and no column that it follows from: every one is spread over all events."""
    title = pl.coalesce("issue_title", "pull_request_title")
    return subjects.select(
        "row",
        "issue_id",
        "pull_request_id",
        "pull_request_merged",
        "comment_id",
        "review_id",
        number=pl.coalesce("pull_request_number", "issue_number", "payload_number"),
        is_about_pull_request=pl.col("has_pull_request") | pl.col("issue_is_pull"),
        is_snyk=title.str.contains(r"^(?i)\[snyk\]"),
    )
