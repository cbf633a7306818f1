"""A source is known everywhere from one registration."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from pipelines.build import prepare
from pipelines.cli.steps import print_plan
from pipelines.definitions import build_defs
from pipelines.floor.settings import CHECKOUT, DataProfile, Settings, load_settings
from pipelines.seeds import load_seeds
from pipelines.sources import registry
from pipelines.sources.opendigger.source import METRIC_IDS
from pipelines.sources.pages import sources_page
from pipelines.sources.source import RUNS_SCHEMA
from pipelines.status import read_status
from pipelines.tables.ground import load_ground_floor
from pipelines.tables.metrics import METRICS
from pipelines.tables.table import read_sql
from pipelines.warehouse.connection import open_build
from tests.command import call_landscape
from tests.unit.sources.stub import SOURCE as STUB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_httpserver import HTTPServer

    from pipelines.build import Build

NOW = datetime(2026, 1, 20, 5, tzinfo=UTC)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "SOURCES", (*registry.SOURCES, STUB))


@pytest.fixture
def build(
    registered: None, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer, tmp_path: Path
) -> Iterator[Build]:
    """A live run whose environment sets the stub's address and token."""
    httpserver.expect_request("/packages/all.csv").respond_with_data(
        "repo,downloads\na/b,12\nc/d,many\ne/f,3\n"
    )
    monkeypatch.setenv("LANDSCAPE_DOWNLOADS_URL", httpserver.url_for("/packages/"))
    monkeypatch.setenv("LANDSCAPE_DOWNLOADS_TOKEN", "of-the-stub")
    monkeypatch.setenv("LANDSCAPE_PROFILE", "live")
    monkeypatch.setenv("LANDSCAPE_DATA_DIR", str(tmp_path))
    prepared = prepare(load_settings(), NOW)
    with prepared.upstreams.session:
        yield prepared


def fetched(build: Build) -> Build:
    assert STUB.fetch(build, lambda _done, _of: None) == {"rows": 2, "quarantined": 1}
    return build


def test_its_settings_come_from_the_environment(build: Build, httpserver: HTTPServer) -> None:
    assert build.upstreams.urls["downloads"] == httpserver.url_for("/packages")
    assert build.upstreams.tokens["downloads"].get_secret_value() == "of-the-stub"
    assert {"LANDSCAPE_DOWNLOADS_URL", "LANDSCAPE_DOWNLOADS_TOKEN"} <= set(registry.variables())


def test_its_address_has_the_declared_default(registered: None, tmp_path: Path) -> None:
    live = prepare(Settings(data_profile=DataProfile.LIVE, data_dir=tmp_path), NOW)
    assert live.upstreams.urls["downloads"] == "https://downloads.example"


