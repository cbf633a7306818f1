"""The real files of the upstreams, served in their layout and fetched by the commands that an operator runs."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import polars as pl
import pytest
from pytest_httpserver import HTTPServer
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.floor.periods import Hour
from pipelines.sources.gharchive.manifest import read_manifest, read_quarantine
from tests.conftest import REAL_FILES
from tests.upstream import REAL_HOUR_OF_2015, Upstream

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.real_files, pytest.mark.slow]


@dataclass(frozen=True)
class Road:
    """A data folder, the server it was filled from, and the commands that fill it."""

    upstream: Upstream
    data_dir: Path

    @property
    def bronze_dir(self) -> Path:
        return self.data_dir / "bronze"

    def run(self, *arguments: str) -> str:
        """Run a command of the command line in this process."""
        environment = self.upstream.settings() | {"LANDSCAPE_DATA_DIR": str(self.data_dir)}
        finished = CliRunner().invoke(app, arguments, env=environment)
        assert finished.exit_code == 0, (arguments, finished.output, finished.exception)
        return finished.output

    def fetch_all(self) -> None:
        """All three fetchers, one command each; the hours by runs of days that have any."""
        self.run("metrics", "fetch")
        self.run("repositories", "fetch")
        for first, last in ranges():
            self.run("events", "fetch", "--from", str(first), "--to", str(last))


def ranges() -> list[tuple[Hour, Hour]]:
    """First and last hour of each day that the real files have hours of."""
    hours = sorted(
        Hour.parse(path.name.removesuffix(".json.gz")) for path in (REAL_FILES / "gharchive").glob("*.gz")
    )
    days = [list(of_day) for _, of_day in groupby(hours, key=lambda hour: hour.start.date())]
    return [(of_day[0], of_day[-1]) for of_day in days]


def stamps(folder: Path) -> dict[Path, tuple[int, int, bytes]]:
    return {
        path: (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def road(tmp_path_factory):
    """Everything fetched once and published."""
    with HTTPServer() as server:
        upstream = Upstream(server)
        upstream.hold_real_files(REAL_FILES)
        upstream.start()
        filled = Road(upstream, tmp_path_factory.mktemp("real") / "data")
        filled.fetch_all()
        filled.run("build")
        yield filled


def events(road: Road) -> pl.DataFrame:
    return pl.read_parquet(road.bronze_dir / "events" / "*" / "events.parquet", hive_partitioning=False)


def test_the_complete_hour_of_2015_is_in_bronze_to_the_event(road):
    of_hour = events(road).filter(pl.col("source_file") == "2015-01-01-0.json.gz")
    assert Counter(of_hour["event_type"]) == REAL_HOUR_OF_2015


def test_no_event_of_any_real_hour_is_lost(road):
    paths = sorted((REAL_FILES / "gharchive").glob("*.json.gz"))
    manifest = {row["source_file"]: row for row in read_manifest(road.bronze_dir).iter_rows(named=True)}
    loaded = {name for name, row in manifest.items() if row["status"] == "loaded"}
    assert loaded == {path.name for path in paths}
    assert read_quarantine(road.bronze_dir).is_empty()
    in_bronze = set(events(road)["event_id"])
    for path in paths:
        lines = gzip.decompress(path.read_bytes()).splitlines()
        row = manifest[path.name]
        assert len(lines) == row["lines"] == row["kept"] + row["duplicates"] + row["quarantined"], path.name
        assert {int(json.loads(line)["id"]) for line in lines} <= in_bronze, path.name


def test_series_and_repositories_that_the_server_has_are_in_bronze(road):
    served = {path for path, _, status in road.upstream.log if status == 200}
    series = pl.read_parquet(road.bronze_dir / "manifest" / "opendigger.parquet")
    loaded = series.filter(pl.col("status") == "loaded")
    assert loaded.height == sum(path.startswith("opendigger/github/") for path in served) > 300
    assert set(series["status"]) == {"loaded", "unknown"}
    found = pl.read_parquet(road.bronze_dir / "manifest" / "github.parquet").filter(
        pl.col("status") == "found"
    )
    assert found.height > 130
    assert set(found["found_repo_id"]) >= set(found["repo_id"].drop_nulls())


def test_a_second_run_sends_only_conditional_requests_and_changes_nothing(road):
    bronze = stamps(road.bronze_dir)
    road.upstream.log.clear()
    road.fetch_all()
    asked = Counter(path.partition("/")[0] for path, _, _ in road.upstream.log)
    assert asked.keys() == {"gharchive", "opendigger", "api"}
    assert [path for path, is_conditional, _ in road.upstream.log if not is_conditional] == []
    assert {status for _, _, status in road.upstream.log} == {304, 404}
    assert stamps(road.bronze_dir) == bronze
