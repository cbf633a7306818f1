"""Which hours of the archive were asked for, what became of each, and what bronze holds of it.

Belongs here: the manifest and the quarantine of events, both keyed by source file. Must not: changing event
rows. A missing hour is a row here and nowhere a zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.damage import first_unreadable, unreadable
from pipelines.bronze.storage import read_rows, write_parquet
from pipelines.sources.gharchive.layout import GHARCHIVE, event_files
from pipelines.sources.gharchive.parsing import QUARANTINE_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from pipelines.sources.gharchive.client import FetchedHour

MANIFEST_SCHEMA = pl.Schema(
    {
        "source_file": pl.String(),
        "hour": pl.Datetime("us"),
        "url": pl.String(),
        "status": pl.String(),
        "bytes": pl.Int64(),
        "sha256": pl.String(),
        "lines": pl.Int64(),
        "kept": pl.Int64(),
        "duplicates": pl.Int64(),
        "quarantined": pl.Int64(),
        "detail": pl.String(),
        "retrieved_at": pl.Datetime("us"),
        "archive": pl.String(),
        "conflicts": pl.Int64(),
    }
)
"""A row per hour file that was asked for.

``status`` is ``loaded``; ``empty`` when the whole file holds no event, which leaves the hour unknown: GitHub has no
hour without one; ``damaged`` when the file breaks off, so that some of its events are unknown; ``missing`` when the
archive has no file; ``not_gzip`` when it answered with something else; ``disagrees`` when the file is another one than
its manifest says; ``unanswered`` when the archive gave no usable answer while another one did. The counts are null
where no file was read.
``kept`` counts the rows that bronze holds of the file, ``duplicates`` its events that bronze holds from another line
or file; together they are the events of the file. Of the duplicates, ``conflicts`` are those that another archive gives
otherwise.
"""

_TRUST = {"unanswered": 0, "disagrees": 0, "missing": 0, "not_gzip": 0, "empty": 0, "damaged": 1, "loaded": 2}
"""How much an answer says about its hour, by status."""


def read_manifest(bronze_dir: Path) -> pl.DataFrame:
    """The manifest, sorted by hour; no rows when nothing was asked for yet.

    Raises
    ------
    StorageError
        If the file is damaged.
    """
    manifest = read_rows(_manifest_path(bronze_dir), MANIFEST_SCHEMA, later_columns=["archive", "conflicts"])
    was_read = pl.when(pl.col("kept").is_not_null())
    return manifest.with_columns(
        pl.col("archive").fill_null(GHARCHIVE),
        # An earlier version knew one archive, which gives no event otherwise than itself.
        was_read.then(pl.col("conflicts").fill_null(0)).alias("conflicts"),
    )


def write_manifest(manifest: pl.DataFrame, bronze_dir: Path) -> None:
    """Replace the manifest.

    Raises
    ------
    StorageError
        If the disk refuses.
    """
    write_parquet(manifest.sort("hour", "source_file"), _manifest_path(bronze_dir))


def read_quarantine(bronze_dir: Path) -> pl.DataFrame:
    """Rows kept out of bronze, and why, sorted by source file and line.

    Raises
    ------
    StorageError
        If the file is damaged.
    """
    return read_rows(_quarantine_path(bronze_dir), QUARANTINE_SCHEMA)


def write_quarantine(quarantine: pl.DataFrame, bronze_dir: Path) -> None:
    """Replace the quarantine.

    Raises
    ------
    StorageError
        If the disk refuses.
    """
    write_parquet(quarantine.sort("source_file", "line_number"), _quarantine_path(bronze_dir))


def replace_files(table: pl.DataFrame, rows: pl.DataFrame, source_files: Collection[str]) -> pl.DataFrame:
    """Replace the rows of `source_files` in `table` by `rows`."""
    return pl.concat([table.filter(~pl.col("source_file").is_in(source_files)), rows])


def with_kept(manifest: pl.DataFrame, kept: Mapping[str, int], conflicts: Mapping[str, int]) -> pl.DataFrame:
    """Bring ``kept`` up to date with bronze, and ``duplicates`` so that the file's events stay the same.

    Parameters
    ----------
    manifest
        Rows of `MANIFEST_SCHEMA`.
    kept
        How many rows bronze now holds, by source file; files that are not named stay as they are.
    conflicts
        How many of a file's events another archive gives otherwise; none where it is not named.
    """
    now_kept = pl.col("source_file").replace_strict(kept, default=pl.col("kept"), return_dtype=pl.Int64)
    in_conflict = pl.col("source_file").replace_strict(conflicts, default=0, return_dtype=pl.Int64)
    return manifest.with_columns(
        kept=now_kept,
        duplicates=pl.col("kept") + pl.col("duplicates") - now_kept,
        conflicts=pl.when(now_kept.is_not_null()).then(in_conflict),
    )


def is_no_worse(status: str, lines_count: int | None, recorded: tuple[str, int | None] | None) -> bool:
    """Whether an answer may take the place of the one recorded for its hour.

    Rows once read stay, even if the archive later loses the file or serves it cut off.

    Parameters
    ----------
    status, lines_count
        Of the answer, as in the manifest.
    recorded
        The same of the one recorded; None without one.
    """
    return recorded is None or _worth(status, lines_count) >= _worth(*recorded)


def _worth(status: str, lines_count: int | None) -> tuple[int, int]:
    """Of two files that break off, the longer counts; of two whole ones, the later."""
    return _TRUST[status], lines_count or 0 if status == "damaged" else 0


def pending_hours(fetched: Sequence[FetchedHour], bronze_dir: Path) -> list[FetchedHour]:
    """The answers that bronze does not hold yet, in the order given.

    A file is held when the manifest names its digest and every row it counted is still there. An hour without
    a file is held when the manifest says the same, or when its file was read at an earlier time.

    Raises
    ------
    StorageError
        If bronze cannot be read.
    """
    recorded = {row["source_file"]: row for row in read_manifest(bronze_dir).iter_rows(named=True)}
    held = kept_rows(bronze_dir, [hour.source_file for hour in fetched])

    def is_pending(hour: FetchedHour) -> bool:
        source_file = hour.source_file
        entry = recorded.get(source_file)
        if entry is None:
            return True
        if hour.status == "fetched":
            return bool(entry["sha256"] != hour.sha256 or entry["kept"] != held[source_file])
        answered = (entry["status"], entry["lines"])
        return bool(hour.status != entry["status"] and is_no_worse(hour.status, None, answered))

    return [hour for hour in fetched if is_pending(hour)]


def rows_by_day(bronze_dir: Path, source_files: Collection[str]) -> pl.DataFrame:
    """How many event rows bronze holds of some source files, by day.

    Row groups that hold none of them are skipped by their statistics, so it costs little however much
    bronze holds.

    Returns
    -------
    polars.DataFrame
        ``day``, ``source_file``, ``rows``, for pairs that have rows.

    Raises
    ------
    StorageError
        If a day's file is damaged.
    """
    paths = event_files(bronze_dir)
    if not paths:
        return pl.DataFrame(schema={"day": pl.Date, "source_file": pl.String, "rows": pl.UInt32})
    try:
        return (
            pl.scan_parquet(
                paths,
                schema={"created_at": pl.Datetime("us"), "source_file": pl.String},
                extra_columns="ignore",
                hive_partitioning=False,
            )
            .filter(pl.col("source_file").is_in(source_files))
            .group_by(pl.col("created_at").dt.date().alias("day"), "source_file")
            .agg(rows=pl.len())
            .collect()
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(first_unreadable(paths), str(error)) from error


def kept_rows(bronze_dir: Path, source_files: Collection[str]) -> dict[str, int]:
    """How many event rows bronze holds of each of `source_files`, 0 included.

    Raises
    ------
    StorageError
        If a day's file is damaged.
    """
    by_file = rows_by_day(bronze_dir, source_files).group_by("source_file").agg(pl.col("rows").sum())
    return dict.fromkeys(source_files, 0) | dict(by_file.iter_rows())


def _manifest_path(bronze_dir: Path) -> Path:
    return bronze_dir / "manifest" / "events.parquet"


def _quarantine_path(bronze_dir: Path) -> Path:
    return bronze_dir / "quarantine" / "events.parquet"
