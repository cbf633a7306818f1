"""One query of many counts: its text, and which of its answers are counts of the repository that was meant.

Belongs here: searches, aliases, fields. Must not: what happens after a failure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - msgspec reads annotations
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import msgspec

from pipelines.floor.names import repo_full_name_problem
from pipelines.sources.github.graphql import REFUSALS, ask_graphql
from pipelines.sources.github.rest import excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.floor.periods import Month
    from pipelines.sources.connect import Upstreams
    from pipelines.sources.github.answers import WantedRepository
    from pipelines.sources.github.graphql import Answered

Node = TypeVar("Node")

MEASURES: Mapping[str, str] = {
    "issues_new": "is:issue created",
    "issues_closed": "is:issue closed",
    "change_requests": "is:pr created",
    "change_requests_accepted": "is:pr merged",
}
"""Metric → the words of GitHub's search that count it; a range of days follows them."""

_NOT_FOUND = "NOT_FOUND"
_OTHER_SHAPE = "GitHub's answer lacks it, or has it in another shape"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A month of a repository, to be counted by each of `MEASURES`."""

    repository: WantedRepository
    month: Month


@dataclass(frozen=True, slots=True)
class Counted:
    """What GitHub answers for a month of a repository.

    Attributes
    ----------
    asked_name
        The name under which it was asked.
    found_name, found_id
        The repository that the name leads to; None where GitHub shows none.
    counts
        By metric; a metric without a usable answer is absent, never 0.
    status
        ``found``; ``gone`` where GitHub knows no such name (deleted, private or never there); ``blocked`` where the
        token has no right; ``failed`` where the repository came in no usable form.
    problem
        What GitHub says of what is absent; empty where all is there.
    """

    wanted: Wanted
    asked_name: str
    found_name: str | None
    found_id: int | None
    counts: Mapping[str, int]
    status: Literal["found", "gone", "blocked", "failed"]
    problem: str


class RateLimit(msgspec.Struct, frozen=True, rename="camel"):
    """What is left of GitHub's hourly limit, in points, and when it starts anew, in UTC."""

    cost: int
    remaining: int
    reset_at: Annotated[datetime, msgspec.Meta(tz=True)]


class _Repository(msgspec.Struct, rename="camel"):
    database_id: int
    name_with_owner: str


class _Search(msgspec.Struct, rename="camel"):
    issue_count: Annotated[int, msgspec.Meta(ge=0)]


def counts_query(asked: Sequence[tuple[str, Month]]) -> str:
    """The query for months of repositories, given by present name; asks for each repository's number as well.

    GitHub's search finds nothing, and says 0, where a repository is gone or has another name: only the number and
    the name in the same answer tell that from a month without issues.

    Examples
    --------
    >>> from pipelines.floor.periods import Month
    >>> print(counts_query([("a/b", Month(2026, 2))]).splitlines()[3])
    m0_issues_new: search(type: ISSUE, query: "repo:a/b is:issue created:2026-02-01..2026-02-28") { issueCount }
    """
    # A JSON string is a GraphQL string: no name can leave its quotes.
    repositories = [
        f"r{n}: repository(owner: {json.dumps(owner)}, name: {json.dumps(name)}) {{ databaseId nameWithOwner }}"
        for n, (owner, _, name) in enumerate(each.partition("/") for each in _distinct(asked))
    ]
    searches = [
        f"m{n}_{metric}: search(type: ISSUE, query:"
        f" {json.dumps(f'repo:{name} {words}:{month.first_day}..{month.last_day}')}) {{ issueCount }}"
        for n, (name, month) in enumerate(asked)
        for metric, words in MEASURES.items()
    ]
    return "\n".join(["query {", "rateLimit { cost remaining resetAt }", *repositories, *searches, "}"])


def query_counts(
    upstreams: Upstreams, batch: Sequence[Wanted], names: Sequence[str]
) -> tuple[list[Counted], RateLimit | None]:
    """Ask for the counts of `batch` in one query.

    Parameters
    ----------
    upstreams
        Where to ask, and the token.
    batch
        What to count.
    names
        The name to ask each of `batch` under.

    Returns
    -------
    list of Counted, RateLimit
        As long as `batch`; and what is left of the limit, None where GitHub does not say.

    Raises
    ------
    SourceError
        As `ask_graphql`.
    """
    asked = [(name, wanted.month) for name, wanted in zip(names, batch, strict=True)]
    answered = ask_graphql(upstreams, counts_query(asked))
    alias_of = {name: f"r{n}" for n, name in enumerate(_distinct(asked))}
    counted = [
        _counted(answered, wanted, name, alias_of[name], f"m{n}")
        for n, (name, wanted) in enumerate(zip(names, batch, strict=True))
    ]
    return counted, _decoded(answered, "rateLimit", RateLimit)


def _distinct(asked: Sequence[tuple[str, Month]]) -> list[str]:
    return list(dict.fromkeys(name for name, _ in asked))


def _counted(
    answered: Answered, wanted: Wanted, name: str, repository_alias: str, month_alias: str
) -> Counted:
    found = _decoded(answered, repository_alias, _Repository)
    if found is None or repo_full_name_problem(found.name_with_owner) is not None:
        error = answered.errors.get(repository_alias)
        kind = "" if error is None else error.type
        return Counted(
            wanted,
            name,
            None,
            None,
            {},
            "gone" if kind == _NOT_FOUND else "blocked" if kind in REFUSALS else "failed",
            _OTHER_SHAPE if error is None else excerpt(error.message),
        )
    counts, problems = {}, []
    for metric in MEASURES:
        alias = f"{month_alias}_{metric}"
        search = _decoded(answered, alias, _Search)
        if search is not None:
            counts[metric] = search.issue_count
            continue
        error = answered.errors.get(alias)
        problems.append(f"{metric}: {_OTHER_SHAPE if error is None else excerpt(error.message)}")
    return Counted(
        wanted, name, found.name_with_owner, found.database_id, counts, "found", "; ".join(problems)
    )


def _decoded(answered: Answered, alias: str, kind: type[Node]) -> Node | None:
    """A field of the answer; None where it is absent, of another kind, or GitHub names an error of it."""
    if alias in answered.errors or alias not in answered.data:
        return None
    try:
        return msgspec.json.decode(answered.data[alias], type=kind)
    except ValueError:
        return None
