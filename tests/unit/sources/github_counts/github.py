"""A GitHub on loopback that counts: searches and repositories over GraphQL, by the sample's real counts, with faults.

It behaves as GitHub does where that hurts: a search of a name that leads nowhere, or on to another one, counts 0.
"""

from __future__ import annotations

import calendar
import csv
import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from werkzeug import Request, Response

from tests.upstream import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer

_REPOSITORY = re.compile(r'^(\w+): repository\(owner: "(.*?)", name: "(.*?)"\)', re.MULTILINE)
_SEARCH = re.compile(r'^(\w+): search\(type: ISSUE, query: "(.*?)"\) \{ issueCount \}', re.MULTILINE)
_WORDS = re.compile(r"repo:(\S+) is:(issue|pr) (created|closed|merged):(\S+)\.\.(\S+)")

Reply = tuple[int, Any]
Fault = "Callable[[dict[str, Any]], Response]"


@dataclass
class CountingGitHub:
    """Repositories by name, and what is counted in them.

    Attributes
    ----------
    ids
        Present name → number.
    moved
        Former name → present name.
    counts
        (present name, ``issue created``, first day of the month) → count; 0 where absent, as GitHub says it.
    faults
        Each takes the place of the answer to one request, in order; None leaves that request alone.
    most_searches
        Searches that GitHub can run in one query.
    points
        What is left of the hourly limit; each query costs one.
    """

    ids: dict[str, int] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    counts: dict[tuple[str, str, date], int] = field(default_factory=dict)
    faults: list[Any] = field(default_factory=list)
    most_searches: int = 1000
    points: int = 5000
    queries: list[str] = field(default_factory=list)
    on_query: Callable[[], None] = lambda: None

    def start(self, server: HTTPServer) -> None:
        """Answer below ``/api``."""
        server.expect_request("/api/graphql", method="POST").respond_with_handler(self._answer)

    def hold_sample_counts(self) -> None:
        """Take the sample's eighty repositories and their real counts of 2026."""
        with zipfile.ZipFile(SAMPLE) as archive:
            text = archive.read("reference/github_counts_monthly_2026.csv").decode()
        for row in csv.DictReader(io.StringIO(text)):
            self.ids.setdefault(row["repo"], 1000 + len(self.ids))
            for words, column in REAL_COLUMNS.items():
                first_day = date.fromisoformat(f"{row['month']}-01")
                self.counts[row["repo"], words, first_day] = int(row[column])

    def _answer(self, request: Request) -> Response:
        assert request.json is not None
        query = request.json["query"]
        self.queries.append(query)
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            return fault
        if len(_SEARCH.findall(query)) > self.most_searches:
            return errors({"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits exceeded."})
        if self.points <= 0:
            return errors({"type": "RATE_LIMITED", "message": "API rate limit exceeded."})
        self.points -= 1
        limit = {"cost": 1, "remaining": self.points, "resetAt": "2026-11-30T05:30:00Z"}
        data: dict[str, Any] = {"rateLimit": limit}
        problems = []
        for alias, owner, name in _REPOSITORY.findall(query):
            present = self.moved.get(f"{owner}/{name}", f"{owner}/{name}")
            data[alias] = None
            if present in self.ids:
                data[alias] = {"databaseId": self.ids[present], "nameWithOwner": present}
            else:
                problems.append(
                    {"type": "NOT_FOUND", "path": [alias], "message": f"Could not resolve {name}"}
                )
        for alias, search in _SEARCH.findall(query):
            data[alias] = {"issueCount": self._count(search)}
        self.on_query()
        return Response(json.dumps({"data": data, "errors": problems}), content_type="application/json")

    def _count(self, search: str) -> int:
        found = _WORDS.fullmatch(search)
        assert found is not None, search
        name, kind, done, first, last = found.groups()
        first_day, last_day = date.fromisoformat(first), date.fromisoformat(last)
        assert first_day.day == 1
        assert last_day.day == calendar.monthrange(first_day.year, first_day.month)[1]
        return self.counts.get((name, f"{kind} {done}", first_day), 0) if name in self.ids else 0


REAL_COLUMNS = {
    "issue created": "issues_opened",
    "issue closed": "issues_closed",
    "pr created": "prs_opened",
    "pr merged": "prs_merged",
}
"""What is searched → its column in the real table."""

METRICS = {
    "issue created": "issues_new",
    "issue closed": "issues_closed",
    "pr created": "change_requests",
    "pr merged": "change_requests_accepted",
}
"""What is searched → the metric it is published as."""


def errors(*each: dict[str, Any]) -> Response:
    """An answer without data."""
    return Response(json.dumps({"data": None, "errors": list(each)}), content_type="application/json")


def bad_gateway() -> Response:
    """What GitHub's front says when a query takes too long."""
    return Response("<html><h1>502 Bad Gateway</h1></html>", 502, content_type="text/html")


def something_went_wrong() -> Response:
    """Trouble of GitHub's own under status 200."""
    return errors({"message": "Something went wrong while executing your query."})


def cut() -> Response:
    """An answer that breaks off."""
    response = Response('{"data": {', content_type="application/json")
    response.headers["Content-Length"] = "1000"
    response.automatically_set_content_length = False
    return response


def secondary_limit() -> Response:
    """The limit on bursts."""
    message = '{"message": "You have exceeded a secondary rate limit."}'
    return Response(message, 403, headers={"Retry-After": "1"})
