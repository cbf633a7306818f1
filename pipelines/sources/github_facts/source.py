"""GitHub's facts as a declared source: who opened, closed, merged, commented and reviewed, and when."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.storage import count_quarantined
from pipelines.floor.periods import Month, last_complete_month
from pipelines.sources.gharchive.facts import EVENT_SCHEMA
from pipelines.sources.gharchive.layout import GITHUB_FACTS
from pipelines.sources.github.declared import (
    GITHUB_API,
    GITHUB_TOKEN,
    LOST,
    curated_repositories,
    require_token,
    runs_of,
)
from pipelines.sources.github.graphql import REPOSITORIES_PER_QUERY
from pipelines.sources.github_facts.bronze import (
    QUARANTINE,
    READS_SCHEMA,
    fact_files,
    load_facts,
    read_manifest,
    reads_path,
)
from pipelines.sources.github_facts.client import ENDPOINTS
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
    from datetime import datetime
    from pathlib import Path

_REQUESTS_PER_REPOSITORY = 3 + len(ENDPOINTS) - 1
"""Three pages of the feed, one of each list, where nothing changed much."""


def _fetch(first_month: Month | None, context: FetchContext, on_progress: OnProgress) -> Evidence:
    """Read what happened in each project's repositories since `first_month`; None is January of the newest year.

    Raises
    ------
    NotAuthorizedError
        Without a token, or with one that GitHub refuses.
    SourceError
        If GitHub is down or its limit is used up; what came before is stored.
    """
    require_token(context, "GitHub says who merged and reviewed only for a request with a token")
    report = load_facts(
        context.upstreams,
        curated_repositories(context.seeds),
        first_month or first_month_of_facts(context.upstreams.retrieved_at),
        context.settings.bronze_dir,
        on_progress,
    )
    return {
        "repositories": report.repositories_count,
        "lists read to their end": report.read_count,
        MISSING: report.lost_count,
        FAILED: report.failed_count,
        "new facts": report.rows_count,
    }


def facts_since(first_month: Month) -> Source:
    """The source, from `first_month` on."""
    return replace(SOURCE, fetch=partial(_fetch, first_month))


def first_month_of_facts(now: datetime) -> Month:
    """The first month of the landscape's window: January of the year of the last complete month."""
    return Month(last_complete_month(now).year, 1)


def _estimate(context: FetchContext) -> Estimate:
    count = len({one.repo_full_name for one in curated_repositories(context.seeds)})
    return Estimate(
        requests_count=math.ceil(count / REPOSITORIES_PER_QUERY) + count * _REQUESTS_PER_REPOSITORY,
        notes=(
            "Facts: besides, a request for every 100 issues, pull requests and comments that changed since the last"
            " reading, and one for 50 pull requests.",
        ),
    )


def _state(bronze_dir: Path) -> SourceState:
    manifest = read_manifest(bronze_dir)
    if manifest.is_empty():
        return SourceState(None)
    status = pl.col("status")
    unread = manifest.filter(status != "found").sort("retrieved_at", "repo_full_name", "endpoint")
    found = manifest.filter(status == "found")
    return SourceState(
        newest_retrieval(manifest),
        loaded=found.height,
        missing=manifest.filter(status.is_in(LOST))["repo_full_name"].n_unique(),
        quarantined=count_quarantined(bronze_dir, QUARANTINE),
        rows=int(manifest["rows_count"].sum()),
        absent=list(
            dict.fromkeys(
                f"{row['repo_full_name']}: {row['status']}: {row['detail']}"
                if row["status"] in LOST
                else f"{row['repo_full_name']}, {row['endpoint']}: {row['status']}: {row['detail']}"
                for row in unread.iter_rows(named=True)
            )
        ),
        held_at=newest_retrieval(found),
    )


def _runs(bronze_dir: Path) -> pl.DataFrame:
    return runs_of(read_manifest(bronze_dir), pl.col("rows_count").sum())


def _staging(bronze_dir: Path) -> list[StagingView]:
    reads = reads_path(bronze_dir)
    return [
        StagingView("fact_rows", EVENT_SCHEMA, fact_files(bronze_dir)),
        StagingView("fact_reads", READS_SCHEMA, [reads] if reads.exists() else []),
    ]


SOURCE = Source(
    name=GITHUB_FACTS,
    asset="github_facts",
    label="facts of the projects",
    description=(
        "Issues, pull requests, merges, comments and reviews of each project's repositories, with who and when, as"
        " GitHub's API keeps them, and the newest 300 public events of each. Only what changed is sent again."
    ),
    origin=GITHUB_FACTS,
    fetch=partial(_fetch, None),
    state=_state,
    runs=_runs,
    staging=_staging,
    estimate=_estimate,
    cadence=Cadence(partition=None, hour_of_day=8, fresh_within_days=2),
    addresses=[GITHUB_API],
    token=GITHUB_TOKEN,
    is_in_sample=False,
    needs_token=True,
)
