"""Dagster: the same steps, hence the same tables, and checks that stop a bad one."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg
import duckdb
import pytest

from pipelines import definitions
from pipelines.definitions import build_defs
from pipelines.defs.partitions import event_days, metric_months, month_of_key
from pipelines.settings import DataProfile, Settings
from pipelines.sources.registry import sources_of_sample
from pipelines.tables.contracts import PUBLISHED
from pipelines.warehouse.connection import open_build
from pipelines.warehouse.openrank_store import read_month, store_dir
from tests.unit.graph.test_activity import comments, hold


@pytest.fixture(scope="module")
def dagster_run(tmp_path_factory):
    """The whole job in one process, on a data folder of its own."""
    settings = Settings(data_profile=DataProfile.SAMPLE, data_dir=tmp_path_factory.mktemp("dagster") / "data")
    with dg.instance_for_test() as instance:
        job = build_defs(settings).resolve_job_def("build_landscape")
        result = job.execute_in_process(instance=instance)
    return settings, result


@pytest.mark.slow
def test_job_publishes_the_same_tables_as_the_command_line(dagster_run, sample_data_dir):
    settings, result = dagster_run
    assert result.success
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{settings.public_dir}/landscape.duckdb' AS dagster (READ_ONLY)")
        connection.execute(f"ATTACH '{sample_data_dir}/public/landscape.duckdb' AS cli (READ_ONLY)")
        for table in PUBLISHED:
            for left, right in (("dagster", "cli"), ("cli", "dagster")):
                rows = connection.execute(f"FROM {left}.{table} EXCEPT ALL FROM {right}.{table}").fetchall()
                assert rows == [], (table, left)


@pytest.mark.slow
def test_every_table_is_an_asset_with_a_blocking_check_that_counts(dagster_run):
    _, result = dagster_run
    evaluations = {check.asset_key.path[-1]: check for check in result.get_asset_check_evaluations()}
    assert evaluations.keys() == PUBLISHED.keys()
    assert all(check.passed and check.blocking for check in evaluations.values())
    assert evaluations["projects"].metadata["rows"].value == 147
    materialized = {event.asset_key.path[-1] for event in result.get_asset_materialization_events()}
    assert materialized == PUBLISHED.keys() | {source.asset for source in sources_of_sample()} | {
        "foundations",
        "openrank_by_month",
        "published_landscape",
    }


@pytest.mark.slow
def test_spoiled_build_file_is_not_published(dagster_run, tmp_path):
    settings, _ = dagster_run
    job = build_defs(settings).resolve_job_def("build_landscape")
    published = (settings.public_dir / "landscape.duckdb").read_bytes()
    with open_build(settings.warehouse_dir) as connection:
        connection.execute("UPDATE mart.project_rankings SET rank = -1 WHERE project_id = 'vllm'")
    with dg.instance_for_test() as instance:
        publication = job.execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey("published_landscape")],
            raise_on_error=False,
        )
    assert not publication.success
    assert (settings.public_dir / "landscape.duckdb").read_bytes() == published


def test_definitions_can_be_loaded_as_the_daemon_does(monkeypatch, tmp_path):
    monkeypatch.setenv("LANDSCAPE_DATA_DIR", str(tmp_path))
    assert dg.Definitions.validate_loadable(definitions.defs()) is None


def test_a_month_of_openrank_rests_on_the_month_before_and_on_the_days_of_its_own(tmp_path):
    for month in ("01", "02"):
        events = comments((1, 7), first_id=int(month), created_at=f"2015-{month}-03T00:00:00Z")
        build = hold(tmp_path, f"2015-{month}-03-0", events)
    settings = Settings(data_profile=DataProfile.LIVE, data_dir=tmp_path)
    asset = build_defs(settings).resolve_assets_def("openrank_by_month")
    days = asset.get_partition_mapping(dg.AssetKey("gharchive_events"))
    before = asset.get_partition_mapping(dg.AssetKey("openrank_by_month"))

    def mapped(mapping, definition):
        partitions = metric_months.subset_with_partition_keys(["2015-02-01"])
        found = mapping.get_upstream_mapped_partitions_result_for_partitions(
            partitions, metric_months, definition, datetime(2025, 1, 1, tzinfo=UTC)
        )
        return list(found.partitions_subset.get_partition_keys())

    assert mapped(before, metric_months) == ["2015-01-01"]
    assert mapped(days, event_days) == [f"2015-02-{day:02d}" for day in range(1, 29)]

    with dg.instance_for_test() as instance:
        for key, carried in (("2015-01-01", 0), ("2015-02-01", 1)):
            result = dg.materialize([asset], partition_key=key, instance=instance)
            assert result.success
            stored = read_month(store_dir(build.settings.warehouse_dir), month_of_key(key), "computed")
            assert stored is not None
            assert stored.carried_months_count == carried
