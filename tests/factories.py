"""Events and hour files as GH Archive writes them, before and after GitHub trimmed the payloads (2025-10).

Each factory gives the keys its type has in the archive, with texts and addresses that must not reach bronze.
Keywords that a factory does not name go to the envelope: see `event`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING, Any, Literal

from pipelines.floor.periods import Hour
from pipelines.sources.gharchive.client import FetchedHour

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Event = dict[str, Any]
Era = Literal["full", "trimmed"]

BODY = "A body that must not be kept"
EMAIL = "someone@example.org"
ARCHIVE_URL = "https://archive.example"


def event(
    event_type: str,
    payload: Mapping[str, Any],
    *,
    event_id: int = 1,
    created_at: str = "2025-03-03T00:00:00Z",
    actor_id: int = 7,
    actor_login: str = "ada",
    repo_id: int = 70,
    repo_full_name: str = "octo/app",
    org: tuple[int, str] | None = None,
) -> Event:
    """The envelope that all types share; `org` is (id, login)."""
    return {
        "id": str(event_id),
        "type": event_type,
        "actor": {
            "id": actor_id,
            "login": actor_login,
            "gravatar_id": "",
            "url": f"https://api.github.com/users/{actor_login}",
        },
        "repo": {
            "id": repo_id,
            "name": repo_full_name,
            "url": f"https://api.github.com/repos/{repo_full_name}",
        },
        "payload": dict(payload),
        "public": True,
        "created_at": created_at,
    } | ({"org": {"id": org[0], "login": org[1], "gravatar_id": ""}} if org else {})


def push_event(*, era: Era = "full", push_id: int = 900, **envelope: Any) -> Event:
    """A push; only the full era holds commits and their authors' addresses."""
    payload: Event = {"push_id": push_id, "ref": "refs/heads/main", "head": "b" * 40, "before": "a" * 40}
    if era == "full":
        author = {"name": "Ada", "email": EMAIL}
        commit = {"sha": "b" * 40, "author": author, "message": BODY, "distinct": True}
        payload |= {"size": 1, "distinct_size": 1, "commits": [commit]}
    else:
        payload |= {"repository_id": envelope.get("repo_id", 70)}
    return event("PushEvent", payload, **envelope)


def watch_event(**envelope: Any) -> Event:
    """A star."""
    return event("WatchEvent", {"action": "started"}, **envelope)


def create_event(**envelope: Any) -> Event:
    """A branch, whose payload has neither an action nor an id."""
    payload = {"ref": "topic", "ref_type": "branch", "master_branch": "main", "description": BODY}
    return event("CreateEvent", payload, **envelope)


def fork_event(**envelope: Any) -> Event:
    """A fork; the id of the new repository is not a fact that bronze keeps."""
    return event("ForkEvent", {"forkee": {"id": 71, "full_name": "ada/app", "description": BODY}}, **envelope)


def issues_event(
    *,
    action: str = "opened",
    issue_id: int = 300,
    number: int = 12,
    title: str = "It breaks",
    **envelope: Any,
) -> Event:
    """An issue is opened, closed, labelled …; the same in both eras."""
    payload = {"action": action, "issue": _issue(issue_id, number, title, on_pull_request=False)}
    return event("IssuesEvent", payload, **envelope)


def issue_comment_event(
    *,
    on_pull_request: bool = False,
    issue_id: int = 300,
    number: int = 12,
    title: str = "It breaks",
    comment_id: int = 400,
    **envelope: Any,
) -> Event:
    """A comment on an issue, or on a pull request, which GitHub then shows as an issue."""
    payload = {
        "action": "created",
        "issue": _issue(issue_id, number, title, on_pull_request=on_pull_request),
        "comment": {"id": comment_id, "user": {"login": "ada", "id": 7}, "body": BODY},
    }
    return event("IssueCommentEvent", payload, **envelope)


