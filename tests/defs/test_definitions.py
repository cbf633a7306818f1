"""Dagster: the command line's order, hence the same tables; a check for each rule, and nothing published past one."""

from __future__ import annotations

import shutil

import dagster as dg
import duckdb
import pytest

from pipelines import definitions, run
from pipelines.definitions import build_defs
from pipelines.floor.lock import current_holder
from pipelines.floor.periods import Month
from pipelines.floor.settings import DataProfile, Settings
from pipelines.publish import publish_if_changed
from pipelines.sources.registry import SOURCES, sources_of_sample
from pipelines.tables.checks import CROSS_RULES
from pipelines.tables.contracts import PUBLISHED
from pipelines.tables.registry import TABLES
from pipelines.warehouse.openrank_store import read_month, store_dir
from tests.unit.graph.test_activity import comments, hold

PRIVATE = {table.qualified for table in TABLES if not table.is_published}
BOTH = pytest.mark.parametrize("profile", list(DataProfile))


def defs_of(profile, tmp_path):
    return build_defs(Settings(data_profile=profile, data_dir=tmp_path))


def whole_job(settings, **options):
    job = build_defs(settings).resolve_job_def("build_landscape")
    with dg.DagsterInstance.ephemeral() as instance:
        return job.execute_in_process(instance=instance, **options)


@pytest.fixture(scope="module")
def dagster_run(small_build, tmp_path_factory):
    """The whole job on a data folder of its own, with every process that held the lock at the end of a step."""
    settings = Settings(
        data_profile=DataProfile.SAMPLE,
        data_dir=tmp_path_factory.mktemp("dagster") / "data",
        seeds_dir=small_build.seeds,
    )
    holders, acquired = [], []
    with pytest.MonkeyPatch.context() as patched:
        lock = run.writer_lock

        def counted(*given, **named):
            acquired.append(named["command"])
            return lock(*given, **named)

        def watched(step):
            def with_holder(*given):
                done = step(*given)
                holders.append(current_holder(settings.warehouse_dir).command)
                return done

            return with_holder

        patched.setattr(run, "_run_step", watched(run._run_step))
        patched.setattr(run, "build_tables", watched(run.build_tables))
        patched.setattr(run, "writer_lock", counted)
        result = whole_job(settings)
    return settings, result, holders, acquired


@pytest.mark.slow
def test_job_publishes_the_same_tables_as_the_command_line(dagster_run, small_build):
    settings, result, *_ = dagster_run
    assert result.success
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{settings.public_dir}/landscape.duckdb' AS dagster (READ_ONLY)")
        connection.execute(f"ATTACH '{small_build.data_dir}/public/landscape.duckdb' AS cli (READ_ONLY)")
        for table in PUBLISHED:
            for left, right in (("dagster", "cli"), ("cli", "dagster")):
                rows = connection.execute(f"FROM {left}.{table} EXCEPT ALL FROM {right}.{table}").fetchall()
                assert rows == [], (table, left)


@pytest.mark.slow
def test_a_run_takes_the_lock_once_and_holds_it_from_its_first_step_to_its_last(dagster_run):
    _, result, holders, acquired = dagster_run
    assert acquired == [f"dagster run {result.run_id}"]
    assert len(holders) == len(sources_of_sample()) + 2
    assert set(holders) == set(acquired)


@pytest.mark.slow
def test_every_rule_is_a_blocking_check_that_counts(dagster_run):
    _, result, *_ = dagster_run
    evaluations = {
        (check.asset_key.path[-1], check.check_name): check for check in result.get_asset_check_evaluations()
    }
    assert evaluations.keys() == {(table, "contract") for table in PUBLISHED} | {
        (rule.table, rule.key) for rule in CROSS_RULES
    }
    assert all(check.passed and check.blocking for check in evaluations.values())
    assert evaluations["projects", "contract"].metadata["rows"].value == 2


@pytest.mark.slow
def test_every_source_and_table_is_an_asset_with_its_number_of_rows(dagster_run):
    _, result, *_ = dagster_run
    events = {".".join(event.asset_key.path): event for event in result.get_asset_materialization_events()}
    sources = {source.asset for source in sources_of_sample()}
    assert events.keys() == PUBLISHED.keys() | PRIVATE | sources | {
        "staging",
        "openrank_by_month",
        "published_landscape",
    }
    counted = events["projects"].step_materialization_data.materialization.metadata
    assert counted["dagster/row_count"].value == 2


@pytest.mark.slow
def test_a_broken_rule_is_named_and_nothing_is_published(small_build, tmp_path, monkeypatch):
    shutil.copytree(small_build.data_dir, tmp_path / "data", symlinks=True)
    settings = Settings(
        data_profile=DataProfile.SAMPLE, data_dir=tmp_path / "data", seeds_dir=small_build.seeds
    )
    before = (settings.public_dir / "landscape.duckdb").read_bytes()

    def spoiled(connection, *given):
        connection.execute("UPDATE mart.project_rankings SET project_id = 'nobody' WHERE project_id = 'vllm'")
        return publish_if_changed(connection, *given)

    monkeypatch.setattr(run, "publish_if_changed", spoiled)
    result = whole_job(settings, raise_on_error=False)
    assert not result.success
    assert (settings.public_dir / "landscape.duckdb").read_bytes() == before
    broken = {
        (check.asset_key.path[-1], check.check_name): check.metadata["samples"].value
        for check in result.get_asset_check_evaluations()
        if not check.passed
    }
    assert "nobody" in broken["project_rankings", "project_id_is_in_projects"]
    assert ("projects", "contract") not in broken
    published = {event.asset_key.path[-1] for event in result.get_asset_materialization_events()}
    assert "project_rankings" in published
    assert "published_landscape" not in published


