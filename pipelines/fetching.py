"""The steps that bring upstreams into bronze, in order.

Belongs here: which client feeds which part of bronze, and the evidence each step gives. Must not: requests or
Parquet. The command line and Dagster both run these steps; neither has one of its own.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.compaction import fold_months, settled_months
from pipelines.bronze.events import load_hours
from pipelines.bronze.github import load_readmes, load_repositories
from pipelines.bronze.manifest import kept_rows, pending_hours, read_manifest
from pipelines.errors import SourceError
from pipelines.files import remove_file
from pipelines.metrics.registry import metrics_from
from pipelines.periods import Hour
from pipelines.sources.gharchive import FetchedHour, fetch_hour
from pipelines.sources.github import WantedRepository
from pipelines.sources.http import Earlier
from pipelines.sources.opendigger.bronze import load_export_list, load_series
from pipelines.sources.opendigger.held import read_manifest as read_series_manifest
from pipelines.sources.opendigger.wanted import wanted_series
from pipelines.sources.reference.edges import load_published_edges
from pipelines.sources.reference.observations import load_observations

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future
    from datetime import date
    from pathlib import Path

    from pipelines.build import Build
    from pipelines.periods import Month
    from pipelines.seeds import Seeds

OnProgress = Callable[[int, int], None]
"""Told the number of things done and of all things."""

Evidence = Mapping[str, int]
"""What a step did, in counts."""

MISSING, NO_GZIP, QUARANTINED = "missing", "answered with no gzip file", "quarantined"
FAILED = "without a usable answer"
"""Keys of a step's evidence that a person should look at when they are not zero: `landscape status` says more."""

_DOWNLOADS_AT_ONCE = 4
_BYTES_WORTH_A_WORKER = 50_000_000
"""Gzipped bytes that take one process about as long to read as another one takes to start."""


