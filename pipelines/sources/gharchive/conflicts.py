"""Events that two archives give otherwise: the copies that were left out, whole.

Belongs here: finding and storing them. Must not: which copy stays; `events` says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.storage import read_rows, write_if_changed
from pipelines.sources.gharchive.facts import EVENT_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

EVENT_KEY = ("event_id", "created_at")
"""What makes two rows the same event. Not the id alone: GitHub gave out the same ids twice."""

_FACTS = [column for column in EVENT_SCHEMA if column not in {*EVENT_KEY, "source_file", "archive"}]


def find_conflicts(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that do not stay although they differ from the one that stays, and are of another archive.

    Parameters
    ----------
    rows
        Rows of `EVENT_SCHEMA` with all copies. The one with the smallest ``source_file`` stays.

    Returns
    -------
    polars.DataFrame
        Of `EVENT_SCHEMA`, sorted by key and file.
    """
    if rows["archive"].n_unique() < 2:  # noqa: PLR2004 - of one archive, a later copy is the same event again
        return EVENT_SCHEMA.to_frame()
    # Narrow columns find the pairs; of the wide ones only the pairs are compared.
    pairs = (
        rows.select(*EVENT_KEY, "source_file", "archive")
        .with_row_index("row")
        .filter(pl.col("event_id").is_duplicated())
        .sort(*EVENT_KEY, "source_file", maintain_order=True)
        .with_columns(
            stays=pl.col("row").first().over(EVENT_KEY), stays_of=pl.col("archive").first().over(EVENT_KEY)
        )
        .filter(pl.col("archive") != pl.col("stays_of"))
    )
    goes, stays = pairs["row"], pairs["stays"]
    differs = pl.Series("differs", [False]).new_from_index(0, len(goes))
    for column in _FACTS:
        differs |= rows[column].gather(goes).ne_missing(rows[column].gather(stays))
    return rows[goes.filter(differs)].unique(maintain_order=True)


def read_conflicts(bronze_dir: Path) -> pl.DataFrame:
    """Every copy that was left out although it differs, as rows of `EVENT_SCHEMA`.

    Raises
    ------
    StorageError
        If the file is damaged.
    """
    return read_rows(_conflicts_path(bronze_dir), EVENT_SCHEMA)


def write_conflicts(conflicts: pl.DataFrame, bronze_dir: Path) -> None:
    """Replace them; without any, no file is made.

    Raises
    ------
    StorageError
        If the disk refuses.
    """
    path = _conflicts_path(bronze_dir)
    if path.exists() or not conflicts.is_empty():
        write_if_changed(conflicts.sort(*EVENT_KEY, "source_file"), path)


def explain_conflicts(conflicts: pl.DataFrame) -> Sequence[str]:
    """Name them: a line for each file, with the first few ids."""
    by_file = conflicts.group_by("source_file").agg("event_id").sort("source_file")
    return [
        f"{source_file}: {len(ids):,} events that another archive gives otherwise, whose copy stays:"
        f" {', '.join(map(str, sorted(ids)[:_NAMED]))}{', …' if len(ids) > _NAMED else ''}"
        for source_file, ids in by_file.iter_rows()
    ]


_NAMED = 3
"""Ids that a line names."""


def _conflicts_path(bronze_dir: Path) -> Path:
    return bronze_dir / "conflicts" / "events.parquet"
