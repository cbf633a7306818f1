"""GitHub's API: what a repository is today, by name or by its number.

Belongs here: both ways of asking (GraphQL with a token, REST without), rate limits, and telling a renamed, a
gone and a blocked repository apart. Must not: Parquet, or what an observation means for the landscape. The
token signs requests here and goes nowhere else: no address, message, log or row may hold it.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar
from urllib.parse import quote

import msgspec
from requests.auth import AuthBase

from pipelines.redaction import redacted
from pipelines.sources.failures import (
    NotAuthorizedError,
    UnexpectedAnswerError,
    unexpected_status,
)
from pipelines.sources.http import (
    TryLaterError,
    epoch_seconds,
    exchange,
    in_memory,
    requested_wait,
    without_page,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import requests
    from pydantic import SecretStr

    from pipelines.sources.connect import Upstreams
    from pipelines.sources.http import Answer, Earlier

Value = TypeVar("Value")

REPOSITORIES_PER_QUERY = 50
"""Repositories in one GraphQL query; twice as many time out now and then on GitHub's side."""

README_CHARACTERS = 20_000
"""Length a README is cut to: the classifier reads its beginning, and some are books."""

TOKEN_NAME = "github"  # noqa: S105 - a name
"""Name of the token in `Upstreams.tokens`."""

REQUESTS_PER_HOUR_WITH_TOKEN, REQUESTS_PER_HOUR_WITHOUT = 5000, 60

_ANSWER_BYTES = 16 << 20
_EXCERPT_LENGTH = 200
_OK, _NOT_MODIFIED, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _BLOCKED = 200, 304, 401, 403, 404, 451
_SECONDARY_WAIT_SECONDS = 60.0  # what GitHub's documentation asks for where an answer names no wait
_ACCEPT = "application/vnd.github+json"
_ACCEPT_RAW = "application/vnd.github.raw+json"
_NO_LICENSE = {None, "", "NOASSERTION"}
_TOKEN_HINT = "check LANDSCAPE_GITHUB_TOKEN: valid, not expired, with read access to public repositories"  # noqa: S105
_FIELDS = """\
fragment fields on Repository {
  databaseId nameWithOwner description stargazerCount forkCount isArchived createdAt pushedAt
  issues(states: OPEN) { totalCount } pullRequests(states: OPEN) { totalCount }
  primaryLanguage { name } licenseInfo { spdxId }
  repositoryTopics(first: 20) { nodes { topic { name } } }
}
"""


