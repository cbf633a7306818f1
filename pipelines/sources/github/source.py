"""GitHub's API as a declared source: repositories as they are today, and their READMEs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.observations import OBSERVATIONS_SCHEMA
from pipelines.bronze.storage import count_quarantined
from pipelines.sources.github.bronze import QUARANTINE, load_repositories, observation_files, read_manifest
from pipelines.sources.github.client import estimate_requests
from pipelines.sources.github.declared import GITHUB_API, GITHUB_TOKEN, LOST, curated_repositories, runs_of
from pipelines.sources.github.readmes import README_QUARANTINE, load_readmes
from pipelines.sources.github.rest import TOKEN_NAME
from pipelines.sources.source import (
    FAILED,
    MISSING,
    Cadence,
    Estimate,
    Evidence,
    FetchContext,
    OnProgress,
    Source,
    SourceState,
    StagingView,
    newest_retrieval,
)

if TYPE_CHECKING:
    from pathlib import Path


def fetch_repositories(context: FetchContext, on_progress: OnProgress) -> Evidence:
    """What GitHub says today of each project's repositories, and their READMEs for the classifier."""
    upstreams, bronze_dir = context.upstreams, context.settings.bronze_dir
    wanted = curated_repositories(context.seeds)
    seen = load_repositories(upstreams, wanted, bronze_dir, on_progress)
    readmes = load_readmes(upstreams, wanted, bronze_dir, on_progress)
    return {
        "requested": seen.requested_count,
        "unchanged": seen.known_count + seen.unchanged_count,
        "loaded": seen.found_count,
        MISSING: seen.gone_count + seen.blocked_count,
        FAILED: seen.failed_count + readmes.failed_count,
        "readmes": readmes.found_count,
    }


def _state(bronze_dir: Path) -> SourceState:
    manifest = read_manifest(bronze_dir)
    if manifest.is_empty():
        return SourceState(None)
    status = pl.col("status")
    absent = manifest.filter(status.is_in(LOST)).sort("retrieved_at", "repo_full_name")
    observed = pl.scan_parquet(
        observation_files(bronze_dir), schema=OBSERVATIONS_SCHEMA, missing_columns="insert"
    )
    return SourceState(
        newest_retrieval(manifest),
        loaded=manifest.filter(status == "found").height,
        missing=absent.height,
        quarantined=sum(count_quarantined(bronze_dir, name) for name in (QUARANTINE, README_QUARANTINE)),
        rows=int(observed.select(pl.len()).collect().item()) if observation_files(bronze_dir) else 0,
        absent=[
            f"{row['repo_full_name']}: {row['status']}: {row['detail']}"
            for row in absent.iter_rows(named=True)
        ],
        held_at=newest_retrieval(manifest.filter(status == "found")),
    )


def _runs(bronze_dir: Path) -> pl.DataFrame:
    found_ids = pl.col("found_repo_id").filter(pl.col("status") == "found")
    return runs_of(read_manifest(bronze_dir), found_ids.n_unique())


def _staging(bronze_dir: Path) -> list[StagingView]:
    files = observation_files(bronze_dir)
    return [StagingView("all_observations", OBSERVATIONS_SCHEMA, files, has_earlier_files=True)]


def _estimate(context: FetchContext) -> Estimate:
    wanted = set(curated_repositories(context.seeds))
    cost = estimate_requests(len(wanted), len(wanted), has_token=TOKEN_NAME in context.settings.tokens)
    return Estimate(requests_count=cost.requests, duration_hours=cost.hours)


SOURCE = Source(
    name="github",
    asset="github_repositories",
    label="GitHub repositories",
    description="What GitHub says today of each project's repositories.",
    origin="github",
    fetch=fetch_repositories,
    state=_state,
    runs=_runs,
    staging=_staging,
    estimate=_estimate,
    cadence=Cadence(partition=None, hour_of_day=5, fresh_within_days=2),
    addresses=[GITHUB_API],
    token=GITHUB_TOKEN,
    is_in_sample=False,
    needs_token=True,
    instead="`landscape repositories fetch` asks for them without one, 60 an hour.",
)
