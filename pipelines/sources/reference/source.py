"""The reference tables as declared sources; no host serves them, so the sample answers in every profile."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.counts import COUNTS_SCHEMA, GITHUB_COUNTS
from pipelines.bronze.observations import OBSERVATIONS_SCHEMA, read_observations
from pipelines.bronze.storage import count_quarantined
from pipelines.sources.reference.client import GITHUB_RANKING, LANDSCAPE_2025_05, OPENDIGGER
from pipelines.sources.reference.edges import EDGES_FILE, EDGES_SCHEMA, load_published_edges
from pipelines.sources.reference.observations import load_observations
from pipelines.sources.reference.recorded import (
    COUNTS_FILE,
    COUNTS_QUARANTINE,
    COUNTS_RECORDED_AT,
    OPENRANK_FILE,
    OPENRANK_QUARANTINE,
    OPENRANK_RECORDED_AT,
    RECORDED_OPENRANK_SCHEMA,
    load_recorded_counts,
    load_recorded_openrank,
)
from pipelines.sources.source import (
    QUARANTINED,
    Evidence,
    FetchContext,
    OnProgress,
    Source,
    SourceState,
    StagingView,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def fetch_observations(context: FetchContext, on_progress: OnProgress) -> Evidence:
    """Repositories as they were observed on a day: stars, forks, last push."""
    report = load_observations(context.upstreams, context.settings.bronze_dir)
    on_progress(1, 1)
    return {"rows": report.rows_count, QUARANTINED: report.quarantined_count}


def fetch_published_edges(context: FetchContext, on_progress: OnProgress) -> Evidence:
    """The collaboration edges of the published landscape."""
    report = load_published_edges(context.upstreams, context.settings.bronze_dir)
    on_progress(1, 1)
    return {"rows": report.rows_count, QUARANTINED: report.quarantined_count}


def fetch_recorded_openrank(context: FetchContext, on_progress: OnProgress) -> Evidence:
    """OpenRank from May 2025 to July 2026, in the vintages in which it was recorded."""
    report = load_recorded_openrank(context.upstreams, context.settings.bronze_dir)
    on_progress(1, 1)
    return {"rows": report.rows_count, QUARANTINED: report.quarantined_count}


def fetch_recorded_counts(context: FetchContext, on_progress: OnProgress) -> Evidence:
    """Issues and pull requests that GitHub counts in eighty repositories, recorded on 2026-09-01."""
    report = load_recorded_counts(context.upstreams, context.settings.bronze_dir)
    on_progress(1, 1)
    return {"rows": report.rows_count, QUARANTINED: report.quarantined_count}


def _observations_path(bronze_dir: Path) -> Path:
    return bronze_dir / "github" / "observations.parquet"


def _held(path: Path) -> list[Path]:
    return [path] if path.exists() else []


def _observations_state(bronze_dir: Path) -> SourceState:
    observations = read_observations(_observations_path(bronze_dir))
    newest = observations["observed_on"].max()
    if not isinstance(newest, date):
        return SourceState(None)
    return SourceState(
        datetime(newest.year, newest.month, newest.day, tzinfo=UTC),
        quarantined=count_quarantined(bronze_dir, "observations"),
        rows=observations.height,
    )


def _file_state(
    path: Path, quarantine: str, recorded_at: datetime | None = None
) -> Callable[[Path], SourceState]:
    """The state of a table that is one file below the folder of bronze; without `recorded_at` as old as its file."""

    def state(bronze_dir: Path) -> SourceState:
        held = bronze_dir / path
        if not held.exists():
            return SourceState(None)
        return SourceState(
            recorded_at or datetime.fromtimestamp(held.stat().st_mtime, UTC),
            quarantined=count_quarantined(bronze_dir, quarantine),
            rows=int(pl.scan_parquet(held).select(pl.len()).collect().item()),
        )

    return state


OBSERVATIONS = Source(
    name="observations",
    asset="repository_observations",
    label="Repository observations",
    description="Repositories as they were observed on a day: stars, forks, last push.",
    origin=GITHUB_RANKING,
    fetch=fetch_observations,
    state=_observations_state,
    staging=lambda bronze_dir: [
        StagingView("all_observations", OBSERVATIONS_SCHEMA, _held(_observations_path(bronze_dir)))
    ],
)

PUBLISHED_EDGES = Source(
    name="edges",
    asset="published_edges",
    label="Published edges",
    description="The collaboration edges of the published landscape.",
    origin=LANDSCAPE_2025_05,
    fetch=fetch_published_edges,
    state=_file_state(EDGES_FILE, "reference"),
    staging=lambda bronze_dir: [StagingView("published_edges", EDGES_SCHEMA, _held(bronze_dir / EDGES_FILE))],
)

RECORDED_OPENRANK = Source(
    name="recorded-openrank",
    asset="recorded_openrank",
    label="Recorded OpenRank",
    description="OpenRank from May 2025 to July 2026, in the vintages in which it was recorded.",
    origin=OPENDIGGER,
    fetch=fetch_recorded_openrank,
    state=_file_state(OPENRANK_FILE, OPENRANK_QUARANTINE, OPENRANK_RECORDED_AT),
    staging=lambda bronze_dir: [
        StagingView("recorded_openrank", RECORDED_OPENRANK_SCHEMA, _held(bronze_dir / OPENRANK_FILE))
    ],
)

RECORDED_COUNTS = Source(
    name="recorded-counts",
    asset="recorded_counts",
    label="Recorded counts",
    description="Issues and pull requests that GitHub counts in eighty repositories, recorded on 2026-09-01.",
    origin=GITHUB_COUNTS,
    fetch=fetch_recorded_counts,
    state=_file_state(COUNTS_FILE, COUNTS_QUARANTINE, COUNTS_RECORDED_AT),
    staging=lambda bronze_dir: [
        StagingView("repository_count_windows", COUNTS_SCHEMA, _held(bronze_dir / COUNTS_FILE))
    ],
)
