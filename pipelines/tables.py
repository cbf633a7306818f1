"""The steps that load the published tables into the build file, in order.

Belongs here: what each table is built from, and handing frames between SQL and the pure functions. Must not:
the SQL or the functions themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

import polars as pl

from pipelines.landscape.membership import Comparison, Profile, WindowKind, compute_members
from pipelines.landscape.rankings import compute_prior_means, rank_members, stars_by
from pipelines.metrics.coverage import Baseline, compute_event_coverage
from pipelines.metrics.registry import METRICS, metrics_from
from pipelines.periods import Month, months_between
from pipelines.publish import compute_snapshot_id
from pipelines.warehouse.connection import fetch_row
from pipelines.warehouse.contracts import SCHEMA_VERSION
from pipelines.warehouse.load import load_core, load_frame, load_sql
from pipelines.warehouse.staging import BuildFacts, load_staging

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from pipelines.build import Build
    from pipelines.seeds import Seeds


def load_foundations(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Seeds and bronze as staging, and the private tables between staging and mart."""
    facts = BuildFacts(
        as_of=build.scope.as_of,
        as_of_month=build.scope.as_of_month,
        run_profile=build.settings.profile.value,
        code_version=version("oss-landscape"),
        schema_version=SCHEMA_VERSION,
    )
    rows_count = load_staging(
        connection,
        build.seeds,
        facts,
        build.settings.bronze_dir,
        [metric.metric_id for metric in metrics_from("opendigger")],
    )
    return rows_count + load_core(connection)


def _load_metric_catalog(build: Build, connection: duckdb.DuckDBPyConnection) -> int:  # noqa: ARG001
    return load_frame(connection, "mart", "metric_catalog", pl.DataFrame(METRICS))


def _load_data_sources(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    frame = pl.DataFrame(
        [
            (source.id, source.name, source.kind, source.url, source.licence, source.description)
            for source in build.seeds.data_sources
        ],
        schema=["source", "name", "kind", "url", "license", "description"],
        orient="row",
    )
    return load_frame(connection, "mart", "data_sources", frame)


def _load_data_coverage(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    coverage = compute_event_coverage(
        _frame(connection, "FROM core.event_counts"),
        _frame(connection, "SELECT hour, status, detail FROM staging.event_files ORDER BY hour"),
        _frame(connection, "FROM core.closed_hours"),
        Baseline(
            reach=timedelta(days=build.seeds.threshold("coverage_baseline_reach_days")),
            comparable_hours_count=int(build.seeds.threshold("coverage_comparable_hours")),
            gap_ratio=build.seeds.threshold("coverage_gap_ratio"),
        ),
    )
    load_frame(connection, "core", "event_coverage", coverage)
    return load_sql(connection, "mart", "data_coverage")


def _load_members(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    openrank, retrieved = _openrank(connection), _retrieved(connection)
    candidates = connection.sql("SELECT project_id FROM mart.projects").pl()
    as_of_months = _as_of_months(retrieved, openrank)
    frames = [
        compute_members(
            candidates, openrank, retrieved, as_of_months, _membership_profile(build.seeds, profile_id)
        )
        for profile_id in sorted(profile.id for profile in build.seeds.profiles)
    ]
    return load_frame(connection, "mart", "landscape_members", pl.concat(frames))


def _load_rankings(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    profile = _membership_profile(build.seeds, build.seeds.field.profile)
    openrank, retrieved = _openrank(connection), _retrieved(connection)
    as_of_months = _as_of_months(retrieved, openrank)
    members = connection.sql(
        "SELECT * FROM mart.landscape_members WHERE profile = $profile",
        params={"profile": profile.profile_id},
    ).pl()
    created = connection.sql(
        "SELECT project_id, created_at FROM mart.projects WHERE created_at IS NOT NULL"
    ).pl()
    observations = connection.sql(
        "SELECT project_id, observed_on, stars_count FROM core.project_observations"
    ).pl()
    ranked = rank_members(
        members,
        compute_prior_means(openrank, retrieved, created, as_of_months, profile),
        stars_by(observations, as_of_months),
        profile,
    )
    return load_frame(connection, "mart", "project_rankings", ranked)


def _load_metadata(build: Build, connection: duckdb.DuckDBPyConnection) -> int:  # noqa: ARG001
    simulated = fetch_row(
        connection,
        "SELECT count(*) FROM mart.collaboration_edges JOIN mart.data_sources USING (source) WHERE kind = 'simulated'",
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


def _openrank(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    return _frame(
        connection,
        "SELECT project_id, month, value FROM mart.project_metrics_monthly WHERE metric_id = 'openrank'",
    )


def _retrieved(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    return _frame(connection, "SELECT DISTINCT project_id, month FROM core.project_extents")


def _frame(connection: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    frame: pl.DataFrame = connection.sql(sql).pl()
    return frame


def _as_of_months(retrieved: pl.DataFrame, openrank: pl.DataFrame) -> list[Month]:
    """Every month from the first to the last that holds a value and was retrieved for some project."""
    days = openrank.join(retrieved, on=["project_id", "month"], how="semi")["month"]
    if days.is_empty():
        return []
    return list(months_between(Month.of(days.min()), Month.of(days.max())))  # type: ignore[arg-type]


def _membership_profile(seeds: Seeds, profile_id: str) -> Profile:
    profile = next(profile for profile in seeds.profiles if profile.id == profile_id)
    return Profile(profile.id, WindowKind(profile.kind), Comparison(profile.comparison), profile.threshold)


@dataclass(frozen=True, slots=True)
class TableStep:
    """A published table: what it is built from, and how.

    Attributes
    ----------
    needs
        Published tables it reads, or its checks read.
    load
        Replaces the table in schema ``mart`` and returns its number of rows.
    """

    table: str
    stage: str
    needs: tuple[str, ...]
    load: Callable[[Build, duckdb.DuckDBPyConnection], int]


def _from_sql(table: str, stage: str, *needs: str) -> TableStep:
    def load(build: Build, connection: duckdb.DuckDBPyConnection) -> int:  # noqa: ARG001
        return load_sql(connection, "mart", table)

    return TableStep(table, stage, needs, load)


_CONTENT_STEPS: tuple[TableStep, ...] = (
    TableStep("data_sources", "warehouse", (), _load_data_sources),
    TableStep("metric_catalog", "warehouse", ("data_sources",), _load_metric_catalog),
    _from_sql("refresh_runs", "warehouse", "data_sources"),
    TableStep("data_coverage", "warehouse", ("data_sources",), _load_data_coverage),
    _from_sql("projects", "warehouse", "data_sources"),
    _from_sql("project_repos", "warehouse", "projects"),
    _from_sql("repo_openrank_monthly", "warehouse", "data_sources"),
    _from_sql("repo_series_extents", "warehouse", "data_sources"),
    _from_sql("project_metrics_monthly", "warehouse", "projects", "metric_catalog", "data_sources"),
    _from_sql("collaboration_edges", "graph", "projects", "data_sources"),
    _from_sql("project_domains", "classification", "projects"),
    TableStep("landscape_members", "landscape", ("projects", "project_metrics_monthly"), _load_members),
    TableStep("project_rankings", "landscape", ("projects", "landscape_members"), _load_rankings),
)

TABLE_STEPS: tuple[TableStep, ...] = (
    *_CONTENT_STEPS,
    TableStep("metadata", "landscape", tuple(step.table for step in _CONTENT_STEPS), _load_metadata),
)
"""Every published table once, each after what it needs; `metadata` fingerprints all others."""
