"""Series of later years as bronze: OpenRank as OpenDigger showed it, and GitHub's own counts.

Belongs here: rows and their layout. Must not: how complete a value is, nor which vintage counts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.counts import COUNTS_SCHEMA, GITHUB_COUNTS
from pipelines.bronze.storage import TableReport, naive_utc, write_parquet, write_quarantine
from pipelines.sources.reference.client import fetch_recorded_counts, fetch_recorded_openrank

if TYPE_CHECKING:
    from pipelines.sources.connect import Upstreams

RECORDED_OPENRANK_SCHEMA = pl.Schema(
    {
        "repo_id": pl.Int64(),
        "repo_full_name": pl.String(),
        "month": pl.Date(),
        "openrank": pl.Float64(),
        "vintage": pl.String(),
    }
)

COUNTS_RECORDED_AT = datetime(2026, 9, 1, tzinfo=UTC)
"""Day on which the recorded counts were asked for."""

OPENRANK_RECORDED_AT = datetime(2026, 8, 1, tzinfo=UTC)
"""Month in which the newer vintage was recorded; the day is not known."""

OPENRANK_FILE, COUNTS_FILE = Path("reference", "openrank.parquet"), Path("reference", "counts.parquet")
"""Below the folder of bronze."""

OPENRANK_QUARANTINE, COUNTS_QUARANTINE = "recorded_openrank", "recorded_counts"


def load_recorded_openrank(upstreams: Upstreams, bronze_dir: Path) -> TableReport:
    """Replace ``reference/openrank.parquet`` and the quarantine of its rows.

    Raises
    ------
    SourceError
        If the table cannot be read.
    StorageError
        If a file cannot be written.
    """
    recorded = fetch_recorded_openrank(upstreams)
    rows = [
        (one.repo_id, one.repo_full_name, one.month.first_day, one.openrank, one.vintage)
        for one in recorded.rows
    ]
    frame = pl.DataFrame(rows, schema=RECORDED_OPENRANK_SCHEMA, orient="row")
    write_parquet(frame.sort("repo_full_name", "month", "vintage"), bronze_dir / OPENRANK_FILE)
    write_quarantine(recorded.quarantined, bronze_dir, OPENRANK_QUARANTINE)
    return TableReport(len(recorded.rows), len(recorded.quarantined))


def load_recorded_counts(upstreams: Upstreams, bronze_dir: Path) -> TableReport:
    """Replace ``reference/counts.parquet`` and the quarantine of its rows.

    Raises
    ------
    SourceError
        If a table cannot be read.
    StorageError
        If a file cannot be written.
    """
    recorded = fetch_recorded_counts(upstreams)
    rows = [
        {
            "repo_full_name": one.repo_full_name,
            "repo_id": None,
            "metric_id": metric_id,
            "window_start": one.first_day,
            "window_end": one.last_day,
            "count": count,
            "retrieved_at": naive_utc(COUNTS_RECORDED_AT),
            "source": GITHUB_COUNTS,
        }
        for one in recorded.rows
        for metric_id, count in (
            ("change_requests", one.pull_requests_opened_count),
            ("issues_new", one.issues_opened_count),
        )
    ]
    frame = pl.DataFrame(rows, schema=COUNTS_SCHEMA)
    write_parquet(frame.sort("repo_full_name", "metric_id", "window_start"), bronze_dir / COUNTS_FILE)
    write_quarantine(recorded.quarantined, bronze_dir, COUNTS_QUARANTINE)
    return TableReport(frame.height, len(recorded.quarantined))
