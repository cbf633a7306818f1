"""Counts of GitHub's own over a window of days, as every source of them writes them.

Belongs here: the columns. Must not: a source, nor what a count is compared with.
"""

from __future__ import annotations

import polars as pl

GITHUB_COUNTS = "github-counts"
"""Id of the data source in the seeds."""

COUNTS_SCHEMA = pl.Schema(
    {
        "repo_full_name": pl.String(),
        "repo_id": pl.Int64(),
        "metric_id": pl.String(),
        "window_start": pl.Date(),
        "window_end": pl.Date(),
        "count": pl.Int64(),
        "retrieved_at": pl.Datetime("us"),
        "source": pl.String(),
    }
)
"""A row per repository name, metric and window; both days belong to the window, in UTC."""
