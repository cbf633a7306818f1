"""Contracts of the family rankings."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from pipelines.tables import column


class ProjectRankings(dy.Schema):
    """Members of the default profile ranked by mean OpenRank from January to the as-of month."""

    as_of_month = column.month("Last month of the window", primary_key=True)
    window_start = column.month("First month of the window")
    window_end = column.month("Last month of the window")
    rank = dy.Int64(
        nullable=True,
        min=1,
        description="1 is the highest mean; equal means share a rank; NULL where known_projects_count is less than"
        " rank_known_ratio of existing_projects_count",
    )
    project_id = column.project(primary_key=True)
    openrank_mean = dy.Float64(min=0, description="Plain mean of the monthly OpenRank values in the window")
    openrank_low = dy.Float64(
        min=0,
        description="Lower end of the interval of the mean; the mean itself if all months are published",
    )
    openrank_high = dy.Float64(min=0, description="Upper end of the interval")
    basis = column.one_of(("published", "nowcast"), "Whether a month of the mean rests on a nowcast")
    known_projects_count = column.count("Candidates of which it is known whether they are members")
    existing_projects_count = column.count("Candidates that were created by the as-of month")
    months_count = dy.Int64(min=1, description="Months of the window that have a value")
    openrank_prior_mean = dy.Float64(
        nullable=True,
        min=0,
        description="The same mean one year before; 0 if created after that window, NULL if unknown",
    )
    openrank_yoy_delta = dy.Float64(nullable=True, description="openrank_mean minus openrank_prior_mean")
    openrank_yoy_ratio = dy.Float64(
        nullable=True,
        description="openrank_yoy_delta over openrank_prior_mean; NULL when that is 0 or unknown",
    )
    stars_count = column.count(
        "Stars by the end of the as-of month; NULL if not observed by then", nullable=True
    )
    stars_observed_on = dy.Date(
        nullable=True, description="Day stars_count was observed, or the first later day if only that exists"
    )
    stars_basis = column.one_of(["observed", "observed_later_only", "unknown"], "What stars_count rests on")

    @dy.rule()
    def delta_is_the_difference(cls) -> pl.Expr:
        """The year-on-year change can be recomputed from its row."""
        difference = pl.col("openrank_mean") - pl.col("openrank_prior_mean")
        return (difference - pl.col("openrank_yoy_delta")).abs().fill_null(0.0) < 1e-9  # noqa: PLR2004


class ProjectRankingsByScope(ProjectRankings):
    """Members of the default profile ranked by mean OpenRank over windows of 1, 3, 6 and 12 months and of the year.

    Each window ends with the as-of month. January to the as-of month is the row whose window_months is the
    number of that month. Who is ranked is decided by the default profile, whatever the window.
    """

    window_months = dy.Int64(min=1, max=12, description="Months of the window", primary_key=True)
    scope = column.one_of(
        ["landscape", "layer", "domain", "subdomain"], "Among whom the rank counts", primary_key=True
    )
    scope_value = dy.String(
        description="English name of the layer, domain or subdomain; `landscape` for all", primary_key=True
    )
    taxonomy_version = dy.String(
        nullable=True, description="Taxonomy that scope_value is of; NULL for the whole landscape"
    )


class ProjectRanksMonthly(dy.Schema):
    """Every project with a value in the month, member or not, ranked month by month; a missing month has no row."""

    # The key orders the file, and who asks for ranks of months asks for those of some projects.
    project_id = column.project(primary_key=True)
    scope = column.one_of(
        ["landscape", "layer", "domain", "subdomain"], "Among whom the rank counts", primary_key=True
    )
    scope_value = dy.String(
        description="English name of the layer, domain or subdomain; `landscape` for all", primary_key=True
    )
    taxonomy_version = dy.String(
        nullable=True, description="Taxonomy that scope_value is of; NULL for the whole landscape"
    )
    month = column.month("Month", primary_key=True)
    rank = dy.Int64(
        nullable=True,
        min=1,
        description="1 is the highest value; equal values share a rank; NULL where known_projects_count is less than"
        " rank_known_ratio of existing_projects_count",
    )
    openrank = dy.Float64(min=0, description="OpenRank of the month")
    basis = column.one_of(("published", "nowcast"), "What the value is")
    known_projects_count = column.count("Projects of the scope with a value in the month")
    existing_projects_count = column.count("Projects of the scope that were created by the month")
