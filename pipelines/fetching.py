"""The steps that bring upstreams into bronze, in order.

Belongs here: which client feeds which part of bronze, and the evidence each step gives. Must not: requests or
Parquet. The command line and Dagster both run these steps; neither has one of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.bronze.events import load_hours
from pipelines.bronze.manifest import pending_hours
from pipelines.bronze.observations import load_observations
from pipelines.bronze.reference import load_published_edges
from pipelines.bronze.series import load_series
from pipelines.bronze.wanted import wanted_series
from pipelines.metrics.registry import metrics_from
from pipelines.sources.gharchive import fetch_hour
from pipelines.sources.opendigger import fetch_export_list

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from pipelines.build import Build
    from pipelines.seeds import Seeds

OnProgress = Callable[[int, int], None]
"""Told the number of things done and of all things."""

Evidence = Mapping[str, int]
"""What a step did, in counts."""

MISSING, QUARANTINED = "missing", "quarantined"
"""Keys of a step's evidence that a person should look at when they are not zero."""


def fetch_series_into_bronze(build: Build, on_progress: OnProgress) -> Evidence:
    """OpenDigger's monthly series of every project, and OpenRank of every watched repository."""
    report = load_series(
        build.upstreams,
        wanted_series(
            build.seeds,
            fetch_export_list(build.upstreams),
            [metric.metric_id for metric in metrics_from("opendigger")],
        ),
        _vintage(build.seeds, build.upstreams.retrieved_at.date()),
        build.settings.bronze_dir,
        on_progress,
    )
    return {
        "requested": report.requested_count,
        "loaded": report.loaded_count,
        MISSING: report.unknown_count,
        "renamed": report.renamed_count,
        QUARANTINED: report.malformed_count + report.extents_quarantined_count,
        "rows": report.months_count,
    }


def fetch_events_into_bronze(build: Build, on_progress: OnProgress) -> Evidence:
    """GH Archive hours as fact rows about all repositories."""
    bronze_dir, hours = build.settings.bronze_dir, build.scope.hours
    with _download_folder(bronze_dir) as folder:
        fetched = [fetch_hour(build.upstreams, hour, folder) for hour in hours]
        pending = pending_hours(fetched, bronze_dir)
        report = load_hours(pending, bronze_dir, build.upstreams.retrieved_at, on_progress)
    return {
        "requested": len(hours),
        "unchanged": len(hours) - len(pending),
        "loaded": report.loaded_count,
        "damaged": report.damaged_count,
        MISSING: report.missing_count + report.not_gzip_count,
        QUARANTINED: report.quarantined_count,
        "rows": report.kept_count,
    }


def fetch_observations_into_bronze(build: Build, on_progress: OnProgress) -> Evidence:
    """What was observed of repositories on a day: stars, forks, last push."""
    report = load_observations(build.upstreams, build.settings.bronze_dir)
    on_progress(1, 1)
    return {"rows": report.rows_count, QUARANTINED: report.quarantined_count}


def fetch_published_edges_into_bronze(build: Build, on_progress: OnProgress) -> Evidence:
    """The collaboration edges of the published landscape."""
    report = load_published_edges(build.upstreams, build.settings.bronze_dir)
    on_progress(1, 1)
    return {"rows": report.rows_count, QUARANTINED: report.quarantined_count}


@dataclass(frozen=True, slots=True)
class BronzeStep:
    """A part of bronze that is fetched as a whole."""

    name: str
    label: str
    run: Callable[[Build, OnProgress], Evidence]


BRONZE_STEPS: tuple[BronzeStep, ...] = (
    BronzeStep("opendigger_series", "OpenDigger series", fetch_series_into_bronze),
    BronzeStep("gharchive_events", "GH Archive hours", fetch_events_into_bronze),
    BronzeStep("repository_observations", "Repository observations", fetch_observations_into_bronze),
    BronzeStep("published_edges", "Published edges", fetch_published_edges_into_bronze),
)


@contextmanager
def _download_folder(bronze_dir: Path) -> Iterator[Path]:
    """A folder for hour files that bronze does not keep; one that a killed run left is emptied first."""
    folder = bronze_dir / ".hours"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _vintage(seeds: Seeds, retrieved_on: date) -> str:
    """The newest vintage that had begun when the values were retrieved."""
    begun = [
        vintage
        for vintage in seeds.opendigger_vintages
        if vintage.since is None or vintage.since <= retrieved_on
    ]
    return begun[-1].id
