"""GitHub's own counts as a declared source: issues and pull requests of each project's repositories, by month."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.counts import COUNTS_SCHEMA, GITHUB_COUNTS
from pipelines.bronze.storage import count_quarantined
from pipelines.floor.periods import Month, last_complete_month, months_between
from pipelines.sources.github.declared import (
    GITHUB_API,
    GITHUB_TOKEN,
    curated_repositories,
    require_token,
    runs_of,
)
from pipelines.sources.github_counts.bronze import (
    QUARANTINE,
    count_files,
    load_counts,
    pending_count,
    read_manifest,
)
from pipelines.sources.github_counts.client import LOST, estimate_counts
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
    from collections.abc import Sequence
    from pathlib import Path

    from pipelines.seeds import Seeds


def _fetch(months: Sequence[Month] | None, context: FetchContext, on_progress: OnProgress) -> Evidence:
    """Count `months` of each project's repositories; None is every complete month since the seeds' first year.

    Raises
    ------
    NotAuthorizedError
        Without a token, or with one that GitHub refuses.
    SourceError
        If GitHub is down or its limit is used up; what came before is stored.
    """
    require_token(context, "GitHub counts issues and pull requests only for a request with a token")
    report = load_counts(
        context.upstreams,
        curated_repositories(context.seeds),
        _months(context) if months is None else months,
        context.settings.bronze_dir,
        on_progress,
    )
    return {
        "months of repositories": report.requested_count,
        "known": report.known_count,
        "counted": report.found_count,
        MISSING: report.lost_count,
        FAILED: report.failed_count,
        "rows": report.rows_count,
    }


def counts_of(months: Sequence[Month]) -> Source:
    """The source, for `months` alone."""
    return replace(SOURCE, fetch=partial(_fetch, months), estimate=partial(_estimate, months))


def first_month_of_counts(seeds: Seeds) -> Month:
    """The first month that a refresh counts."""
    return Month(int(seeds.threshold("counts_since_year")), 1)


def _months(context: FetchContext) -> list[Month]:
    last = last_complete_month(context.upstreams.retrieved_at)
    return list(months_between(first_month_of_counts(context.seeds), last))


def _estimate(months: Sequence[Month] | None, context: FetchContext) -> Estimate:
    return estimate_counts(
        pending_count(
            curated_repositories(context.seeds),
            _months(context) if months is None else months,
            context.settings.bronze_dir,
            context.upstreams.retrieved_at,
        )
    )


def _state(bronze_dir: Path) -> SourceState:
    manifest = read_manifest(bronze_dir)
    if manifest.is_empty():
        return SourceState(None)
    status = pl.col("status")
    newest = manifest.sort("retrieved_at", "month").unique("repo_full_name", keep="last", maintain_order=True)
    lost = newest.filter(status.is_in(LOST)).sort("retrieved_at", "repo_full_name")
    files = count_files(bronze_dir)
    rows_count = pl.scan_parquet(files, schema=COUNTS_SCHEMA, hive_partitioning=False).select(pl.len())
    return SourceState(
        newest_retrieval(manifest),
        loaded=manifest.filter(status == "found").height,
        missing=manifest.filter(status.is_in(LOST)).height,
        quarantined=count_quarantined(bronze_dir, QUARANTINE),
        rows=int(rows_count.collect().item()) if files else 0,
        absent=[
            f"{row['repo_full_name']}: {row['status']}: {row['detail']}" for row in lost.iter_rows(named=True)
        ],
        held_at=newest_retrieval(manifest.filter(status == "found")),
    )


def _runs(bronze_dir: Path) -> pl.DataFrame:
    return runs_of(read_manifest(bronze_dir), pl.col("counts_count").sum(), failed=("failed", "taken"))


def _staging(bronze_dir: Path) -> list[StagingView]:
    return [StagingView("repository_count_windows", COUNTS_SCHEMA, count_files(bronze_dir))]


SOURCE = Source(
    name="github-counts",
    asset="github_counts",
    label="GitHub's own counts",
    description=(
        "Issues opened and closed, pull requests opened and merged, of each project's repositories by month, as"
        " GitHub's search counts them today. A past month is counted once, the last two again each day."
    ),
    origin=GITHUB_COUNTS,
    fetch=partial(_fetch, None),
    state=_state,
    runs=_runs,
    staging=_staging,
    estimate=partial(_estimate, None),
    cadence=Cadence(partition=None, hour_of_day=7, fresh_within_days=2),
    addresses=[GITHUB_API],
    token=GITHUB_TOKEN,
    is_in_sample=False,
    needs_token=True,
)
