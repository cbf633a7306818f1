"""Hours as large and as varied as those of GH Archive, before and after GitHub trimmed the payloads.

Objects hold the keys and the address fields that make real payloads large; texts are words of a made-up
vocabulary, so that they compress about as real ones do. Equal arguments give equal bytes.
"""

from __future__ import annotations

import gzip
import json
import random
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Era = Literal["full", "trimmed"]
Json = dict[str, Any]

EVENTS_PER_HOUR = 180_000
"""Events in a usual hour of 2024 and 2025."""

USUAL_MIX = {
    "PushEvent": 57.0,
    "CreateEvent": 12.0,
    "PullRequestEvent": 7.0,
    "IssueCommentEvent": 5.5,
    "WatchEvent": 5.5,
    "DeleteEvent": 4.0,
    "PullRequestReviewEvent": 2.2,
    "IssuesEvent": 2.0,
    "PullRequestReviewCommentEvent": 1.6,
    "ForkEvent": 1.6,
    "ReleaseEvent": 0.8,
    "CommitCommentEvent": 0.4,
    "PublicEvent": 0.4,
}
"""Percent of the events of a usual hour in 2025."""

_API, _WEB = "https://api.github.com", "https://github.com"
_USER_URLS = (
    "followers",
    "following{/other_user}",
    "gists{/gist_id}",
    "starred{/owner}{/repo}",
    "subscriptions",
    "orgs",
    "repos",
    "events{/privacy}",
    "received_events",
)
_REPO_URLS = (
    "forks",
    "keys{/key_id}",
    "collaborators{/collaborator}",
    "teams",
    "hooks",
    "issues/events{/number}",
    "events",
    "assignees{/user}",
    "branches{/branch}",
    "tags",
    "git/blobs{/sha}",
    "git/tags{/sha}",
    "git/refs{/sha}",
    "git/trees{/sha}",
    "statuses/{sha}",
    "languages",
    "stargazers",
    "contributors",
    "subscribers",
    "subscription",
    "commits{/sha}",
    "git/commits{/sha}",
    "comments{/number}",
    "issues/comments{/number}",
    "contents/{+path}",
    "compare/{base}...{head}",
    "merges",
    "{archive_format}{/ref}",
    "downloads",
    "issues{/number}",
    "pulls{/number}",
    "milestones{/number}",
    "notifications{?since,all,participating}",
    "labels{/name}",
    "releases{/id}",
    "deployments",
)


def write_hour(path: Path, era: Era, events_count: int = EVENTS_PER_HOUR, seed: int = 1) -> Path:
    """Write an hour file under the archive's own name, which says the hour of its events."""
    day, hour = path.name.removesuffix(".json.gz").rsplit("-", 1)
    with gzip.GzipFile(path, "wb", compresslevel=6, mtime=0) as file:
        for line in hour_lines(era, events_count, hour=f"{day}T{int(hour):02d}", seed=seed):
            file.write(line + b"\n")
    return path


def hour_lines(era: Era, events_count: int, *, hour: str = "2025-03-03T00", seed: int = 1) -> Iterator[bytes]:
    """Lines of an hour, without their newlines; `hour` is like ``2025-03-03T00``."""
    return _Hour(era, hour, random.Random(f"{seed} {era} {hour}")).lines(events_count)  # noqa: S311


