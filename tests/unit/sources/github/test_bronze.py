from __future__ import annotations

import dataclasses
import json
import logging
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from pydantic import SecretStr
from werkzeug import Request, Response

from pipelines.bronze.observations import OBSERVATIONS_SCHEMA
from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.connect import Upstreams, connect
from pipelines.sources.failures import RateLimitedError
from pipelines.sources.github.answers import WantedRepository
from pipelines.sources.github.bronze import load_repositories, observed_names
from pipelines.sources.github.client import estimate_requests, fetch_repositories
from pipelines.sources.github.readmes import load_readmes
from pipelines.sources.github.rest import README_CHARACTERS, fetch_repository
from pipelines.sources.github.source import SOURCE
from pipelines.sources.reference.observations import load_observations
from pipelines.sources.session import Politeness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_httpserver import HTTPServer

TOKEN = "ghp_thisMustNeverBeSeenAnywhere"  # noqa: S105
NOW = datetime(2026, 1, 20, 5, tzinfo=UTC)
ONE, TWO = WantedRepository("a/one", 1), WantedRepository("a/two")
WANTED = [WantedRepository("a/one", 1), WantedRepository("a/two"), WantedRepository("a/Gone")]


class GitHub:
    """Repositories by number and by any name they ever had, in both of the API's shapes."""

    def __init__(self, httpserver: HTTPServer) -> None:
        self.names = {"a/one": 1, "a/two": 2, "a/former-two": 2}
        self.limit = 1000
        self.stars_each = 10
        self.readmes: dict[str, str] = {}
        self.most_in_a_query = 50
        self.heartbeats: dict[int, dict[str, Any]] = {}
        self._server = httpserver
        httpserver.expect_request("/api/graphql", method="POST").respond_with_handler(self._graphql)
        httpserver.expect_request(re.compile("^/api/repo")).respond_with_handler(self._rest)

    @property
    def requests(self) -> list[Request]:
        return [request for request, _ in self._server.log]

    def current(self, repo_id: int) -> str:
        return next(name for name, number in self.names.items() if number == repo_id)

    def _rest(self, request: Request) -> Response:
        if len(self._server.log) >= self.limit:
            headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9999999999"}
            return Response('{"message": "API rate limit exceeded"}', status=403, headers=headers)
        path = request.path.removeprefix("/api")
        if path.endswith("/readme"):
            where = path.removesuffix("/readme")
            by_id = where.removeprefix("/repositories/")
            name = where.removeprefix("/repos/") if by_id == where else self.current(int(by_id))
            return self._readme(name, request)
        by_id = path.removeprefix("/repositories/")
        repo_id = int(by_id) if by_id != path else self.names.get(path.removeprefix("/repos/"))
        if repo_id not in self.names.values():
            return Response('{"message": "Not Found"}', status=404)
        if path.startswith("/repos/") and path != f"/repos/{self.current(repo_id)}":
            location = self._server.url_for(f"/api/repositories/{repo_id}")
            return Response(status=301, headers={"Location": location})
        response = self._found(repo_id)
        response.add_etag()
        return response.make_conditional(request)

    def _readme(self, name: str, request: Request) -> Response:
        text = self.readmes.get(name)
        if text is None:
            return Response('{"message": "Not Found"}', status=404)
        response = Response(text, content_type="application/vnd.github.raw+json; charset=utf-8")
        response.set_etag(str(len(text)))
        return response.make_conditional(request)

    def _found(self, repo_id: int) -> Response:
        return Response(
            json.dumps(
                {
                    "id": repo_id,
                    "full_name": self.current(repo_id),
                    "description": "",
                    "topics": ["llm"],
                    "stargazers_count": self.stars_each * repo_id,
                    "forks_count": 3,
                    "open_issues_count": 5,
                    "language": "Python",
                    "license": {"spdx_id": "NOASSERTION"},
                    "archived": repo_id == 2,
                    "created_at": "2024-01-01T00:00:00Z",
                    "pushed_at": None,
                }
            ),
            content_type="application/json",
        )

    def _graphql(self, request: Request) -> Response:
        assert request.json is not None
        asked = re.findall(r'(r\d+): repository\(owner: "(.*?)", name: "(.*?)"\)', request.json["query"])
        data, errors = dict[str, Any](), []
        if len(asked) > self.most_in_a_query:
            said = {"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits exceeded."}
            beyond = [{**said, "path": [alias]} for alias, _, _ in asked]
            answer = {"data": {alias: None for alias, _, _ in asked}, "errors": beyond}
            return Response(json.dumps(answer), content_type="application/json")
        for alias, owner, name in asked:
            repo_id = self.names.get(f"{owner}/{name}")
            data[alias] = None if repo_id is None else self._node(repo_id)
            if repo_id is None:
                errors.append({"type": "NOT_FOUND", "path": [alias], "message": "Could not resolve"})
        return Response(json.dumps({"data": data, "errors": errors}), content_type="application/json")

    def _node(self, repo_id: int) -> dict[str, Any]:
        return {
            "databaseId": repo_id,
            "nameWithOwner": self.current(repo_id),
            "description": "",
            "stargazerCount": 10 * repo_id,
            "forkCount": 3,
            "isArchived": repo_id == 2,
            "createdAt": "2024-01-01T00:00:00Z",
            "pushedAt": None,
            "issues": {"totalCount": 4},
            "pullRequests": {"totalCount": 1},
            "primaryLanguage": {"name": "Python"},
            "licenseInfo": {"spdxId": "NOASSERTION"},
            "repositoryTopics": {"nodes": [{"topic": {"name": "llm"}}]},
            **self.heartbeats.get(repo_id, {}),
        }


