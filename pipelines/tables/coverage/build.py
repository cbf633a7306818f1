"""Builds of the family coverage."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pipelines.metrics.coverage import Baseline, compute_event_coverage
from pipelines.tables.coverage.contract import DataCoverage, RefreshRuns
from pipelines.tables.table import Frames, Sql, Table, private, published

if TYPE_CHECKING:
    import polars as pl

    from pipelines.seeds import Seeds

_SQL = Sql(__package__)


def cover_events(
    event_counts: pl.DataFrame, event_files: pl.DataFrame, closed_hours: pl.DataFrame, seeds: Seeds
) -> pl.DataFrame:
    """Events of each hour against what a complete hour would hold."""
    return compute_event_coverage(
        event_counts,
        event_files,
        closed_hours,
        Baseline(
            reach=timedelta(days=seeds.threshold("coverage_baseline_reach_days")),
            comparable_hours_count=int(seeds.threshold("coverage_comparable_hours")),
            gap_ratio=seeds.threshold("coverage_gap_ratio"),
        ),
    )


TABLES: tuple[Table, ...] = (
    private("core.event_counts", "warehouse", _SQL),
    private("core.closed_hours", "warehouse", _SQL),
    private(
        "core.event_coverage",
        "warehouse",
        Frames(
            cover_events,
            event_counts="FROM core.event_counts",
            event_files="SELECT hour, status, detail FROM staging.event_files ORDER BY hour",
            closed_hours="FROM core.closed_hours",
        ),
    ),
    published(DataCoverage, "warehouse", _SQL),
    published(RefreshRuns, "warehouse", _SQL),
)
