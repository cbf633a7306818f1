"""A file of bronze that cannot be read: which one, how to move it aside, and what is lost without it.

Belongs here: words. Must not: moving or removing a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.errors import StorageError
from pipelines.floor.files import aside_hint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

OTHER_COLUMNS = "it holds other columns than this version writes"

_LOST = {
    "events": "its events are missing until their hours are fetched again from GH Archive",
    "manifest": "what it lists is asked of the source again; facts that bronze holds already stay",
    "quarantine": "only the list of rows that were set aside is lost",
    "opendigger": "the newest vintage is fetched again, an older one is not served any more: keep the file",
    "github": "observations of past days are not served any more: keep the file; READMEs are fetched again",
    "reference": "the next run reads it again from the committed tables",
}
"""What a run does without a file, by the folder of bronze that it is in."""


def unreadable(path: Path, problem: str) -> StorageError:
    """The error for a file or folder of bronze that cannot be read."""
    folder = next((part for part in reversed(path.parts) if part in _LOST), "manifest")
    return StorageError(
        f"could not read this file: {problem}", where=str(path), hint=aside_hint(path, _LOST[folder])
    )


def first_unreadable(paths: Sequence[Path]) -> Path:
    """The first of `paths` whose rows cannot be read; the last one if each can be read by itself."""
    for path in paths[:-1]:
        try:
            pl.read_parquet(path)
        except (pl.exceptions.PolarsError, OSError):
            return path
    return paths[-1]
