"""What changed in a repository, page by page, the oldest change first; and its newest public events.

Belongs here: addresses, pages, where a list goes on. Must not: which repositories, or files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec
import polars as pl

from pipelines.floor.errors import SourceError
from pipelines.sources.answer import Earlier
from pipelines.sources.failures import unexpected_status
from pipelines.sources.gharchive.decoding import CLOCK_TOLERANCE, NO_PAYLOAD, decode_event
from pipelines.sources.gharchive.facts import EVENT_SCHEMA, event_columns, fact_rows, subject_columns
from pipelines.sources.gharchive.layout import GITHUB_FACTS
from pipelines.sources.github.answers import decode_message
from pipelines.sources.github.rest import another_shape, ask, excerpt
from pipelines.sources.github_facts.items import (
    Comment,
    Issue,
    issue_comment_row,
    issue_rows,
    review_comment_row,
)
from pipelines.sources.github_facts.pulls import fetch_pulls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.sources.answer import Answer
    from pipelines.sources.connect import Upstreams
    from pipelines.sources.github.answers import Repository
    from pipelines.sources.github_facts.budget import Budget
    from pipelines.sources.github_facts.items import Row

Listed = Literal["issues", "issue_comments", "review_comments"]
Endpoint = Literal["events", "issues", "issue_comments", "review_comments"]
Item = TypeVar("Item", Issue, Comment)

PATHS: dict[Listed, str] = {
    "issues": "/issues?state=all&",
    "issue_comments": "/issues/comments?",
    "review_comments": "/pulls/comments?",
}
"""What is listed → its address below the repository's."""

ENDPOINTS: tuple[Endpoint, ...] = ("events", *PATHS)
"""In the order in which they are asked: the feed forgets, the lists do not."""

PAGE_LENGTH = 100
_FEED_PAGES = 3
"""The feed has 300 events; a fourth page is refused."""

_OK, _NOT_MODIFIED = 200, 304
_SWITCHED_OFF = 410
_GONE, _BLOCKED = {404}, {403, 451}
_MOST_PAGES_OF_A_SECOND = 50


class LostRepositoryError(SourceError):
    """GitHub no longer shows the repository, or blocks it; `status` says which."""

    def __init__(self, status: Literal["gone", "blocked"], what: str, *, where: str) -> None:
        super().__init__(what, where=where, hint="the other repositories are read all the same")
        self.status: Literal["gone", "blocked"] = status


@dataclass(frozen=True, slots=True)
class Asked:
    """The repository that is asked about, where, and what is left of the limits."""

    upstreams: Upstreams
    repository: Repository
    budget: Budget


