"""Cases G: what GitHub's API answers, to `landscape repositories fetch`."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from datetime import date
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.cases.entrances import INPUTS, Host, Place
from tests.fields import project, projects_file, write_field

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Situation = Callable[[str], "Observed"]

NUMBERS = {"acme/alpha": 9001, "acme/beta": 9002, "acme/gamma": 9003}
SECRET = "SECRET"  # noqa: S105 - part of both tokens, and of nothing else
LONGEST_STOP_SECONDS = 30
A_MINUTE = 60


@dataclass
class GitHub(Host):
    """Answers as the case says, and like GitHub with three healthy repositories to everything else."""

    signatures: set[str | None] = field(default_factory=set)

    def begin(self, case: dict[str, Any]) -> None:
        """Forget the last case."""
        self.log.clear()
        self.signatures.clear()
        self.answers.clear()
        address = self.server.url_for("/api").removeprefix("http://")
        for path, given in case["routes"].items():
            self.answers[f"/api{path}"] = [
                one if isinstance(one, str) else _response(one, address)
                for one in (given if isinstance(given, list) else [given])
            ]

    def answer(self, request: Request) -> Response:
        self.signatures.add(request.headers.get("Authorization"))
        answer = super().answer(request)
        if request.path == "/api/graphql":
            return _of_those_asked_for(request, None if isinstance(answer, str) else answer)
        return answer

    def unheld(self, request: Request) -> Response:
        name = request.path.removeprefix("/api/repos/")
        return _json(_rest(name)) if name in NUMBERS else _json({"message": "Not Found"}, 404)


def _response(given: dict[str, Any], address: str) -> Response:
    headers = {name: text.replace("UPSTREAM", address) for name, text in given["headers"].items()}
    if said_at := headers.pop(
        "Date", None
    ):  # the server adds its own: what counts from the date moves with it
        wait = int(headers["X-RateLimit-Reset"]) - parsedate_to_datetime(said_at).timestamp()
        headers["X-RateLimit-Reset"] = str(int(time.time() + wait))
    return Response(given["body"], given["status"], headers=headers)


def _json(content: object, status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/json; charset=utf-8")


def _rest(name: str) -> dict[str, Any]:
    return {
        "id": NUMBERS[name],
        "full_name": name,
        "stargazers_count": 10,
        "forks_count": 2,
        "open_issues_count": 3,
        "archived": False,
        "created_at": "2023-01-01T00:00:00Z",
        "pushed_at": "2026-11-01T00:00:00Z",
        "description": "d",
        "topics": ["ai"],
        "language": "Python",
        "license": {"key": "mit", "spdx_id": "MIT"},
    }


def _node(name: str) -> dict[str, Any]:
    return {
        "databaseId": NUMBERS[name],
        "nameWithOwner": name,
        "stargazerCount": 10,
        "forkCount": 2,
        "isArchived": False,
        "createdAt": "2023-01-01T00:00:00Z",
        "pushedAt": "2026-11-01T00:00:00Z",
        "description": "d",
        "primaryLanguage": {"name": "Python"},
        "licenseInfo": {"spdxId": "MIT"},
        "issues": {"totalCount": 3},
        "pullRequests": {"totalCount": 0},
        "repositoryTopics": {"nodes": [{"topic": {"name": "ai"}}]},
    }


def _of_those_asked_for(request: Request, given: Response | None) -> Response:
    """The answer of a case to a query of its three repositories, cut to those that this query asks for."""
    query = request.get_json()["query"]
    asked = re.findall(r'(\w+): repository\(owner: "(\w+)", name: "(\w+)"\)', query)
    assert asked, query
    content: dict[str, Any]
    if given is None:
        content = {"data": {f"r{number}": _node(name) for number, name in enumerate(NUMBERS)}}
    else:
        content = json.loads(given.get_data())
    if not content.get("data"):
        assert given is not None
        return given
    place_of = {name: f"r{number}" for number, name in enumerate(NUMBERS)}
    aliases = {place_of[f"{owner}/{name}"]: alias for alias, owner, name in asked}
    errors = [
        {**error, **({"path": [aliases[error["path"][0]]]} if "path" in error else {})}
        for error in content.get("errors", [])
        if error.get("path", [next(iter(aliases))])[0] in aliases
    ]
    data = {alias: content["data"][place] for place, alias in aliases.items()}
    return _json({"data": data} | ({"errors": errors} if errors else {}))


@dataclass(frozen=True)
class Observed:
    """What a command said, and what bronze holds after it."""

    place: Place
    github: GitHub
    finished: subprocess.CompletedProcess[str]
    waits: list[float]

    @property
    def said(self) -> str:
        return self.finished.stdout + self.finished.stderr

    def names(self) -> dict[str, int]:
        """Observed repositories: name → number."""
        frame = self.place.bronze("github/observed_on=*/observations.parquet")
        return dict(frame.select("repo_full_name", "repo_id").rows()) if len(frame) else {}

    def row(self, name: str) -> dict[str, Any]:
        """The observation of one repository."""
        frame = self.place.bronze("github/observed_on=*/observations.parquet")
        (row,) = (row for row in frame.iter_rows(named=True) if row["repo_full_name"] == name)
        return row

    def statuses(self) -> dict[str, str]:
        """What became of each request."""
        frame = self.place.bronze("manifest/github.parquet")
        return dict(frame.select("repo_full_name", "status").rows())


@pytest.fixture(scope="module")
def github() -> Iterator[GitHub]:
    """One server for all cases."""
    with HTTPServer() as server:
        github = GitHub(server)
        github.start()
        yield github


@pytest.fixture
def observe(github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Situation:
    """Observe three repositories in the situation of a case; waits pass at once and are noted."""
    waits: list[float] = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=waits.append))
    seeds = write_field(
        tmp_path / "seeds",
        projects_file(project(name.removeprefix("acme/"), name) for name in NUMBERS),
    )

    def run(number: str) -> Observed:
        case = json.loads((INPUTS / "github" / f"{number}.json").read_text(encoding="utf-8"))
        github.begin(case)
        token = {} if case["token"] is None else {"LANDSCAPE_GITHUB_TOKEN": case["token"]}
        place = Place(tmp_path / "data", github.settings(seeds) | token)
        finished = place.landscape("repositories", "fetch")
        assert "Traceback" not in finished.stderr
        return Observed(place, github, finished, waits)

    return run


def in_no_output(text: str, observed: Observed) -> bool:
    """Whether neither this command, nor others after it, nor any file holds `text`."""
    said = [observed.said]
    for command in (["status"], ["metrics", "fetch"], ["build"], ["refresh", "--dry-run"]):
        finished = observed.place.landscape(*command)
        said.append(finished.stdout + finished.stderr)
    files = [path for path in observed.place.data_dir.parent.rglob("*") if path.is_file()]
    return not any(text in one for one in said) and not any(
        text.encode() in path.read_bytes() for path in files
    )


def test_g01_dmca_451(observe):
    observed = observe("G01")
    assert observed.finished.returncode == 0
    assert observed.names() == {"acme/alpha": 9001, "acme/gamma": 9003}
    assert observed.statuses() == {"acme/alpha": "found", "acme/beta": "blocked", "acme/gamma": "found"}
    assert re.search(r"\b2 loaded\b.*\b1 (missing|blocked)\b", observed.said)


def test_g02_secondary_limit_in_the_body_only(observe):
    """It waits at least the minute that GitHub asks for, or stops at once and keeps what came."""
    observed = observe("G02")
    if observed.finished.returncode == 0:
        assert observed.names() == NUMBERS
        assert max(observed.waits) >= A_MINUTE
    else:
        assert observed.finished.returncode == 4
        assert "secondary rate limit" in observed.said
        assert sum(observed.waits) < LONGEST_STOP_SECONDS
        assert observed.names() == {"acme/alpha": 9001}


def test_g03b_graphql_rate_limited(observe):
    """The hourly limit, said with status 200: it stops at once and says until when."""
    observed = observe("G03b")
    assert observed.finished.returncode == 4
    assert "hourly limit" in observed.said
    assert sum(observed.waits) < LONGEST_STOP_SECONDS
    assert observed.github.log.count("/api/graphql") == 1
    assert observed.names() == {}


def test_g04_graphql_something_went_wrong(observe):
    observed = observe("G04")
    assert observed.finished.returncode == 0
    assert observed.names() == NUMBERS
    assert observed.github.log.count("/api/graphql") >= 2


def test_g06_graphql_nulls(observe):
    """What an empty repository does not have is unknown, not a reason to leave it out."""
    observed = observe("G06")
    assert observed.finished.returncode == 0
    assert observed.names() == {"acme/alpha": 9001, "acme/beta": 9002, "Acme/Gamma": 9003}
    empty = observed.row("acme/alpha")
    assert [empty[name] for name in ("language", "license_spdx", "description", "pushed_at")] == [None] * 4
    assert not empty["topics"]
    assert empty["stars_count"] == 10
    assert observed.row("acme/beta")["license_spdx"] is None, "NOASSERTION is no licence"


def test_g07_moved_301(observe):
    observed = observe("G07")
    assert observed.finished.returncode == 0
    assert observed.names() == {"acme/alpha": 9001, "beta-org/beta": 9002, "acme/gamma": 9003}
    assert observed.row("beta-org/beta")["observed_on"] == date(2026, 11, 30)


def test_g09_partial_data(observe):
    """One found, one gone, one that went wrong in the query and is found when asked for singly."""
    observed = observe("G09")
    assert observed.finished.returncode == 0
    assert observed.names() == {"acme/alpha": 9001, "acme/gamma": 9003}
    assert observed.statuses() == {"acme/alpha": "found", "acme/beta": "gone", "acme/gamma": "found"}


def test_g11_token_with_newline(observe):
    """It works without the line break, or says that there is one; nothing shows the token."""
    observed = observe("G11")
    if observed.finished.returncode == 0:
        assert observed.names() == NUMBERS
        assert observed.github.signatures == {"Bearer ghp_SECRETSECRET123"}
    else:
        assert "LANDSCAPE_GITHUB_TOKEN" in observed.said
        assert "line break" in observed.said
        assert observed.github.log == []
    assert in_no_output(SECRET, observed)


def test_g15_token_with_dash(observe):
    observed = observe("G15")
    assert observed.finished.returncode != 0
    assert "LANDSCAPE_GITHUB_TOKEN" in observed.said
    assert observed.github.log == []
    assert in_no_output(SECRET, observed)
