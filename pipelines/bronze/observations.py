"""The columns of repository observations: several sources write them, each to files of its own."""

from __future__ import annotations

import polars as pl

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
        "source": pl.String(),
        "detail": pl.String(),
    }
)