def test_a_refresh_fetches_it_where_its_token_is_set(
    build: Build, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert STUB in registry.sources_of_refresh(build.settings)
    monkeypatch.delenv("LANDSCAPE_DOWNLOADS_TOKEN")
    assert STUB not in registry.sources_of_refresh(Settings(data_dir=tmp_path))
    assert STUB not in registry.sources_of_sample()


def test_status_shows_it_and_names_what_was_set_aside(build: Build) -> None:
    assert read_status(build.settings).sources["downloads"].fresh_as_of is None
    status = read_status(fetched(build).settings)
    state = status.sources["downloads"]
    assert (state.fresh_as_of, state.rows, state.quarantined) == (NOW.replace(tzinfo=None), 2, 1)
    assert [line for line in status.quarantined if line.startswith("all.csv:3: ")]
    printed = call_landscape(
        "status", data_dir=build.settings.data_dir, LANDSCAPE_PROFILE="live", COLUMNS="80"
    )
    rows = [line for line in printed.stdout.splitlines() if "downloads" in line]
    assert "2026-01-20 05:00" in rows[0]
    assert all(len(line) <= 80 for line in printed.stdout.splitlines() if line.startswith(("│", "┃")))


def test_staging_and_refresh_runs_hold_it(build: Build) -> None:
    fetched(build)
    build.settings.warehouse_dir.mkdir()
    with open_build(build.settings.warehouse_dir) as connection:
        load_ground_floor(build, connection)
        rows = connection.execute("SELECT repo_full_name, downloads_count FROM staging.downloads").fetchall()
        runs = connection.execute(read_sql("pipelines.tables.coverage", "refresh_runs")).fetchall()
    assert sorted(rows) == [("a/b", 12), ("e/f", 3)]
    assert runs == [
        ("downloads@2026-01-20T05:00:00.000000Z", "downloads", NOW.replace(tzinfo=None), 1, 1, 0, 0, 2)
    ]


def test_a_dry_run_counts_it(build: Build, capsys: pytest.CaptureFixture[str]) -> None:
    print_plan(build, [STUB])
    assert "1,000 requests; about 100.0 h" in capsys.readouterr().err


def test_dagster_fetches_it_by_its_cadence(build: Build, httpserver: HTTPServer) -> None:
    definitions = build_defs(build.settings)
    asset = definitions.resolve_assets_def(STUB.asset)
    assert isinstance(asset.partitions_def, dg.MonthlyPartitionsDefinition)
    (spec,) = asset.specs
    assert spec.freshness_policy == dg.FreshnessPolicy.time_window(fail_window=timedelta(days=40))
    schedule = definitions.resolve_schedule_def("refresh_downloads_schedule")
    assert schedule.cron_schedule == "0 3 2 * *"
    with dg.instance_for_test() as instance:
        job = definitions.resolve_job_def("refresh_downloads")
        assert job.execute_in_process(instance=instance, partition_key="2025-12-01").success
    assert [request.path for request, _ in httpserver.log] == ["/packages/all.csv"]


@pytest.mark.parametrize("source", registry.SOURCES, ids=lambda source: source.name)
def test_every_source_is_silent_before_its_first_fetch(source, tmp_path: Path) -> None:
    state = source.state(tmp_path)
    assert (state.fresh_as_of, state.held_at, state.absent) == (None, None, ())
    assert source.runs(tmp_path).schema == RUNS_SCHEMA
    assert source.runs(tmp_path).is_empty()
    assert all(view.files == [] for view in source.staging(tmp_path))


def test_origins_are_data_sources_of_the_seeds() -> None:
    known = {each.id for each in load_seeds(CHECKOUT / "seeds").data_sources}
    assert {s.origin for s in registry.SOURCES} | {s.sample_origin for s in registry.SOURCES} <= known | {
        None
    }


def test_names_are_distinguished() -> None:
    for names in (
        [s.name for s in registry.SOURCES],
        [s.asset for s in registry.SOURCES],
        registry.variables(),
    ):
        assert len(set(names)) == len(names)


def test_opendigger_fetches_the_metrics_of_the_catalogue() -> None:
    assert [metric.metric_id for metric in METRICS if metric.source == "opendigger"] == list(METRIC_IDS)


def test_the_plan_of_a_refresh_counts_watched_series_and_readmes(tmp_path: Path) -> None:
    live = prepare(Settings(data_profile=DataProfile.LIVE, data_dir=tmp_path), NOW)
    repositories = [r for project in live.seeds.projects for r in project.repositories]
    by_name = {source.name: source.estimate(live) for source in registry.SOURCES}
    assert by_name["github"].requests_count == 2 * len({(r.full_name, r.repo_id) for r in repositories})
    signed = replace(live, settings=Settings(data_dir=tmp_path, tokens={"github": "ghp_0123456789"}))
    assert registry.source_named("github").estimate(signed).requests_count == 3 + len(repositories)
    assert by_name["opendigger"].requests_count > 11 * len(repositories) + 3000  # by name: 3,322 are watched


def test_the_page_of_sources_says_what_each_declares(registered: None) -> None:
    assert (CHECKOUT / "docs" / "sources.md").read_text(encoding="utf-8") == sources_page(
        [source for source in registry.SOURCES if source is not STUB]
    ), "run `landscape dictionary`"
    page = sources_page(registry.SOURCES)
    assert "## Downloads\n\nDownloads of packages." in page
    assert "Fetched on day 2 of each month at 03:00 UTC; overdue after 40 days." in page
    assert "`LANDSCAPE_DOWNLOADS_URL` (https://downloads.example): Base URL of the downloads." in page