@pytest.fixture
def live(httpserver: HTTPServer) -> Iterator[Upstreams]:
    settings = Settings(data_profile=DataProfile.LIVE, urls={"github_api": httpserver.url_for("/api")})
    upstreams = connect(settings, NOW, Politeness(attempts=1))
    with upstreams.session:
        yield upstreams


def with_token(upstreams: Upstreams) -> Upstreams:
    return dataclasses.replace(upstreams, tokens={"github": SecretStr(TOKEN)})


def quietly(done: int, of: int) -> None:
    pass


def observed(folder: Path, day: str = "2026-01-20") -> pl.DataFrame:
    return pl.read_parquet(
        folder / "github" / f"observed_on={day}" / "observations.parquet", hive_partitioning=False
    )


def test_both_ways_of_asking_give_the_same(live: Upstreams, httpserver: HTTPServer) -> None:
    github = GitHub(httpserver)
    without = list(fetch_repositories(live, WANTED))
    assert len(github.requests) == 3
    signed = list(fetch_repositories(with_token(live), WANTED))
    assert signed == [dataclasses.replace(answer, etag=None) for answer in without]
    assert [request.method for request in github.requests[3:]] == ["POST", "GET"]  # the gone one singly
    assert [answer.status for answer in without] == ["found", "found", "gone"]
    repository = without[1].repository
    assert repository is not None
    assert (repository.open_issues_count, repository.license_spdx, repository.description) == (5, None, None)


def test_fifty_repositories_share_a_query(live: Upstreams, httpserver: HTTPServer) -> None:
    github = GitHub(httpserver)
    github.names |= {f"b/r{n}": n for n in range(10, 130)}
    wanted = [WantedRepository(f"b/r{n}", n) for n in range(10, 130)]
    answers = list(fetch_repositories(with_token(live), wanted))
    assert [answer.repository and answer.repository.repo_id for answer in answers] == list(range(10, 130))
    assert len(github.requests) == 3 == estimate_requests(120, 0, has_token=True).requests


def test_a_query_that_asks_for_too_much_is_halved(live: Upstreams, httpserver: HTTPServer) -> None:
    GitHub(httpserver).most_in_a_query = 1
    assert [answer.status for answer in fetch_repositories(with_token(live), [ONE, TWO])] == ["found"] * 2
    assert [request.path for request, _ in httpserver.log] == ["/api/graphql"] * 3


