"""Pull requests by number over GraphQL, fifty at a time: who merged each, and its reviews.

Belongs here: the query, its answer, shorter queries where GitHub cannot run a long one. Must not: files.
"""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from pipelines.floor.errors import SourceError
from pipelines.sources.failures import NotAuthorizedError, RateLimitedError, UnexpectedAnswerError
from pipelines.sources.github.graphql import ask_graphql
from pipelines.sources.github.rest import another_shape, excerpt
from pipelines.sources.github_facts.items import PullRequest, review_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.sources.connect import Upstreams
    from pipelines.sources.github.answers import Repository
    from pipelines.sources.github_facts.budget import Budget
    from pipelines.sources.github_facts.items import Row

PULLS_PER_QUERY = 50
"""Pull requests in one query; twice as many time out on GitHub's side."""

_NULL = b"null"
_NOT_FOUND = "NOT_FOUND"
_Asked = tuple[int, str | None]
"""Number of a pull request, and where its reviews go on."""


def pulls_query(repo_full_name: str, asked: Sequence[_Asked]) -> str:
    """The query for pull requests by number, each under its number as its alias: ``p7``.

    Examples
    --------
    >>> print(pulls_query("a/b", [(7, None)]).splitlines()[3])
    p7: pullRequest(number: 7) { ...fields reviews(first: 100) { ...page } }
    """
    owner, _, name = repo_full_name.partition("/")
    pulls = [
        f"p{number}: pullRequest(number: {number}) {{ ...fields reviews(first: 100"
        f"{'' if after is None else f', after: {json.dumps(after)}'}) {{ ...page }} }}"
        for number, after in asked
    ]
    return "\n".join(
        [
            "query {",
            "rateLimit { cost remaining resetAt }",
            # A JSON string is a GraphQL string: no name can leave its quotes.
            f"repository(owner: {json.dumps(owner)}, name: {json.dumps(name)}) {{",
            *pulls,
            "} }",
            "fragment who on Actor { __typename login",
            "... on User { databaseId } ... on Bot { databaseId } ... on Mannequin { databaseId }",
            "... on Organization { databaseId } }",
            "fragment fields on PullRequest { fullDatabaseId mergedAt mergedBy { ...who } }",
            "fragment page on PullRequestReviewConnection {",
            "nodes { fullDatabaseId submittedAt author { ...who } } pageInfo { hasNextPage endCursor } }",
        ]
    )


def fetch_pulls(
    upstreams: Upstreams, repository: Repository, numbers: Iterable[int], budget: Budget
) -> tuple[dict[int, PullRequest], list[Row]]:
    """Ask for pull requests of a repository.

    Returns
    -------
    dict, list
        By number, without those that GitHub does not show; and a row for each review of them.

    Raises
    ------
    SourceError
        As `ask_graphql`, where not even a single pull request can be asked for.
    """
    queue: deque[_Asked] = deque((number, None) for number in numbers)
    found: dict[int, PullRequest] = {}
    rows: list[Row] = []
    length = PULLS_PER_QUERY
    while queue:
        batch = [queue.popleft() for _ in range(min(length, len(queue)))]
        try:
            answer = _query(upstreams, repository, batch, budget)
        except (RateLimitedError, NotAuthorizedError):
            raise
        except SourceError:
            if len(batch) == 1:
                raise
            queue.extendleft(reversed(batch))
            length = len(batch) // 2
            continue
        for number, pull in answer.items():
            found.setdefault(number, pull)
            rows += review_rows(repository, number, pull)
            if pull.reviews.page_info.has_next_page:
                queue.append((number, pull.reviews.page_info.end_cursor))
        length = min(PULLS_PER_QUERY, length + 1)
    return found, rows


def _query(
    upstreams: Upstreams, repository: Repository, batch: Sequence[_Asked], budget: Budget
) -> dict[int, PullRequest]:
    budget.check_points()
    answered = ask_graphql(upstreams, pulls_query(repository.repo_full_name, batch))
    url = upstreams.urls["github_api"]
    if "rateLimit" in answered.data:
        budget.note_points(bytes(answered.data["rateLimit"]))
    try:
        node = answered.data.get("repository")
        pulls = {} if node is None else msgspec.json.decode(node, type=dict[str, msgspec.Raw])
        found = {
            number: msgspec.json.decode(pulls[f"p{number}"], type=PullRequest)
            for number, _ in batch
            if bytes(pulls.get(f"p{number}", _NULL)) != _NULL
        }
    except ValueError as error:
        raise another_shape(error, url) from error
    said = answered.errors.get("repository")
    # Of several errors one is handed on: only asked for alone is a pull request known to be not there.
    is_gone = len(batch) == 1 and said is not None and said.type == _NOT_FOUND
    if len(found) < len(batch) and not is_gone:
        raise UnexpectedAnswerError(
            f"GitHub sends {len(found)} of {len(batch)} pull requests of {repository.repo_full_name}"
            + ("" if said is None else f": {excerpt(said.message)}"),
            where=url,
            hint="run the same command again later: what was stored so far is kept",
        )
    return found
