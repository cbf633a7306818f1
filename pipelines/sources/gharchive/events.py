"""Fact rows of all repositories, by day of ``created_at``, each event once.

Belongs here: which day a row goes to, which copy of an event stays, and in which order files are written.
Must not: what a line of the archive means (`parsing`), which process reads it (`reading`), or folding days into months
(`compaction`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipelines.bronze.storage import naive_utc, write_parquet
from pipelines.floor.files import remove_file
from pipelines.floor.periods import Month
from pipelines.sources.gharchive.compaction import EVENT_ORDER, read_day, reopen_month
from pipelines.sources.gharchive.conflicts import find_conflicts, find_copies, read_conflicts, write_conflicts
from pipelines.sources.gharchive.facts import EVENT_SCHEMA
from pipelines.sources.gharchive.layout import day_path
from pipelines.sources.gharchive.manifest import (
    MANIFEST_SCHEMA,
    is_no_worse,
    kept_rows,
    read_manifest,
    read_quarantine,
    replace_files,
    rows_by_day,
    with_kept,
    write_manifest,
    write_quarantine,
)
from pipelines.sources.gharchive.parsing import QUARANTINE_SCHEMA, ParsedHour
from pipelines.sources.gharchive.reading import hour_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    import numpy.typing as npt

    from pipelines.sources.gharchive.client import FetchedHour
    from pipelines.sources.gharchive.conflicts import Copies
    from pipelines.sources.gharchive.reading import ReadHour


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The result of a load.

    Attributes
    ----------
    statuses
        Hours by their status in the manifest.
    kept_count
        Event rows that bronze holds of these hours.
    duplicates_count
        Their events that bronze holds from another line or file.
    conflicts_count
        Those of the duplicates that another archive gives otherwise.
    quarantined_count
        Their lines in the quarantine.
    changed_days
        Days whose file was written or removed, in order.
    """

    statuses: Mapping[str, int]
    kept_count: int
    duplicates_count: int
    conflicts_count: int
    quarantined_count: int
    changed_days: tuple[date, ...]


def load_hours(
    fetched: Sequence[FetchedHour],
    bronze_dir: Path,
    retrieved_at: datetime,
    on_progress: Callable[[int, int], None],
    workers: int = 1,
) -> LoadReport:
    """Load archive hours into bronze; each replaces the earlier rows of that hour.

    The result depends on the files alone: not on the order or the grouping in which they are loaded, nor on
    loads that were killed. Hours are loaded a day at a time, and a day's hours enter the manifest after all
    their rows are on disk: until then `pending_hours` names them.

    One thing is not undone: when a file that is loaded again no longer holds an event whose copy was left
    out of another file, that copy comes back only when the other file is loaded again as well.

    Parameters
    ----------
    fetched
        The archive's answers, one entry per hour.
    bronze_dir
        Folder of the bronze files.
    retrieved_at
        When the answers were retrieved, with a time zone.
    on_progress
        Called with the number of hours read and of all hours.
    workers
        How many processes read files at the same time; with 1 this process does. The result is the same.

    Raises
    ------
    StorageError
        If a file cannot be read or written. Bronze then holds whole files, and a later load completes it.
    """
    changed_days: set[date] = set()
    statuses: Counter[str] = Counter()
    with hour_reader(workers, bronze_dir / ".rows") as read:
        for _, day in groupby(sorted(fetched, key=_start), key=lambda hour: _start(hour).date()):
            batch = []
            for hour in read(list(day)):
                batch.append(hour)
                statuses[hour.status] += 1
                on_progress(statuses.total(), len(fetched))
            changed_days |= _load_batch(batch, bronze_dir, retrieved_at)
    source_files = [hour.source_file for hour in fetched]
    entries = read_manifest(bronze_dir).filter(pl.col("source_file").is_in(source_files))
    return LoadReport(
        statuses=statuses,
        kept_count=int(entries["kept"].sum()),
        duplicates_count=int(entries["duplicates"].sum()),
        conflicts_count=int(entries["conflicts"].sum()),
        quarantined_count=int(entries["quarantined"].sum()),
        changed_days=tuple(sorted(changed_days)),
    )


def merge_day(rows: pl.DataFrame, copies: Copies) -> pl.DataFrame:
    """Put the rows of a day together, each event once and in `EVENT_ORDER`.

    Of several copies the one with the smallest ``source_file`` (by its letters) stays, and within a file the
    first, so that the order of loading does not matter. Files of GH Archive begin with a digit and those of another
    archive with its id: so the copy of GH Archive stays, then that of the archive whose id comes first.

    Parameters
    ----------
    rows
        Rows of `EVENT_SCHEMA` from different files; the rows of a file in the order of its lines, or unique.
    copies
        From `find_copies`.
    """
    order = _order_of_first_copies(rows, copies)
    # Gathering from many pieces takes three times as long as from one; and all columns in one piece would stand in
    # memory a third time. So a few columns at a time.
    with ThreadPoolExecutor(pl.thread_pool_size()) as threads:
        return pl.DataFrame(
            list(threads.map(lambda column: column.rechunk().gather(order), rows.iter_columns()))
        )


