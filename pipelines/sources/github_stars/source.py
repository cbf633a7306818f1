"""Star history as a declared source: the days on which each project's repositories got their stars."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.storage import count_quarantined
from pipelines.sources.github.client import REQUESTS_PER_HOUR_WITH_TOKEN
from pipelines.sources.github.declared import (
    GITHUB_API,
    GITHUB_TOKEN,
    LOST,
    curated_repositories,
    require_token,
    runs_of,
)
from pipelines.sources.github.graphql import REPOSITORIES_PER_QUERY
from pipelines.sources.github_stars.bronze import (
    HISTORIES_SCHEMA,
    QUARANTINE,
    STAR_DAYS_SCHEMA,
    day_files,
    histories_path,
    load_stars,
    pending_stars,
    read_histories,
)
from pipelines.sources.source import (
    FAILED,
    MISSING,
    QUARANTINED,
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

_PAGES_OF_A_HISTORY = 10
"""Pages of 30 weeks back to the creation of a repository that is six years old."""


def _fetch(context: FetchContext, on_progress: OnProgress) -> Evidence:
    """Read the star history of each project's repositories.

    Raises
    ------
    NotAuthorizedError
        Without a token, or with one that GitHub refuses.
    SourceError
        If GitHub is down or its limit is used up; what came before is stored.
    """
    require_token(context, "star history takes more requests than GitHub allows without a token")
    report = load_stars(
        context.upstreams, curated_repositories(context.seeds), context.settings.bronze_dir, on_progress
    )
    return {
        "repositories": report.requested_count,
        "known": report.known_count,
        "whole": report.whole_count,
        MISSING: report.lost_count,
        FAILED: report.failed_count,
        QUARANTINED: report.set_aside_count,
        "pages": report.pages_count,
    }


def _estimate(context: FetchContext) -> Estimate:
    pending = pending_stars(
        curated_repositories(context.seeds), context.settings.bronze_dir, context.upstreams.retrieved_at
    )
    unread_count = sum(max(1, _PAGES_OF_A_HISTORY - read_count) for read_count in pending.unread.values())
    requests_count = (
        unread_count + pending.newest_count + math.ceil(pending.unidentified_count / REPOSITORIES_PER_QUERY)
    )
    notes = []
    if pending.unread:
        notes.append(
            f"The star history of {len(pending.unread):,} repositories is read back to their creation: a request for"
            f" every 30 weeks, counted as {_PAGES_OF_A_HISTORY} each."
        )
    if pending.newest_count:
        notes.append(
            f"The star history of {pending.newest_count:,} repositories is held: a request each for the newest weeks."
        )
    return Estimate(
        requests_count=requests_count,
        duration_hours=requests_count / REQUESTS_PER_HOUR_WITH_TOKEN,
        notes=tuple(notes),
    )


def _state(bronze_dir: Path) -> SourceState:
    histories = read_histories(bronze_dir)
    if histories.is_empty():
        return SourceState(None)
    status = pl.col("status")
    is_lost = status.is_in(LOST)
    absent = histories.filter(is_lost | ~pl.col("is_whole")).sort("retrieved_at", "repo_full_name")
    return SourceState(
        newest_retrieval(histories),
        loaded=histories.filter(pl.col("is_whole")).height,
        missing=histories.filter(is_lost).height,
        quarantined=count_quarantined(bronze_dir, QUARANTINE),
        rows=int(histories["days_count"].sum()),
        absent=[
            f"{row['repo_full_name']}: {row['status']}: {row['detail']}"
            if row["status"] != "found"
            else f"{row['repo_full_name']}: {row['pages_count']} pages read, the older ones follow"
            for row in absent.iter_rows(named=True)
        ],
        held_at=newest_retrieval(histories.filter(pl.col("days_count") > 0)),
    )


def _runs(bronze_dir: Path) -> pl.DataFrame:
    return runs_of(read_histories(bronze_dir), pl.col("days_count").sum())


def _staging(bronze_dir: Path) -> list[StagingView]:
    histories = histories_path(bronze_dir)
    return [
        StagingView("star_days", STAR_DAYS_SCHEMA, day_files(bronze_dir)),
        StagingView("star_histories", HISTORIES_SCHEMA, [histories] if histories.exists() else []),
    ]


SOURCE = Source(
    name="github-star-history",
    asset="github_stars",
    label="Star history",
    description=(
        "The stars of each project's repositories by the day they were given, back to the creation, as far as they"
        " still stand. A history is read once; after that, once a month, its newest weeks."
    ),
    origin="github-star-history",
    fetch=_fetch,
    state=_state,
    runs=_runs,
    staging=_staging,
    estimate=_estimate,
    # Every day asks only for what is due: the rest after the hourly limit, and each history once a month.
    cadence=Cadence(partition=None, hour_of_day=8, fresh_within_days=35),
    addresses=[GITHUB_API],
    token=GITHUB_TOKEN,
    is_in_sample=False,
    needs_token=True,
)
