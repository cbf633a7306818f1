"""Builds of the family completeness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.completeness.as_of import Enough, compute_month_completeness
from pipelines.completeness.basis import decide_basis, project_months
from pipelines.completeness.capture import (
    compute_capture,
    compute_combined_capture,
    compute_global_capture,
)
from pipelines.completeness.changes import compute_levels
from pipelines.completeness.eras import first_month_of, last_healthy_month
from pipelines.completeness.nowcast import compute_nowcast
from pipelines.completeness.vintages import convert_nowcasts
from pipelines.tables.completeness.contract import (
    MonthCompleteness,
    ProjectOpenrankMonthly,
    SourceCaptureMonthly,
    StreamEras,
)
from pipelines.tables.inputs import CREATED
from pipelines.tables.rows import frame_of
from pipelines.tables.table import Frames, Sql, Table, private, published, read_sql

if TYPE_CHECKING:
    from pipelines.build import Scope
    from pipelines.seeds import Seeds

_SQL = Sql(__package__)


def measure_capture(counted: pl.DataFrame, seeds: Seeds) -> pl.DataFrame:
    """Compare OpenDigger's counts with GitHub's."""
    measured = compute_capture(counted, seeds.completeness.capture.interval_level)
    return measured.select(
        pl.lit("opendigger").alias("source"),
        "project_id",
        "month",
        "metric_id",
        window_months_count="months_count",
        source_count="source_count",
        github_count="github_count",
        capture_ratio="capture_ratio",
        capture_low="capture_low",
        capture_high="capture_high",
    )


def estimate_openrank(
    *,
    created: pl.DataFrame,
    vintages: pl.DataFrame,
    counts: pl.DataFrame,
    counted: pl.DataFrame,
    seeds: Seeds,
    scope: Scope,
) -> pl.DataFrame:
    """Lay published values, capture and nowcast out by project and month, and decide which may be used."""
    rules = seeds.completeness
    series = vintages.select("project_id", "month", "openrank", "vintage").join(
        counts, on=["project_id", "month"], how="left"
    )
    in_use = next(iter(vintages.filter("is_current")["vintage"]), None)
    healthy_through = last_healthy_month(rules.stream_eras).first_day
    levels = compute_levels(series, healthy_through, rules.nowcast)
    nowcasts = convert_nowcasts(
        compute_nowcast(levels, counts, seeds.nowcast, rules.nowcast),
        vintages,
        seeds.opendigger_vintages,
        in_use,
        through=healthy_through,
        rules=rules.nowcast,
    )
    level = rules.capture.interval_level
    return decide_basis(
        project_months(created, vintages, nowcasts, rules.stream_eras, scope.as_of_month),
        compute_combined_capture(counted.filter(pl.col("months_count") == 1), level),
        compute_global_capture(seeds.event_stream, level),
        rules,
        in_use,
    )


def count_known_projects(
    openrank: pl.DataFrame, known: pl.DataFrame, created: pl.DataFrame, doubtful: pl.DataFrame, seeds: Seeds
) -> pl.DataFrame:
    """Count month by month how many projects are known."""
    enough = Enough(seeds.threshold("as_of_known_ratio"), seeds.threshold("as_of_known_weight_ratio"))
    completeness = compute_month_completeness(openrank, known, created, enough)
    return completeness.with_columns(has_doubtful_counts=pl.col("month").is_in(doubtful["month"].implode()))


def list_eras(seeds: Seeds) -> pl.DataFrame:
    """The states of the event stream."""
    return frame_of(
        StreamEras,
        [
            ((month := first_month_of(era)) and month.first_day, era.state, era.first_day, era.reason)
            for era in seeds.completeness.stream_eras
        ],
    )


TABLES: tuple[Table, ...] = (
    private("core.project_openrank_vintages", "warehouse", _SQL),
    published(StreamEras, "warehouse", Frames(list_eras)),
    private("core.doubtful_count_months", "warehouse", _SQL),
    private("core.counted_months", "warehouse", _SQL),
    published(SourceCaptureMonthly, "warehouse", Frames(measure_capture, counted="FROM core.counted_months")),
    published(
        ProjectOpenrankMonthly,
        "warehouse",
        Frames(
            estimate_openrank,
            created=CREATED,
            vintages="FROM core.project_openrank_vintages",
            counts=read_sql(__package__, "project_counts"),
            counted="FROM core.counted_months",
        ),
    ),
    private("core.known_months", "warehouse", _SQL),
    published(
        MonthCompleteness,
        "warehouse",
        Frames(
            count_known_projects,
            openrank="SELECT project_id, month, basis, openrank FROM mart.project_openrank_monthly",
            known="FROM core.known_months",
            doubtful="SELECT month FROM core.doubtful_count_months",
            created=CREATED,
        ),
    ),
)