def _order_of_first_copies(rows: pl.DataFrame, copies: Copies) -> npt.NDArray[np.intp]:
    """Places of the rows that stay, in `EVENT_ORDER`.

    By NumPy: rows come nearly in the order of time, of which its sort makes use. On 1.4 million rows of eight
    hours, Polars took six times as long.
    """
    order = np.lexsort([rows[column].to_physical().to_numpy() for column in reversed(EVENT_ORDER)])
    is_kept = np.ones(rows.height, dtype=bool)
    is_kept[copies.goes] = False
    return order[is_kept[order]]


def _start(fetched: FetchedHour) -> datetime:
    return fetched.hour.start


def _load_batch(batch: Sequence[ReadHour], bronze_dir: Path, retrieved_at: datetime) -> set[date]:
    """Write the days, then the quarantine, then the manifest; the days that changed are returned."""
    manifest = read_manifest(bronze_dir)
    answers = manifest.select("source_file", "status", "lines").iter_rows()
    recorded = {source_file: (status, lines_count) for source_file, status, lines_count in answers}
    accepted = [
        hour for hour in batch if is_no_worse(hour.status, hour.lines_count, recorded.get(hour.source_file))
    ]
    source_files = [hour.source_file for hour in accepted]
    parsed = [hour.parsed for hour in accepted if hour.parsed is not None]

    arriving = _by_day(hour.events for hour in parsed)
    left_out = read_conflicts(bronze_dir)
    days = arriving.keys() | set(rows_by_day(bronze_dir, source_files)["day"])
    days |= set(left_out.filter(pl.col("source_file").is_in(source_files))["created_at"].dt.date())
    changed_days, neighbours = set(), set(source_files)
    for day in sorted(days):
        standing = read_day(bronze_dir, day)
        neighbours |= set(standing["source_file"].unique())
        is_of_day = pl.col("created_at").dt.date() == day
        others = pl.concat([standing, left_out.filter(is_of_day)])
        others = others.filter(~pl.col("source_file").is_in(source_files))
        coming = pl.concat([EVENT_SCHEMA.to_frame(), *arriving.pop(day, [])])
        rows = pl.concat([others, coming])
        copies = find_copies(rows)
        left_out = pl.concat([left_out.filter(~is_of_day), find_conflicts(rows, copies)])
        merged = merge_day(rows, copies)
        if merged.equals(standing):
            continue
        reopen_month(bronze_dir, Month.of(day))
        path = day_path(bronze_dir, day)
        if merged.is_empty():
            remove_file(path)
        else:
            write_parquet(merged, path)
        changed_days.add(day)

    write_conflicts(left_out, bronze_dir)
    quarantined = pl.concat([QUARANTINE_SCHEMA.to_frame(), *(hour.quarantine for hour in parsed)])
    write_quarantine(replace_files(read_quarantine(bronze_dir), quarantined, source_files), bronze_dir)
    manifest = replace_files(manifest, _manifest_rows(accepted, retrieved_at), source_files)
    counted = manifest.filter(pl.col("source_file").is_in(neighbours), pl.col("kept").is_not_null())
    kept = kept_rows(bronze_dir, counted["source_file"].to_list())
    conflicts = dict(left_out["source_file"].value_counts().iter_rows())
    write_manifest(with_kept(manifest, kept, conflicts), bronze_dir)
    return changed_days


def _by_day(frames: Iterable[pl.DataFrame]) -> dict[date, list[pl.DataFrame]]:
    by_day: dict[date, list[pl.DataFrame]] = defaultdict(list)
    for frame in frames:
        day = pl.col("created_at").dt.date()
        days = frame.select(day.unique()).to_series()
        for value in days:  # an hour of one day, as most are, is not copied: a day is a gigabyte
            by_day[value].append(frame if len(days) == 1 else frame.filter(day == value))
    return by_day


def _manifest_rows(hours: Sequence[ReadHour], retrieved_at: datetime) -> pl.DataFrame:
    return pl.DataFrame(
        [_manifest_row(hour, retrieved_at) for hour in hours], schema=MANIFEST_SCHEMA, orient="row"
    )


def _manifest_row(hour: ReadHour, retrieved_at: datetime) -> dict[str, object]:
    """Every event counts as kept here; duplicates show once the days are written."""
    fetched, parsed = hour.fetched, hour.parsed
    row: dict[str, object] = {
        "source_file": hour.source_file,
        "hour": naive_utc(fetched.hour.start),
        "url": fetched.url,
        "status": hour.status,
        "detail": fetched.detail,
        "retrieved_at": naive_utc(retrieved_at),
        "archive": fetched.archive,
    }
    if parsed is None:
        return row
    return row | {
        "bytes": fetched.bytes,
        "sha256": fetched.sha256,
        "lines": parsed.lines_count,
        "kept": parsed.events.height,
        "duplicates": 0,
        "conflicts": 0,
        "quarantined": parsed.quarantine.height,
        "detail": _detail(hour, parsed),
    }


def _detail(hour: ReadHour, parsed: ParsedHour) -> str:
    if hour.status == "empty":
        return "the gzip file holds no event"
    recovered = f"{parsed.recovered_count} events recovered from damaged lines"
    found = [parsed.damage, recovered if parsed.recovered_count else "", hour.fetched.detail]
    return "; ".join(filter(None, found))
