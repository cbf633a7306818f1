"""What GitHub answers about a repository, in both of its shapes, as one.

Belongs here: the fields of REST and GraphQL, and their meaning. Must not: requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

_NO_LICENSE = {None, "", "NOASSERTION"}

FIELDS = """\
fragment fields on Repository {
  databaseId nameWithOwner description stargazerCount forkCount isArchived createdAt pushedAt
  issues(states: OPEN) { totalCount } pullRequests(states: OPEN) { totalCount }
  primaryLanguage { name } licenseInfo { spdxId }
  repositoryTopics(first: 20) { nodes { topic { name } } }
  latestIssue: issues(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { nodes { updatedAt } }
  latestPullRequest: pullRequests(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { nodes { updatedAt } }
  releases(first: 1, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { createdAt publishedAt } }
}
"""
"""The fields of a repository in a GraphQL query."""


@dataclass(frozen=True, slots=True, order=True)
class WantedRepository:
    """A repository to ask for; its number, if known, finds it under any name."""

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
    latest_issue_at, latest_pull_request_at
        When an issue or a pull request last changed in any way, in UTC; None where there is none, and over REST, which
        does not say.
    latest_release_at
        When the newest release was published, or made where it has no such date.
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
    latest_issue_at: datetime | None = None
    latest_pull_request_at: datetime | None = None
    latest_release_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RepositoryAnswer:
    """What GitHub answered for one repository.

    Attributes
    ----------
    status
        ``found``, under its present name; ``gone`` (404: deleted, private, or never there); ``blocked`` (451
        or access disabled by GitHub's staff); ``unchanged`` when it is all as in the earlier answer that was
        named; ``failed`` when no usable answer came, for the reason in `detail`.
    repository
        None unless found.
    etag
        Makes the next request conditional. None where there was none, as in every answer of GraphQL: a query
        cannot be conditional.
    detail
        Why there is no repository; empty when there is.
    """

    wanted: WantedRepository
    status: Literal["found", "gone", "blocked", "unchanged", "failed"]
    repository: Repository | None = None
    etag: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ReadmeAnswer:
    """The README of a repository.

    Attributes
    ----------
    status
        ``found``, ``absent``, ``unchanged`` when it is the earlier one that was named, or ``failed`` when no usable
        answer came, for the reason in `detail`.
    text
        At most `README_CHARACTERS`; None unless found.
    etag, last_modified
        Headers that make the next request conditional; None where there were none.
    """

    repo_full_name: str
    status: Literal["found", "absent", "unchanged", "failed"]
    text: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    detail: str = ""


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


class _Updated(msgspec.Struct, rename="camel"):
    updated_at: Annotated[datetime, msgspec.Meta(tz=True)]


class _LatestUpdate(msgspec.Struct):
    nodes: list[_Updated] = []


class _Release(msgspec.Struct, rename="camel"):
    created_at: Annotated[datetime, msgspec.Meta(tz=True)]
    published_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class _LatestRelease(msgspec.Struct):
    nodes: list[_Release] = []


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
    latest_issue: _LatestUpdate | None = None
    latest_pull_request: _LatestUpdate | None = None
    releases: _LatestRelease | None = None


class GraphqlError(msgspec.Struct):
    """An error with data or in place of it; GitHub's own troubles have no type."""

    message: str
    type: str = ""
    path: list[str | int] | None = None


class GraphqlAnswer(msgspec.Struct):
    """The answer to a query, with each field as it came."""

    data: dict[str, msgspec.Raw] | None = None
    errors: list[GraphqlError] = []


class _Message(msgspec.Struct):
    message: str = ""


def decode_repository(content: bytes) -> Repository:
    """Read a repository as REST shows it.

    Raises
    ------
    ValueError
        If a field is absent or of another kind.
    """
    return _from_rest(msgspec.json.decode(content, type=_Repository))


def decode_node(content: bytes) -> Repository:
    """Read a repository as GraphQL shows it, by `FIELDS`.

    Raises
    ------
    ValueError
        If a field is absent or of another kind.
    """
    return _from_graphql(msgspec.json.decode(content, type=_Node))


def decode_message(content: bytes) -> str:
    """The message of an answer without data; empty if it holds none."""
    try:
        return msgspec.json.decode(content, type=_Message).message
    except ValueError:
        return ""


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
        latest_issue_at=_updated_at(node.latest_issue),
        latest_pull_request_at=_updated_at(node.latest_pull_request),
        latest_release_at=_released_at(node.releases),
    )


def _updated_at(latest: _LatestUpdate | None) -> datetime | None:
    return latest.nodes[0].updated_at.astimezone(UTC) if latest and latest.nodes else None


def _released_at(latest: _LatestRelease | None) -> datetime | None:
    if latest is None or not latest.nodes:
        return None
    newest = latest.nodes[0]
    return (newest.published_at or newest.created_at).astimezone(UTC)


def _spdx(license_found: _License | _SpdxId | None) -> str | None:
    """GitHub writes NOASSERTION for a licence file that it does not recognise."""
    spdx_id = license_found.spdx_id if license_found else None
    return None if spdx_id in _NO_LICENSE else spdx_id
