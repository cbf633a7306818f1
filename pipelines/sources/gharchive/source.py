"""GH Archive and the archives in its layout as a declared source: hour files as fact rows about all repositories.

Belongs here: the archives' settings, schedule and status, and the order of a fetch. Must not: requests
or Parquet.
"""

from __future__ import annotations

import shutil
from collections import Counter
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC
from itertools import groupby
from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.errors import SourceError
from pipelines.floor.files import remove_file
from pipelines.sources.answer import Earlier
from pipelines.sources.failures import RateLimitedError, UpstreamUnreachableError
from pipelines.sources.gharchive.archives import asked_hours, explain_plan, hour_size
from pipelines.sources.gharchive.client import FetchedHour, hour_url
from pipelines.sources.gharchive.compaction import fold_months, settled_months
from pipelines.sources.gharchive.conflicts import explain_conflicts, read_conflicts
from pipelines.sources.gharchive.declared import HeldHour, fetch_checked
from pipelines.sources.gharchive.events import load_hours
from pipelines.sources.gharchive.layout import GHARCHIVE, event_files
from pipelines.sources.gharchive.manifest import MANIFEST_SCHEMA, kept_rows, pending_hours, read_manifest
from pipelines.sources.gharchive.staging import event_view
from pipelines.sources.source import (
    CONFLICTING,
    EMPTY,
    FAILED,
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

    from pipelines.floor.periods import Hour, Month
    from pipelines.sources.gharchive.archives import AskedHour

_DOWNLOADS_AT_ONCE = 4
_BYTES_WORTH_A_WORKER = 50_000_000
"""Gzipped bytes that take one process about as long to read as another one takes to start."""


def fetch_hours(context: FetchContext, on_progress: OnProgress) -> Evidence:
    """Hours of every archive that has them, as fact rows about all repositories.

    Hours are loaded a day at a time while those of the next day arrive, so that a long range needs the disk of
    two days. What bronze holds whole is asked for conditionally and not sent again. Months that are complete by
    then are folded into one file each, and so are those that a late event had opened again. An archive that gives no
    answer is named in the manifest, and asked no more in this run, as long as another one gives the hour.

    Raises
    ------
    SourceError
        If no archive gives an hour. Hours of its day that arrived are loaded by then; no other day is asked for.
    StorageError
        If bronze cannot be read or written, or a worker ends. Run again: loaded hours are not sent again.
    """
    hours = asked_hours(context.seeds.archives, context.scope.hours)
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
    evidence["months folded"] = len(_fold_settled_months(context))
    names = (
        "requested",
        "unchanged",
        "loaded",
        EMPTY,
        "damaged",
        MISSING,
        NO_GZIP,
        FAILED,
        QUARANTINED,
        CONFLICTING,
        "rows",
        "months folded",
    )
    return {name: evidence[name] for name in names}


def evidence_of_hours(bronze_dir: Path, hours: Sequence[Hour]) -> Evidence:
    """How many files of `hours` the manifest holds in each status, and the rows kept of them."""
    manifest = read_manifest(bronze_dir).filter(
        pl.col("hour").is_in([hour.start.replace(tzinfo=None) for hour in hours])
    )
    counts = dict(manifest["status"].value_counts().iter_rows())
    return counts | {"rows": int(manifest["kept"].sum())}


def _fold_settled_months(context: FetchContext) -> tuple[Month, ...]:
    bronze_dir = context.settings.bronze_dir
    asked = read_manifest(bronze_dir)["source_file"].to_list()
    return fold_months(bronze_dir, settled_months(asked, context.seeds.archives))


def _within(on_progress: OnProgress, done: int, total: int) -> OnProgress:
    """Report the progress of a part as progress of the whole, counting the earlier parts."""
    return lambda count, _of_part: on_progress(done + count, total)


def _fetched_by_day(
    pool: Executor, context: FetchContext, hours: Sequence[AskedHour], folder: Path
) -> Generator[list[FetchedHour], None, None]:
    """The archives' answers, a day at a time; each day is requested before the day ahead of it is yielded.

    When no archive gives an hour, the hours of its day that arrived are given, then the error.
    """
    days = [list(day) for _, day in groupby(hours, key=lambda one: one.hour.start.date())]
    asker = _Asker(pool, context, folder)
    coming: list[_Coming] = []
    following: list[_Coming] = []
    try:
        for day in [*days, []]:
            coming, following = following, asker.ask_for(day)
            came, failed = _collect(coming, [*coming, *following])
            given = {fetched.hour for fetched in came}
            failures = [error for one, error in failed if one.hour not in given]
            unanswered = [_unanswered(context, one, error) for one, error in failed if one.hour in given]
            if came:
                yield [*came, *unanswered]
            if failures:
                raise failures[0]
    finally:
        _take_back([*coming, *following])


@dataclass(frozen=True, slots=True)
class _Coming:
    """An hour file that was asked for."""

    asked: AskedHour
    answer: Future[FetchedHour]


def _collect(
    coming: Sequence[_Coming], under_way: Sequence[_Coming]
) -> tuple[list[FetchedHour], list[tuple[AskedHour, SourceError]]]:
    """Wait for the answers. As soon as no archive gives an hour, no more is asked for than what is under way."""
    came: list[FetchedHour] = []
    failed: list[tuple[AskedHour, SourceError]] = []
    for _, answers in groupby(coming, key=lambda one: one.asked.hour):
        given = cancelled = False
        for one in answers:
            try:
                came.append(one.answer.result())
                given = True
            except SourceError as error:
                failed.append((one.asked, error))
            except CancelledError:
                cancelled = True  # taken back after a failure
        if not given and not cancelled:
            _take_back(under_way)
    return came, failed


def _unanswered(context: FetchContext, asked: AskedHour, error: SourceError) -> FetchedHour:
    """An hour that one archive did not give while another one did."""
    url = hour_url(context.upstreams, asked.archive.id, asked.hour)
    return FetchedHour(asked.hour, url, "unanswered", detail=error.what, archive=asked.archive.id)


def _take_back(asked: Iterable[_Coming]) -> None:
    """Ask for no more of them than is under way."""
    for one in asked:
        one.answer.cancel()


@dataclass(frozen=True, slots=True)
class _Asker:
    """Asks for hour files, each archive until it gives no answer.

    Attributes
    ----------
    silent
        The last error of an archive that is not there, by its id.
    """

    pool: Executor
    context: FetchContext
    folder: Path
    silent: dict[str, SourceError] = field(default_factory=dict)

    def ask_for(self, day: Sequence[AskedHour]) -> list[_Coming]:
        """Ask for the files of a day at the same time."""
        held = _held(self.context.settings.bronze_dir, [one.source_file for one in day])
        return [_Coming(one, self.pool.submit(self._ask, one, held.get(one.source_file))) for one in day]

    def _ask(self, asked: AskedHour, held: HeldHour | None) -> FetchedHour:
        if asked.archive.id in self.silent:
            raise self.silent[asked.archive.id]
        try:
            return fetch_checked(self.context.upstreams, asked, self.folder, held)
        except (UpstreamUnreachableError, RateLimitedError) as error:
            self.silent[asked.archive.id] = error
            raise


def _held(bronze_dir: Path, source_files: Sequence[str]) -> dict[str, HeldHour]:
    """The hours that bronze was asked for before, by source file."""
    kept = kept_rows(bronze_dir, source_files)
    manifest = read_manifest(bronze_dir).filter(pl.col("source_file").is_in(source_files))
    return {
        row["source_file"]: HeldHour(
            Earlier(
                row["retrieved_at"].replace(tzinfo=UTC),
                # A file that breaks off may have been cut on its way, by an answer that did not say its length.
                is_held=row["status"] == "loaded" and row["kept"] == kept[row["source_file"]],
            ),
            row["sha256"],
            row["lines"],
        )
        for row in manifest.iter_rows(named=True)
    }


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
            "loaded": report.statuses.get("loaded", 0),
            EMPTY: report.statuses.get("empty", 0),
            "damaged": report.statuses.get("damaged", 0),
            MISSING: report.statuses.get("missing", 0),
            NO_GZIP: report.statuses.get("not_gzip", 0),
            FAILED: report.statuses.get("unanswered", 0) + report.statuses.get("disagrees", 0),
            QUARANTINED: report.quarantined_count,
            CONFLICTING: report.conflicts_count,
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
    return replace(
        _state_of(manifest),
        absent=[
            *(
                f"{row['hour']:%Y-%m-%dT%H}{_of_archive(row['archive'])}: {row['status']}: {row['detail']}"
                for row in _absent(manifest).iter_rows(named=True)
            ),
            *explain_conflicts(read_conflicts(bronze_dir)),
        ],
        parts={
            archive: _state_of(rows)
            for (archive,), rows in sorted(manifest.partition_by("archive", as_dict=True).items())
        },
    )


def _absent(manifest: pl.DataFrame) -> pl.DataFrame:
    return manifest.filter(pl.col("status") != "loaded").sort("hour")


def _state_of(manifest: pl.DataFrame) -> SourceState:
    absent_count = _absent(manifest).height
    return SourceState(
        newest_retrieval(manifest),
        loaded=manifest.height - absent_count,
        missing=absent_count,
        quarantined=int(manifest["quarantined"].sum()),
        rows=int(manifest["kept"].sum()),
        held_at=newest_retrieval(manifest.filter(pl.col("kept") > 0)),
    )


def _of_archive(archive: str) -> str:
    return "" if archive == GHARCHIVE else f" of {archive}"


def _runs(bronze_dir: Path) -> pl.DataFrame:
    status = pl.col("status")
    return (
        read_manifest(bronze_dir)
        .group_by("retrieved_at")
        .agg(
            requested_count=pl.len(),
            loaded_count=status.is_in(["loaded", "damaged"]).sum(),
            missing_count=(~status.is_in(["loaded", "damaged"])).sum(),
            quarantined_count=pl.col("quarantined").sum(),
            rows_count=pl.col("kept").sum(),
        )
        .cast(RUNS_SCHEMA)
    )


def _staging(bronze_dir: Path) -> list[StagingView]:
    files = event_files(bronze_dir)
    manifest = bronze_dir / "manifest" / "events.parquet"
    return [
        StagingView(
            "event_files", MANIFEST_SCHEMA, [manifest] if manifest.exists() else [], has_earlier_files=True
        ),
        event_view("event_rows", files),
        event_view("all_event_rows", files),
    ]


_MEGABYTES_A_SECOND = 10.0
"""Pace of download and parsing together on a laptop."""


MOST_HOURS = 31 * 24
"""A longer range must be asked for by name: the whole history is about 100,000 files."""


def _estimate(context: FetchContext) -> Estimate:
    """Every hour file of the scope; those that bronze holds are answered "not modified"."""
    archives, hours = context.seeds.archives, context.scope.hours
    asked = asked_hours(archives, hours)
    megabytes = sum(hour_size(one).megabytes for one in asked)
    return Estimate(
        files_count=len(asked),
        gigabytes=megabytes / 1000,
        requests_count=len(asked) + sum(one.archive.has_manifest for one in asked),
        duration_hours=megabytes / _MEGABYTES_A_SECOND / 3600,
        notes=explain_plan(archives, hours),
    )


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
        Address("gharchive", "https://data.gharchive.org", "Base URL of the hour files of GH Archive."),
        Address(
            "opendigger_archive",
            "https://gharchive.open-digger.cn",
            "Base URL of the hour files of OpenDigger's archive, which has what is public since 2026-09-06.",
        ),
    ],
    evidence_of=evidence_of_hours,
)
