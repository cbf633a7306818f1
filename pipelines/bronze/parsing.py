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
from datetime import datetime  # noqa: TC003 - msgspec reads the annotation of `_Event`
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import polars as pl
from isal import isal_zlib

from pipelines.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from _typeshed import WriteableBuffer

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

_RATIO_FREE_BYTES = 64 << 20
"""Content that is never too much, whatever its ratio: small files of equal lines compress well."""

_EXCERPT_CHARACTERS = 200
_EXACT_BLOCK_BYTES = 1 << 14
"""Read at a time: small, since the isal decompressor gives nothing of a block in which it meets an error."""
_LINES_BYTES = 1 << 18
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
    created_at: Annotated[datetime, msgspec.Meta(tz=True)]
    payload: _Payload | None = None
    org: _Org | None = None


_NO_PAYLOAD, _NO_ORG = _Payload(), _Org()
_NO_ISSUE, _NO_PULL_REQUEST, _NO_NUMBERED = _Issue(), _PullRequest(), _Numbered()

# Lax, because the archive writes the event id as a string.
_decode_event = msgspec.json.Decoder(_Event, strict=False).decode
_decode_json_from = json.JSONDecoder().raw_decode


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
    events: list[_Event] = []
    quarantine: list[tuple[str, int, str, str, str]] = []
    blank_count = recovered_count = line_number = 0
    content = HourContent(path, _EXACT_BLOCK_BYTES)
    for line_number, line in enumerate(io.BufferedReader(_Unread(content.chunks()), _LINES_BYTES), 1):
        try:
            events.append(_decode_event(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            damaged = line.removesuffix(b"\n")
            if not damaged.strip():
                blank_count += 1
                continue
            saved, refusal = _recover(damaged)
            events += saved
            recovered_count += len(saved)
            if refusal is not None:
                quarantine.append(_quarantine_row(path.name, line_number, damaged, refusal))
    return ParsedHour(
        events=_fact_rows(events, path.name),
        quarantine=pl.DataFrame(quarantine, schema=QUARANTINE_SCHEMA, orient="row"),
        lines_count=line_number - blank_count,
        recovered_count=recovered_count,
        damage=content.damage,
    )


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
                hint="check the disk that holds it, or delete the file so that it is fetched again",
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


class _Unread(io.RawIOBase):
    """Chunks as a file, so that the lines of it are found by `io.BufferedReader`, not by Python code."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._unread = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        target = memoryview(buffer)
        while not self._unread:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._unread = memoryview(chunk)
        size = min(len(target), len(self._unread))
        target[:size] = self._unread[:size]
        self._unread = self._unread[size:]
        return size


def _decompressed(file: BinaryIO, block_bytes: int) -> Iterator[bytes]:
    """Decompress a gzip file of one or more members; EOFError if it ends inside one."""
    member = isal_zlib.decompressobj(wbits=_GZIP_WBITS)
    while block := file.read(block_bytes):
        while block:
            if member.eof:
                member = isal_zlib.decompressobj(wbits=_GZIP_WBITS)
            yield member.decompress(block)
            block = member.unused_data
    if not member.eof:
        raise EOFError


# --- damaged lines: rare, so exact rather than fast -----------------------------------------------------

_BLANKS = re.compile(r"[\s\0]*")
_EVENT_START = re.compile(r'\{\s*"id"\s*:\s*"')


def _recover(line: bytes) -> tuple[list[_Event], _Refusal | None]:
    """The whole events in a damaged line, and the first part of it that is none."""
    parts = list(_parts(line.decode("utf-8", "replace")))
    if not parts:
        return [], _Refusal("nothing but NUL bytes", line.decode("utf-8", "replace"))
    refusals = [part for part in parts if isinstance(part, _Refusal)]
    return [part for part in parts if isinstance(part, _Event)], refusals[0] if refusals else None


def _parts(text: str) -> Iterator[_Event | _Refusal]:
    """Cut `text` into whole JSON values and what lies between them, without blanks and NUL runs.

    Where no value can be read, the next one is looked for where an event begins, since a cut line is cut
    at any place, even inside a string: https://github.com/igrigorik/gharchive.org/issues/271.
    """
    position = _skip_blanks(text, 0)
    while position < len(text):
        try:
            value, end = _decode_json_from(text, position)
            yield _event_from(value)
        except (ValueError, RecursionError) as error:
            if not isinstance(error, msgspec.DecodeError):  # no whole value begins here
                following = _EVENT_START.search(text, position + 1)
                end = following.start() if following else len(text)
            yield _Refusal(_cause(error), text[position:end])
        position = _skip_blanks(text, end)


def _skip_blanks(text: str, position: int) -> int:
    blanks = _BLANKS.match(text, position)
    return blanks.end() if blanks else position


def _event_from(value: Any) -> _Event:
    """Read an event from a JSON value that the fast decoder refused.

    It refuses lone surrogates, which JSON allows, even in a field that is skipped; and the payload of a type
    that we do not know may be of any shape.
    """
    try:
        return _decode_event(_without_lone_surrogates(value))
    except msgspec.ValidationError:
        event_type = value.get("type") if isinstance(value, dict) else None
        if not isinstance(event_type, str) or event_type in _UNDERSTOOD_TYPES:
            raise
        return _decode_event(_without_lone_surrogates(value | {"payload": None}))


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


def _fact_rows(events: Sequence[_Event], source_file: str) -> pl.DataFrame:
    payloads = [event.payload or _NO_PAYLOAD for event in events]
    orgs = [event.org or _NO_ORG for event in events]
    issues = [payload.issue or _NO_ISSUE for payload in payloads]
    pull_requests = [payload.pull_request or _NO_PULL_REQUEST for payload in payloads]
    text, number, flag = pl.String(), pl.Int64(), pl.Boolean()
    fields = pl.DataFrame(
        [
            pl.Series("event_id", [event.id for event in events], number),
            pl.Series("event_type", [event.type for event in events], text),
            pl.Series("action", [payload.action for payload in payloads], text),
            # As seconds: Polars takes six times as long for datetime objects with a zone.
            pl.Series("created_s", [event.created_at.timestamp() for event in events], pl.Float64()),
            pl.Series("actor_id", [event.actor.id for event in events], number),
            pl.Series("actor_login", [event.actor.login for event in events], text),
            pl.Series("repo_id", [event.repo.id for event in events], number),
            pl.Series("repo_full_name", [event.repo.name for event in events], text),
            pl.Series("org_id", [org.id for org in orgs], number),
            pl.Series("org_login", [org.login for org in orgs], text),
            pl.Series("payload_number", [payload.number for payload in payloads], number),
            pl.Series("issue_number", [issue.number for issue in issues], number),
            pl.Series("issue_id", [issue.id for issue in issues], number),
            pl.Series("issue_title", [issue.title for issue in issues], text),
            pl.Series("issue_is_pull", [issue.pull_request is not None for issue in issues], flag),
            pl.Series("pull_request_number", [pull.number for pull in pull_requests], number),
            pl.Series("pull_request_id", [pull.id for pull in pull_requests], number),
            pl.Series("pull_request_title", [pull.title for pull in pull_requests], text),
            pl.Series("pull_request_merged", [pull.merged for pull in pull_requests], flag),
            pl.Series("has_pull_request", [pull is not _NO_PULL_REQUEST for pull in pull_requests], flag),
            pl.Series("comment_id", [(payload.comment or _NO_NUMBERED).id for payload in payloads], number),
            pl.Series("review_id", [(payload.review or _NO_NUMBERED).id for payload in payloads], number),
            pl.Series("push_id", [payload.push_id for payload in payloads], number),
        ]
    )
    event_type, action = pl.col("event_type"), pl.col("action")
    title = pl.coalesce("issue_title", "pull_request_title")
    merged = (action == "merged") | ((action == "closed") & pl.col("pull_request_merged"))
    return fields.with_columns(
        created_at=pl.from_epoch((pl.col("created_s") * 1e6).round().cast(pl.Int64), time_unit="us"),
        number=pl.coalesce("pull_request_number", "issue_number", "payload_number"),
        is_pull_request=(
            event_type.str.starts_with("PullRequest") | pl.col("has_pull_request") | pl.col("issue_is_pull")
        ),
        is_merged=((event_type == "PullRequestEvent") & merged).fill_null(value=False),
        is_snyk=title.str.contains(r"^(?i)\[snyk\]").fill_null(value=False),
        source_file=pl.lit(source_file),
    ).select(EVENT_SCHEMA.names())