def test_the_newest_issue_pull_request_and_release_are_observed(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    GitHub(httpserver).heartbeats = {
        1: {
            "latestIssue": {"nodes": [{"updatedAt": "2026-01-19T01:00:00Z"}]},
            "latestPullRequest": {"nodes": [{"updatedAt": "2026-01-18T02:00:00Z"}]},
            "releases": {
                "nodes": [{"createdAt": "2025-12-30T00:00:00Z", "publishedAt": "2026-01-02T03:00:00Z"}]
            },
        },
        2: {
            "latestIssue": {"nodes": []},
            "latestPullRequest": {"nodes": []},
            "releases": {"nodes": [{"createdAt": "2025-12-30T00:00:00Z", "publishedAt": None}]},
        },
    }
    load_repositories(with_token(live), [ONE, TWO], tmp_path, quietly)
    latest = ("latest_issue_at", "latest_pull_request_at", "latest_release_at")
    assert observed(tmp_path).sort("repo_id").select(latest).rows() == [
        (datetime(2026, 1, 19, 1), datetime(2026, 1, 18, 2), datetime(2026, 1, 2, 3)),  # noqa: DTZ001
        (None, None, datetime(2025, 12, 30)),  # noqa: DTZ001
    ]


def test_observations_of_an_earlier_version_are_kept_and_what_they_lack_is_unknown(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    github = GitHub(httpserver)
    load_repositories(live, [ONE], tmp_path, quietly)
    path = tmp_path / "github" / "observed_on=2026-01-20" / "observations.parquet"
    later = [column for column in observed(tmp_path).columns if column.startswith("latest_")]
    observed(tmp_path).drop(later).write_parquet(path)
    load_repositories(live, [TWO], tmp_path, quietly)
    assert observed(tmp_path).schema == OBSERVATIONS_SCHEMA
    observed(tmp_path).drop(later).write_parquet(path)
    next_day = dataclasses.replace(live, retrieved_at=datetime(2026, 1, 21, 5, tzinfo=UTC))
    load_repositories(next_day, [ONE], tmp_path, quietly)
    assert len(github.requests) == 3
    assert observed_names(tmp_path)["repo_full_name"].sort().to_list() == ["a/one", "a/two"]
    assert SOURCE.state(tmp_path).rows == 3


@pytest.mark.parametrize("signed", [False, True])
def test_a_renamed_repository_is_found_under_its_present_name(
    live: Upstreams, httpserver: HTTPServer, signed: bool
) -> None:
    GitHub(httpserver)
    (answer,) = fetch_repositories(with_token(live) if signed else live, [WantedRepository("a/former-two")])
    assert answer.repository is not None
    assert (answer.repository.repo_full_name, answer.repository.repo_id) == ("a/two", 2)


def test_a_name_that_another_repository_took_is_not_believed(live: Upstreams, httpserver: HTTPServer) -> None:
    github = GitHub(httpserver)
    github.names["moved/one"] = github.names.pop("a/one")
    github.names["a/one"] = 99
    (answer,) = fetch_repositories(with_token(live), [WantedRepository("a/one", 1)])
    assert answer.repository is not None
    assert answer.repository.repo_full_name == "moved/one"


@pytest.mark.parametrize("signed", [False, True])
def test_a_day_is_asked_for_once_and_survives_the_reference(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path, signed: bool
) -> None:
    github = GitHub(httpserver)
    live = with_token(live) if signed else live
    report = load_repositories(live, WANTED, tmp_path, quietly)
    assert (report.found_count, report.gone_count, report.known_count) == (2, 1, 0)
    load_observations(live, tmp_path)
    rows = observed(tmp_path)
    assert rows.schema == pl.read_parquet(tmp_path / "github" / "observations.parquet").schema
    assert rows.select("observed_on", "repo_full_name", "stars_count", "is_archived", "source").rows() == [
        (date(2026, 1, 20), "a/one", 10, False, "github"),
        (date(2026, 1, 20), "a/two", 20, True, "github"),
    ]
    before = {path: path.stat().st_ino for path in tmp_path.rglob("*.parquet")}
    requests_count = len(github.requests)
    assert load_repositories(live, WANTED, tmp_path, quietly).known_count == 3
    assert len(github.requests) == requests_count
    assert {path: path.stat().st_ino for path in tmp_path.rglob("*.parquet")} == before
    tomorrow = dataclasses.replace(live, retrieved_at=NOW.replace(day=21))
    report = load_repositories(tomorrow, WANTED, tmp_path, quietly)
    assert (report.found_count, report.unchanged_count) == ((2, 0) if signed else (0, 2))
    assert observed(tmp_path).equals(rows)
    assert observed(tmp_path, "2026-01-21").drop("observed_on").equals(rows.drop("observed_on"))


def test_on_later_days_only_what_changed_is_sent(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    github = GitHub(httpserver)
    days = [dataclasses.replace(live, retrieved_at=NOW.replace(day=day)) for day in (20, 21, 22, 23)]
    found = WANTED[:2]
    load_repositories(days[0], found, tmp_path, quietly)
    for today in days[1:3]:  # what was confirmed once can be confirmed again
        assert load_repositories(today, found, tmp_path, quietly).unchanged_count == 2
    assert all("If-None-Match" in request.headers for request in github.requests[2:])
    assert [response.status_code for _, response in httpserver.log] == [200] * 2 + [304] * 4
    github.stars_each = 11
    assert load_repositories(days[3], found, tmp_path, quietly).found_count == 2
    assert observed(tmp_path, "2026-01-22").select("observed_on", "stars_count").rows() == [
        (date(2026, 1, 22), 10),
        (date(2026, 1, 22), 20),
    ]
    assert observed(tmp_path, "2026-01-23")["stars_count"].to_list() == [11, 22]
    manifest = pl.read_parquet(tmp_path / "manifest" / "github.parquet")
    assert manifest.select("status", "found_full_name", "found_repo_id").rows() == [
        ("found", "a/one", 1),
        ("found", "a/two", 2),
    ]


def test_a_lost_observation_is_asked_for_as_if_new(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    GitHub(httpserver)
    load_repositories(live, WANTED[:2], tmp_path, quietly)
    (tmp_path / "github" / "observed_on=2026-01-20" / "observations.parquet").unlink()
    tomorrow = dataclasses.replace(live, retrieved_at=NOW.replace(day=21))
    assert load_repositories(tomorrow, WANTED[:2], tmp_path, quietly).found_count == 2


def test_the_limit_keeps_what_came_and_the_next_run_goes_on(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    github = GitHub(httpserver)
    github.limit = 2
    with pytest.raises(RateLimitedError, match="hourly limit is used up"):
        load_repositories(live, WANTED, tmp_path, quietly)
    assert observed(tmp_path).height == 1
    github.limit = 1000
    report = load_repositories(live, WANTED, tmp_path, quietly)
    assert (report.known_count, report.found_count + report.gone_count) == (2, 1)
    assert observed(tmp_path).height == 2


def test_the_token_signs_requests_and_goes_nowhere_else(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    github = GitHub(httpserver)
    github.readmes["a/one"] = "# One"
    signed = with_token(live)
    with caplog.at_level(logging.DEBUG):
        load_repositories(signed, WANTED, tmp_path, quietly)
        load_readmes(signed, [ONE], tmp_path, quietly)
    assert {request.headers["Authorization"] for request in github.requests} == {f"Bearer {TOKEN}"}
    assert not any(TOKEN in request.url for request in github.requests)
    assert TOKEN not in caplog.text + repr(signed)
    assert not any(TOKEN.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_token_does_not_follow_to_another_host(live: Upstreams, httpserver: HTTPServer) -> None:
    away = httpserver.url_for("/elsewhere").replace("localhost", "127.0.0.1")
    httpserver.expect_request("/api/repos/a/b").respond_with_response(
        Response(status=301, headers={"Location": away})
    )
    httpserver.expect_request("/elsewhere").respond_with_data("", status=404)
    assert fetch_repository(with_token(live), WantedRepository("a/b")).status == "gone"
    (first, _), (second, _) = httpserver.log
    assert "Authorization" in first.headers
    assert "Authorization" not in second.headers


def test_netrc_is_no_token(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine localhost login me password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    github = GitHub(httpserver)
    list(fetch_repositories(live, WANTED))
    list(fetch_repositories(with_token(live), WANTED))
    signatures = [request.headers.get("Authorization") for request in github.requests]
    assert signatures == [None] * 3 + [f"Bearer {TOKEN}"] * 2


def test_readmes_are_cut_and_sent_once(live: Upstreams, httpserver: HTTPServer, tmp_path: Path) -> None:
    github = GitHub(httpserver)
    github.readmes["a/one"] = "<html>" + "字" * (README_CHARACTERS + 5)
    report = load_readmes(live, [ONE, TWO], tmp_path, quietly)
    assert (report.found_count, report.absent_count) == (1, 1)
    path = tmp_path / "github" / "readmes.parquet"
    readmes = pl.read_parquet(path)
    assert readmes["readme"].to_list() == ["<html>" + "字" * (README_CHARACTERS - 6), None]
    before = path.stat().st_ino
    report = load_readmes(live, [ONE, TWO], tmp_path, quietly)
    assert (report.unchanged_count, path.stat().st_ino) == (1, before)
    del github.readmes["a/one"]
    load_readmes(live, [ONE], tmp_path, quietly)
    assert pl.read_parquet(path).equals(readmes)


def test_an_honest_estimate() -> None:
    assert estimate_requests(147, 147, has_token=False).hours == 4.9
    assert estimate_requests(0, 0, has_token=True).requests == 0
