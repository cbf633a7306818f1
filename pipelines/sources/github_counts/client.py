"""Many counts of GitHub's at once: which months share a query, which name is asked, and when asking ends.

Belongs here: batches, the budget, names that lead elsewhere. Must not: the text of a query, or Parquet.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pipelines.floor.errors import SourceError
from pipelines.sources.failures import (
    NotAuthorizedError,
    RateLimitedError,
    UpstreamTroubleError,
    UpstreamUnreachableError,
)
from pipelines.sources.github.budget import nearly_used_up
from pipelines.sources.github.graphql import PartRefusedError
from pipelines.sources.github_counts.query import MEASURES, query_counts
from pipelines.sources.source import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.sources.connect import Upstreams
    from pipelines.sources.github_counts.query import Counted, Wanted

MONTHS_PER_QUERY = 24
"""Months of repositories in one query, each by every measure: 96 searches. GitHub took 4 s for 40 of them and gives a
query 10 s; where it cannot run so many, fewer are asked for."""

RESERVED_POINTS = 20
"""Points of GitHub's hourly limit left for the daily observation with the same token: 2 for 50 repositories."""

MOST_FAILURES_IN_A_ROW = 10
"""After as many queries without a usable answer, halved ones included, GitHub itself is taken to be down."""

_SECONDS_PER_SEARCH = 0.1
_MOST_TURNS = 3

Status = Literal["found", "gone", "blocked", "taken", "failed"]

LOST: tuple[Status, ...] = ("gone", "blocked", "taken")
"""Statuses after which no other month of the repository is asked for in the run."""


@dataclass(frozen=True, slots=True)
class CountsAnswer:
    """The counts of a month of a repository.

    Attributes
    ----------
    status
        ``found`` with every count; ``gone``, ``blocked`` as `Counted`; ``taken`` where the name leads to another
        repository than it did; ``failed`` where a count is absent, for the reason in `detail`.
    found_name, found_id
        The repository that was counted; None where none was.
    counts
        By metric; what is absent is unknown.
    """

    wanted: Wanted
    status: Status
    found_name: str | None = None
    found_id: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    detail: str = ""


def estimate_counts(months_count: int) -> Estimate:
    """What it costs to count so many months of repositories, at most, where GitHub runs whole queries.

    Examples
    --------
    >>> estimate_counts(300 * 24).requests_count, estimate_counts(300 * 2).requests_count
    (300, 25)
    """
    return Estimate(
        requests_count=math.ceil(months_count / MONTHS_PER_QUERY),
        duration_hours=months_count * len(MEASURES) * _SECONDS_PER_SEARCH / 3600,
    )


def fetch_counts(
    upstreams: Upstreams, wanted: Sequence[Wanted], shown: Mapping[str, str]
) -> Iterator[list[CountsAnswer]]:
    """Count months of repositories, in the order given, a query at a time.

    A query that GitHub cannot run is halved, and the following ones are shorter; a month that cannot be counted alone,
    twice, is answered as ``failed``. Of a repository that GitHub does not show, no other month is asked for.

    Parameters
    ----------
    upstreams
        Where to ask, and the token.
    wanted
        What to count.
    shown
        Name → the name under which GitHub last showed the repository, where it is another one.

    Raises
    ------
    RateLimitedError
        When GitHub's limit is nearly used up; what came before was handed on.
    NotAuthorizedError
        If GitHub refuses the token, or the token lacks the right to search.
    SourceError
        If GitHub is down.
    """
    asking = _Asking(wanted, shown)
    failures_in_a_row, has_answered = 0, False
    unanswered: SourceError | None = None
    while batch := asking.next_batch():
        try:
            counted, limit = query_counts(upstreams, batch, [asking.name_of(one) for one in batch])
        except SourceError as error:
            failures_in_a_row += 1
            if _is_final(error, has_answered=has_answered) or failures_in_a_row == MOST_FAILURES_IN_A_ROW:
                raise
            unanswered = error
            if len(batch) > 1:
                asking.halve(batch)
            elif isinstance(error, PartRefusedError):
                yield [asking.given_up(batch[0], "blocked", error.what)]
            elif not asking.put_off(batch[0]):
                yield [asking.given_up(batch[0], "failed", error.what)]
            continue
        failures_in_a_row, unanswered, has_answered = 0, None, True
        asking.lengthen()
        yield asking.judged(counted)
        if limit is not None and asking.remaining_count and limit.remaining < limit.cost + RESERVED_POINTS:
            raise nearly_used_up(
                f"{limit.remaining} points are left",
                f"{asking.remaining_count:,} months of repositories are not counted yet",
                limit.reset_at,
                upstreams.urls["github_api"],
            )
    if unanswered is not None and not has_answered:
        raise unanswered


