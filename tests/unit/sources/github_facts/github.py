"""A GitHub on loopback that keeps issues, pull requests, comments and reviews, and forgets its feed."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from werkzeug import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer

_REPOSITORY = re.compile(r'(\w+): repository\(owner: "(.*?)", name: "(.*?)"\)')
_PULLS_OF = re.compile(r'^repository\(owner: "(.*?)", name: "(.*?)"\) \{', re.MULTILINE)
_PULL = re.compile(r'^p(\d+): pullRequest\(number: (\d+)\).*first: 100(?:, after: "(\d+)")?', re.MULTILINE)
Item = dict[str, Any]


@dataclass
class Held:
    """A repository and all that it keeps, each list in any order."""

    id: int
    issues: list[Item] = field(default_factory=list)
    issue_comments: list[Item] = field(default_factory=list)
    review_comments: list[Item] = field(default_factory=list)
    events: list[Item] = field(default_factory=list)
    pulls: dict[int, Item] = field(default_factory=dict)


@dataclass
class FactsGitHub:
    """Repositories by present name.

    Attributes
    ----------
    moved
        Former name → present name; GraphQL follows it, REST redirects.
    faults
        Each takes the place of the answer to one request, in order; None leaves that request alone.
    remaining, points
        What is left of the hourly limits; a 304 costs nothing.
    asked
        Every request: ``issues?since=…``, or ``pulls 3`` for three of them.
    on_request
        Called with each of them before it is answered.
    """

    held: dict[str, Held] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    faults: list[Any] = field(default_factory=list)
    remaining: int = 5000
    points: int = 5000
    most_pulls: int = 50
    asked: list[str] = field(default_factory=list)
    unchanged_count: int = 0
    on_request: Callable[[str], None] = lambda _what: None

    def start(self, server: HTTPServer) -> None:
        """Answer below ``/api``."""
        server.expect_request("/api/graphql", method="POST").respond_with_handler(self._graphql)
        server.expect_request(re.compile("/api/repos.*")).respond_with_handler(self._rest)

    def _told(self, what: str) -> Response | None:
        self.asked.append(what)
        self.on_request(what)
        return self.faults.pop(0) if self.faults else None

    def _rest(self, request: Request) -> Response:
        parts = request.path.removeprefix("/api/").split("/")
        if parts[0] == "repositories":
            name = next((each for each, held in self.held.items() if str(held.id) == parts[1]), "")
            listed = "/".join(parts[2:])
        else:
            name, listed = "/".join(parts[1:3]), "/".join(parts[3:])
        query = request.query_string.decode()
        fault = self._told(f"{name} {listed}?{query}")
        if fault is not None:
            return fault
        if name in self.moved:
            path = request.path.replace(name, self.moved[name])
            return Response("", 301, headers={"Location": f"{path}?{query}"})
        if name not in self.held:
            return Response('{"message": "Not Found"}', 404)
        content = json.dumps(self._listed(self.held[name], listed, request))
        tag = f'"{hashlib.sha256(content.encode()).hexdigest()}"'
        if request.headers.get("If-None-Match") == tag:
            self.unchanged_count += 1
            return Response("", 304, headers={"ETag": tag})
        self.remaining -= 1
        headers = {
            "ETag": tag,
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": "1790000000",
        }
        return Response(content, content_type="application/json", headers=headers)

    @staticmethod
    def _listed(held: Held, listed: str, request: Request) -> list[Item]:
        page, length = int(request.args["page"]), int(request.args["per_page"])
        if listed == "events":
            items = sorted(held.events, key=lambda one: str(one["created_at"]), reverse=True)
        else:
            assert (request.args["sort"], request.args["direction"]) == ("updated", "asc")
            name = {
                "issues": "issues",
                "issues/comments": "issue_comments",
                "pulls/comments": "review_comments",
            }
            items = [one for one in getattr(held, name[listed]) if one["updated_at"] >= request.args["since"]]
            items.sort(key=lambda one: one["updated_at"])
            if listed == "issues":
                assert request.args["state"] == "all"
        return items[(page - 1) * length : page * length]

    def _graphql(self, request: Request) -> Response:
        assert request.json is not None
        query = request.json["query"]
        pulls = _PULL.findall(query)
        fault = self._told(f"pulls {len(pulls)}" if pulls else "repositories")
        if fault is not None:
            return fault
        self.points -= 1
        limit = {"cost": 1, "remaining": self.points, "resetAt": "2026-09-20T06:00:00Z"}
        if pulls:
            return self._pulls(query, pulls, limit)
        data: dict[str, Any] = {}
        problems = []
        for alias, owner, name in _REPOSITORY.findall(query):
            present = self.moved.get(f"{owner}/{name}", f"{owner}/{name}")
            data[alias] = repository_node(present, self.held[present].id) if present in self.held else None
            if data[alias] is None:
                problems.append({"type": "NOT_FOUND", "path": [alias], "message": "not there"})
        return Response(json.dumps({"data": data, "errors": problems}), content_type="application/json")

    def _pulls(self, query: str, pulls: list[tuple[str, str, str]], limit: Item) -> Response:
        if len(pulls) > self.most_pulls:
            return Response("<html><h1>502 Bad Gateway</h1></html>", 502, content_type="text/html")
        named = _PULLS_OF.search(query)
        assert named is not None
        held = self.held["/".join(named.groups())]
        found: dict[str, Any] = {}
        problems = []
        for alias, number, after in pulls:
            pull = held.pulls.get(int(number))
            if pull is None:
                path = ["repository", f"p{alias}"]
                problems.append({"type": "NOT_FOUND", "path": path, "message": "no such pull request"})
                found[f"p{alias}"] = None
                continue
            first = int(after or 0)
            reviews = pull["reviews"]
            page = {"hasNextPage": len(reviews) > first + 100, "endCursor": str(first + 100)}
            found[f"p{alias}"] = pull | {"reviews": {"nodes": reviews[first : first + 100], "pageInfo": page}}
        answer = {"data": {"rateLimit": limit, "repository": found}, "errors": problems}
        return Response(json.dumps(answer), content_type="application/json")


def repository_node(name: str, repo_id: int) -> Item:
    """A repository as GraphQL shows it."""
    return {
        "databaseId": repo_id,
        "nameWithOwner": name,
        "stargazerCount": 1,
        "forkCount": 1,
        "isArchived": False,
        "createdAt": "2020-01-01T00:00:00Z",
        "issues": {"totalCount": 0},
        "pullRequests": {"totalCount": 0},
        "repositoryTopics": {"nodes": []},
    }


def user(number: int) -> Item:
    """An account over REST."""
    return {"id": number, "login": f"person-{number}"}


def actor(number: int) -> Item:
    """The same account over GraphQL."""
    return {"__typename": "User", "login": f"person-{number}", "databaseId": number}


def issue(number: int, at: str, by: int, **more: object) -> Item:
    """An open issue that has not changed since it was opened."""
    return {
        "id": 10_000 + number,
        "number": number,
        "title": f"Issue {number}",
        "created_at": at,
        "updated_at": at,
        "user": user(by),
        "closed_at": None,
    } | more


def comment(number: int, below: int, at: str, by: int, kind: str = "issues") -> Item:
    """A comment below an issue (``issues``) or on a line of a pull request (``pull``)."""
    rest = "pulls" if kind == "pull" else "issues"
    return {
        "id": number,
        "created_at": at,
        "updated_at": at,
        "user": user(by),
        "html_url": f"https://github.com/a/one/{kind}/{below}#c{number}",
        "issue_url": f"https://api.github.com/repos/a/one/issues/{below}",
        f"{rest[:-1]}_url"
        if kind == "issues"
        else "pull_request_url": f"https://x/repos/a/one/{rest}/{below}",
    }


def event(number: int, kind: str, at: str, by: int, payload: Item) -> Item:
    """An event of the feed of ``a/one``, as of an archive."""
    return {
        "id": str(number),
        "type": kind,
        "actor": user(by),
        "repo": {"id": 1, "name": "a/one", "url": ""},
        "payload": payload,
        "public": True,
        "created_at": at,
    }
