"""OpenDigger as a declared source: monthly series of projects, and OpenRank of watched repositories."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.storage import count_quarantined
from pipelines.sources.github.bronze import observed_names
from pipelines.sources.opendigger.bronze import live_requests, load_export_list, load_series
from pipelines.sources.opendigger.due import plan_all, plan_due
from pipelines.sources.opendigger.held import (
    EXTENTS_SCHEMA,
    SERIES_MANIFEST_SCHEMA,
    VALUES_SCHEMA,
    Held,
    read_manifest,
)
from pipelines.sources.opendigger.renames import repo_ids
from pipelines.sources.opendigger.wanted import wanted_series, watched_repositories
from pipelines.sources.source import (
    FAILED,
    MISSING,
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
    newest_retrieval,
)

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from pipelines.seeds import Seeds
    from pipelines.sources.opendigger.due import Planner

METRIC_IDS = (
    "openrank",
    "attention",
    "stars",
    "technical_fork",
    "participants",
    "new_contributors",
    "bus_factor",
    "issues_new",
    "issues_closed",
    "change_requests",
    "change_requests_accepted",
)
"""OpenDigger's metrics that are fetched of every project; the catalogue defines each of them."""

_REQUESTS_A_SECOND = 20.0


def fetch_due_series(context: FetchContext, on_progress: OnProgress) -> Evidence:
    """OpenDigger's monthly series of every project, and OpenRank of every watched repository, asked for after news.

    Raises
    ------
    SourceError
        If OpenDigger is down. Every answer is stored by then, and the held series stay.
    """
    return _fetch_series(context, on_progress, plan_due)


def fetch_all_series(context: FetchContext, on_progress: OnProgress) -> Evidence:
    """As `fetch_due_series`, but ask for each series, whatever is remembered."""
    return _fetch_series(context, on_progress, plan_all)


def _fetch_series(context: FetchContext, on_progress: OnProgress, planned: Planner) -> Evidence:
    upstreams, bronze_dir = context.upstreams, context.settings.bronze_dir
    report = load_series(
        upstreams,
        wanted_series(context.seeds, load_export_list(upstreams, bronze_dir), METRIC_IDS),
        vintage_on(context.seeds, upstreams.retrieved_at.date()),
        bronze_dir,
        on_progress,
        curated_ids=_repo_ids(context.seeds),
        planned=planned,
    )
    if report.outage is not None:
        raise report.outage
    return {
        "series wanted": report.requested_count,
        "not asked without news": report.left_count,
        "unchanged": report.unchanged_count,
        "loaded": report.loaded_count,
        MISSING: report.unknown_count,
        "without months": report.no_months_count,
        FAILED: report.failed_count,
        QUARANTINED: report.quarantined_count,
        "rows": report.months_count,
    }


def vintage_on(seeds: Seeds, retrieved_on: date) -> str:
    """Id of the newest vintage that had begun when values were retrieved."""
    begun = [
        vintage
        for vintage in seeds.opendigger_vintages
        if vintage.since is None or vintage.since <= retrieved_on
    ]
    return begun[-1].id


def _repo_ids(seeds: Seeds) -> dict[str, int]:
    """GitHub's number of each repository name that the seeds know one of."""
    return {
        name: repository.repo_id
        for project in seeds.projects
        for repository in project.repositories
        for name in repository.names
        if repository.repo_id is not None
    }


def _state(bronze_dir: Path) -> SourceState:
    manifest = read_manifest(bronze_dir)
    if manifest.is_empty():
        return SourceState(None)
    statuses = manifest["status"]
    return SourceState(
        newest_retrieval(manifest),
        loaded=int((statuses == "loaded").sum()),
        missing=int(statuses.is_in(["unknown", "no_months"]).sum()),
        quarantined=count_quarantined(bronze_dir, "opendigger")
        + count_quarantined(bronze_dir, "opendigger_exports"),
        rows=int(manifest["months_count"].sum()),
        held_at=newest_retrieval(manifest.filter(pl.col("months_count") > 0)),
    )


def _runs(bronze_dir: Path) -> pl.DataFrame:
    status = pl.col("status")
    return (
        read_manifest(bronze_dir)
        .group_by("retrieved_at")
        .agg(
            requested_count=pl.len(),
            loaded_count=(status == "loaded").sum(),
            missing_count=status.is_in(["unknown", "no_months"]).sum(),
            quarantined_count=status.is_in(["malformed", "failed"]).sum(),
            rows_count=pl.col("months_count").sum(),
        )
        .cast(RUNS_SCHEMA)
    )


def _staging(bronze_dir: Path) -> list[StagingView]:
    def held(*names: str) -> list[Path]:
        return [path for path in (bronze_dir / name for name in names) if path.exists()]

    return [
        StagingView("series", VALUES_SCHEMA, held(*(f"opendigger/{name}.parquet" for name in METRIC_IDS))),
        StagingView("pulled_extents", EXTENTS_SCHEMA, held("opendigger/extents.parquet")),
        StagingView("series_files", SERIES_MANIFEST_SCHEMA, held("manifest/opendigger.parquet")),
    ]


def _estimate_due(context: FetchContext) -> Estimate:
    return _estimate(context, plan_due)


def _estimate_all(context: FetchContext) -> Estimate:
    return _estimate(context, plan_all)


def _estimate(context: FetchContext, planned: Planner) -> Estimate:
    """The list of exports, and the requests of a pull that meets news.

    Before the list is held, each repository that is watched by name counts as exported.
    """
    bronze_dir = context.settings.bronze_dir
    path = bronze_dir / "manifest" / "opendigger_exports.parquet"
    listed = pl.read_parquet(path)["names"].explode().drop_nulls() if path.exists() else ()
    exported = list(listed) or sorted(watched_repositories(context.seeds)[0])
    held = Held.of(bronze_dir)
    ids = repo_ids(observed_names(bronze_dir), _repo_ids(context.seeds))
    requests = live_requests(wanted_series(context.seeds, exported, METRIC_IDS), held, ids)
    plan = planned(context.upstreams, requests, held, bronze_dir)
    requests_count = 1 + plan.news_count
    notes = []
    if plan.probe is not None:
        notes.append(
            f"OpenDigger: {1 + plan.quiet_count:,} requests if nothing was published since the last pull, which"
            f" {plan.probe[1]} of {plan.probe[0]} tells; {requests_count:,} otherwise."
        )
    if plan.remembered:
        notes.append(
            f"OpenDigger: {len(plan.remembered):,} series that it did not have lately are not asked for;"
            " `landscape metrics fetch --all` asks for each."
        )
    return Estimate(
        requests_count=requests_count,
        duration_hours=requests_count / _REQUESTS_A_SECOND / 3600,
        notes=tuple(notes),
    )


SOURCE = Source(
    name="opendigger",
    asset="opendigger_series",
    label="OpenDigger series",
    description="OpenDigger's series: a pull brings every month, and one request a day tells whether there is news.",
    origin="opendigger",
    fetch=fetch_due_series,
    state=_state,
    runs=_runs,
    staging=_staging,
    estimate=_estimate_due,
    # OpenDigger publishes a month about the fifth of the next one.
    cadence=Cadence("month", hour_of_day=6, fresh_within_days=35, day_of_month=6),
    addresses=[Address("opendigger", "https://oss.open-digger.cn", "Base URL of OpenDigger's metric files.")],
)

SOURCE_OF_ALL = replace(SOURCE, fetch=fetch_all_series, estimate=_estimate_all)
"""The same source, asked for each series."""