class _Hour:
    def __init__(self, era: Era, hour: str, rng: random.Random) -> None:
        self._is_full = era == "full"
        self._hour = hour
        self._rng = rng
        self._words = ["".join(rng.choices("aeioubcdfghklmnprst", k=rng.randint(2, 9))) for _ in range(9_000)]
        self._words += ["日本語", "Ünïcode", '"quoted"', "back\\slash", "line\nbreak"]
        self._user = lru_cache(100_000)(self._new_user)
        self._repo = lru_cache(50_000)(self._new_repo)

    def lines(self, events_count: int) -> Iterator[bytes]:
        rng = self._rng
        first_id = rng.randrange(40_000_000_000, 50_000_000_000)
        types = rng.choices(list(USUAL_MIX), list(USUAL_MIX.values()), k=events_count)
        for index, event_type in enumerate(types):
            second = index * 3600 // events_count
            self._now = f"{self._hour}:{second // 60:02d}:{second % 60:02d}Z"
            actor_id, repo_id = (
                int(rng.paretovariate(0.3)) % 4_000_000,
                int(rng.paretovariate(0.3)) % 9_000_000,
            )
            login, name = f"user-{actor_id:x}", f"owner-{repo_id % 9973:x}/repository-{repo_id:x}"
            event = {
                "id": str(first_id + 7 * index),
                "type": event_type,
                "actor": {
                    "id": actor_id,
                    "login": login,
                    "display_login": login,
                    "gravatar_id": "",
                    "url": f"{_API}/users/{login}",
                    "avatar_url": f"https://avatars.githubusercontent.com/u/{actor_id}?",
                },
                "repo": {"id": repo_id, "name": name, "url": f"{_API}/repos/{name}"},
                "payload": self._payload(event_type, actor_id, repo_id, name),
                "public": True,
                "created_at": self._now,
            }
            if repo_id % 3 == 0:
                owner = name.partition("/")[0]
                event["org"] = {
                    "id": repo_id % 9973,
                    "login": owner,
                    "gravatar_id": "",
                    "url": f"{_API}/orgs/{owner}",
                }
            yield json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()

    def _payload(self, event_type: str, actor_id: int, repo_id: int, name: str) -> Json:
        if event_type == "PushEvent":
            return self._push(actor_id, repo_id)
        if event_type in {"CreateEvent", "DeleteEvent"}:
            return {"ref": self._text(1), "ref_type": "branch", "description": self._text(9)}
        parts = {
            "PullRequestReviewEvent": ("review", "pull_request"),
            "PullRequestReviewCommentEvent": ("comment", "pull_request"),
            "PullRequestEvent": ("pull_request",),
            "IssuesEvent": ("issue",),
            "IssueCommentEvent": ("issue", "comment"),
            "CommitCommentEvent": ("comment",),
            "ForkEvent": ("forkee",),
            "ReleaseEvent": ("release",),
        }.get(event_type, ())
        payload: Json = {"action": "started"} if event_type == "WatchEvent" else {}
        for part in parts:
            payload[part] = self._part(part, actor_id, repo_id, name)
        if event_type == "PullRequestEvent":
            payload |= self._pull_action(payload["pull_request"])
        elif event_type == "IssueCommentEvent" and self._rng.random() < 0.7:
            payload["issue"]["pull_request"] = {"url": f"{_API}/repos/{name}/pulls/1"}
        return payload

    def _part(self, part: str, actor_id: int, repo_id: int, name: str) -> Json:
        if part == "pull_request":
            return self._pull(actor_id, repo_id, name)
        if part == "issue":
            return self._issue(actor_id, name)
        if part == "forkee":
            return self._repo(repo_id + 1, name)
        return {
            "id": self._id(),
            "user": self._user(actor_id),
            "created_at": self._now,
            "body": self._text(80),
        }

    def _pull_action(self, pull: Json) -> Json:
        action = self._rng.choice(["opened", "closed", "merged"])
        if self._is_full:
            pull["merged"] = action == "merged"
            action = action.replace("merged", "closed")
        return {"action": action, "number": pull["number"]}

    def _push(self, actor_id: int, repo_id: int) -> Json:
        head, before = self._sha(), self._sha()
        push = {
            "repository_id": repo_id,
            "push_id": self._id(),
            "ref": "refs/heads/main",
            "head": head,
            "before": before,
        }
        if not self._is_full:
            return push
        commits = [
            {
                "sha": self._sha(),
                "author": {"email": f"{actor_id}@users.noreply.example", "name": self._text(2)},
                "message": self._text(9),
                "distinct": True,
                "url": f"{_API}/repositories/{repo_id}/commits/{head}",
            }
            for _ in range(min(20, int(self._rng.paretovariate(1.1))))
        ]
        return push | {"size": len(commits), "distinct_size": len(commits), "commits": commits}

    def _pull(self, actor_id: int, repo_id: int, name: str) -> Json:
        number = repo_id % 900 + 1
        url = f"{_API}/repos/{name}/pulls/{number}"
        sides = {"head": self._side(actor_id, repo_id, name), "base": self._side(actor_id, repo_id, name)}
        pull = {"url": url, "id": self._id(), "number": number, **sides}
        if not self._is_full:
            return pull
        return pull | {
            "title": self._title(),
            "user": self._user(actor_id),
            "body": self._text(150),
            "created_at": self._now,
            "_links": {
                key: {"href": f"{url}/{key}"}
                for key in ("self", "html", "issue", "comments", "commits", "statuses")
            },
            "merge_commit_sha": self._sha(),
            "author_association": "NONE",
        }

    def _side(self, actor_id: int, repo_id: int, name: str) -> Json:
        side = {"ref": self._text(1), "sha": self._sha()}
        if self._is_full:
            return side | {"user": self._user(actor_id), "repo": self._repo(repo_id, name)}
        return side | {"repo": {"id": repo_id, "url": f"{_API}/repos/{name}", "name": name.partition("/")[2]}}

    def _issue(self, actor_id: int, name: str) -> Json:
        number = self._rng.randint(1, 9_000)
        url = f"{_API}/repos/{name}/issues/{number}"
        return {
            "url": url,
            **{f"{key}_url": f"{url}/{key}" for key in ("labels", "comments", "events", "timeline")},
            "id": self._id(),
            "number": number,
            "title": self._title(),
            "user": self._user(actor_id),
            "labels": [{"id": self._id(), "name": self._text(1)}],
            "reactions": {
                "url": f"{url}/reactions",
                "total_count": 0,
                "+1": 0,
                "-1": 0,
                "laugh": 0,
                "heart": 0,
            },
            "state": "open",
            "body": self._text(110),
        }

    def _new_user(self, actor_id: int) -> Json:
        url = f"{_API}/users/user-{actor_id:x}"
        urls = {f"{part.partition('{')[0]}_url": f"{url}/{part}" for part in _USER_URLS}
        return {
            "login": f"user-{actor_id:x}",
            "id": actor_id,
            "node_id": self._sha()[:12],
            "url": url,
            **urls,
            "type": "User",
        }

    def _new_repo(self, repo_id: int, name: str) -> Json:
        url = f"{_API}/repos/{name}"
        urls = {f"{part.partition('{')[0].replace('/', '_')}_url": f"{url}/{part}" for part in _REPO_URLS}
        return {
            "id": repo_id,
            "full_name": name,
            "owner": self._user(repo_id % 9973),
            "html_url": f"{_WEB}/{name}",
            "description": self._text(12),
            "url": url,
            **urls,
            "stargazers_count": repo_id % 5_000,
            "topics": [self._text(1) for _ in range(repo_id % 5)],
            "license": {"key": "mit", "name": "MIT License", "spdx_id": "MIT", "url": f"{_API}/licenses/mit"},
            "default_branch": "main",
        }

    def _title(self) -> str:
        return ("[Snyk] " if self._rng.random() < 0.01 else "") + self._text(6)

    def _text(self, words_count: int) -> str:
        rng, words = self._rng, self._words
        return " ".join([words[int(len(words) * rng.random() ** 3)] for _ in range(words_count)])

    def _sha(self) -> str:
        return f"{self._rng.getrandbits(160):040x}"

    def _id(self) -> int:
        return self._rng.getrandbits(31)
