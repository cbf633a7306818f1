"""Issues, pull requests and comments as GitHub's API gives them, and the fact rows that follow from each.

Belongs here: fields of an answer, rows of `EVENT_SCHEMA`. Must not: requests, or files.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from pipelines.bronze.storage import naive_utc
from pipelines.sources.gharchive.layout import GITHUB_FACTS, LOWEST_FACT_ID

if TYPE_CHECKING:
    from pipelines.sources.github.answers import Repository

Row = dict[str, Any]
"""A row of `EVENT_SCHEMA`; what it leaves out is unknown."""

Moment = Annotated[datetime, msgspec.Meta(tz=True)]

_SNYK = re.compile(r"\[snyk\]", re.IGNORECASE)
_NUMBER_AT_END = re.compile(r"/(\d+)$")


class User(msgspec.Struct):
    """An account; GitHub gives null in the place of one that was deleted."""

    id: int
    login: str


class _PullRequestOf(msgspec.Struct):
    merged_at: Moment | None = None


class Issue(msgspec.Struct):
    """An item of ``/issues``: an issue or a pull request, with the newest closing alone."""

    id: int
    number: int
    title: str
    created_at: Moment
    updated_at: Moment
    user: User | None = None
    closed_at: Moment | None = None
    closed_by: User | None = None
    pull_request: _PullRequestOf | None = None


class Comment(msgspec.Struct):
    """An item of ``/issues/comments`` or ``/pulls/comments``."""

    id: int
    created_at: Moment
    updated_at: Moment
    user: User | None = None
    issue_url: str = ""
    html_url: str = ""
    pull_request_url: str = ""
    pull_request_review_id: int | None = None


class _Author(msgspec.Struct, rename="camel"):
    kind: str = msgspec.field(name="__typename")
    login: str
    database_id: int | None = None

    @property
    def event_login(self) -> str:
        """The login as events write it: GraphQL leaves the ending off that marks an app."""
        return f"{self.login}[bot]" if self.kind == "Bot" and not self.login.endswith("[bot]") else self.login


class _Review(msgspec.Struct, rename="camel"):
    full_database_id: str
    author: _Author | None = None
    submitted_at: Moment | None = None


class _Page(msgspec.Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None = None


class _Reviews(msgspec.Struct, rename="camel"):
    nodes: list[_Review]
    page_info: _Page


class PullRequest(msgspec.Struct, rename="camel"):
    """A pull request as GraphQL shows it: its own number, who merged it, its reviews."""

    full_database_id: str
    reviews: _Reviews
    merged_at: Moment | None = None
    merged_by: _Author | None = None


def issue_rows(repository: Repository, issue: Issue, pull: PullRequest | None) -> list[Row]:
    """That an issue or a pull request was opened, closed or merged.

    Parameters
    ----------
    repository
        Where.
    issue
        As ``/issues`` gives it.
    pull
        The same as GraphQL shows it; None for an issue, and where GraphQL shows none.

    Returns
    -------
    list of dict
        One or two rows. Who closed it is unknown where GitHub does not say.
    """
    is_pull = issue.pull_request is not None
    about: Row = {
        "event_type": "PullRequestEvent" if is_pull else "IssuesEvent",
        "number": issue.number,
        "is_pull_request": is_pull,
        "is_snyk": _SNYK.match(issue.title) is not None,
        "issue_id": None
        if is_pull
        else issue.id,  # the number that /issues gives a pull request is not its own
        "pull_request_id": None if pull is None else int(pull.full_database_id),
    }
    kind = "pull" if is_pull else "issue"
    rows = [_row(repository, f"{kind} opened {issue.number}", issue.created_at, issue.user, about)]
    rows[0]["action"] = "opened"
    listed_at = None if issue.pull_request is None else issue.pull_request.merged_at
    merged_at, by = (listed_at, None) if pull is None else (pull.merged_at, pull.merged_by)
    if merged_at is not None:
        merged = _row(repository, f"pull merged {issue.number}", merged_at, _user(by), about)
        rows.append(merged | {"action": "merged", "is_merged": True})
    elif issue.closed_at is not None:
        key = f"{kind} closed {issue.number} {issue.closed_at.astimezone(UTC).isoformat()}"
        rows.append(_row(repository, key, issue.closed_at, issue.closed_by, about) | {"action": "closed"})
    return rows


def review_rows(repository: Repository, number: int, pull: PullRequest) -> list[Row]:
    """The reviews of a pull request that were submitted; a pending one is nobody's business yet."""
    return [
        _row(
            repository,
            f"review {review.full_database_id}",
            review.submitted_at,
            _user(review.author),
            {
                "event_type": "PullRequestReviewEvent",
                "action": "created",
                "number": number,
                "is_pull_request": True,
                "pull_request_id": int(pull.full_database_id),
                "review_id": int(review.full_database_id),
            },
        )
        for review in pull.reviews.nodes
        if review.submitted_at is not None
    ]


def issue_comment_row(repository: Repository, comment: Comment) -> Row:
    """A comment below an issue or a pull request."""
    about = {
        "event_type": "IssueCommentEvent",
        "action": "created",
        "number": _number(comment.issue_url),
        "is_pull_request": "/pull/" in comment.html_url,
        "comment_id": comment.id,
    }
    return _row(repository, f"issue comment {comment.id}", comment.created_at, comment.user, about)


def review_comment_row(repository: Repository, comment: Comment) -> Row:
    """A comment on a line of a pull request."""
    about = {
        "event_type": "PullRequestReviewCommentEvent",
        "action": "created",
        "number": _number(comment.pull_request_url),
        "is_pull_request": True,
        "comment_id": comment.id,
        "review_id": comment.pull_request_review_id,
    }
    return _row(repository, f"review comment {comment.id}", comment.created_at, comment.user, about)


def fact_id(repo_id: int, key: str) -> int:
    """The number of a fact, the same in every run: from 2^62 on, where no number of GitHub's own comes near.

    Examples
    --------
    >>> fact_id(1, "issue opened 7") == fact_id(1, "issue opened 7") >= 2**62
    True
    >>> fact_id(1, "issue opened 7") == fact_id(2, "issue opened 7")
    False
    """
    digest = hashlib.blake2b(f"{repo_id} {key}".encode(), digest_size=8).digest()
    return LOWEST_FACT_ID + int.from_bytes(digest) % LOWEST_FACT_ID


def _row(repository: Repository, key: str, moment: datetime, user: User | None, about: Row) -> Row:
    return {
        "event_id": fact_id(repository.repo_id, key),
        "created_at": naive_utc(moment),
        "actor_id": None if user is None else user.id,
        "actor_login": None if user is None else user.login,
        "repo_id": repository.repo_id,
        "repo_full_name": repository.repo_full_name,
        "is_merged": False,
        "is_snyk": False,
        "source_file": GITHUB_FACTS,
        "archive": GITHUB_FACTS,
    } | about


def _user(author: _Author | None) -> User | None:
    if author is None or author.database_id is None:
        return None
    return User(author.database_id, author.event_login)


def _number(url: str) -> int | None:
    found = _NUMBER_AT_END.search(url)
    return None if found is None else int(found[1])
