"""One page of a repository's star history: up to thirty weeks, the newest first.

Belongs here: the address, the fields, which of the weeks can be believed. Must not: which page is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import quote

import msgspec

from pipelines.sources.failures import unexpected_status
from pipelines.sources.github.answers import decode_message
from pipelines.sources.github.rest import another_shape, ask, excerpt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.sources.answer import Answer, Earlier
    from pipelines.sources.connect import Upstreams

WEEKS_PER_PAGE, LAST_PAGE = 30, 100
"""What GitHub gives at most: of a page, and of pages."""

_OK, _NOT_MODIFIED, _FORBIDDEN, _NOT_FOUND, _BLOCKED = 200, 304, 403, 404, 451
_DAYS_PER_WEEK = 7
_FIRST_DAY = date(2008, 1, 1)  # GitHub opened in 2008

Status = Literal["found", "unchanged", "gone", "blocked", "failed"]


@dataclass(frozen=True, slots=True)
class StarPage:
    """What GitHub answered for one page.

    Attributes
    ----------
    status
        ``found``; ``unchanged`` where the answer held still holds; ``gone`` and ``blocked`` where GitHub does not show
        the history; ``failed`` without a usable answer.
    days
        Day → stars given on it that still stand. A day that was not over is absent, and so is one of a week that was
        set aside.
    problems
        The weeks that were set aside, and why, one line each.
    is_last
        Whether no older week follows.
    etag
        Makes the next request for the page conditional.
    remaining
        Requests left of the hourly limit; None where GitHub does not say.
    resets_at
        When that limit starts anew, in UTC.
    """

    status: Status
    days: dict[date, int]
    problems: tuple[str, ...] = ()
    is_last: bool = False
    etag: str | None = None
    detail: str = ""
    remaining: int | None = None
    resets_at: datetime | None = None


class _Week(msgspec.Struct):
    week: int
    total: Annotated[int, msgspec.Meta(ge=0)]
    days: Annotated[
        list[Annotated[int, msgspec.Meta(ge=0)]],
        msgspec.Meta(min_length=_DAYS_PER_WEEK, max_length=_DAYS_PER_WEEK),
    ]


def fetch_star_page(
    upstreams: Upstreams, repo_full_name: str, page: int, earlier: Earlier | None = None
) -> StarPage:
    """Ask for a page of the star history of a repository, under its present name.

    Parameters
    ----------
    upstreams
        Where to ask, and the token; the day is that of `retrieved_at`.
    repo_full_name
        ``owner/name``.
    page
        From 1, the newest weeks, to `LAST_PAGE`.
    earlier
        The answer that is held of the same page, if any.

    Raises
    ------
    RateLimitedError
        When GitHub's limit is used up.
    NotAuthorizedError
        If GitHub refuses the token.
    SourceError
        If GitHub does not answer, or with something else than a list of weeks.
    """
    path = f"/repos/{quote(repo_full_name)}/stargazers/history?per_page={WEEKS_PER_PAGE}&page={page}"
    answer = ask(upstreams, path, earlier=earlier)
    remaining, resets_at = _limit(answer)
    if answer.status_code == _NOT_MODIFIED and earlier is not None:
        return StarPage("unchanged", {}, remaining=remaining, resets_at=resets_at)
    if answer.status_code == _NOT_FOUND:
        return StarPage("gone", {}, detail="GitHub shows no star history (404)")
    if answer.status_code in {_FORBIDDEN, _BLOCKED}:
        said = excerpt(decode_message(answer.content))
        return StarPage("blocked", {}, detail=f"access is blocked ({answer.status_code}): {said}")
    if answer.status_code != _OK:
        raise unexpected_status(answer)
    try:
        items = msgspec.json.decode(answer.content, type=list[msgspec.Raw])
    except ValueError as error:
        raise another_shape(error, answer.url) from error
    days, problems = _days(items, page, upstreams.retrieved_at.astimezone(UTC).date())
    return StarPage(
        "found",
        days,
        problems,
        is_last=len(items) < WEEKS_PER_PAGE or page == LAST_PAGE,
        etag=answer.headers.get("ETag"),
        remaining=remaining,
        resets_at=resets_at,
    )


def _days(items: Sequence[msgspec.Raw], page: int, today: date) -> tuple[dict[date, int], tuple[str, ...]]:
    days: dict[date, int] = {}
    problems = []
    for number, item in enumerate(items, start=1):
        try:
            week = msgspec.json.decode(item, type=_Week)
            first_day = _first_day(week.week)
        except (ValueError, OverflowError, OSError) as error:
            problems.append(f"page {page}, week {number}: {excerpt(str(error))}")
            continue
        each = [first_day + timedelta(days=n) for n in range(_DAYS_PER_WEEK)]
        problem = _problem(week, each, days, today)
        if problem:
            problems.append(f"page {page}, week {number} of {first_day}: {problem}")
            continue
        days |= dict(zip(each, week.days, strict=True))
    return {day: count for day, count in days.items() if day < today}, tuple(problems)


def _first_day(epoch_seconds: int) -> date:
    """The day nearest to the start of a week: GitHub does not promise that its days begin at midnight UTC."""
    return (datetime.fromtimestamp(epoch_seconds, UTC) + timedelta(hours=12)).date()


def _problem(week: _Week, each: Sequence[date], known: dict[date, int], today: date) -> str:
    if sum(week.days) != week.total:
        return f"its days have {sum(week.days):,} stars, its total says {week.total:,}"
    if each[0] < _FIRST_DAY - timedelta(days=_DAYS_PER_WEEK):
        return "it is before GitHub"
    if each[0] > today + timedelta(days=1):
        return "it has not begun"
    if known and each[-1] >= min(known):
        return "it is not older than the week before it in the answer"
    return ""


def _limit(answer: Answer) -> tuple[int | None, datetime | None]:
    remaining = answer.headers.get("X-RateLimit-Remaining", "")
    reset = answer.headers.get("X-RateLimit-Reset", "")
    return (
        int(remaining) if remaining.isdecimal() else None,
        datetime.fromtimestamp(int(reset), UTC) if reset.isdecimal() else None,
    )
