"""A GitHub on loopback that tells star history: weeks of repositories, newest first, with ETags, limits and faults."""

from __future__ import annotations

import calendar
import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from werkzeug import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer

_REPOSITORY = re.compile(r'^(\w+): repository\(owner: "(.*?)", name: "(.*?)"\)', re.MULTILINE)
WEEK = timedelta(days=7)


@dataclass
class StarryGitHub:
    """Repositories by present name, and the stars of each day.

    Attributes
    ----------
    ids
        Present name → number.
    moved
        Former name → present name.
    created
        Present name → the Sunday on which its first week begins.
    stars
        (present name, day) → stars; `usual` where absent.
    newest_week
        The Sunday on which the newest week begins.
    faults
        Each takes the place of the answer to one request for a page, in order; None leaves that request alone.
    spoilt
        (present name, the Sunday of a week) → what stands in the place of that week.
    left
        Requests that are left of the hourly limit.
    pages
        (name asked, page, status) of every request for a page.
    """

    ids: dict[str, int] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    created: dict[str, date] = field(default_factory=dict)
    stars: dict[tuple[str, date], int] = field(default_factory=dict)
    newest_week: date = date(2026, 9, 20)
    faults: list[Any] = field(default_factory=list)
    spoilt: dict[tuple[str, date], Any] = field(default_factory=dict)
    left: int = 5000
    pages: list[tuple[str, int, int]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    on_page: Callable[[], None] = lambda: None

    def start(self, server: HTTPServer) -> None:
        """Answer below ``/api``."""
        server.expect_request("/api/graphql", method="POST").respond_with_handler(self._identify)
        history = re.compile(r"^/api/repos/[^/]+/[^/]+/stargazers/history$")
        server.expect_request(history).respond_with_handler(self._history)
        by_number = re.compile(r"^/api/(repositories/\d+|repos/[^/]+/[^/]+)$")
        server.expect_request(by_number).respond_with_json({"message": "Not Found"}, status=404)

    def usual(self, name: str, day: date) -> int:
        """Stars of a day that no test names."""
        return (self.ids[name] + day.toordinal()) % 9

    def of_day(self, name: str, day: date) -> int:
        """Stars of a day."""
        return self.stars.get((name, day), self.usual(name, day))

    def days(self, name: str, before: date) -> dict[date, int]:
        """Every day of a repository since its first week."""
        first = self.created[name]
        return {
            day: self.of_day(name, day)
            for day in (first + timedelta(days=n) for n in range((before - first).days))
        }

    def _identify(self, request: Request) -> Response:
        assert request.json is not None
        query = request.json["query"]
        self.queries.append(query)
        data: dict[str, Any] = {}
        problems = []
        for alias, owner, name in _REPOSITORY.findall(query):
            present = self.moved.get(f"{owner}/{name}", f"{owner}/{name}")
            data[alias] = None
            if present in self.ids:
                data[alias] = {
                    "databaseId": self.ids[present],
                    "nameWithOwner": present,
                    "description": None,
                    "stargazerCount": 1,
                    "forkCount": 1,
                    "isArchived": False,
                    "createdAt": "2020-01-01T00:00:00Z",
                    "pushedAt": None,
                    "issues": {"totalCount": 0},
                    "pullRequests": {"totalCount": 0},
                    "primaryLanguage": None,
                    "licenseInfo": None,
                    "repositoryTopics": {"nodes": []},
                    "latestIssue": {"nodes": []},
                    "latestPullRequest": {"nodes": []},
                    "releases": {"nodes": []},
                }
            else:
                problems.append(
                    {"type": "NOT_FOUND", "path": [alias], "message": f"Could not resolve {name}"}
                )
        return Response(json.dumps({"data": data, "errors": problems}), content_type="application/json")

    def _history(self, request: Request) -> Response:
        _, _, _, owner, name, *_ = request.path.split("/")
        asked, page = f"{owner}/{name}", int(request.args["page"])
        assert request.args["per_page"] == "30"
        response = self._page(asked, page, request.headers.get("If-None-Match"))
        self.pages.append((asked, page, response.status_code))
        if response.status_code != 304:
            self.left -= 1
        response.headers["X-RateLimit-Remaining"] = str(self.left)
        response.headers["X-RateLimit-Reset"] = "1790000000"
        self.on_page()
        return response

    def _page(self, name: str, page: int, known_tag: str | None) -> Response:
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            return fault
        if name not in self.ids:
            return Response('{"message": "Not Found"}', 404, content_type="application/json")
        count = (self.newest_week - self.created[name]).days // 7 + 1
        weeks = [self.newest_week - WEEK * n for n in range(count)][30 * (page - 1) : 30 * page]
        body = json.dumps([self.spoilt.get((name, week), self._week(name, week)) for week in weeks])
        tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"'
        if known_tag == tag:
            return Response(status=304, headers={"ETag": tag})
        return Response(body, content_type="application/json", headers={"ETag": tag})

    def _week(self, name: str, first_day: date) -> dict[str, Any]:
        days = [self.of_day(name, first_day + timedelta(days=n)) for n in range(7)]
        return {"week": calendar.timegm(first_day.timetuple()), "total": sum(days), "days": days}


def something_went_wrong() -> Response:
    """Trouble of GitHub's own under status 200."""
    return Response(
        '{"data": null, "errors": [{"message": "Something went wrong."}]}', content_type="application/json"
    )


def bad_gateway() -> Response:
    """What GitHub's front says when it is in trouble."""
    return Response("<html><h1>502 Bad Gateway</h1></html>", 502, content_type="text/html")


def cut() -> Response:
    """An answer that breaks off."""
    response = Response('[{"week": 1', content_type="application/json")
    response.headers["Content-Length"] = "1000"
    response.automatically_set_content_length = False
    return response


def secondary_limit() -> Response:
    """The limit on bursts."""
    return Response(
        '{"message": "You have exceeded a secondary rate limit."}', 403, headers={"Retry-After": "1"}
    )
