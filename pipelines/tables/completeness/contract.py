"""Contracts of the family completeness."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from pipelines.tables import column

BASES = ("published", "nowcast", "unknown")
CAPTURE_BASES = ("measured", "global")
_ROUNDING = 1e-9


class SourceCaptureMonthly(dy.Schema):
    """What a source counts of a project in a month, next to what GitHub itself counts.

    Capture is the source's count over GitHub's. Where GitHub was asked about several months at once, each of them has
    the capture of the whole window, and window_months_count says how many they are. A month that either side does not
    know has no row.
    """

    source = column.source(primary_key=True)
    project_id = column.project(primary_key=True)
    month = column.month("Month of the counts", primary_key=True)
    metric_id = column.reference("metric_catalog.metric_id", "What is counted", primary_key=True)
    window_months_count = dy.Int64(
        min=1, description="Months that both counts are over; 1 for the month alone"
    )
    source_count = column.count("What the source counts in the month or window")
    github_count = column.count("What GitHub counts in it")
    capture_ratio = dy.Float64(
        nullable=True,
        min=0,
        description="source_count over github_count; above 1 where the source counts what GitHub no longer shows; NULL"
        " where GitHub counts nothing",
    )
    capture_low = column.ratio("Lower end of the Wilson interval of the ratio", nullable=True)
    capture_high = dy.Float64(nullable=True, min=0, description="Upper end of the interval")

    @dy.rule()
    def interval_holds_the_ratio(cls) -> pl.Expr:
        """The ratio lies in its interval, except that the lower end is at most 1."""
        ratio = pl.col("capture_ratio")
        return ratio.is_null() | (
            (pl.col("capture_low") <= ratio) & (ratio <= pl.col("capture_high") + _ROUNDING)
        )


class StreamEras(dy.Schema):
    """From which day on the event stream behind OpenDigger and GH Archive is in which state.

    `healthy`: values are as the source gives them. `damaged`: a little is lost. `broken`: a value needs a measurement
    of its capture, and a month without a value says nothing.
    """

    first_month = column.month("First month that begins in the state; NULL for the earliest", nullable=True)
    state = column.one_of(("healthy", "damaged", "broken"), "State up to the next one", primary_key=True)
    first_day = dy.Date(nullable=True, description="First day of the state, UTC; NULL for the earliest")
    reason = dy.String(description="What is known to be lost")


class MonthCompleteness(dy.Schema):
    """How much of each month is known over all projects; the landscape opens on the newest month with enough."""

    month = column.month("Month", primary_key=True)
    existing_projects_count = column.count("Projects that were created by the month")
    known_projects_count = column.count(
        "Of these, projects of which it is known whether they have a value: the two next counts, and those without"
        " activity in a retrieved month"
    )
    published_projects_count = column.count("Projects with a published value that may be used")
    nowcast_projects_count = column.count("Projects with a nowcast instead")
    known_weight_ratio = column.ratio(
        "Share of the known projects in the OpenRank that all existing ones had when it was last known; NULL if none"
        " ever had any",
        nullable=True,
    )
    is_enough = dy.Bool(
        description="True if known_projects_count is at least as_of_known_ratio of existing_projects_count, and"
        " known_weight_ratio at least as_of_known_weight_ratio"
    )
    has_doubtful_counts = dy.Bool(
        description="True if GitHub's search gave 0 for more than doubtful_counts_ratio of the projects, at least"
        " doubtful_counts_projects, that it counted in other months: its counts of the month are left out"
    )

    @dy.rule()
    def values_are_known_and_the_known_exist(cls) -> pl.Expr:
        """Whoever has a value is known, and whoever is known exists."""
        valued = pl.col("published_projects_count") + pl.col("nowcast_projects_count")
        return (valued <= pl.col("known_projects_count")) & (
            pl.col("known_projects_count") <= pl.col("existing_projects_count")
        )


class ProjectOpenrankMonthly(dy.Schema):
    """OpenRank of a project in a month: as published, how much of the activity it saw, and what it may have been.

    `basis` says which value may be used. `published`: the source's own, to the digit. `nowcast`: the source saw too
    little of the month, so GitHub's own counts since the project's last healthy year say what OpenRank may have been,
    with an interval. `unknown`: neither; such a month is no fall and no end. From the first month on that the event
    stream is broken in, every project has a row for every month.
    """

    project_id = column.project(primary_key=True)
    month = column.month("Month of the values", primary_key=True)
    published = dy.Float64(
        nullable=True, min=0, description="OpenRank as the source gives it; NULL where it gives none"
    )
    vintage = dy.String(nullable=True, description="Version of the source's algorithm that `published` is of")
    capture_ratio = dy.Float64(
        nullable=True,
        min=0,
        description="Share of the project's issues and pull requests that the source saw; where it was not measured,"
        " the share of all pull requests that the event stream holds; NULL where neither is known",
    )
    capture_low = dy.Float64(
        nullable=True, min=0, description="Lower end of its interval; NULL where it has none"
    )
    capture_high = dy.Float64(nullable=True, min=0, description="Upper end of its interval")
    capture_basis = column.one_of(
        CAPTURE_BASES, "measured: of this project; global: of the whole event stream", nullable=True
    )
    nowcast = dy.Float64(
        nullable=True,
        min=0,
        description="What OpenRank may have been by GitHub's own counts, in the vintage nowcast_vintage; NULL in months"
        " up to the project's level and where GitHub was not asked",
    )
    nowcast_low = dy.Float64(
        nullable=True, min=0, description="Lower end of the 80 % interval of the nowcast"
    )
    nowcast_high = dy.Float64(nullable=True, min=0, description="Upper end of the interval")
    nowcast_vintage = dy.String(
        nullable=True,
        description="Vintage that the nowcast is in; not that of the landscape where no ratio between them is known",
    )
    nowcast_vintage_ratio = dy.Float64(
        nullable=True,
        min=0,
        description="Factor that brought the nowcast from the vintage of its level to that of the landscape; the"
        " interval holds its spread; NULL where nothing was converted",
    )
    nowcast_method = column.one_of(
        ("both", "change_requests", "issues_new", "level"),
        "What the nowcast is from: changes of both counts since the level, of one of them, or the population's model of"
        " a level by counts alone",
        nullable=True,
    )
    practice_break = dy.String(
        nullable=True,
        description="Measure that changed so much against the other that the project's practice changed; NULL if none",
    )
    is_outside_range = dy.Bool(
        nullable=True,
        description="True if the counts changed by more than anything the nowcast was fitted on; it is capped there",
    )
    change_requests_ratio = dy.Float64(
        nullable=True,
        min=0,
        description="Pull requests opened a month over those of the level, by GitHub's counts; NULL without a level",
    )
    issues_new_ratio = dy.Float64(nullable=True, min=0, description="The same of issues")
    basis = column.one_of(BASES, "Which of the values may be used")
    openrank = dy.Float64(
        nullable=True,
        min=0,
        description="The value that ranks, means and sums rest on: the one that basis names, if it is of the vintage"
        " that the landscape is computed in; else NULL",
    )
    openrank_low = dy.Float64(
        nullable=True, min=0, description="Lower end of its interval; the value itself if published"
    )
    openrank_high = dy.Float64(
        nullable=True,
        min=0,
        description="Upper end of its interval, and at least the level where more pull requests are opened than then;"
        " the value itself if published",
    )

    @dy.rule()
    def basis_has_its_value(cls) -> pl.Expr:
        """A basis names a value that is there."""
        basis = pl.col("basis")
        return (
            pl.when(basis == "published")
            .then(pl.col("published").is_not_null())
            .when(basis == "nowcast")
            .then(pl.col("nowcast").is_not_null())
            .otherwise(pl.lit(value=True))
        )

    @dy.rule()
    def interval_holds_the_nowcast(cls) -> pl.Expr:
        """A nowcast lies in its interval."""
        nowcast = pl.col("nowcast")
        is_inside = (pl.col("nowcast_low") <= nowcast) & (nowcast <= pl.col("nowcast_high"))
        return pl.when(nowcast.is_null()).then(pl.col("nowcast_low").is_null()).otherwise(is_inside)

    @dy.rule()
    def a_value_has_a_vintage(cls) -> pl.Expr:
        """What is published has a vintage, and so has a nowcast."""
        return (pl.col("published").is_null() == pl.col("vintage").is_null()) & (
            pl.col("nowcast").is_null() == pl.col("nowcast_vintage").is_null()
        )
