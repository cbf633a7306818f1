"""One bad answer of GitHub costs one repository: the others are observed, and the bad one is named."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import stamina
from pydantic import SecretStr
from werkzeug import Request, Response

from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.connect import connect
from pipelines.sources.failures import RateLimitedError, UnexpectedAnswerError, UpstreamUnreachableError
from pipelines.sources.github.answers import WantedRepository
from pipelines.sources.github.bronze import load_repositories, present_names
from pipelines.sources.github.client import MOST_FAILURES_IN_A_ROW, fetch_repositories
from pipelines.sources.github.readmes import load_readmes
from pipelines.sources.github.source import SOURCE
from pipelines.status import read_status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pytest_httpserver import HTTPServer

    from pipelines.sources.connect import Upstreams

NOW = datetime(2026, 1, 20, 5, tzinfo=UTC)
ATTEMPTS = 2
TROUBLE = {"data": None, "errors": [{"message": "Something went wrong while executing your query. timeout"}]}
WANTED = [WantedRepository(f"acme/r{n}", n) for n in range(1, 51)]


class GitHub:
    """Healthy repositories acme/r<n> of number n; `nodes`, `rest` and `trouble` make single answers bad."""

    def __init__(self, httpserver: HTTPServer) -> None:
        self.nodes: dict[int, dict[str, Any] | None] = {}
        self.rest: dict[str, Response] = {}
        self.trouble: list[dict[str, Any]] = []
        self.most_per_query = 1000
        self.queries: list[int] = []
        self.server = httpserver
        httpserver.expect_request("/api/graphql").respond_with_handler(self._graphql)
        httpserver.expect_request(re.compile("^/api/")).respond_with_handler(self._rest)

    def _graphql(self, request: Request) -> Response:
        assert request.json is not None
        asked = re.findall(r'(r\d+): repository\(owner: "acme", name: "r(\d+)"\)', request.json["query"])
        self.queries.append(len(asked))
        if self.trouble:
            return as_json(self.trouble.pop(0))
        if len(asked) > self.most_per_query:
            return as_json(TROUBLE)
        return as_json({"data": {alias: self.nodes.get(int(n), node(int(n))) for alias, n in asked}})

    def _rest(self, request: Request) -> Response:
        path = request.path.removeprefix("/api")
        if path in self.rest:
            return self.rest[path]
        if path.endswith("/readme"):
            return Response(f"# of {path}", content_type="application/vnd.github.raw+json")
        return as_json(repository(int(re.sub(r"\D", "", path))))


def as_json(body: object) -> Response:
    return Response(json.dumps(body), content_type="application/json")


def node(n: int) -> dict[str, Any]:
    return {
        "databaseId": n, "nameWithOwner": f"acme/r{n}", "description": None, "stargazerCount": n, "forkCount": 0,
        "isArchived": False, "createdAt": "2024-01-01T00:00:00Z", "pushedAt": None, "issues": {"totalCount": 0},
        "pullRequests": {"totalCount": 0}, "primaryLanguage": None, "licenseInfo": None,
        "repositoryTopics": {"nodes": []},
    }  # fmt: skip


def repository(n: int) -> dict[str, Any]:
    return {
        "id": n, "full_name": f"acme/r{n}", "stargazers_count": n, "forks_count": 0, "open_issues_count": 0,
        "archived": False, "created_at": "2024-01-01T00:00:00Z",
    }  # fmt: skip


@pytest.fixture
def github(httpserver: HTTPServer) -> GitHub:
    return GitHub(httpserver)


@pytest.fixture
def unsigned(httpserver: HTTPServer, tmp_path: Path) -> Iterator[Upstreams]:
    yield from upstreams(httpserver, tmp_path, {})


@pytest.fixture
def signed(httpserver: HTTPServer, tmp_path: Path) -> Iterator[Upstreams]:
    yield from upstreams(httpserver, tmp_path, {"github": SecretStr("ghp_0123456789")})


def upstreams(httpserver: HTTPServer, tmp_path: Path, tokens: dict[str, SecretStr]) -> Iterator[Upstreams]:
    settings = Settings(
        data_profile=DataProfile.LIVE,
        data_dir=tmp_path,
        urls={"github_api": httpserver.url_for("/api")},
        tokens=tokens,
    )
    found = connect(settings, NOW)
    with stamina.set_testing(True, attempts=ATTEMPTS), found.session:
        yield found


def load(found: Upstreams, folder: Path, wanted: Sequence[WantedRepository] = WANTED) -> Any:
    return load_repositories(found, wanted, folder / "bronze", lambda _done, _of: None)


def observed_ids(folder: Path) -> list[int]:
    paths = sorted(folder.glob("bronze/github/observed_on=*/observations.parquet"))
    return sorted(pl.concat([pl.read_parquet(path, hive_partitioning=False) for path in paths])["repo_id"])


def test_a_query_that_went_wrong_is_sent_again(signed: Upstreams, github: GitHub, tmp_path: Path) -> None:
    github.trouble = [TROUBLE]
    assert load(signed, tmp_path).found_count == 50
    assert github.queries == [50, 50]


def test_a_query_that_keeps_going_wrong_is_halved(signed: Upstreams, github: GitHub, tmp_path: Path) -> None:
    github.most_per_query = 20
    assert load(signed, tmp_path).found_count == 50
    assert github.queries == [50] * ATTEMPTS + ([25] * ATTEMPTS + [12, 13]) * 2
    assert observed_ids(tmp_path) == list(range(1, 51))


def test_where_no_query_runs_each_repository_is_asked_for_singly(
    signed: Upstreams, github: GitHub, tmp_path: Path
) -> None:
    github.most_per_query = 0
    assert load(signed, tmp_path).found_count == 50
    assert len(github.queries) == ATTEMPTS * len([50, 25, 12, 6, 3, 1])


@pytest.mark.parametrize("field", ["stargazerCount", "createdAt", "repositoryTopics", "databaseId"])
def test_one_node_with_an_unexpected_null_is_asked_for_singly(
    signed: Upstreams, github: GitHub, tmp_path: Path, field: str
) -> None:
    github.nodes[7] = {**node(7), field: None}
    assert load(signed, tmp_path).found_count == 50
    paths = [request.path for request, _ in github.server.log]
    assert paths == ["/api/graphql", "/api/repositories/7"]


@pytest.mark.parametrize("kind", ["RATE_LIMIT", "RATE_LIMITED"])
def test_the_limit_is_known_by_both_of_its_names(signed: Upstreams, github: GitHub, kind: str) -> None:
    github.trouble = [
        {"data": None, "errors": [{"type": kind, "message": "API rate limit exceeded"}]}
    ] * ATTEMPTS
    with pytest.raises(RateLimitedError, match="hourly limit is used up"):
        list(fetch_repositories(signed, WANTED))


ODD = {
    "a-redirect-in-circles": Response(status=301, headers={"Location": "/api/repositories/7"}),
    "a-redirect-to-nowhere": Response(status=302, headers={"Location": "http://[broken/"}),
    "a-redirect-to-another-scheme": Response(status=302, headers={"Location": "ftp://127.0.0.1/x"}),
    "a-web-page": Response("<html><title>Unicorn</title>", content_type="text/html"),
    "another-shape": as_json({**repository(7), "stargazers_count": None}),
    "another-repository": as_json(repository(8)),
    "a-server-error": Response("", 502),
    "another-status": Response("", 418),
}


@pytest.mark.parametrize("has_token", [False, True], ids=["without-token", "with-token"])
@pytest.mark.parametrize("odd", ODD)
def test_one_odd_answer_is_set_aside_and_the_others_are_stored(
    request: pytest.FixtureRequest, github: GitHub, tmp_path: Path, odd: str, has_token: bool
) -> None:
    found = request.getfixturevalue("signed" if has_token else "unsigned")
    github.nodes[7], github.rest["/repositories/7"] = None, ODD[odd]
    wanted = WANTED[4:9]
    report = load(found, tmp_path, wanted)
    assert (report.found_count, report.failed_count) == (4, 1)
    assert observed_ids(tmp_path) == [5, 6, 8, 9]

    settings = Settings(data_dir=tmp_path)
    status = read_status(settings)
    state = status.sources["github"]
    assert (state.loaded, state.missing, state.quarantined, state.rows) == (4, 0, 1, 4)
    assert [line for line in status.quarantined if line.startswith("acme/r7: not observed: ")]
    (run,) = SOURCE.runs(settings.bronze_dir).rows()
    assert run == (NOW.replace(tzinfo=None), 5, 4, 0, 1, 4)

    del github.rest["/repositories/7"], github.nodes[7]
    report = load(found, tmp_path, wanted)
    assert (report.known_count, report.found_count) == (4, 1), "it was not asked for again on that day"
    assert read_status(settings).sources["github"].quarantined == 0


def test_a_failure_takes_nothing_back(unsigned: Upstreams, github: GitHub, tmp_path: Path) -> None:
    load(unsigned, tmp_path, WANTED[:2])
    github.rest["/repositories/1"] = Response("", 418)
    load(replace(unsigned, retrieved_at=NOW + timedelta(days=1)), tmp_path, WANTED[:2])
    assert present_names(tmp_path / "bronze") == {1: "acme/r1", 2: "acme/r2"}
    assert observed_ids(tmp_path) == [1, 2, 2]


def test_a_host_that_is_down_is_left_alone_and_what_came_is_stored(
    unsigned: Upstreams, github: GitHub, tmp_path: Path
) -> None:
    github.rest |= {f"/repositories/{n}": Response("", 503) for n in range(12, 51)}
    github.rest |= {f"/repositories/{n}": Response("", 503) for n in range(2, 10)}
    with pytest.raises(UpstreamUnreachableError, match="503"):
        load(unsigned, tmp_path)
    assert observed_ids(tmp_path) == [1, 10, 11]  # they come first by name
    assert len(github.server.log) == 3 + MOST_FAILURES_IN_A_ROW * ATTEMPTS


def test_nothing_but_failures_is_an_error(unsigned: Upstreams, github: GitHub, tmp_path: Path) -> None:
    github.rest["/repositories/1"] = Response("", 418)
    with pytest.raises(UnexpectedAnswerError, match="418"):
        load(unsigned, tmp_path, WANTED[:1])


def test_a_readme_is_asked_for_by_number(unsigned: Upstreams, github: GitHub, tmp_path: Path) -> None:
    wanted = [WANTED[0], WantedRepository("acme/r2"), WantedRepository("acme/r3")]
    load(unsigned, tmp_path, wanted[:2])
    github.server.clear_log()
    load_readmes(unsigned, wanted, tmp_path / "bronze", lambda _done, _of: None)
    assert [request.path for request, _ in github.server.log] == [
        "/api/repositories/1/readme",
        "/api/repositories/2/readme",  # the number that GitHub showed under the name
        "/api/repos/acme/r3/readme",
    ]


def test_one_bad_readme_is_named_and_the_others_are_stored(
    unsigned: Upstreams, github: GitHub, tmp_path: Path
) -> None:
    github.rest["/repositories/2/readme"] = Response("", 502)
    report = load_readmes(unsigned, WANTED[:3], tmp_path / "bronze", lambda _done, _of: None)
    assert (report.found_count, report.failed_count) == (2, 1)
    readmes = pl.read_parquet(tmp_path / "bronze" / "github" / "readmes.parquet")
    assert readmes["repo_full_name"].to_list() == ["acme/r1", "acme/r3"]
    (line,) = read_status(Settings(data_dir=tmp_path)).quarantined
    assert line.startswith("README of acme/r2: ")


def test_a_redirect_keeps_the_token_despite_netrc(
    signed: Upstreams, github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine localhost login me password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    github.nodes[1] = None
    github.rest["/repositories/1"] = Response(status=301, headers={"Location": "/api/repositories/1001"})
    github.rest["/repositories/1001"] = as_json(repository(1))
    assert load(signed, tmp_path, WANTED[:1]).found_count == 1
    assert {request.headers["Authorization"] for request, _ in github.server.log} == {"Bearer ghp_0123456789"}
