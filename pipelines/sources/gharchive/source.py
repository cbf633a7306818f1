"""GH Archive as a declared source: hour files as fact rows about all repositories.

Belongs here: the archive's settings, schedule and status, and the order of a fetch. Must not: requests
or Parquet.
"""

from __future__ import annotations

import shutil
from collections import Counter
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.errors import SourceError
from pipelines.floor.files import remove_file
from pipelines.floor.periods import Hour
from pipelines.sources.answer import Earlier
from pipelines.sources.gharchive.client import FetchedHour, fetch_hour
from pipelines.sources.gharchive.compaction import fold_months, settled_months
from pipelines.sources.gharchive.events import load_hours
from pipelines.sources.gharchive.facts import EVENT_SCHEMA
from pipelines.sources.gharchive.layout import event_files
from pipelines.sources.gharchive.manifest import MANIFEST_SCHEMA, kept_rows, pending_hours, read_manifest
from pipelines.sources.source import (
    EMPTY,
    MISSING,
    NO_GZIP,
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
    from collections.abc import Generator, Iterable, Sequence
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from pipelines.floor.periods import Month

_DOWNLOADS_AT_ONCE = 4
_BYTES_WORTH_A_WORKER = 50_000_000
"""Gzipped bytes that take one process about as long to read as another one takes to start."""


def fetch_hours(context: FetchContext, on_progress: OnProgress) -> Evidence:
    """GH Archive hours as fact rows about all repositories.

    Hours are loaded a day at a time while those of the next day arrive, so that a long range needs the disk of
    two days. What bronze holds whole is asked for conditionally and not sent again. Months that are complete by
    then are folded into one file each, and so are those that a late event had opened again.

    Raises
    ------
    SourceError
        If an hour cannot be fetched. Hours of its day that arrived are loaded by then; no other day is asked for.
    StorageError
        If bronze cannot be read or written, or a worker ends. Run again: loaded hours are not sent again.
    """
    hours = context.scope.hours
    folder = context.settings.bronze_dir / ".hours"
    evidence = Counter({"requested": len(hours)})
    done = 0
    with (
        ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool,
        closing(_fetched_by_day(pool, context, hours, folder)) as days,
    ):
        for fetched in days:
            evidence += _load_day(context, fetched, _within(on_progress, done, len(hours)))
            for hour in fetched:
                if hour.path is not None:
                    remove_file(hour.path)
            done += len(fetched)
            on_progress(done, len(hours))
    shutil.rmtree(folder, ignore_errors=True)
    evidence["months folded"] = len(_fold_settled_months(context.settings.bronze_dir))
    names = (
        "requested",
        "unchanged",
        "loaded",
        EMPTY,
        "damaged",
        MISSING,
        NO_GZIP,
        QUARANTINED,
        "rows",
        "months folded",
    )
    return {name: evidence[name] for name in names}


def evidence_of_hours(bronze_dir: Path, hours: Sequence[Hour]) -> Evidence:
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
    """Report the progress of a part as progress of the whole, counting the earlier parts."""
    return lambda count, _of_part: on_progress(done + count, total)


def _fetched_by_day(
    pool: Executor, context: FetchContext, hours: Sequence[Hour], folder: Path
) -> Generator[list[FetchedHour], None, None]:
    """The archive's answers, a day at a time; each day is requested before the day ahead of it is yielded.

    When an hour cannot be fetched, the hours of its day that arrived are given, then the error.
    """
    days = [list(day) for _, day in groupby(sorted(hours), key=lambda hour: hour.start.date())]
    coming: list[Future[FetchedHour]] = []
    following: list[Future[FetchedHour]] = []
    try:
        for day in [*days, []]:
            coming, following = following, _ask_for(pool, context, day, folder)
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


def _ask_for(
    pool: Executor, context: FetchContext, hours: Sequence[Hour], folder: Path
) -> list[Future[FetchedHour]]:
    bronze_dir = context.settings.bronze_dir
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
        pool.submit(fetch_hour, context.upstreams, hour, folder, held.get(hour.file_name)) for hour in hours
    ]