def fetch_series_into_bronze(build: Build, on_progress: OnProgress) -> Evidence:
    """OpenDigger's monthly series of every project, and OpenRank of every watched repository.

    Raises
    ------
    SourceError
        If OpenDigger is down. All that came is stored by then, and what was held is still there.
    """
    report = load_series(
        build.upstreams,
        wanted_series_of(build, load_export_list(build.upstreams, build.settings.bronze_dir)),
        _vintage(build.seeds, build.upstreams.retrieved_at.date()),
        build.settings.bronze_dir,
        on_progress,
        curated_ids=_repo_ids(build.seeds),
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


def fetch_events_into_bronze(build: Build, on_progress: OnProgress) -> Evidence:
    """GH Archive hours of the build's scope as fact rows about all repositories."""
    return fetch_hours_into_bronze(build, build.scope.hours, on_progress)


def fetch_hours_into_bronze(build: Build, hours: Sequence[Hour], on_progress: OnProgress) -> Evidence:
    """GH Archive hours as fact rows about all repositories.

    Hours are loaded a day at a time while those of the next day arrive, so that a long range needs the disk of
    two days. What bronze holds whole is asked for conditionally and not sent again. Months that are complete by
    then are folded into one file each, and so are those that a late event had opened again.

    Raises
    ------
    SourceError
        If an hour cannot be fetched. What came of its day is loaded by then; no other day is asked for.
    StorageError
        If bronze cannot be read or written, or a worker ends. Run again: what is loaded is not sent again.
    """
    folder = build.settings.bronze_dir / ".hours"
    evidence = Counter({"requested": len(hours)})
    done = 0
    with (
        ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool,
        closing(_fetched_by_day(pool, build, hours, folder)) as days,
    ):
        for fetched in days:
            evidence += _load_day(build, fetched, _within(on_progress, done, len(hours)))
            for hour in fetched:
                if hour.path is not None:
                    remove_file(hour.path)
            done += len(fetched)
            on_progress(done, len(hours))
    shutil.rmtree(folder, ignore_errors=True)
    evidence["months folded"] = len(_fold_settled_months(build.settings.bronze_dir))
    names = (
        "requested",
        "unchanged",
        "loaded",
        "damaged",
        MISSING,
        NO_GZIP,
        QUARANTINED,
        "rows",
        "months folded",
    )
    return {name: evidence[name] for name in names}


def events_by_status(bronze_dir: Path, hours: Sequence[Hour]) -> dict[str, int]:
    """How many of `hours` the manifest holds in each status, and the rows kept of them."""
    manifest = read_manifest(bronze_dir).filter(
        pl.col("source_file").is_in([hour.file_name for hour in hours])
    )
    counts = dict(manifest["status"].value_counts().iter_rows())
    return counts | {"rows": int(manifest["kept"].sum())}


def _fold_settled_months(bronze_dir: Path) -> tuple[Month, ...]:
    asked = [Hour(start.replace(tzinfo=UTC)) for start in read_manifest(bronze_dir)["hour"]]
    return fold_months(bronze_dir, settled_months(asked))


def _within(on_progress: OnProgress, done: int, total: int) -> OnProgress:
    """Tell the progress of a part as that of the whole, of which so much was done before."""
    return lambda count, _of_part: on_progress(done + count, total)


def _fetched_by_day(
    pool: Executor, build: Build, hours: Sequence[Hour], folder: Path
) -> Generator[list[FetchedHour], None, None]:
    """What the archive answers, a day at a time; each day is asked for before the one ahead of it is given.

    When an hour cannot be fetched, what came of its day is given, and then the error.
    """
    days = [list(day) for _, day in groupby(sorted(hours), key=lambda hour: hour.start.date())]
    coming: list[Future[FetchedHour]] = []
    following: list[Future[FetchedHour]] = []
    try:
        for day in [*days, []]:
            coming, following = following, _ask_for(pool, build, day, folder)
            came: list[FetchedHour] = []
            failure: SourceError | None = None
            for answer in coming:
                try:
                    came.append(answer.result())
                except SourceError as error:
                    failure = failure or error
                    _take_back([*coming, *following])
                except CancelledError:
                    continue  # taken back after a failure
            if came:
                yield came
            if failure is not None:
                raise failure
    finally:
        _take_back([*coming, *following])


def _take_back(asked: Iterable[Future[FetchedHour]]) -> None:
    """Ask for no more of them than is under way."""
    for answer in asked:
        answer.cancel()


def _ask_for(pool: Executor, build: Build, hours: Sequence[Hour], folder: Path) -> list[Future[FetchedHour]]:
    bronze_dir = build.settings.bronze_dir
    source_files = [hour.file_name for hour in hours]
    kept = kept_rows(bronze_dir, source_files)
    manifest = read_manifest(bronze_dir).filter(pl.col("source_file").is_in(source_files))
    held = {
        row["source_file"]: Earlier(
            row["retrieved_at"].replace(tzinfo=UTC),
            # A file that breaks off may have been cut on its way, by an answer that did not say its length.
            is_held=row["status"] == "loaded" and row["kept"] == kept[row["source_file"]],
        )
        for row in manifest.iter_rows(named=True)
    }
    return [
        pool.submit(fetch_hour, build.upstreams, hour, folder, held.get(hour.file_name)) for hour in hours
    ]


def _load_day(build: Build, fetched: Sequence[FetchedHour], on_read: OnProgress) -> Counter[str]:
    bronze_dir = build.settings.bronze_dir
    pending = pending_hours([hour for hour in fetched if hour.status != "unchanged"], bronze_dir)
    report = load_hours(
        pending,
        bronze_dir,
        build.upstreams.retrieved_at,
        on_read,
        _workers_for(pending, build.settings.workers),
    )
    return Counter(
        {
            "unchanged": len(fetched) - len(pending),
            "loaded": report.loaded_count,
            "damaged": report.damaged_count,
            MISSING: report.missing_count,
            NO_GZIP: report.not_gzip_count,
            QUARANTINED: report.quarantined_count,
            "rows": report.kept_count,
        }
    )


def _workers_for(hours: Sequence[FetchedHour], most: int) -> int:
    """How many processes shall read `hours`: one, unless there is more to read than processes cost to start."""
    content = sum(hour.bytes or 0 for hour in hours)
    return max(1, min(most, len(hours), content // _BYTES_WORTH_A_WORKER))


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


def fetch_repositories_into_bronze(build: Build, on_progress: OnProgress) -> Evidence:
    """What GitHub says today of each project's repositories, and their READMEs for the classifier."""
    bronze_dir = build.settings.bronze_dir
    wanted = [
        WantedRepository(repository.full_name, repository.repo_id)
        for project in build.seeds.projects
        for repository in project.repositories
    ]
    seen = load_repositories(build.upstreams, wanted, bronze_dir, on_progress)
    readmes = load_readmes(build.upstreams, [one.repo_full_name for one in wanted], bronze_dir, on_progress)
    return {
        "requested": seen.requested_count,
        "unchanged": seen.known_count + seen.unchanged_count,
        "loaded": seen.found_count,
        MISSING: seen.gone_count + seen.blocked_count,
        "readmes": readmes.found_count,
    }


def wanted_series_of(build: Build, exported: Collection[str]) -> dict[str, list[str]]:
    """Names to ask OpenDigger for, by metric, given what it exports."""
    return wanted_series(build.seeds, exported, [metric.metric_id for metric in metrics_from("opendigger")])


@dataclass(frozen=True, slots=True)
class BronzeStep:
    """A part of bronze that is fetched as a whole.

    Attributes
    ----------
    held_at
        When the newest part of what bronze holds was retrieved; None where it holds nothing. A build goes on
        with that if the upstream is down. Without it the step reads committed files and asks no host.
    """

    name: str
    label: str
    run: Callable[[Build, OnProgress], Evidence]
    held_at: Callable[[Path], datetime | None] | None = None


def _events_held_at(bronze_dir: Path) -> datetime | None:
    return _newest(read_manifest(bronze_dir).filter(pl.col("kept") > 0))


def _series_held_at(bronze_dir: Path) -> datetime | None:
    return _newest(read_series_manifest(bronze_dir).filter(pl.col("months_count") > 0))


def _newest(manifest: pl.DataFrame) -> datetime | None:
    newest = manifest["retrieved_at"].max()
    return newest if isinstance(newest, datetime) else None


EVENTS = BronzeStep("gharchive_events", "GH Archive hours", fetch_events_into_bronze, _events_held_at)
METRICS = BronzeStep("opendigger_series", "OpenDigger series", fetch_series_into_bronze, _series_held_at)
REPOSITORIES = BronzeStep("github_repositories", "GitHub repositories", fetch_repositories_into_bronze)

BRONZE_STEPS: tuple[BronzeStep, ...] = (
    METRICS,
    EVENTS,
    BronzeStep("repository_observations", "Repository observations", fetch_observations_into_bronze),
    BronzeStep("published_edges", "Published edges", fetch_published_edges_into_bronze),
)


def _repo_ids(seeds: Seeds) -> dict[str, int]:
    """GitHub's number of each repository name that the seeds know one of."""
    return {
        name: repository.repo_id
        for project in seeds.projects
        for repository in project.repositories
        for name in repository.names
        if repository.repo_id is not None
    }


def _vintage(seeds: Seeds, retrieved_on: date) -> str:
    """The newest vintage that had begun when the values were retrieved."""
    begun = [
        vintage
        for vintage in seeds.opendigger_vintages
        if vintage.since is None or vintage.since <= retrieved_on
    ]
    return begun[-1].id
