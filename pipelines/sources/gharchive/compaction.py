"""Months whose days are folded into one file, sorted by repository.

Belongs here: folding a month, handing its days out again, and reading a day from either form. Must not: which
rows a day has. A month's file is the truth from the moment it exists to the moment it is removed, each one
rename or unlink; a run ignores the remains of a killed process, and the next one removes them.
"""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipelines.bronze.damage import first_unreadable, unreadable
from pipelines.bronze.storage import read_rows, write_parquet
from pipelines.floor.errors import StorageError
from pipelines.floor.files import remove_file, write_whole
from pipelines.floor.periods import Hour, Month, hours_between, hours_of
from pipelines.sources.gharchive.archives import has_hour
from pipelines.sources.gharchive.facts import EVENT_SCHEMA
from pipelines.sources.gharchive.layout import GHARCHIVE, day_files, day_path, month_path, source_file_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date
    from pathlib import Path

    from pipelines.seeds.upstreams import Archive

EVENT_ORDER = ("repo_id", "created_at", "event_id")
"""How a day and a month are sorted, so that reading a few repositories touches few pages."""

_MEMORY_LIMIT = "800MB"
"""What sorting a month may take; the rest goes to disk. A month has 130 million events."""

_COPY_BYTES = 1 << 22

_ARCHIVE = pl.col("archive").fill_null(GHARCHIVE)
"""The archive of a row; a file of an earlier version has no such column."""


def settled_months(asked: Collection[str], archives: Sequence[Archive]) -> tuple[Month, ...]:
    """The months whose events are all in bronze as far as the archives have them, in order.

    Parameters
    ----------
    asked
        The requested hour files by `source_file_of`, with any answer: one that an archive lacks counts as well.
    archives
        All that there are.

    Returns
    -------
    tuple of Month
        Those of which every file was asked for, and the files after them that hold their late events. A
        month that is fetched a day at a time is hence folded once, at its end, and not after each day.
    """
    asked = set(asked)
    months = {
        Month.of(Hour.parse(source_file.rpartition("/")[2].removesuffix(".json.gz")).start)
        for source_file in asked
    }
    return tuple(month for month in sorted(months) if asked.issuperset(bearing_files(month, archives)))


def bearing_files(month: Month, archives: Sequence[Archive]) -> list[str]:
    """The hour files that hold events of `month`, by `source_file_of`.

    Of each archive the files of the month's own hours, and those that its last events come late in.
    """
    hours = hours_of(month)
    after = hours[-1].start + timedelta(hours=1)
    return [
        source_file_of(archive.id, hour)
        for archive in archives
        for hour in [
            *hours,
            *hours_between(Hour(after), Hour(after + timedelta(hours=archive.late_hours - 1))),
        ]
        if has_hour(archive, hour)
    ]


def fold_months(bronze_dir: Path, months: Collection[Month]) -> tuple[Month, ...]:
    """Replace the days of each of `months` by one file a month.

    Reading a few hundred repositories of a month is then an order of magnitude faster, and the month a third
    smaller. It can be killed at any moment and run again. A later load that changes a day of a folded month
    hands its days out again; fold again after it.

    Parameters
    ----------
    bronze_dir
        Folder of the bronze files.
    months
        Months that do not grow any more: see `settled_months`. Those without an event are left out.

    Returns
    -------
    tuple of Month
        The months that were folded, in order; empty when there was nothing to do.

    Raises
    ------
    StorageError
        If a file cannot be read or written. Every event then stays in place.
    """
    folded = []
    for month, days in day_files(bronze_dir).items():
        if month not in months:
            continue
        path = month_path(bronze_dir, month)
        if not path.exists():
            _write_sorted(days, path, scratch_dir(bronze_dir))
            folded.append(month)
        for day in days:
            remove_file(day)
    return tuple(folded)


def scratch_dir(bronze_dir: Path) -> Path:
    """Where a fold sorts; there only while one runs, or after one was killed."""
    return bronze_dir / ".folding"


def reopen_month(bronze_dir: Path, month: Month) -> None:
    """Hand the days of a folded month out again, byte for byte as they were; nothing when it is not folded.

    Raises
    ------
    StorageError
        If a file cannot be read or written. The month is then still folded.
    """
    path = month_path(bronze_dir, month)
    if not path.exists():
        return
    try:
        created_on = (
            pl.scan_parquet(path).select(pl.col("created_at").dt.date().unique()).collect().to_series()
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(path, str(error)) from error
    for day in created_on:
        write_parquet(read_day(bronze_dir, day), day_path(bronze_dir, day))
    remove_file(path)


def read_day(bronze_dir: Path, day: date) -> pl.DataFrame:
    """The events created on `day`, in `EVENT_ORDER`, whether its month is folded or not.

    Raises
    ------
    StorageError
        If the file that holds them is damaged or holds other columns.
    """
    month = month_path(bronze_dir, Month.of(day))
    if not month.exists():
        rows = read_rows(day_path(bronze_dir, day), EVENT_SCHEMA, later_columns=["archive"])
        return rows.with_columns(_ARCHIVE)
    try:
        return (
            pl.scan_parquet(month, schema=EVENT_SCHEMA, missing_columns="insert", hive_partitioning=False)
            .with_columns(_ARCHIVE)
            .filter(pl.col("created_at").dt.date() == day)
            .sort(EVENT_ORDER)
            .collect(engine="streaming")
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(month, str(error)) from error


def _write_sorted(days: Sequence[Path], path: Path, scratch: Path) -> None:
    """Write the rows of day files to `path` in `EVENT_ORDER`, within bounds of memory."""
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        scratch.mkdir(parents=True)
        unfinished = scratch / "unfinished"  # no name that a search for Parquet files would find
        with duckdb.connect(
            config={"memory_limit": _MEMORY_LIMIT, "temp_directory": str(scratch)}
        ) as connection:
            connection.execute("SET enable_progress_bar = false")
            rows = connection.read_parquet(
                [str(day) for day in days], hive_partitioning=False, union_by_name=True
            )
            if "archive" in rows.columns:
                rows = rows.project(f"* REPLACE (coalesce(archive, '{GHARCHIVE}') AS archive)")
            rows.order(", ".join(EVENT_ORDER)).write_parquet(str(unfinished), compression="zstd")
        with unfinished.open("rb") as file:
            write_whole(path, iter(lambda: file.read(_COPY_BYTES), b""))
    except (duckdb.Error, OSError) as error:
        raise StorageError(
            f"could not fold the days of this month: {error}",
            where=str(path),
            hint="free as much space on this disk as the month's days take and run the command again; if a day is"
            f" damaged: {unreadable(first_unreadable(days), str(error)).hint}",
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
