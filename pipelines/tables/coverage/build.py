"""Builds of the family coverage."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from pipelines.metrics.archives import unite_archives
from pipelines.metrics.coverage import (
    Baseline,
    compute_event_coverage,
    compute_month_coverage,
    hourly_means,
)
from pipelines.tables.coverage.contract import DataCoverage, FactCoverage, RefreshRuns
from pipelines.tables.table import Frames, Sql, Table, private, published
from pipelines.warehouse.connection import fetch_row

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from pipelines.floor.periods import Days
    from pipelines.seeds import Seeds

_SQL = Sql(__package__)


def cover_events(
    event_counts: pl.DataFrame, event_files: pl.DataFrame, closed_hours: pl.DataFrame, seeds: Seeds
) -> pl.DataFrame:
    """Events of each hour against what a complete hour would hold."""
    return compute_event_coverage(
        event_counts,
        unite_archives(event_files, seeds.archives),
        closed_hours,
        hourly_means(seeds.event_stream),
        _baseline(seeds),
    )


def cover_months(event_coverage: pl.DataFrame, seeds: Seeds) -> pl.DataFrame:
    """Events of each month in which the stream is broken against those of healthy months."""
    return compute_month_coverage(event_coverage, _baseline(seeds))


def _baseline(seeds: Seeds) -> Baseline:
    eras = seeds.completeness.stream_eras
    broken = next((era.first_day for era in eras if era.state != "healthy"), None)
    return Baseline(
        reach=timedelta(days=seeds.threshold("coverage_baseline_reach_days")),
        comparable_hours_count=int(seeds.threshold("coverage_comparable_hours")),
        gap_ratio=seeds.threshold("coverage_gap_ratio"),
        broken_since=None if broken is None else datetime.combine(broken, time()),
        month_gap_ratio=seeds.completeness.capture.least_ratio,
    )


def count_complete_facts(connection: duckdb.DuckDBPyConnection, days: Days) -> tuple[int, int]:
    """For how many projects GitHub's own facts of all `days` are held, and of how many; needs schema ``staging``."""
    complete_count, all_count = fetch_row(
        connection,
        "SELECT count(*) FILTER (complete_from <= ? AND complete_until_at >= ?), count(*)"
        f" FROM ({_SQL.text('fact_coverage')})",
        [days.first, days.last + timedelta(days=1)],
    )
    return complete_count, all_count


TABLES: tuple[Table, ...] = (
    private("core.event_counts", "warehouse", _SQL),
    private("core.closed_hours", "warehouse", _SQL),
    private(
        "core.event_coverage",
        "warehouse",
        Frames(
            cover_events,
            event_counts="FROM core.event_counts",
            event_files="SELECT archive, hour, status, detail FROM staging.event_files ORDER BY ALL",
            closed_hours="FROM core.closed_hours",
        ),
    ),
    private(
        "core.event_coverage_monthly",
        "warehouse",
        Frames(cover_months, event_coverage="FROM core.event_coverage"),
    ),
    published(DataCoverage, "warehouse", _SQL),
    published(FactCoverage, "warehouse", _SQL),
    published(RefreshRuns, "warehouse", _SQL),
)
