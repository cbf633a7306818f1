"""Steps that load staging, and the tables that come of seeds and bronze alone."""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

import polars as pl

from pipelines.metrics.coverage import Baseline, compute_event_coverage
from pipelines.metrics.registry import METRICS
from pipelines.tables.contracts import PUBLISHED, SCHEMA_VERSION
from pipelines.tables.fingerprint import compute_snapshot_id
from pipelines.tables.frames import read_frame
from pipelines.warehouse.connection import fetch_row
from pipelines.warehouse.load import load_core, load_frame, load_sql
from pipelines.warehouse.staging import BuildFacts, load_staging

if TYPE_CHECKING:
    import duckdb

    from pipelines.build import Build


def load_foundations(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Seeds and bronze as staging, and the private tables between staging and mart."""
    return load_ground_floor(build, connection) + load_core(connection)


def load_ground_floor(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Seeds and bronze as staging: enough for a question about the events themselves."""
    facts = BuildFacts(
        as_of=build.scope.as_of,
        as_of_month=build.scope.as_of_month,
        data_profile=build.settings.data_profile.value,
        code_version=version("oss-landscape"),
        schema_version=SCHEMA_VERSION,
    )
    return load_staging(connection, build.seeds, facts, build.settings.bronze_dir)


def load_metric_catalog(build: Build, connection: duckdb.DuckDBPyConnection) -> int:  # noqa: ARG001
    """Every definition of the registry."""
    columns = PUBLISHED["metric_catalog"].column_names()
    frame = pl.DataFrame([{name: getattr(metric, name) for name in columns} for metric in METRICS])
    return load_frame(connection, "mart", "metric_catalog", frame)


def load_data_sources(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """The curated sources."""
    frame = pl.DataFrame(
        [
            (source.id, source.name, source.kind, source.url, source.licence, source.description)
            for source in build.seeds.data_sources
        ],
        schema=["source", "name", "kind", "url", "license", "description"],
        orient="row",
    )
    return load_frame(connection, "mart", "data_sources", frame)


def load_data_coverage(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Events and series observed against what was to be expected."""
    coverage = compute_event_coverage(
        read_frame(connection, "FROM core.event_counts"),
        read_frame(connection, "SELECT hour, status, detail FROM staging.event_files ORDER BY hour"),
        read_frame(connection, "FROM core.closed_hours"),
        Baseline(
            reach=timedelta(days=build.seeds.threshold("coverage_baseline_reach_days")),
            comparable_hours_count=int(build.seeds.threshold("coverage_comparable_hours")),
            gap_ratio=build.seeds.threshold("coverage_gap_ratio"),
        ),
    )
    load_frame(connection, "core", "event_coverage", coverage)
    return load_sql(connection, "mart", "data_coverage")


def load_metadata(build: Build, connection: duckdb.DuckDBPyConnection) -> int:  # noqa: ARG001
    """What the file is, with the fingerprint of every other table."""
    simulated = fetch_row(
        connection,
        "SELECT count(*) FROM (SELECT source FROM mart.collaboration_edges"
        " UNION ALL SELECT source FROM mart.repo_openrank_monthly)"
        " JOIN mart.data_sources USING (source) WHERE kind = 'simulated'",
    )
    frame = connection.sql("FROM staging.build_facts").pl()
    return load_frame(
        connection,
        "mart",
        "metadata",
        frame.with_columns(
            snapshot_id=pl.lit(compute_snapshot_id(connection)),
            has_simulated_rows=pl.lit(simulated[0] > 0),
        ),
    )
