"""OpenDigger as a declared source: monthly series of projects, and OpenRank of watched repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.storage import count_quarantined
from pipelines.sources.opendigger.bronze import load_export_list, load_series
from pipelines.sources.opendigger.held import (
    EXTENTS_SCHEMA,
    SERIES_MANIFEST_SCHEMA,
    VALUES_SCHEMA,
    read_manifest,
)
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


def fetch_series(context: FetchContext, on_progress: OnProgress) -> Evidence:
    """OpenDigger's monthly series of every project, and OpenRank of every watched repository.

    Raises
    ------
    SourceError
        If OpenDigger is down. Every answer is stored by then, and the held series stay.
    """
    upstreams, bronze_dir = context.upstreams, context.settings.bronze_dir
    report = load_series(
        upstreams,
        wanted_series(context.seeds, load_export_list(upstreams, bronze_dir), METRIC_IDS),
        vintage_on(context.seeds, upstreams.retrieved_at.date()),
        bronze_dir,
        on_progress,
        curated_ids=_repo_ids(context.seeds),
    )
    if report.outage is not None:
        raise report.outage
    return {
        "requested": report.requested_count,
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


def _estimate(context: FetchContext) -> Estimate:
    """The list of exports, a request for every series of a project, and one for every watched repository.

    Before the list is held, each repository that is watched by name counts as exported.
    """
    path = context.settings.bronze_dir / "manifest" / "opendigger_exports.parquet"
    held = pl.read_parquet(path)["names"].explode().drop_nulls() if path.exists() else ()
    exported = list(held) or sorted(watched_repositories(context.seeds)[0])
    requests_count = 1 + sum(map(len, wanted_series(context.seeds, exported, METRIC_IDS).values()))
    return Estimate(requests_count=requests_count, duration_hours=requests_count / _REQUESTS_A_SECOND / 3600)


SOURCE = Source(
    name="opendigger",
    asset="opendigger_series",
    label="OpenDigger series",
    description="OpenDigger's series: a pull brings every month, so a range of months is one conditional pull.",
    origin="opendigger",
    fetch=fetch_series,
    state=_state,
    runs=_runs,
    staging=_staging,
    estimate=_estimate,
    # OpenDigger publishes a month about the fifth of the next one.
    cadence=Cadence("month", hour_of_day=6, fresh_within_days=35, day_of_month=6),
    addresses=[Address("opendigger", "https://oss.open-digger.cn", "Base URL of OpenDigger's metric files.")],
)