@dataclass(frozen=True, slots=True, order=True)
class WantedRepository:
    """A repository to ask for; the number, where it is known, finds it under any name."""

    repo_full_name: str
    repo_id: int | None = None


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as GitHub shows it. None is unknown or not set: never zero, never false.

    Attributes
    ----------
    open_issues_count
        Open issues and pull requests together, as GitHub counts them.
    license_spdx
        SPDX id; None where GitHub recognises no licence.
    created_at, pushed_at
        In UTC.
    """

    repo_id: int
    repo_full_name: str
    description: str | None
    topics: tuple[str, ...]
    stars_count: int
    forks_count: int
    open_issues_count: int
    language: str | None
    license_spdx: str | None
    is_archived: bool
    created_at: datetime
    pushed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RepositoryAnswer:
    """What GitHub answered for one repository.

    Attributes
    ----------
    status
        ``found``, under its present name; ``gone`` (404: deleted, private, or never there); ``blocked`` (451
        or access disabled by GitHub's staff); ``unchanged`` when it is all as in the earlier answer that was
        named.
    repository
        None unless found.
    etag
        Makes the next request conditional. None where there was none, as in every answer of GraphQL: a query
        cannot be conditional.
    detail
        Why there is no repository; empty when there is.
    """

    wanted: WantedRepository
    status: Literal["found", "gone", "blocked", "unchanged"]
    repository: Repository | None = None
    etag: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ReadmeAnswer:
    """The README of a repository.

    Attributes
    ----------
    status
        ``found``, ``absent``, or ``unchanged`` when it is the earlier one that was named.
    text
        At most `README_CHARACTERS`; None unless found.
    etag, last_modified
        Headers that make the next request conditional; None where there were none.
    """

    repo_full_name: str
    status: Literal["found", "absent", "unchanged"]
    text: str | None = None
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class RequestEstimate:
    """What a refresh of repositories costs at most.

    Attributes
    ----------
    requests
        To be sent.
    hours
        For which they use up GitHub's hourly limit: below one hour nothing has to be waited for.
    """

    requests: int
    hours: float


class _Repository(msgspec.Struct):
    """The REST shape; `_from_graphql` makes the same of the other one."""

    id: int
    full_name: str
    stargazers_count: int
    forks_count: int
    open_issues_count: int
    archived: bool
    created_at: Annotated[datetime, msgspec.Meta(tz=True)]
    pushed_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    description: str | None = None
    topics: list[str] = []
    language: str | None = None
    license: _License | None = None


class _License(msgspec.Struct):
    spdx_id: str | None = None


class _Named(msgspec.Struct):
    name: str


class _Topic(msgspec.Struct):
    topic: _Named


class _Topics(msgspec.Struct):
    nodes: list[_Topic]


class _Total(msgspec.Struct, rename="camel"):
    total_count: int


class _SpdxId(msgspec.Struct, rename="camel"):
    spdx_id: str | None = None


class _Node(msgspec.Struct, rename="camel"):
    """A repository in GraphQL, by the fields of `_FIELDS`."""

    database_id: int
    name_with_owner: str
    stargazer_count: int
    fork_count: int
    is_archived: bool
    created_at: Annotated[datetime, msgspec.Meta(tz=True)]
    issues: _Total
    pull_requests: _Total
    repository_topics: _Topics
    pushed_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    description: str | None = None
    primary_language: _Named | None = None
    license_info: _SpdxId | None = None


class _GraphqlError(msgspec.Struct):
    message: str
    type: str = ""


class _GraphqlAnswer(msgspec.Struct):
    data: dict[str, _Node | None] | None = None
    errors: list[_GraphqlError] = []


class _Message(msgspec.Struct):
    message: str = ""


class _Signature(AuthBase):
    """Signs a request with the token."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        return request


def _signature(upstreams: Upstreams) -> _Signature | None:
    token = upstreams.tokens.get(TOKEN_NAME)
    return None if token is None else _Signature(token)


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
        When GitHub's limit is used up: what came before stands, and the rest can be asked for later.
    NotAuthorizedError
        If GitHub refuses the token, or the token lacks a right.
    SourceError
        If GitHub does not answer, or answers with something else.
    """
    if TOKEN_NAME not in upstreams.tokens:
        yield from (fetch_repository(upstreams, one, earlier.get(one)) for one in wanted)
        return
    for start in range(0, len(wanted), REPOSITORIES_PER_QUERY):
        batch = wanted[start : start + REPOSITORIES_PER_QUERY]
        for one, repository in zip(batch, _query(upstreams, batch), strict=True):
            is_it = repository is not None and one.repo_id in {None, repository.repo_id}
            # A name that leads nowhere, or to another repository, says less than the number does.
            if is_it:
                yield RepositoryAnswer(one, "found", repository)
            else:
                yield fetch_repository(upstreams, one, earlier.get(one))


def fetch_repository(
    upstreams: Upstreams, wanted: WantedRepository, earlier: Earlier | None = None
) -> RepositoryAnswer:
    """Ask for one repository: by its number where it is known, which finds it after any rename.

    Parameters
    ----------
    upstreams
        Where to ask.
    wanted
        What to ask for.
    earlier
        The answer that is already held, if any: then the repository is only sent if anything of it changed.

    Raises
    ------
    SourceError
        As `fetch_repositories`.
    """
    path = (
        f"/repos/{quote(wanted.repo_full_name)}"
        if wanted.repo_id is None
        else f"/repositories/{wanted.repo_id}"
    )
    answer = _ask(upstreams, path, earlier=earlier)
    if answer.status_code == _NOT_MODIFIED and earlier is not None:
        return RepositoryAnswer(wanted, "unchanged")
    if answer.status_code == _NOT_FOUND:
        return RepositoryAnswer(wanted, "gone", detail="GitHub has no such repository (404)")
    if answer.status_code in {_BLOCKED, _FORBIDDEN}:
        return RepositoryAnswer(
            wanted, "blocked", detail=f"access is blocked ({answer.status_code}): {_said(answer)}"
        )
    if answer.status_code != _OK:
        raise unexpected_status(answer)
    found = _from_rest(_decoded(answer, _Repository))
    return RepositoryAnswer(wanted, "found", found, answer.headers.get("ETag"))


def fetch_readme(upstreams: Upstreams, repo_full_name: str, earlier: Earlier | None = None) -> ReadmeAnswer:
    """Ask for the README of a repository, cut to `README_CHARACTERS`.

    Raises
    ------
    SourceError
        As `fetch_repositories`.
    """
    answer = _ask(upstreams, f"/repos/{quote(repo_full_name)}/readme", accept=_ACCEPT_RAW, earlier=earlier)
    if answer.status_code == _NOT_MODIFIED and earlier is not None:
        return ReadmeAnswer(repo_full_name, "unchanged")
    if answer.status_code in {_NOT_FOUND, _BLOCKED, _FORBIDDEN}:
        return ReadmeAnswer(repo_full_name, "absent")
    if answer.status_code != _OK:
        raise unexpected_status(answer)
    return ReadmeAnswer(
        repo_full_name,
        "found",
        answer.content.decode(errors="replace").replace("\0", "")[:README_CHARACTERS],
        answer.headers.get("ETag"),
        answer.headers.get("Last-Modified"),
    )


def _query(upstreams: Upstreams, batch: Sequence[WantedRepository]) -> list[Repository | None]:
    """One GraphQL query for `batch`; None where it finds nothing under the name."""
    names = [one.repo_full_name.partition("/") for one in batch]
    asked = "\n".join(
        # A JSON string is a GraphQL string: no name can leave its quotes.
        f"r{n}: repository(owner: {json.dumps(owner)}, name: {json.dumps(name)}) {{ ...fields }}"
        for n, (owner, _, name) in enumerate(names)
    )

    def read(response: requests.Response) -> _GraphqlAnswer:
        answer = _allowed(upstreams, in_memory(response, _ANSWER_BYTES))
        if answer.status_code != _OK:
            raise unexpected_status(answer)
        said = _decoded(answer, _GraphqlAnswer)
        kinds = {error.type for error in said.errors}
        if "RATE_LIMITED" in kinds:
            raise TryLaterError(
                "GitHub's hourly limit is used up",
                after_seconds=_seconds_until_reset(answer.headers),
                is_rate_limit=True,
            )
        if kinds & {"FORBIDDEN", "INSUFFICIENT_SCOPES"}:
            raise _refused(upstreams, answer.url, said.errors[0].message)
        if said.data is None:
            message = said.errors[0].message if said.errors else "no data"
            raise UnexpectedAnswerError(
                f"GitHub could not run the query: {_excerpt(message)}",
                where=answer.url,
                hint="try again later; without LANDSCAPE_GITHUB_TOKEN each repository is asked for singly",
            )
        return said

    data = exchange(
        upstreams.session,
        f"{upstreams.urls['github_api']}/graphql",
        read,
        json={"query": f"query {{\n{asked}\n}}\n{_FIELDS}"},
        auth=_signature(upstreams),
    ).data
    nodes = [(data or {}).get(f"r{n}") for n in range(len(batch))]
    return [None if node is None else _from_graphql(node) for node in nodes]


def _ask(upstreams: Upstreams, path: str, *, accept: str = _ACCEPT, earlier: Earlier | None = None) -> Answer:
    def read(response: requests.Response) -> Answer:
        answer = _allowed(upstreams, in_memory(response, _ANSWER_BYTES))
        # A README may well be written as a web page; only the header tells it from a page of a proxy.
        is_readme = answer.headers.get("Content-Type", "").startswith(_ACCEPT_RAW)
        return answer if is_readme else without_page(answer)

    return exchange(
        upstreams.session,
        f"{upstreams.urls['github_api']}{path}",
        read,
        headers=lambda: {"Accept": accept},
        earlier=earlier,
        auth=_signature(upstreams),
    )


def _allowed(upstreams: Upstreams, answer: Answer) -> Answer:
    """Hand on an answer that is neither a rate limit nor a refusal of the token."""
    message = _said(answer)
    if answer.status_code == _UNAUTHORIZED:
        raise _refused(upstreams, answer.url, message)
    if answer.status_code != _FORBIDDEN:
        return answer
    wait = requested_wait(answer.headers)
    if answer.headers.get("X-RateLimit-Remaining") == "0" and wait is None:
        limit = answer.headers.get("X-RateLimit-Limit", "all")
        raise TryLaterError(
            f"GitHub's hourly limit is used up ({limit} requests)"
            + ("; LANDSCAPE_GITHUB_TOKEN raises it to 5000" if TOKEN_NAME not in upstreams.tokens else ""),
            after_seconds=_seconds_until_reset(answer.headers),
            is_rate_limit=True,
        )
    if wait is not None or "secondary rate limit" in message.lower():
        raise TryLaterError(
            "GitHub's limit on bursts (secondary rate limit)",
            after_seconds=_SECONDARY_WAIT_SECONDS if wait is None else wait,
            is_rate_limit=True,
        )
    if "not accessible" in message or "SAML" in message or "scope" in message:
        raise _refused(upstreams, answer.url, message)
    return answer


def _seconds_until_reset(headers: Mapping[str, str]) -> float | None:
    """Until the hourly limit starts anew, by GitHub's own clock."""
    reset, said_at = headers.get("X-RateLimit-Reset", ""), epoch_seconds(headers.get("Date", ""))
    return None if said_at is None or not reset.isdecimal() else max(0.0, float(reset) - said_at)


def _refused(upstreams: Upstreams, url: str, message: str) -> NotAuthorizedError:
    who = "this request without a token" if TOKEN_NAME not in upstreams.tokens else "the token"
    return NotAuthorizedError(f"GitHub refuses {who}: {_excerpt(message)}", where=url, hint=_TOKEN_HINT)


def _said(answer: Answer) -> str:
    """The message of an answer that is no data; empty where it holds none."""
    if answer.status_code == _OK:
        return ""
    try:
        message = msgspec.json.decode(answer.content, type=_Message).message
    except ValueError:
        return ""
    return _excerpt(message)


def _excerpt(text: str) -> str:
    """`text`, shortened, without the token: an upstream may echo what it was sent."""
    return redacted(text)[:_EXCERPT_LENGTH]


def _decoded(answer: Answer, kind: type[Value]) -> Value:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except ValueError as error:
        raise UnexpectedAnswerError(
            f"GitHub's answer has another shape: {error}",
            where=answer.url,
            hint="try again later; if it stays, the API has changed and this version cannot read it",
        ) from error


def _from_rest(found: _Repository) -> Repository:
    return Repository(
        repo_id=found.id,
        repo_full_name=found.full_name,
        description=found.description or None,
        topics=tuple(found.topics),
        stars_count=found.stargazers_count,
        forks_count=found.forks_count,
        open_issues_count=found.open_issues_count,
        language=found.language,
        license_spdx=_spdx(found.license),
        is_archived=found.archived,
        created_at=found.created_at.astimezone(UTC),
        pushed_at=found.pushed_at and found.pushed_at.astimezone(UTC),
    )


def _from_graphql(node: _Node) -> Repository:
    return Repository(
        repo_id=node.database_id,
        repo_full_name=node.name_with_owner,
        description=node.description or None,
        topics=tuple(each.topic.name for each in node.repository_topics.nodes),
        stars_count=node.stargazer_count,
        forks_count=node.fork_count,
        open_issues_count=node.issues.total_count + node.pull_requests.total_count,
        language=node.primary_language.name if node.primary_language else None,
        license_spdx=_spdx(node.license_info),
        is_archived=node.is_archived,
        created_at=node.created_at.astimezone(UTC),
        pushed_at=node.pushed_at and node.pushed_at.astimezone(UTC),
    )


def _spdx(license_found: _License | _SpdxId | None) -> str | None:
    """GitHub writes NOASSERTION where it found a licence file that it does not recognise."""
    spdx_id = license_found.spdx_id if license_found else None
    return None if spdx_id in _NO_LICENSE else spdx_id
