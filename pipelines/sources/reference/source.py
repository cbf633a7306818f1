"""The reference tables as declared sources; no host serves them, so the sample answers in every profile."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from pipelines.bronze.observations import OBSERVATIONS_SCHEMA
from pipelines.bronze.storage import count_quarantined, read_rows
from pipelines.sources.reference.client import GITHUB_RANKING, LANDSCAPE_2025_05
from pipelines.sources.reference.edges import EDGES_SCHEMA, load_published_edges
from pipelines.sources.reference.observations import load_observations
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


def _observations_path(bronze_dir: Path) -> Path:
    return bronze_dir / "github" / "observations.parquet"


def _edges_path(bronze_dir: Path) -> Path:
    return bronze_dir / "reference" / "published_edges.parquet"


def _held(path: Path) -> list[Path]:
    return [path] if path.exists() else []


def _observations_state(bronze_dir: Path) -> SourceState:
    observations = read_rows(_observations_path(bronze_dir), OBSERVATIONS_SCHEMA)
    newest = observations["observed_on"].max()
    if not isinstance(newest, date):
        return SourceState(None)
    return SourceState(
        datetime(newest.year, newest.month, newest.day, tzinfo=UTC),
        quarantined=count_quarantined(bronze_dir, "observations"),
        rows=observations.height,
    )


def _edges_state(bronze_dir: Path) -> SourceState:
    path = _edges_path(bronze_dir)
    if not path.exists():
        return SourceState(None)
    return SourceState(
        datetime.fromtimestamp(path.stat().st_mtime, UTC),
        quarantined=count_quarantined(bronze_dir, "reference"),
        rows=read_rows(path, EDGES_SCHEMA).height,
    )


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
    state=_edges_state,
    staging=lambda bronze_dir: [StagingView("published_edges", EDGES_SCHEMA, _held(_edges_path(bronze_dir)))],
)
