"""Events that two archives give otherwise: the copies that were left out, whole.

Belongs here: finding and storing them. Must not: which copy stays; `events` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipelines.bronze.storage import read_rows, write_if_changed
from pipelines.sources.gharchive.facts import EVENT_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

EVENT_KEY = ("event_id", "created_at")
"""What makes two rows the same event. Not the id alone: GitHub gave out the same ids twice."""

_FACTS = [column for column in EVENT_SCHEMA if column not in {*EVENT_KEY, "source_file", "archive"}]


@dataclass(frozen=True, slots=True)
class Copies:
    """Rows of an event beyond its first, as places in a frame.

    Attributes
    ----------
    goes
        A place for each copy that is left out.
    stays
        Of each, the place of the row that stays.
    """

    goes: npt.NDArray[np.intp]
    stays: npt.NDArray[np.intp]


def find_copies(rows: pl.DataFrame) -> Copies:
    """Of each event the row with the smallest ``source_file`` stays, within a file the first one.

    By NumPy: the ids of a file come nearly in order, of which its sort makes use, and only those that occur again are
    compared. Of an hour in two archives, Polars took three times as long.
    """
    ids = rows["event_id"].to_numpy()
    by_id = np.argsort(ids, kind="stable")
    is_same = np.diff(ids[by_id]) == 0
    places = by_id[(np.append(False, is_same) | np.append(is_same, False))[: len(ids)]]
    few = rows.select(*EVENT_KEY, file=pl.col("source_file").rank("dense"))[places]
    event_id, created_at, file = (few[column].to_physical().to_numpy() for column in few.columns)
    order = np.lexsort((places, file, created_at, event_id))
    places, event_id, created_at = places[order], event_id[order], created_at[order]
    is_copy = np.append(False, (np.diff(event_id) == 0) & (np.diff(created_at) == 0))[: len(places)]
    first = np.maximum.accumulate(np.where(is_copy, 0, np.arange(len(places))))
    return Copies(places[is_copy], places[first[is_copy]])


def find_conflicts(rows: pl.DataFrame, copies: Copies) -> pl.DataFrame:
    """The copies that are left out although they differ from the row that stays, and are of another archive.

    Parameters
    ----------
    rows
        Rows of `EVENT_SCHEMA` with all copies.
    copies
        From `find_copies`.

    Returns
    -------
    polars.DataFrame
        Of `EVENT_SCHEMA`, sorted by key and file.
    """
    goes, stays = pl.Series(copies.goes), pl.Series(copies.stays)
    is_other = rows["archive"].gather(goes).ne_missing(rows["archive"].gather(stays))
    goes, stays = goes.filter(is_other), stays.filter(is_other)
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
