"""The live road against a loopback server: everything once, then only what changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg
import duckdb
import polars as pl
import pytest

from pipelines.definitions import build_defs
from pipelines.floor.periods import Hour
from pipelines.floor.settings import DataProfile, Settings
from tests import factories
from tests.command import call_landscape
from tests.fields import project, projects_file, write_field
from tests.upstream import Upstream

if TYPE_CHECKING:
    from pathlib import Path

DAYS = ["2025-03-03", "2025-03-04", "2025-03-05"]
MISSING = "2025-03-04T05"


def hour_file(hour: Hour, folder: Path) -> bytes:
    """Two people and a bot on two real repositories, at the hour."""
    events = [
        factories.issues_event(
            event_id=int(f"{hour.start:%Y%m%d%H}{number}"),
            created_at=f"{hour.start:%Y-%m-%dT%H}:0{number}:00Z",
            actor_id=actor_id,
            actor_login=login,
            repo_id=repo_id,
            repo_full_name=name,
        )
        for number, (actor_id, login, repo_id, name) in enumerate(
            [
                (1, "ada", 599547518, "vllm-project/vllm"),
                (1, "ada", 658928958, "ollama/ollama"),
                (2, "bob", 599547518, "vllm-project/vllm"),
                (3, "renovate[bot]", 658928958, "ollama/ollama"),
            ]
        )
    ]
    return factories.write_hour(folder / hour.file_name, events).read_bytes()


@pytest.fixture
def upstream(httpserver, tmp_path):
    """Three days of hours with one missing, and the series of two owners, for a field of two projects."""
    projects = {"vllm": "vllm-project/vllm", "ollama": "ollama/ollama"}
    entries = [project(project_id, name) for project_id, name in projects.items()]
    served = Upstream(httpserver, seeds=write_field(tmp_path / "seeds", projects_file(entries)))
    hours = [Hour.parse(f"{day}T{hour:02d}") for day in DAYS for hour in range(24)]
    folder = tmp_path / "served"
    folder.mkdir()
    for hour in hours:
        if str(hour) != MISSING:
            served.files[f"gharchive/{hour.file_name}"] = hour_file(hour, folder)
    served.hold_sample_series(names_starting="vllm-project/vllm/")
    served.hold_sample_series(names_starting="ollama/")
    served.start()
    return served


def stamps(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*.parquet"))}


def test_events_fetch_includes_both_ends_and_writes_bronze(upstream, tmp_path):
    finished = call_landscape(
        "events",
        "fetch",
        "--from",
        "2025-03-03T22",
        "--to",
        "2025-03-04T01",
        data_dir=tmp_path / "data",
        **upstream.settings(),
    )
    assert finished.returncode == 0, finished.stderr
    assert [path for path, _, _ in upstream.log] != []
    assert {path for path, _, _ in upstream.log} == {
        f"gharchive/{name}.json.gz"
        for name in ("2025-03-03-22", "2025-03-03-23", "2025-03-04-0", "2025-03-04-1")
    }
    events = pl.read_parquet(
        tmp_path / "data" / "bronze" / "events" / "*" / "events.parquet", hive_partitioning=False
    )
    assert dict(events.group_by("event_type").len().rows()) == {"IssuesEvent": 16}


def test_second_run_sends_only_conditional_requests_and_rewrites_nothing(upstream, tmp_path):
    data_dir, settings = tmp_path / "data", upstream.settings()
    fetches = (["events", "fetch", "--from", "2025-03-03T00", "--to", "2025-03-03T23"], ["metrics", "fetch"])
    for command in fetches:
        finished = call_landscape(*command, data_dir=data_dir, **settings)
        assert finished.returncode == 0, finished.stderr
    assert call_landscape("build", data_dir=data_dir, **settings).returncode == 0
    generations = sorted((data_dir / "public" / "generations").iterdir())
    before = stamps(data_dir / "bronze")
    published = (data_dir / "public" / "landscape.duckdb").stat()
    upstream.log.clear()
    for command in fetches:
        assert call_landscape(*command, data_dir=data_dir, **settings).returncode == 0
    assert upstream.log
    assert [entry for entry in upstream.log if not entry[1]] == []
    assert stamps(data_dir / "bronze") == before
    again = call_landscape("build", data_dir=data_dir, **settings)
    assert "already published, unchanged" in again.stdout
    assert (data_dir / "public" / "landscape.duckdb").stat().st_mtime_ns == published.st_mtime_ns
    assert sorted((data_dir / "public" / "generations").iterdir()) == generations


def test_a_file_that_was_cut_on_its_way_is_asked_for_until_it_is_whole(upstream, tmp_path):
    """An answer that does not say its length may end anywhere, and the file at the archive be an old one."""
    name = "gharchive/2025-03-03-7.json.gz"
    whole = upstream.files[name]
    upstream.files[name] = whole[:-12]

    def fetch() -> str:
        hour = ["--from", "2025-03-03T07", "--to", "2025-03-03T07"]
        finished = call_landscape("events", "fetch", *hour, data_dir=tmp_path / "data", **upstream.settings())
        assert finished.returncode == 0, finished.stderr
        return finished.stderr

    assert "1 damaged" in fetch()
    assert "1 unchanged" in fetch()
    upstream.files[name] = whole
    assert "1 loaded" in fetch()
    upstream.log.clear()
    assert "1 unchanged" in fetch()
    assert [status for _, _, status in upstream.log] == [304]


def test_a_page_in_place_of_an_hour_is_no_missing_hour(upstream, tmp_path):
    name = "gharchive/2025-03-03-7.json.gz"
    whole = upstream.files[name]
    upstream.files[name] = b"<!doctype html><title>Please log in</title>"
    arguments = ["events", "fetch", "--from", "2025-03-03T07", "--to", "2025-03-03T07"]
    settings = upstream.settings()
    told = call_landscape(*arguments, data_dir=tmp_path / "data", **settings).stderr
    assert "0 missing, 1 answered with no gzip file" in told
    assert "Please log in" in call_landscape("status", data_dir=tmp_path / "data", **settings).stdout
    upstream.files[name] = whole
    assert "1 loaded" in call_landscape(*arguments, data_dir=tmp_path / "data", **settings).stderr


@pytest.mark.slow
def test_a_month_is_folded_by_the_fetch_that_completes_it(upstream, tmp_path):
    """Most hours are missing on this server: what was asked for counts, not what was there."""
    data_dir, settings = tmp_path / "data", upstream.settings()

    def fetch(first: str, last: str) -> str:
        finished = call_landscape(
            "events", "fetch", "--from", first, "--to", last, data_dir=data_dir, **settings
        )
        assert finished.returncode == 0, finished.stderr
        return " ".join(finished.stderr.split())

    def folders() -> set[str]:
        return {path.parent.name for path in (data_dir / "bronze" / "events").glob("*/events.parquet")}

    assert "0 months folded" in fetch("2025-03-01T00", "2025-03-31T23")
    assert folders() == {f"day={day}" for day in DAYS}
    assert "1 months folded" in fetch("2025-04-01T00", "2025-04-01T05")
    assert folders() == {"month=2025-03"}
    before = stamps(data_dir / "bronze")
    assert "0 months folded" in fetch("2025-03-03T00", "2025-04-01T05")
    assert stamps(data_dir / "bronze") == before


@pytest.mark.slow
def test_backfill_of_several_days_ends_in_a_published_file_and_a_missing_hour_is_unknown(upstream, tmp_path):
    data_dir, environment = tmp_path / "data", upstream.settings()
    settings = Settings(
        data_profile=DataProfile.LIVE,
        data_dir=data_dir,
        seeds_dir=upstream.seeds,
        urls={
            "gharchive": environment["LANDSCAPE_GHARCHIVE_URL"],
            "opendigger": environment["LANDSCAPE_OPENDIGGER_URL"],
            "github_api": environment["LANDSCAPE_GITHUB_API_URL"],
        },
    )
    definitions = build_defs(settings)
    with dg.instance_for_test() as instance:
        backfill = definitions.resolve_job_def("refresh_gharchive").execute_in_process(
            instance=instance,
            tags={
                "dagster/asset_partition_range_start": DAYS[0],
                "dagster/asset_partition_range_end": DAYS[-1],
            },
        )
        assert backfill.success
        metrics = definitions.resolve_job_def("refresh_opendigger").execute_in_process(
            instance=instance, partition_key="2025-03-01"
        )
        assert metrics.success
        assert definitions.resolve_job_def("publish_landscape").execute_in_process(instance=instance).success
    with duckdb.connect(str(data_dir / "public" / "landscape.duckdb"), read_only=True) as published:
        rows = published.execute(
            "SELECT observed_count, is_gap, detail FROM data_coverage WHERE period = ? AND source = 'gharchive'",
            [MISSING],
        ).fetchall()
        assert rows
        assert all(observed is None and is_gap and "missing" in detail for observed, is_gap, detail in rows)
        assert published.execute(
            "SELECT count(DISTINCT period) FROM data_coverage WHERE source = 'gharchive' AND NOT is_gap"
        ).fetchall() == [(71,)]
        assert published.execute("SELECT has_simulated_rows FROM metadata").fetchall() == [(False,)]
    shown_status = call_landscape("status", data_dir=data_dir, **environment)
    assert "71" in shown_status.stdout
    assert MISSING in shown_status.stdout


def test_dry_run_estimates_and_asks_nothing(upstream, tmp_path):
    finished = call_landscape(
        "refresh", "--month", "2025-03", "--dry-run", data_dir=tmp_path / "data", **upstream.settings()
    )
    assert finished.returncode == 0, finished.stderr
    for words in ("744 hour files", "GB", "requests", " h."):
        assert words in finished.stderr
    assert upstream.log == []
    assert not (tmp_path / "data" / "bronze").exists()


def test_long_ranges_and_impossible_hours_are_refused(tmp_path):
    def refused(*arguments: str) -> str:
        finished = call_landscape("events", "fetch", *arguments, data_dir=tmp_path / "data")
        assert finished.returncode == 2
        return " ".join(finished.stderr.split())

    assert "more than a month" in refused("--from", "2015-01-01T00", "--to", "2024-12-31T23")
    assert "before the first" in refused("--from", "2015-01-02T00", "--to", "2015-01-01T00")
    assert "another schema" in refused("--from", "2014-12-31T23", "--to", "2015-01-01T00")
    assert "YYYY-MM-DDTHH" in refused("--from", "2015-01-01", "--to", "2015-01-01T00")
    future = datetime.now(UTC) + timedelta(days=1)
    assert "not over yet" in refused("--from", f"{future:%Y-%m-%dT%H}", "--to", f"{future:%Y-%m-%dT%H}")
