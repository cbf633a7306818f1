"""GitHub over GraphQL: any query, and up to fifty repositories in one, by name.

Belongs here: asking, and which errors pass. Must not: what happens after a failure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.failures import NotAuthorizedError, UnexpectedAnswerError, unexpected_status
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
    from collections.abc import Mapping, Sequence

    import requests

    from pipelines.sources.answer import Answer
    from pipelines.sources.connect import Upstreams
    from pipelines.sources.github.answers import GraphqlError, Repository, WantedRepository

REPOSITORIES_PER_QUERY = 50
"""Repositories in one query; twice as many time out now and then on GitHub's side."""

_OK = 200
_NULL = b"null"
_RATE_LIMIT = {"RATE_LIMITED", "RATE_LIMIT"}
REFUSALS = {"FORBIDDEN", "INSUFFICIENT_SCOPES"}
"""Types of errors that say that the token lacks a right."""

_RESOURCE_LIMITS = "RESOURCE_LIMITS_EXCEEDED"


class PartRefusedError(NotAuthorizedError):
    """GitHub refuses some fields of a query, for lack of rights, and sends nothing of the others."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a query.

    Attributes
    ----------
    data
        Each field of the query as it came, by its alias.
    errors
        What GitHub says of the fields that it could not answer, or not in full, by their alias.
    """

    data: Mapping[str, msgspec.Raw]
    errors: Mapping[str, GraphqlError]


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
    data = ask_graphql(upstreams, repositories_query(batch)).data
    return [_repository(data.get(f"r{n}")) for n in range(len(batch))]


def repositories_query(batch: Sequence[WantedRepository]) -> str:
    """The query for repositories by name, each under its place in `batch` as its alias: ``r0``, ``r1``…."""
    names = [one.repo_full_name.partition("/") for one in batch]
    asked = "\n".join(
        # A JSON string is a GraphQL string: no name can leave its quotes.
        f"r{n}: repository(owner: {json.dumps(owner)}, name: {json.dumps(name)}) {{ ...fields }}"
        for n, (owner, _, name) in enumerate(names)
    )
    return f"query {{\n{asked}\n}}\n{FIELDS}"


def ask_graphql(upstreams: Upstreams, query: str) -> Answered:
    """Ask a query, and hand on what is to be believed of its answer.

    Raises
    ------
    RateLimitedError
        When GitHub's limit is used up.
    PartRefusedError
        If GitHub refuses a part of the query and sends nothing of the rest.
    NotAuthorizedError
        If GitHub refuses the token.
    SourceError
        If GitHub does not answer, cannot run the query, or answers with something else.
    """

    def read(response: requests.Response) -> Answered:
        return _answered(upstreams, allowed(upstreams, in_memory(response, ANSWER_BYTES)))

    return exchange(
        upstreams.session,
        f"{upstreams.urls['github_api']}/graphql",
        read,
        json={"query": query},
        auth=signature(upstreams),
    )


def _repository(node: msgspec.Raw | None) -> Repository | None:
    if node is None or bytes(node) == _NULL:
        return None
    try:
        return decode_node(bytes(node))
    except ValueError:
        return None  # such as a null where the API promises a value


def _answered(upstreams: Upstreams, answer: Answer) -> Answered:
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
    is_empty = said.data is None or all(bytes(value) == _NULL for value in said.data.values())
    refusals = [error for error in said.errors if error.type in REFUSALS]
    if is_empty and refusals:
        cause = refused(upstreams, answer.url, excerpt(refusals[0].message))
        raise (
            PartRefusedError(cause.what, where=cause.where, hint=cause.hint)
            if all(error.path for error in refusals)
            else cause
        )
    if said.data is not None and _RESOURCE_LIMITS not in kinds and all(error.path for error in said.errors):
        return Answered(said.data, {str(error.path[0]): error for error in said.errors if error.path})
    message = (
        f"GitHub could not run the query: {excerpt(said.errors[0].message) if said.errors else 'no data'}"
    )
    if kinds == {""}:
        raise TryLaterError(message)
    raise UnexpectedAnswerError(
        message,
        where=answer.url,
        hint="run the same command again later: what was stored so far is kept",
    )