def _is_final(error: SourceError, *, has_answered: bool) -> bool:
    """Whether asking for less is of no use."""
    if isinstance(error, RateLimitedError):
        return True
    if isinstance(error, NotAuthorizedError):
        return not isinstance(error, PartRefusedError)
    is_silent = isinstance(error, UpstreamUnreachableError) and not isinstance(error, UpstreamTroubleError)
    return is_silent and not has_answered


class _Asking:
    """What is still to be asked, under which names, and how much at once."""

    def __init__(self, wanted: Sequence[Wanted], shown: Mapping[str, str]) -> None:
        self._queue = deque(wanted)
        self._names = dict(shown)
        self._ids = {
            one.repository.repo_full_name: one.repository.repo_id
            for one in wanted
            if one.repository.repo_id is not None
        }
        self._lost: set[str] = set()
        self._turns: Counter[Wanted] = Counter()
        self._put_off: set[Wanted] = set()
        self._length = MONTHS_PER_QUERY

    @property
    def remaining_count(self) -> int:
        """Months still to be asked for."""
        return sum(one.repository.repo_full_name not in self._lost for one in self._queue)

    def name_of(self, one: Wanted) -> str:
        """The present name of a repository, as far as it is known."""
        return self._names.get(one.repository.repo_full_name, one.repository.repo_full_name)

    def next_batch(self) -> list[Wanted]:
        """The next months, none of a repository that GitHub does not show."""
        batch: list[Wanted] = []
        while self._queue and len(batch) < self._length:
            one = self._queue.popleft()
            if one.repository.repo_full_name not in self._lost:
                batch.append(one)
        return batch

    def halve(self, batch: Sequence[Wanted]) -> None:
        """Ask for `batch` again, in shorter queries."""
        self._queue.extendleft(reversed(batch))
        self._length = len(batch) // 2

    def put_off(self, wanted: Wanted) -> bool:
        """Ask for a month again after all others; False if that was done before."""
        if wanted in self._put_off:
            return False
        self._put_off.add(wanted)
        self._queue.append(wanted)
        return True

    def lengthen(self) -> None:
        """Ask for one month more in the next query."""
        self._length = min(MONTHS_PER_QUERY, self._length + 1)

    def given_up(self, wanted: Wanted, status: Status, detail: str) -> CountsAnswer:
        """The answer for a month that has no counts."""
        if status in LOST:
            self._lost.add(wanted.repository.repo_full_name)
        return CountsAnswer(wanted, status, detail=detail)

    def judged(self, counted: Sequence[Counted]) -> list[CountsAnswer]:
        """The answers among `counted` that stay; the others are asked for again, under another name."""
        again: list[Wanted] = []
        answers = []
        for one in counted:
            answer = self._judged(one)
            if answer is None:
                again.append(one.wanted)
            else:
                answers.append(answer)
        self._queue.extendleft(reversed(again))
        return answers

    def _judged(self, one: Counted) -> CountsAnswer | None:
        """The answer, or None where another name has to be asked first."""
        curated_name = one.wanted.repository.repo_full_name
        expected_id = self._ids.get(curated_name)
        is_other = expected_id is not None and one.found_id not in {None, expected_id}
        is_moved = one.found_name is not None and one.found_name.lower() != one.asked_name.lower()
        if one.status == "gone" or is_other:
            if one.asked_name.lower() != curated_name.lower() and self._may_turn(one.wanted):
                self._names[curated_name] = (
                    curated_name  # GitHub may lead on from the name that people wrote down
                )
                return None
        elif is_moved and one.found_name is not None and self._may_turn(one.wanted):
            self._names[curated_name] = one.found_name
            return None
        if one.status != "found":
            return self.given_up(one.wanted, one.status, one.problem)
        if is_other:
            detail = (
                f"the name leads to another repository: {one.found_name}, {one.found_id}, not {expected_id}"
            )
            return self.given_up(one.wanted, "taken", detail)
        if is_moved:
            return self.given_up(
                one.wanted, "failed", f"its name leads on to another each time: {one.found_name}"
            )
        if one.found_id is not None:
            self._ids.setdefault(curated_name, one.found_id)
        status: Status = "failed" if one.problem else "found"
        return CountsAnswer(one.wanted, status, one.found_name, one.found_id, one.counts, one.problem)

    def _may_turn(self, wanted: Wanted) -> bool:
        self._turns[wanted] += 1
        return self._turns[wanted] <= _MOST_TURNS
