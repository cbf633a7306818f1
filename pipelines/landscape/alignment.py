"""Monthly series on one axis: every month with what is known of it, by quarter or year, by age, against a base.

A month that was not retrieved is unknown; one that was, and has no value, is absent; neither is zero.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

PERIOD_MONTHS: Mapping[str, int] = {"monthly": 1, "quarterly": 3, "annual": 12}
"""Period → its months."""

PUBLISHED, NOWCAST, ABSENT, UNKNOWN = "published", "nowcast", "absent", "unknown"
"""What a point is, in its column `basis`."""

NOT_RETRIEVED, TOO_FEW = "not_retrieved", "too_few"
"""Why a month is unknown, besides what its row says: nobody asked for it, or it sums too few of what it covers."""

ENDS = ("value", "low", "high")


class Alignment(StrEnum):
    """The axis that series share."""

    CALENDAR = "calendar"
    AGE = "age"


def month_grid(rows: pl.DataFrame, extents: pl.DataFrame, created: pl.DataFrame) -> pl.DataFrame:
    """Every month of each series up to the last row of any, and what is known of it.

    Parameters
    ----------
    rows
        ``series, month, value, low, high, basis, unknown_because, published, is_partial``: at most one row a series and
        month. One without a value is unknown, whatever was retrieved.
    extents
        ``series, extent_from, extent_through``: months that were retrieved.
    created
        ``series, created_month``; NULL or no row where it is unknown. A series begins with its creation or its first
        value, whichever is earlier, but not before the first row of any. One without any value is left out.

    Returns
    -------
    pl.DataFrame
        The columns of `rows`, and ``state``: ``value``, ``absent``, or why the month is unknown.
    """
    valued = rows.filter(pl.col("value").is_not_null())
    if valued.is_empty():
        return valued.with_columns(state=pl.lit(None, dtype=pl.String))
    first, last = valued["month"].sort()[0], rows["month"].sort()[-1]
    starts = (
        valued.group_by("series")
        .agg(first_value=pl.col("month").min())
        .join(created, on="series", how="left")
        .select(
            "series",
            start=pl.min_horizontal("first_value", "created_month").clip(lower_bound=first),
        )
    )
    months = pl.date_range(first, last, "1mo", eager=True).alias("month")
    grid = starts.join(months.to_frame(), how="cross").filter(pl.col("month") >= pl.col("start"))
    retrieved = grid.join_where(
        extents.rename({"series": "of"}),
        pl.col("series") == pl.col("of"),
        pl.col("month") >= pl.col("extent_from"),
        pl.col("month") <= pl.col("extent_through"),
    ).select("series", "month", is_retrieved=pl.lit(value=True))
    return (
        grid.drop("start")
        .join(rows, on=["series", "month"], how="left")
        .join(retrieved.unique(), on=["series", "month"], how="left")
        .with_columns(
            pl.col("is_partial").fill_null(value=False),
            state=pl.when(pl.col("value").is_not_null())
            .then(pl.lit("value"))
            .when(pl.col("basis").is_not_null())
            .then(pl.col("unknown_because"))
            .when(pl.col("is_retrieved"))
            .then(pl.lit(ABSENT))
            .otherwise(pl.lit(NOT_RETRIEVED)),
        )
        .drop("is_retrieved", "unknown_because")
        .sort("series", "month")
    )


def by_period(grid: pl.DataFrame, period: str, aggregate: str) -> pl.DataFrame:
    """Values by calendar month, quarter or year.

    Parameters
    ----------
    grid
        As `month_grid` returns.
    period
        One of `PERIOD_MONTHS`.
    aggregate
        ``sum`` or ``mean`` of the months that have a value, and of the ends of their intervals: errors of a nowcast
        are of the project, so they do not cancel out.

    Returns
    -------
    pl.DataFrame
        ``series, at, value, low, high, basis, published, months_count, known_months_count, is_partial``, where `at` is
        the first day of the period. A period without a value has NULL; one of which a month is unknown, partial or not
        there is partial. `published` is what the source gives for a month, believed or not; a longer period has none.
    """
    return _aggregated(grid.with_columns(at=period_start(period)), period, aggregate)


def period_start(period: str) -> pl.Expr:
    """First day of the period that a month lies in."""
    return pl.col("month").dt.truncate(f"{PERIOD_MONTHS[period]}mo")


def by_age(grid: pl.DataFrame, created: pl.DataFrame, period: str, aggregate: str) -> pl.DataFrame:
    """As `by_period`, where `at` is the age in months at the start of the period; 0 is the month of creation.

    Series whose creation is unknown have no age and are left out, and so are months before the creation.
    """
    length = PERIOD_MONTHS[period]
    aged = (
        grid.join(created, on="series", how="left")
        .with_columns(age=_month_number("month") - _month_number("created_month"))
        .filter(pl.col("age") >= 0)
        .with_columns(at=pl.col("age") // length * length)
    )
    return _aggregated(aged, period, aggregate)


def against_base(points: pl.DataFrame) -> pl.DataFrame:
    """Values with the first complete published one of each series as 100; NULL where none is above 0."""
    base = (
        points.filter(~pl.col("is_partial") & (pl.col("basis") == PUBLISHED) & (pl.col("value") > 0))
        .sort("series", "at")
        .group_by("series", maintain_order=True)
        .agg(base=pl.col("value").first())
    )
    return (
        points.join(base, on="series", how="left", maintain_order="left")
        .with_columns(pl.col(*ENDS, "published") / pl.col("base") * 100)
        .drop("base")
    )


def stretches(grid: pl.DataFrame) -> pl.DataFrame:
    """Runs of months without a value: ``series, state, first, last``, with the `state` of `month_grid`."""
    return (
        grid.sort("series", "month")
        .with_columns(run=pl.struct("series", "state").rle_id())
        .filter(pl.col("state") != "value")
        .group_by("run", "series", "state", maintain_order=True)
        .agg(first=pl.col("month").first(), last=pl.col("month").last())
        .drop("run")
    )


def aged(gaps: pl.DataFrame, created: pl.DataFrame) -> pl.DataFrame:
    """Stretches along the age in months; those of a series whose creation is unknown are left out."""
    return (
        gaps.join(created.drop_nulls(), on="series", how="inner", maintain_order="left")
        .with_columns(
            (_month_number(end) - _month_number("created_month")).cast(pl.Int64).alias(end)
            for end in ("first", "last")
        )
        .filter(pl.col("last") >= 0)
        .drop("created_month")
    )


def _month_number(column: str) -> pl.Expr:
    return pl.col(column).dt.year() * 12 + pl.col(column).dt.month().cast(pl.Int32)


def _aggregated(placed: pl.DataFrame, period: str, aggregate: str) -> pl.DataFrame:
    is_known = pl.col("state").is_in(["value", ABSENT])
    has_value = pl.col("value").count() > 0
    ends = [pl.col(end).sum() if aggregate == "sum" else pl.col(end).mean() for end in ENDS]
    months = PERIOD_MONTHS[period]
    return (
        placed.sort("series", "month")
        .group_by("series", "at", maintain_order=True)
        .agg(
            *(pl.when(has_value).then(end) for end in ends),
            basis=pl.when((pl.col("basis") == NOWCAST).any())
            .then(pl.lit(NOWCAST))
            .when(has_value)
            .then(pl.lit(PUBLISHED))
            .when(is_known.all())
            .then(pl.lit(ABSENT))
            .otherwise(pl.lit(UNKNOWN)),
            # No number mixes two vintages.
            published=pl.col("published").first() if months == 1 else pl.lit(None, pl.Float64),
            months_count=pl.col("value").count(),
            known_months_count=is_known.sum(),
            is_partial=pl.col("is_partial").any() | (is_known.sum() < months),
        )
    )
