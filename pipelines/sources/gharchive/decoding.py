"""The fields read from an event, and the test for a line that is plainly one event.

Belongs here: the decoder, its fields, and the bounds of names, ids and times. Must not: saving what a damaged line
holds; `pipelines.sources.gharchive.recovery` does.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated

import msgspec

from pipelines.floor.names import are_repo_full_names, repo_full_name_problem

_EARLIEST = datetime(2011, 2, 12, tzinfo=UTC).timestamp()
"""The first hour that GH Archive has a file of: no event in any file is older."""

CLOCK_TOLERANCE = timedelta(hours=1)
"""How long after the hour of its file an event may have been created. The archive writes what its crawler sees within
the hour, so an event is later only where two clocks differ; no difference of an hour was ever reported."""
UNDERSTOOD_TYPES = frozenset(
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
"""Types whose payload must be as `Payload` says; any other type is kept with any payload."""
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
    """An object whose content does not matter, only its presence."""


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


class Payload(_Fields):
    """Union of the payloads of both eras: a field that a type or an era lacks stays None."""

    action: str | None = None
    number: _Id | None = None
    push_id: _Id | None = None
    issue: _Issue | None = None
    pull_request: _PullRequest | None = None
    comment: _Numbered | None = None
    review: _Numbered | None = None


class Event(_Fields):
    """The fields read from an event."""

    id: _Id
    type: str
    actor: _Actor
    repo: _Repo
    created_at: str
    payload: Payload | None = None
    org: _Org | None = None


DatedEvent = tuple[Event, float]
"""An event and when it was created, in seconds since 1970."""

NO_PAYLOAD, NO_ORG = Payload(), _Org()
NO_ISSUE, NO_PULL_REQUEST, NO_NUMBERED = _Issue(), _PullRequest(), _Numbered()

# Lax, because the archive writes the event id as a string.
_decoder = msgspec.json.Decoder(Event, strict=False)


_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


@lru_cache(
    maxsize=1 << 13
)  # an hour has 3,600 seconds, and converting one takes longer than reading an event
def _epoch_seconds(created_at: str) -> float:
    try:
        return msgspec.convert(created_at, _Instant).timestamp()
    except msgspec.ValidationError as error:
        raise _refused("created_at", str(error)) from None


def decode_event(line: bytes, latest: float) -> DatedEvent:
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
    """The error that the decoder itself would raise about `field`."""
    return msgspec.ValidationError(f"{problem} - at `$.{field}`")


def decode_plain_lines(
    text: memoryview, lines_count: int, latest: float
) -> tuple[list[Event], list[float]] | None:
    """The events of `text` and when they were created, or None unless each of its lines is plainly one event."""
    try:
        events = _decoder.decode_lines(text)
        seconds = [_epoch_seconds(event.created_at) for event in events]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    # The decoder also takes a line of two events, and a blank one. Should both be in one text, the number of
    # lines evens out: every event is read all the same.
    is_plain = (
        len(events) == lines_count
        and are_repo_full_names([event.repo.name for event in events])
        and min(seconds, default=_EARLIEST) >= _EARLIEST
        and max(seconds, default=_EARLIEST) < latest
    )
    return (events, seconds) if is_plain else None
