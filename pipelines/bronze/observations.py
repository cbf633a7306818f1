"""The columns of repository observations: several sources write them, each to files of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.storage import read_rows

if TYPE_CHECKING:
    from pathlib import Path

OBSERVATIONS_SCHEMA = pl.Schema(
    {
        "observed_on": pl.Date(),
        "repo_id": pl.Int64(),
        "repo_full_name": pl.String(),
        "stars_count": pl.Int64(),
        "forks_count": pl.Int64(),
        "open_issues_count": pl.Int64(),
        "language": pl.String(),
        "created_at": pl.Datetime("us"),
        "pushed_at": pl.Datetime("us"),
        "description": pl.String(),
        "topics": pl.List(pl.String()),
        "license_spdx": pl.String(),
        "is_archived": pl.Boolean(),
        "latest_issue_at": pl.Datetime("us"),
        "latest_pull_request_at": pl.Datetime("us"),
        "latest_release_at": pl.Datetime("us"),
        "source": pl.String(),
        "detail": pl.String(),
    }
)

_LATER_COLUMNS = ("latest_issue_at", "latest_pull_request_at", "latest_release_at")
"""Columns that files of earlier versions lack."""


def read_observations(path: Path) -> pl.DataFrame:
    """Read observations, those of an earlier version too: what it did not ask for is unknown; no file is no rows.

    Returns
    -------
    polars.DataFrame
        With the columns of `OBSERVATIONS_SCHEMA`.

    Raises
    ------
    StorageError
        If the file is damaged or holds other columns.
    """
    return read_rows(path, OBSERVATIONS_SCHEMA, later_columns=_LATER_COLUMNS)
