"""Many pages of star history: who is asked under which name, what is asked again, and when asking ends.

Belongs here: the order, the budget, repeated requests. Must not: which page of a repository is due, or Parquet.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pipelines.floor.errors import SourceError
from pipelines.sources.failures import NotAuthorizedError, RateLimitedError
from pipelines.sources.github.budget import nearly_used_up
from pipelines.sources.github.client import MOST_FAILURES_IN_A_ROW, fetch_repositories
from pipelines.sources.github.graphql import REPOSITORIES_PER_QUERY
from pipelines.sources.github_stars.page import StarPage, fetch_star_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.sources.answer import Earlier
    from pipelines.sources.connect import Upstreams
    from pipelines.sources.github.answers import WantedRepository

RESERVED_REQUESTS = 50
"""Requests of GitHub's hourly limit left for other sources with the same token."""

_MOST_TURNS = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """A repository as GitHub shows it now: its present name and its number."""

    repo_full_name: str
    repo_id: int


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """A page of a repository; ``page`` is 0 where GitHub does not show the repository, so that none was asked for."""

    wanted: WantedRepository
    shown: Shown | None
    page: int
    answer: StarPage


class Due(Protocol):
    """What is held of the repositories, as far as it decides what is asked for next."""

    def next_page(self, wanted: WantedRepository) -> int | None:
        """The page to ask for; None when nothing is due."""

    def earlier(self, wanted: WantedRepository, page: int) -> Earlier | None:
        """The answer that is held of that page."""


def fetch_pages(
    upstreams: Upstreams,
    wanted: Sequence[WantedRepository],
    known: Mapping[WantedRepository, Shown],
    due: Due,
) -> Iterator[PageAnswer]:
    """Ask for what is due of each of `wanted`, repository by repository, a page at a time.

    The caller stores each answer before it takes the next, since `due` then says which page follows. A page without a
    usable answer is asked for again after all other repositories, and answered as ``failed`` after that.

    Parameters
    ----------
    upstreams
        Where to ask, and the token.
    wanted
        What to ask for.
    known
        Repositories of which GitHub said today under which name it shows them; the others are asked for first, many
        at once.
    due
        Which page of a repository is asked for.

    Raises
    ------
    RateLimitedError
        When GitHub's limit is nearly used up; what came before was handed on.
    NotAuthorizedError
        If GitHub refuses the token.
    SourceError
        If GitHub is down.
    """
    shown = dict(known)
    queue = deque(wanted)
    turns: Counter[WantedRepository] = Counter()
    failures_in_a_row = 0
    while queue:
        if queue[0] not in shown:
            unknown = [one for one in queue if one not in shown][:REPOSITORIES_PER_QUERY]
            for absent in _identify(upstreams, unknown, shown):
                queue.remove(absent.wanted)
                yield absent
            continue
        one = queue.popleft()
        while (page := due.next_page(one)) is not None:
            try:
                answer = fetch_star_page(upstreams, shown[one].repo_full_name, page, due.earlier(one, page))
            except (RateLimitedError, NotAuthorizedError):
                raise
            except SourceError as error:
                failures_in_a_row += 1
                if failures_in_a_row == MOST_FAILURES_IN_A_ROW:
                    raise
                turns[one] += 1
                if turns[one] < _MOST_TURNS:
                    queue.append(one)
                else:
                    yield PageAnswer(one, shown[one], page, StarPage("failed", {}, detail=error.what))
                break
            failures_in_a_row = 0
            turns[one] = 0
            yield PageAnswer(one, shown[one], page, answer)
            if answer.status in {"gone", "blocked"}:
                break
            unfinished = len(queue) + (due.next_page(one) is not None)
            if unfinished and answer.remaining is not None and answer.remaining < RESERVED_REQUESTS:
                raise nearly_used_up(
                    f"{answer.remaining} requests are left",
                    f"the star history of {unfinished:,} repositories is not whole yet",
                    answer.resets_at,
                    upstreams.urls["github_api"],
                )


def _identify(
    upstreams: Upstreams, unknown: Sequence[WantedRepository], shown: dict[WantedRepository, Shown]
) -> Iterator[PageAnswer]:
    """Put the present names of `unknown` into `shown`; an answer for each that GitHub does not show."""
    for answer in fetch_repositories(upstreams, unknown):
        found = answer.repository
        if found is not None:
            shown[answer.wanted] = Shown(found.repo_full_name, found.repo_id)
        else:
            status = answer.status if answer.status in {"gone", "blocked"} else "failed"
            yield PageAnswer(answer.wanted, None, 0, StarPage(status, {}, detail=answer.detail))
