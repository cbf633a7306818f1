"""The views over event rows.

Belongs here: what files of earlier versions lack. Must not: which files there are; `layout` says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.sources.gharchive.facts import EVENT_SCHEMA
from pipelines.sources.source import StagingView

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def event_view(name: str, files: Sequence[Path]) -> StagingView:
    """A view over files of event rows, of which those of an earlier version lack ``archive``."""
    return StagingView(name, EVENT_SCHEMA, files, has_earlier_files=any(map(_lacks_archive, files)))


def _lacks_archive(path: Path) -> bool:
    try:
        return "archive" not in pl.read_parquet_schema(path)
    except (pl.exceptions.PolarsError, OSError):
        return False  # whoever reads the rows of a damaged file is told
