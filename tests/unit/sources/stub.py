"""A source that exists in tests only: what a real one needs is in this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.storage import count_quarantined, naive_utc, read_rows, write_parquet, write_quarantine
from pipelines.sources.http import get
from pipelines.sources.source import (
    QUARANTINED,
    RUNS_SCHEMA,
    Address,
    Cadence,
    Estimate,
    Evidence,
    FetchContext,
    OnProgress,
    Source,
    SourceState,
    StagingView,
    Token,
    newest_retrieval,
)
from pipelines.sources.tables import count, read_table

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = pl.Schema(
    {"repo_full_name": pl.String(), "downloads_count": pl.Int64(), "retrieved_at": pl.Datetime("us")}
)


def _path(bronze_dir: Path) -> Path:
    return bronze_dir / "downloads" / "downloads.parquet"


def fetch(context: FetchContext, on_progress: OnProgress) -> Evidence:
    answer = get(context.upstreams.session, f"{context.upstreams.urls['downloads']}/all.csv")
    table = read_table(
        answer.content,
        source_file="all.csv",
        columns=["repo", "downloads"],
        parse=lambda row: (row["repo"], count(row, "downloads")),
    )
    rows = [(*row, naive_utc(context.upstreams.retrieved_at)) for row in table.rows]
    write_parquet(pl.DataFrame(rows, schema=SCHEMA, orient="row"), _path(context.settings.bronze_dir))
    write_quarantine(table.quarantined, context.settings.bronze_dir, "downloads")
    on_progress(1, 1)
    return {"rows": len(rows), QUARANTINED: len(table.quarantined)}


def state(bronze_dir: Path) -> SourceState:
    rows = read_rows(_path(bronze_dir), SCHEMA)
    at = newest_retrieval(rows)
    return SourceState(
        at, rows=rows.height, quarantined=count_quarantined(bronze_dir, "downloads"), held_at=at
    )


def runs(bronze_dir: Path) -> pl.DataFrame:
    counts = {"requested_count": 1, "loaded_count": 1, "missing_count": 0, "quarantined_count": 0}
    grouped = read_rows(_path(bronze_dir), SCHEMA).group_by("retrieved_at").agg(rows_count=pl.len())
    return (
        grouped.with_columns(**{name: pl.lit(n) for name, n in counts.items()})
        .select(*RUNS_SCHEMA)
        .cast(RUNS_SCHEMA)
    )


SOURCE = Source(
    name="downloads",
    asset="package_downloads",
    label="Downloads",
    description="Downloads of packages.",
    origin="downloads",
    fetch=fetch,
    state=state,
    runs=runs,
    staging=lambda bronze_dir: [
        StagingView("downloads", SCHEMA, [path for path in [_path(bronze_dir)] if path.exists()])
    ],
    estimate=lambda _context: Estimate(requests_count=1000, duration_hours=100.0),
    cadence=Cadence("month", hour_of_day=3, fresh_within_days=40, day_of_month=2),
    addresses=[Address("downloads", "https://downloads.example", "Base URL of the downloads.")],
    token=Token("downloads", "Token of the downloads."),
    is_in_sample=False,
    needs_token=True,
)
