"""Many repositories or READMEs of GitHub at once: one bad answer costs one repository.

Belongs here: batches, the second request for what a batch failed to bring, and when a round ends. Must not: addresses,
statuses or Parquet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import repeat
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from pipelines.floor.errors import SourceError
from pipelines.sources.failures import (
    NotAuthorizedError,
    RateLimitedError,
    UnexpectedAnswerError,
    UpstreamTroubleError,
)
from pipelines.sources.github.answers import ReadmeAnswer, RepositoryAnswer
from pipelines.sources.github.graphql import REPOSITORIES_PER_QUERY, query_repositories
from pipelines.sources.github.rest import TOKEN_NAME, fetch_readme, fetch_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pipelines.sources.answer import Earlier
    from pipelines.sources.connect import Upstreams
    from pipelines.sources.github.answers import WantedRepository

Answered = TypeVar("Answered", RepositoryAnswer, ReadmeAnswer)

REQUESTS_PER_HOUR_WITH_TOKEN, REQUESTS_PER_HOUR_WITHOUT = 5000, 60

MOST_FAILURES_IN_A_ROW = 5
"""After as many repositories without a usable answer, GitHub itself is taken to be down."""


@dataclass(frozen=True, slots=True)
class RequestEstimate:
    """The greatest cost of a refresh of repositories.

    Attributes
    ----------
    requests
        To be sent.
    hours
        For which they use up GitHub's hourly limit: below one hour nothing has to be waited for.
    """

    requests: int
    hours: float


def estimate_requests(repositories_count: int, readmes_count: int, *, has_token: bool) -> RequestEstimate:
    """How many requests a refresh needs, and how many hours of GitHub's limit that is.

    Parameters
    ----------
    repositories_count, readmes_count
        Repositories to observe, and those whose README is wanted as well.
    has_token
        With a token, `REPOSITORIES_PER_QUERY` repositories share a request and the limit is 5,000 an hour;
        without one each takes its own and the limit is 60.

    Examples
    --------
    >>> estimate_requests(147, 0, has_token=False)
    RequestEstimate(requests=147, hours=2.45)
    >>> estimate_requests(147, 147, has_token=True)
    RequestEstimate(requests=150, hours=0.03)
    """
    per_request = REPOSITORIES_PER_QUERY if has_token else 1
    requests_count = math.ceil(repositories_count / per_request) + readmes_count
    per_hour = REQUESTS_PER_HOUR_WITH_TOKEN if has_token else REQUESTS_PER_HOUR_WITHOUT
    return RequestEstimate(requests_count, requests_count / per_hour)


def fetch_repositories(
    upstreams: Upstreams,
    wanted: Sequence[WantedRepository],
    earlier: Mapping[WantedRepository, Earlier] = MappingProxyType({}),
) -> Iterator[RepositoryAnswer]:
    """Ask for repositories, in the order given; each answer comes as soon as it is there.

    A repository without a usable answer is answered as ``failed``, and the others are asked for.

    Parameters
    ----------
    upstreams
        Where to ask, and the token.
    wanted
        What to ask for.
    earlier
        Answers that are already held: of these only what changed is sent, where each is asked for singly.

    Raises
    ------
    RateLimitedError
        When GitHub's limit is used up; the rest can be asked for later.
    NotAuthorizedError
        If GitHub refuses the token, or the token lacks a right.
    SourceError
        If `MOST_FAILURES_IN_A_ROW` fail, or all that are wanted.
    """

    def ask(one: WantedRepository) -> RepositoryAnswer:
        return fetch_repository(upstreams, one, earlier.get(one))

    # A name that leads nowhere, or to another repository, says less than the number does.
    queried = _queried(upstreams, wanted) if TOKEN_NAME in upstreams.tokens else repeat(None)
    yield from _each(wanted, queried, ask, lambda one, detail: RepositoryAnswer(one, "failed", detail=detail))


def fetch_readmes(
    upstreams: Upstreams, wanted: Sequence[WantedRepository], earlier: Mapping[str, Earlier]
) -> Iterator[ReadmeAnswer]:
    """Ask for the READMEs of repositories, in the order given.

    Parameters
    ----------
    upstreams, wanted
        As `fetch_repositories`.
    earlier
        By name, READMEs that are already held.

    Raises
    ------
    SourceError
        As `fetch_repositories`.
    """
    return _each(
        wanted,
        repeat(None),
        lambda one: fetch_readme(upstreams, one, earlier.get(one.repo_full_name)),
        lambda one, detail: ReadmeAnswer(one.repo_full_name, "failed", detail=detail),
    )


def _each(
    wanted: Sequence[WantedRepository],
    answered: Iterable[Answered | None],
    ask: Callable[[WantedRepository], Answered],
    failed: Callable[[WantedRepository, str], Answered],
) -> Iterator[Answered]:
    """Answer each of `wanted`, asking for those without an answer, until too many fail."""
    failures_in_a_row, usable_count = 0, 0
    for number, (one, given) in enumerate(zip(wanted, answered, strict=False), start=1):
        try:
            answer = ask(one) if given is None else given
        except (RateLimitedError, NotAuthorizedError):
            raise
        except SourceError as error:
            failures_in_a_row += 1
            yield failed(one, error.what)
            if failures_in_a_row == MOST_FAILURES_IN_A_ROW or (number == len(wanted) and not usable_count):
                raise
        else:
            failures_in_a_row, usable_count = 0, usable_count + 1
            yield answer


def _queried(upstreams: Upstreams, wanted: Sequence[WantedRepository]) -> Iterator[RepositoryAnswer | None]:
    """What GraphQL answers for each of `wanted`; None where REST has to be asked.

    A query that GitHub cannot run is halved until it can. If it cannot be run for a single repository either, GraphQL
    is left alone for the rest.
    """
    batches = [
        wanted[start : start + REPOSITORIES_PER_QUERY]
        for start in range(0, len(wanted), REPOSITORIES_PER_QUERY)
    ]
    while batches:
        batch = batches.pop(0)
        try:
            found = query_repositories(upstreams, batch)
        except (UpstreamTroubleError, UnexpectedAnswerError):
            if len(batch) == 1:
                yield from [None] * (1 + sum(map(len, batches)))
                return
            middle = len(batch) // 2
            batches[:0] = [batch[:middle], batch[middle:]]
            continue
        for one, repository in zip(batch, found, strict=True):
            is_it = repository is not None and one.repo_id in {None, repository.repo_id}
            yield RepositoryAnswer(one, "found", repository) if is_it else None