@dataclass(frozen=True, slots=True)
class Position:
    """How far a list of a repository was read.

    Attributes
    ----------
    since
        What the newest page was asked from, in UTC: a page that is not full is asked for from there again.
    seen_through
        When the newest item read had changed; None if none was.
    etag
        Of that page, so that GitHub need only say that nothing changed; None where it had none or more followed.
    """

    since: datetime
    seen_through: datetime | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What one page brought; `position` holds once the rows are stored, `is_last` ends the list."""

    rows: pl.DataFrame
    position: Position
    is_last: bool


def read_changes(asked: Asked, listed: Listed, position: Position) -> Iterator[Step]:
    """Read what changed in a list since `position`, in steps.

    Raises
    ------
    LostRepositoryError
        If GitHub no longer shows the repository.
    RateLimitedError
        When GitHub's limit is nearly used up.
    SourceError
        If no usable answer comes; the steps before hold.
    """
    page, is_last = 1, False
    while not is_last:
        earlier = (
            None
            if position.etag is None or page > 1
            else Earlier(asked.upstreams.retrieved_at, position.etag)
        )
        path = (
            f"{PATHS[listed]}since={position.since:%Y-%m-%dT%H:%M:%SZ}&sort=updated&direction=asc"
            f"&per_page={PAGE_LENGTH}&page={page}"
        )
        answer = _ask(asked, path, earlier)
        if answer.status_code in {_NOT_MODIFIED, _SWITCHED_OFF}:
            yield Step(EVENT_SCHEMA.to_frame(), position, is_last=True)
            return
        rows, changed_at, count = _rows(asked, listed, answer, position)
        is_last = count < PAGE_LENGTH
        seen = max(filter(None, (position.seen_through, changed_at)), default=None)
        if is_last:
            etag = answer.headers.get("ETag") if page == 1 else None
            position = Position(position.since, seen, etag)
        elif changed_at is not None and changed_at > position.since:
            page, position = 1, Position(changed_at, seen)
        else:  # a hundred items changed within one second
            page, position = page + 1, Position(position.since, position.seen_through)
            if page > _MOST_PAGES_OF_A_SECOND:
                raise another_shape(ValueError("the list does not get past its start"), answer.url)
        yield Step(rows, position, is_last)


def read_feed(asked: Asked, etag: str | None, newest_held: datetime | None) -> Step:
    """The newest events of a repository, with GitHub's own numbers; at most 300.

    Parameters
    ----------
    asked
        Of which repository.
    etag
        Of the first page when it was last read.
    newest_held
        Pages older than this are not asked for.

    Raises
    ------
    SourceError
        As `read_changes`.
    """
    latest = (asked.upstreams.retrieved_at + CLOCK_TOLERANCE).timestamp()
    frames = [EVENT_SCHEMA.to_frame()]
    for page in range(1, _FEED_PAGES + 1):
        earlier = Earlier(asked.upstreams.retrieved_at, etag) if etag is not None and page == 1 else None
        path = f"/events?per_page={PAGE_LENGTH}&page={page}"
        answer = _ask(asked, path, earlier)
        if answer.status_code != _OK:
            break
        if page == 1:
            etag = answer.headers.get("ETag")
        raw = _decoded(answer, list[msgspec.Raw])
        frames.append(_event_rows(raw, latest, asked.repository))
        oldest = frames[-1]["created_at"].min()
        is_held = newest_held is not None and isinstance(oldest, datetime) and oldest < newest_held
        if len(raw) < PAGE_LENGTH or is_held:
            break
    return Step(pl.concat(frames), Position(asked.upstreams.retrieved_at, None, etag), is_last=True)


def _event_rows(raw: Sequence[msgspec.Raw], latest: float, repository: Repository) -> pl.DataFrame:
    """The events that can be read: one that cannot is in the lists all the same, or is no fact."""
    events, seconds = [], []
    for each in raw:
        try:
            event, at = decode_event(bytes(each), latest)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if event.repo.id == repository.repo_id:
            events.append(event)
            seconds.append(at)
    payloads = [event.payload or NO_PAYLOAD for event in events]
    fields = [event_columns(events, seconds, payloads)]
    return fact_rows(fields, [subject_columns(payloads, 0)], f"{GITHUB_FACTS}/events", GITHUB_FACTS)


def _rows(
    asked: Asked, listed: Listed, answer: Answer, position: Position
) -> tuple[pl.DataFrame, datetime | None, int]:
    """Rows of what changed, when the newest item of the page changed, and how many items it has."""
    rows: list[Row] = []
    if listed == "issues":
        issues = _decoded(answer, list[Issue])
        changed_at = max((one.updated_at for one in issues), default=None)
        fresh = [one for one in issues if _is_fresh(one, position)]
        numbers = [one.number for one in fresh if one.pull_request is not None]
        pulls, rows = fetch_pulls(asked.upstreams, asked.repository, numbers, asked.budget)
        for one in fresh:
            rows += issue_rows(asked.repository, one, pulls.get(one.number))
        count = len(issues)
    else:
        make = issue_comment_row if listed == "issue_comments" else review_comment_row
        comments = _decoded(answer, list[Comment])
        changed_at = max((one.updated_at for one in comments), default=None)
        rows = [make(asked.repository, one) for one in comments if _is_fresh(one, position)]
        count = len(comments)
    frame = pl.DataFrame(rows, schema=EVENT_SCHEMA, orient="row")
    return frame, None if changed_at is None else changed_at.astimezone(UTC), count


def _is_fresh(item: Issue | Comment, position: Position) -> bool:
    return position.seen_through is None or item.updated_at >= position.seen_through


def _ask(asked: Asked, path: str, earlier: Earlier | None) -> Answer:
    name = asked.repository.repo_full_name
    asked.budget.check_requests()
    answer = ask(asked.upstreams, f"/repos/{name}{path}", earlier=earlier)
    asked.budget.note_requests(answer.headers)
    if answer.status_code in _GONE | _BLOCKED:
        raise LostRepositoryError(
            "gone" if answer.status_code in _GONE else "blocked",
            f"{name}: {excerpt(decode_message(answer.content))} ({answer.status_code})",
            where=answer.url,
        )
    if answer.status_code not in {_OK, _NOT_MODIFIED, _SWITCHED_OFF}:
        raise unexpected_status(answer)
    return answer


Decoded = TypeVar("Decoded")


def _decoded(answer: Answer, kind: type[Decoded]) -> Decoded:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except ValueError as error:
        raise another_shape(error, answer.url) from error
