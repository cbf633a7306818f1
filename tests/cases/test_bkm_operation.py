"""Cases B, K and M: what operators meet: hosts that are down, folders with live data, other programs, odd names."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from pipelines.tables.contracts import PUBLISHED
from tests import factories
from tests.cases.entrances import INPUTS, Host, Place
from tests.fields import project, projects_file, write_field

if TYPE_CHECKING:
    from collections.abc import Iterator

SERIES = INPUTS / "opendigger" / "github" / "acme"
HOUR = "2025-03-02T05"
REFUSING = "http://127.0.0.1:9"
"""Port of a service that hardly any machine runs: connections are refused."""
NAME = "Llama [/INST] chat"
DESCRIPTION = "From [/r/LocalLLaMA] :smile: [red]x[/red]"
HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """Two series and an hour of events."""
    with HTTPServer() as server:
        host = Host(server).start()
        for name, repository in (("alpha", "control"), ("beta", "raw")):
            series = (SERIES / repository / "openrank.json").read_bytes()
            host.hold(f"/opendigger/github/acme/{name}/openrank.json", series)
        events = [factories.watch_event(event_id=1, created_at=f"{HOUR}:00:00Z")]
        host.hold("/gharchive/2025-03-02-5.json.gz", factories.hour_bytes(events))
        yield host


@pytest.fixture(scope="module")
def published(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A live data folder with everything fetched and published; tests take a copy."""
    folder = tmp_path_factory.mktemp("published")
    entries = [project(name, f"acme/{name}") for name in ("alpha", "beta")]
    place = Place(folder / "data", host.settings(write_field(folder / "seeds", projects_file(entries))))
    place.done("metrics", "fetch")
    place.done("events", "fetch", "--from", HOUR, "--to", HOUR)
    place.done("build")
    return place


@pytest.fixture
def live(published: Place, tmp_path: Path) -> Place:
    """A copy of the live data folder and of its seeds."""
    for name in ("data", "seeds"):
        shutil.copytree(published.data_dir.parent / name, tmp_path / name, symlinks=True)
    return Place(tmp_path / "data", published.settings | {"LANDSCAPE_SEEDS_DIR": str(tmp_path / "seeds")})


def snapshot_of(place: Place) -> object:
    ((snapshot_id,),) = place.published("SELECT snapshot_id FROM metadata")
    return snapshot_id


def bronze_files(place: Place) -> dict[str, bytes]:
    """Facts of bronze by file; when they were last asked for is no fact."""
    bronze = place.data_dir / "bronze"
    return {
        path.relative_to(bronze).as_posix(): path.read_bytes()
        for folder in ("events", "opendigger")
        for path in sorted((bronze / folder).rglob("*.parquet"))
    }


def rename_a_project(place: Place, name: str) -> None:
    """Give the project alpha another name, so that the next build has something to publish."""
    projects = place.data_dir.parent / "seeds" / "projects.yml"
    text = projects.read_text(encoding="utf-8")
    assert 'name: "alpha"' in text
    projects.write_text(text.replace('name: "alpha"', f'name: "{name}"'), encoding="utf-8")


def test_b01_build_while_upstream_is_down(live, host, monkeypatch):
    """All was fetched before: a build says that the host did not answer, and publishes the held data."""
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _seconds: None)
    before = snapshot_of(live)
    rename_a_project(live, "Renamed")
    finished = live.landscape("build", LANDSCAPE_OPENDIGGER_URL=REFUSING)
    assert finished.returncode == 0, finished.stderr
    assert "OpenDigger" in finished.stderr
    assert REFUSING.removeprefix("http://") in finished.stderr
    assert snapshot_of(live) != before
    # From October 2025 on a value needs a measurement of its capture, and nobody asked GitHub here.
    ranks = "SELECT project_id, months_count FROM project_rankings WHERE as_of_month = DATE '2025-09-01'"
    assert sorted(live.published(ranks)) == [("alpha", 9), ("beta", 9)]
    host.log.clear()
    live.done("build", "--offline")
    assert host.log == []


def test_b02_sample_build_over_live_data(live):
    """The sample goes elsewhere or is refused: live facts stay unchanged, and the publication stays live."""
    facts, snapshot = bronze_files(live), snapshot_of(live)
    assert len(facts) > 1
    finished = live.landscape("build", "--sample")
    if finished.returncode != 0:
        assert "live" in finished.stderr
        assert "Traceback" not in finished.stderr
    assert bronze_files(live) == facts
    assert snapshot_of(live) == snapshot
    live.done("build")
    assert snapshot_of(live) == snapshot


def test_k01_published_file_open_for_writing(live):
    """A query says who holds the file and gives advice that destroys nothing; a build publishes all the same."""
    path = live.data_dir / "public" / "landscape.duckdb"
    before = snapshot_of(live)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        finished = live.landscape("query", "SELECT 1")
        rename_a_project(live, "Renamed")
        built = live.landscape("build")
        query = live.landscape("query", "SELECT name FROM projects ORDER BY project_id", "--format", "csv")
        holder.communicate("")
    assert finished.returncode != 0
    assert str(holder.pid) in finished.stderr
    assert "Traceback" not in finished.stderr
    assert "What to do" in finished.stderr
    assert "--sample" not in finished.stderr
    assert built.returncode == 0, built.stderr
    assert query.stdout.splitlines() == ["name", "Renamed", "beta"]
    assert snapshot_of(live) != before


@pytest.mark.parametrize("release", ["1.2", "2.0"])
def test_k03_older_duckdb(sample_data_dir, release):
    """The published file is read whole by DuckDB 1.2, as promised, and by the release that wrote it."""
    python = Path(sys.prefix) / "readers" / f"duckdb-{release}" / "bin" / "python"
    if not python.exists():
        pytest.fail(f"{python} is missing: `make test` sets it up")
    script = (
        "import sys, duckdb\n"
        "assert duckdb.__version__.startswith(sys.argv[2]), duckdb.__version__\n"
        "con = duckdb.connect(sys.argv[1], read_only=True)\n"
        "names = [row[0] for row in con.execute('SHOW TABLES').fetchall()]\n"
        "print(sum(len(con.execute(f'FROM \"{name}\"').fetchall()) for name in names), len(names))\n"
    )
    finished = subprocess.run(
        [str(python), "-I", "-c", script, str(sample_data_dir / "public" / "landscape.duckdb"), release],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    rows, tables = map(int, finished.stdout.split())
    assert tables == len(PUBLISHED)
    assert rows > 100_000


def test_m01_brackets_in_terminal_tables(live, host):
    """Brackets and colons of a name or a description are printed as they are."""
    for number, name in enumerate(("acme/alpha", "acme/beta"), start=9001):
        repository = {
            "id": number,
            "full_name": name,
            "description": DESCRIPTION,
            "stargazers_count": 10,
            "forks_count": 2,
            "open_issues_count": 3,
            "archived": False,
            "created_at": "2023-01-01T00:00:00Z",
        }
        host.hold(f"/api/repos/{name}", Response(json.dumps(repository), content_type="application/json"))
    live.done("repositories", "fetch")
    rename_a_project(live, NAME)
    assert NAME in live.done("build", COLUMNS="200")
    assert NAME in live.done("rank", COLUMNS="200")
    assert NAME in live.done("compare", "alpha", "beta", COLUMNS="200")
    shown = live.done("query", "SELECT name, description FROM projects", COLUMNS="200")
    assert NAME in shown
    assert DESCRIPTION in shown
    assert "[/INST] dependabot[bot] :smile:" in " ".join(
        live.done("query", "SELECT '[/INST] dependabot[bot] :smile:' AS a").split()
    )
