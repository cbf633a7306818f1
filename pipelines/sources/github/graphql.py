"""GitHub over GraphQL: up to fifty repositories in one query, by name.

Belongs here: the query, and which of its errors pass. Must not: what happens after a failure.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.failures import UnexpectedAnswerError, unexpected_status
from pipelines.sources.github.answers import FIELDS, GraphqlAnswer, decode_node
from pipelines.sources.github.rest import (
    ANSWER_BYTES,
    allowed,
    another_shape,
    excerpt,
    refused,
    seconds_until_reset,
    signature,
)
from pipelines.sources.http import TryLaterError, exchange, in_memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    import requests

    from pipelines.sources.answer import Answer
    from pipelines.sources.connect import Upstreams
    from pipelines.sources.github.answers import Repository, WantedRepository

REPOSITORIES_PER_QUERY = 50
"""Repositories in one query; twice as many time out now and then on GitHub's side."""

_OK = 200
_RATE_LIMIT = {"RATE_LIMITED", "RATE_LIMIT"}
_REFUSALS = {"FORBIDDEN", "INSUFFICIENT_SCOPES"}


def query_repositories(upstreams: Upstreams, batch: Sequence[WantedRepository]) -> list[Repository | None]:
    """Ask for at most `REPOSITORIES_PER_QUERY` repositories by name.

    Returns
    -------
    list
        As long as `batch`; None where GitHub finds nothing under the name, or not in the shape of the API.

    Raises
    ------
    RateLimitedError
        When GitHub's limit is used up.
    NotAuthorizedError
        If GitHub refuses the token, or the token lacks a right.
    SourceError
        If GitHub does not answer, cannot run the query, or answers with something else.
    """
    names = [one.repo_full_name.partition("/") for one in batch]
    asked = "\n".join(
        # A JSON string is a GraphQL string: no name can leave its quotes.
        f"r{n}: repository(owner: {json.dumps(owner)}, name: {json.dumps(name)}) {{ ...fields }}"
        for n, (owner, _, name) in enumerate(names)
    )

    def read(response: requests.Response) -> dict[str, msgspec.Raw]:
        return _data(upstreams, allowed(upstreams, in_memory(response, ANSWER_BYTES)))

    nodes = exchange(
        upstreams.session,
        f"{upstreams.urls['github_api']}/graphql",
        read,
        json={"query": f"query {{\n{asked}\n}}\n{FIELDS}"},
        auth=signature(upstreams),
    )
    return [_repository(nodes.get(f"r{n}")) for n in range(len(batch))]


def _repository(node: msgspec.Raw | None) -> Repository | None:
    if node is None or bytes(node) == b"null":
        return None
    try:
        return decode_node(bytes(node))
    except ValueError:
        return None  # such as a null where the API promises a value


def _data(upstreams: Upstreams, answer: Answer) -> dict[str, msgspec.Raw]:
    """The repositories of an answer, by alias."""
    if answer.status_code != _OK:
        raise unexpected_status(answer)
    try:
        said = msgspec.json.decode(answer.content, type=GraphqlAnswer)
    except ValueError as error:
        raise another_shape(error, answer.url) from error
    kinds = {error.type for error in said.errors}
    if kinds & _RATE_LIMIT:
        raise TryLaterError(
            "GitHub's hourly limit is used up",
            after_seconds=seconds_until_reset(answer.headers),
            is_rate_limit=True,
        )
    if kinds & _REFUSALS:
        raise refused(upstreams, answer.url, excerpt(said.errors[0].message))
    if said.data is not None:
        return said.data
    message = (
        f"GitHub could not run the query: {excerpt(said.errors[0].message) if said.errors else 'no data'}"
    )
    if kinds == {""}:
        raise TryLaterError(message)
    raise UnexpectedAnswerError(
        message,
        where=answer.url,
        hint="try again later; without LANDSCAPE_GITHUB_TOKEN each repository is asked for singly",
    )