@BOTH
def test_definitions_can_be_loaded_as_the_daemon_does(profile, monkeypatch, tmp_path):
    monkeypatch.setenv("LANDSCAPE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LANDSCAPE_PROFILE", profile.value)
    assert dg.Definitions.validate_loadable(definitions.defs()) is None


@BOTH
def test_both_profiles_have_the_same_assets_but_those_the_sample_does_not_answer(profile, tmp_path):
    keys = {
        ".".join(key.path) for key in defs_of(profile, tmp_path).resolve_asset_graph().get_all_asset_keys()
    }
    sources = SOURCES if profile is DataProfile.LIVE else sources_of_sample()
    assert keys == PUBLISHED.keys() | PRIVATE | {source.asset for source in sources} | {
        "staging",
        "openrank_by_month",
        "published_landscape",
    }


@BOTH
def test_every_asset_has_a_kind_and_an_owner_and_every_table_its_columns(profile, tmp_path):
    graph = defs_of(profile, tmp_path).resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.kinds, key
        assert node.owners == ["team:landscape"], key
        assert node.description, key
    for table, contract in PUBLISHED.items():
        schema = graph.get(dg.AssetKey(table)).metadata["dagster/column_schema"]
        assert [column.name for column in schema.columns] == contract.column_names()
        assert all(column.description for column in schema.columns), table


def test_live_schedules_and_the_automation_run_unless_stopped_and_those_of_the_sample_do_not(tmp_path):
    live = defs_of(DataProfile.LIVE, tmp_path).get_repository_def()
    jobs = {f"refresh_{source.name.replace('-', '_')}" for source in SOURCES if source.cadence is not None}
    assert {one.name.removesuffix("_schedule") for one in live.schedule_defs} == jobs
    assert {job.name for job in live.get_all_jobs()} >= jobs
    assert [one.name for one in live.schedule_defs if one.default_status.value != "RUNNING"] == [
        "refresh_github_counts_schedule",
        "refresh_github_facts_schedule",
        "refresh_github_star_history_schedule",
    ], "they cannot be asked without a token"
    settings = Settings(data_profile=DataProfile.LIVE, data_dir=tmp_path, tokens={"github": "ghp_0123456789"})
    signed = build_defs(settings).get_repository_def()
    assert {one.default_status.value for one in signed.schedule_defs} == {"RUNNING"}
    assert [(one.name, one.default_status.value) for one in live.sensor_defs] == [
        ("publish_when_inputs_change", "RUNNING")
    ]
    sample = defs_of(DataProfile.SAMPLE, tmp_path).get_repository_def()
    assert [one.default_status.value for one in sample.sensor_defs] == ["STOPPED"]
    assert sample.schedule_defs == []


def test_each_month_of_openrank_is_carried_on_from_the_month_before_and_only_if_its_events_changed(tmp_path):
    for month in ("01", "02"):
        events = comments((1, 7), first_id=int(month), created_at=f"2015-{month}-03T00:00:00Z")
        hold(tmp_path, f"2015-{month}-03-0", events)
    settings = Settings(data_profile=DataProfile.LIVE, data_dir=tmp_path)
    defs = build_defs(settings)
    with dg.DagsterInstance.ephemeral() as instance:
        for computed, unchanged in ((2, 0), (0, 2)):
            result = dg.materialize([defs.resolve_assets_def("openrank_by_month")], instance=instance)
            assert result.success
            (event,) = result.get_asset_materialization_events()
            counts = event.step_materialization_data.materialization.metadata
            assert (counts["computed"].value, counts["unchanged"].value) == (computed, unchanged)
    for month, carried in ((Month.parse("2015-01"), 0), (Month.parse("2015-02"), 1)):
        stored = read_month(store_dir(settings.warehouse_dir), month, "computed")
        assert stored is not None
        assert stored.carried_months_count == carried


@BOTH
def test_the_edges_between_tables_are_those_of_their_declarations(profile, tmp_path):
    graph = defs_of(profile, tmp_path).resolve_asset_graph()

    def parents(*path):
        return {".".join(key.path) for key in graph.get(dg.AssetKey(path)).parent_keys}

    assert parents("project_repos") == {"core.name_sightings", "core.project_names", "core.repo_ids"}
    assert parents("core", "project_names") == {"core.name_sightings", "staging"}
    assert parents("openrank_months") == {"openrank_by_month"}
    assert parents("thresholds") == {"staging"}
    assert parents("metadata") >= PUBLISHED.keys() - {"metadata"}