def _load_day(context: FetchContext, fetched: Sequence[FetchedHour], on_read: OnProgress) -> Counter[str]:
    bronze_dir = context.settings.bronze_dir
    pending = pending_hours([hour for hour in fetched if hour.status != "unchanged"], bronze_dir)
    report = load_hours(
        pending,
        bronze_dir,
        context.upstreams.retrieved_at,
        on_read,
        _workers_for(pending, context.settings.workers),
    )
    return Counter(
        {
            "unchanged": len(fetched) - len(pending),
            "loaded": report.loaded_count,
            EMPTY: report.empty_count,
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


def _state(bronze_dir: Path) -> SourceState:
    manifest = read_manifest(bronze_dir)
    if manifest.is_empty():
        return SourceState(None)
    is_loaded = pl.col("status") == "loaded"
    absent = manifest.filter(~is_loaded).sort("hour")
    loaded_count = manifest.height - absent.height
    return SourceState(
        newest_retrieval(manifest),
        loaded=loaded_count,
        missing=absent.height,
        quarantined=int(manifest["quarantined"].sum()),
        rows=int(manifest["kept"].sum()),
        absent=[
            f"{row['hour']:%Y-%m-%dT%H}: {row['status']}: {row['detail']}"
            for row in absent.iter_rows(named=True)
        ],
        held_at=newest_retrieval(manifest.filter(pl.col("kept") > 0)),
    )


def _runs(bronze_dir: Path) -> pl.DataFrame:
    status = pl.col("status")
    return (
        read_manifest(bronze_dir)
        .group_by("retrieved_at")
        .agg(
            requested_count=pl.len(),
            loaded_count=status.is_in(["loaded", "damaged"]).sum(),
            missing_count=status.is_in(["missing", "not_gzip", "empty"]).sum(),
            quarantined_count=pl.col("quarantined").sum(),
            rows_count=pl.col("kept").sum(),
        )
        .cast(RUNS_SCHEMA)
    )


def _staging(bronze_dir: Path) -> list[StagingView]:
    files = event_files(bronze_dir)
    manifest = bronze_dir / "manifest" / "events.parquet"
    return [
        StagingView("event_files", MANIFEST_SCHEMA, [manifest] if manifest.exists() else []),
        StagingView("event_rows", EVENT_SCHEMA, files),
        StagingView("all_event_rows", EVENT_SCHEMA, files),
    ]


_HOUR_MEGABYTES: tuple[tuple[datetime, float], ...] = (
    (datetime(2015, 1, 1, tzinfo=UTC), 4.0),
    (datetime(2017, 1, 1, tzinfo=UTC), 20.0),
    (datetime(2020, 1, 1, tzinfo=UTC), 50.0),
    (datetime(2023, 1, 1, tzinfo=UTC), 90.0),
    (datetime(2025, 10, 8, tzinfo=UTC), 50.0),
)
"""From when on an hour file has about so many megabytes, rounded up: it grew until GitHub trimmed its payloads."""

_MEGABYTES_A_SECOND = 10.0
"""Pace of download and parsing together on a laptop."""


MOST_HOURS = 31 * 24
"""A longer range must be asked for by name: the whole history is about 100,000 files."""


def hour_megabytes(hour: Hour) -> float:
    """About how large the file of `hour` is as served, in MB."""
    return [size for since, size in _HOUR_MEGABYTES if since <= hour.start][-1]


def _estimate(context: FetchContext) -> Estimate:
    """Every hour of the scope; those that bronze holds are answered "not modified"."""
    hours = context.scope.hours
    megabytes = sum(map(hour_megabytes, hours))
    return Estimate(len(hours), megabytes / 1000, len(hours), megabytes / _MEGABYTES_A_SECOND / 3600)


SOURCE = Source(
    name="gharchive",
    asset="gharchive_events",
    label="GH Archive hours",
    description="GH Archive hours as fact rows about all repositories, by day.",
    origin="gharchive",
    sample_origin="gharchive-simulated",
    fetch=fetch_hours,
    state=_state,
    runs=_runs,
    staging=_staging,
    estimate=_estimate,
    # Events arrive up to six hours late, in the files of the next day's first hours.
    cadence=Cadence("day", hour_of_day=8, fresh_within_days=2),
    addresses=[
        Address("gharchive", "https://data.gharchive.org", "Base URL of the hour files of GH Archive.")
    ],
    evidence_of=evidence_of_hours,
)
