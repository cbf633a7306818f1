"""How bronze rows become Parquet files.

Belongs here: compression, atomic replacement, the layout of the quarantine. Must not: what the rows mean.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.damage import OTHER_COLUMNS, unreadable
from pipelines.floor.files import write_whole
from pipelines.floor.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


_ZSTD_LEVEL = 1
"""Two thirds of the time of the default level 3, for files four percent larger."""

_QUOTING_COLUMNS = {"detail", "cause", "excerpt", "failure"}
"""Columns of manifests and quarantines that quote an upstream."""

_QUARANTINE_SCHEMA = pl.Schema(
    {
        "source_file": pl.String(),
        "line_number": pl.Int64(),
        "cause": pl.String(),
        "excerpt": pl.String(),
    }
)


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that was set aside, and why.

    Attributes
    ----------
    source_file
        The file's name, or its address where it is an answer of its own.
    line_number
        None where the whole file was set aside, or it has no lines to count.
    """

    source_file: str
    line_number: int | None
    cause: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class TableReport:
    """How many rows of a source went into bronze, and how many were kept out."""

    rows_count: int
    quarantined_count: int


def naive_utc(moment: datetime) -> datetime:
    """UTC without a time zone: how every ``*_at`` is stored.

    A column with a time zone cannot be fetched from plain DuckDB, which lacks the zone tables.
    """
    return moment.astimezone(UTC).replace(tzinfo=None)


def write_parquet(frame: pl.DataFrame, path: Path, about: Mapping[str, str] | None = None) -> None:
    """Replace `path` by `frame` as zstd Parquet.

    Equal frames give equal bytes, however they were put together.

    Parameters
    ----------
    frame
        Rows in the order in which they shall be stored.
    path
        The file to replace; its folder is made when absent.
    about
        What the file says of itself: its key-value metadata.

    Raises
    ------
    StorageError
        If the disk refuses; the file that was there before is untouched.
    """
    encoded = io.BytesIO()
    # Into memory first: written straight to a full disk, Polars reports a malformed Parquet file.
    _without_secrets(frame).rechunk().write_parquet(
        encoded,
        compression="zstd",
        compression_level=_ZSTD_LEVEL,
        metadata=None if about is None else dict(about),
    )
    write_whole(path, [encoded.getbuffer()])


def write_if_changed(frame: pl.DataFrame, path: Path) -> None:
    """Replace `path`, unless it holds the same rows: a file's time says when its facts last changed.

    Raises
    ------
    StorageError
        If the disk refuses.
    """
    if not _holds(path, frame):
        write_parquet(frame, path)


def _holds(path: Path, frame: pl.DataFrame) -> bool:
    try:
        return path.exists() and frame.equals(pl.read_parquet(path))
    except (pl.exceptions.PolarsError, OSError):
        return False  # a damaged file is no reason to keep it


def _without_secrets(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` without secrets in what it quotes of an upstream, which may send back what it was sent."""
    replaced = {}
    for column in _QUOTING_COLUMNS & set(frame.columns):
        clean = {text: redacted(text) for text in frame[column].unique() if text is not None}
        replaced[column] = pl.col(column).replace({text: new for text, new in clean.items() if text != new})
    return frame.with_columns(**replaced)


def write_quarantine(rows: Sequence[QuarantinedRow], bronze_dir: Path, source: str) -> None:
    """Replace the quarantine of `source` by `rows`; no rows give an empty file, so that an old one goes.

    Parameters
    ----------
    rows
        What was set aside, in the order to store.
    bronze_dir
        Folder of the bronze files.
    source
        Names the file: ``quarantine/<source>.parquet``.

    Raises
    ------
    StorageError
        If the disk refuses.
    """
    frame = pl.DataFrame(
        {column: [getattr(row, column) for row in rows] for column in _QUARANTINE_SCHEMA},
        schema=_QUARANTINE_SCHEMA,
    )
    write_if_changed(frame, bronze_dir / "quarantine" / f"{source}.parquet")


def count_quarantined(bronze_dir: Path, source: str) -> int:
    """How many rows the quarantine of `source` holds."""
    path = bronze_dir / "quarantine" / f"{source}.parquet"
    return int(pl.scan_parquet(path).select(pl.len()).collect().item()) if path.exists() else 0


def read_rows(path: Path, schema: pl.Schema, *, later_columns: Sequence[str] = ()) -> pl.DataFrame:
    """Read a Parquet file of ours; no file is no rows.

    Parameters
    ----------
    path
        The file.
    schema
        Its columns.
    later_columns
        Those that a file of an earlier version may lack; they are NULL then.

    Raises
    ------
    StorageError
        If the file is damaged or holds other columns.
    """
    try:
        rows = pl.read_parquet(path, hive_partitioning=False) if path.exists() else schema.to_frame()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(path, str(error)) from error
    lacking = [column for column in later_columns if column not in rows.columns]
    if lacking:
        rows = rows.with_columns(pl.lit(None, schema[column]).alias(column) for column in lacking)
        rows = rows.select(column for column in schema if column in rows.columns)
    if rows.schema != schema:
        raise unreadable(path, OTHER_COLUMNS)
    return rows