def pull_request_event(
    *,
    era: Era = "full",
    action: str = "opened",
    is_merged: bool = False,
    pull_request_id: int = 500,
    number: int = 13,
    title: str = "Mend it",
    **envelope: Any,
) -> Event:
    """A pull request; a merge is `closed` with ``merged`` in the full era and action `merged` after it."""
    pull_request = _pull_request(era, pull_request_id, number, title)
    if era == "full":
        pull_request |= {"merged": is_merged}
    if is_merged:
        action = "closed" if era == "full" else "merged"
    payload = {"action": action, "number": number, "pull_request": pull_request}
    return event("PullRequestEvent", payload, **envelope)


def pull_request_review_event(
    *,
    era: Era = "full",
    review_id: int = 600,
    pull_request_id: int = 500,
    number: int = 13,
    title: str = "Mend it",
    **envelope: Any,
) -> Event:
    """A review of a pull request."""
    payload = {
        "action": "created",
        "review": {"id": review_id, "state": "approved", "body": BODY},
        "pull_request": _pull_request(era, pull_request_id, number, title),
    }
    return event("PullRequestReviewEvent", payload, **envelope)


def pull_request_review_comment_event(
    *,
    era: Era = "full",
    comment_id: int = 400,
    pull_request_id: int = 500,
    number: int = 13,
    title: str = "Mend it",
    **envelope: Any,
) -> Event:
    """A comment on a line of a pull request."""
    payload = {
        "action": "created",
        "comment": {"id": comment_id, "pull_request_review_id": 600, "diff_hunk": "@@", "body": BODY},
        "pull_request": _pull_request(era, pull_request_id, number, title),
    }
    return event("PullRequestReviewCommentEvent", payload, **envelope)


def commit_comment_event(*, comment_id: int = 400, **envelope: Any) -> Event:
    """A comment on a commit."""
    return event("CommitCommentEvent", {"comment": {"id": comment_id, "body": BODY}}, **envelope)


def release_event(**envelope: Any) -> Event:
    """A release; its id is not a fact that bronze keeps."""
    return event("ReleaseEvent", {"action": "published", "release": {"id": 800, "body": BODY}}, **envelope)


def public_event(**envelope: Any) -> Event:
    """A repository is made public: the payload is empty."""
    return event("PublicEvent", {}, **envelope)


def line(content: Event) -> bytes:
    """One line of an hour file, without its newline."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def hour_bytes(lines: Iterable[bytes | Event]) -> bytes:
    """An hour file of events, or of raw lines without their newline; equal content, equal bytes."""
    raw = b"".join((row if isinstance(row, bytes) else line(row)) + b"\n" for row in lines)
    return gzip.compress(raw, compresslevel=1, mtime=0)


def write_hour(path: Path, lines: Iterable[bytes | Event]) -> Path:
    """Write `hour_bytes` of `lines` to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(hour_bytes(lines))
    return path


def fetched_hour(path: Path) -> FetchedHour:
    """What the archive's client says of an hour file; `path` has the archive's own name."""
    hour = Hour.parse(path.name.removesuffix(".json.gz"))
    content = path.read_bytes()
    url = f"{ARCHIVE_URL}/{path.name}"
    return FetchedHour(hour, url, "fetched", path, len(content), hashlib.sha256(content).hexdigest())


def absent_hour(name: str, status: Literal["missing", "not_gzip"] = "missing") -> FetchedHour:
    """What the client says of an hour without a file; `name` is like ``2025-03-03-7``."""
    hour = Hour.parse(name)
    return FetchedHour(hour, f"{ARCHIVE_URL}/{hour.file_name}", status, detail=f"{status}, said the archive")


def _issue(issue_id: int, number: int, title: str, *, on_pull_request: bool) -> Event:
    issue: Event = {"id": issue_id, "number": number, "title": title, "user": {"id": 8}, "body": BODY}
    if on_pull_request:
        issue["pull_request"] = {"url": f"https://api.github.com/repos/octo/app/pulls/{number}"}
    return issue


def _pull_request(era: Era, pull_request_id: int, number: int, title: str) -> Event:
    side = {"ref": "main", "sha": "a" * 40, "repo": {"id": 70, "name": "app"}}
    trimmed = {
        "url": f"https://api.github.com/repos/octo/app/pulls/{number}",
        "id": pull_request_id,
        "number": number,
        "head": side,
        "base": side,
    }
    return trimmed if era == "trimmed" else trimmed | {"title": title, "body": BODY, "user": {"id": 8}}
