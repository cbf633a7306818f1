"""Contracts of the family series."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from pipelines.tables import column


class ProjectMetricsMonthly(dy.Schema):
    """Monthly values of every metric of a project, summed over its repositories where that has a meaning.

    A month without a row is absent (no activity) inside the extents of `repo_series_extents` and unknown
    outside them; it is never zero. Sources of one metric count in ways of their own, so compare within a source:
    `github-counts` is what GitHub's search counts in the month, `github-window-mean` the mean month of a longer window
    that was asked for as a whole, `github-star-history` the stars given in the month that still stand.
    """

    project_id = column.project(primary_key=True)
    month = column.month("Month of the value", primary_key=True)
    metric_id = column.reference("metric_catalog.metric_id", "Metric, as in metric_catalog", primary_key=True)
    value = dy.Float64(min=0, description="Value in the unit of metric_catalog")
    source = column.source(primary_key=True)
    vintage = dy.String(nullable=True, description="Version of the source's algorithm; NULL for plain counts")
    coverage_ratio = column.ratio("Share of the project's repositories whose month was retrieved")
    is_partial = dy.Bool(
        description="True if a repository or a day is missing, the source interpolated the month, or the value is the"
        " mean of a longer window"
    )


class RepoSeriesExtents(dy.Schema):
    """Months that were retrieved for a repository: inside a missing value is absent, outside it is unknown."""

    repo_full_name = dy.String(primary_key=True, description="Repository name the series was retrieved under")
    source = column.source(primary_key=True)
    vintage = dy.String(primary_key=True, description="Version of the source's algorithm")
    extent_from = column.month("First retrieved month of an unbroken run", primary_key=True)
    extent_through = column.month("Last retrieved month of the run")

    @dy.rule()
    def extent_in_order(cls) -> pl.Expr:
        """A run ends no earlier than it starts."""
        return pl.col("extent_from") <= pl.col("extent_through")
