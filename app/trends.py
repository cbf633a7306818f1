"""Monthly series as a chart shows them: on one axis, by quarter or year, by age, against a base.

Belongs here: pure functions over rows. Must not: queries, widgets or drawing. A month that was not retrieved is
unknown; one that was, and has no value, is absent; neither is zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.periods import Month

if TYPE_CHECKING:
    from datetime import date

PERIOD_MONTHS: dict[str, int] = {"monthly": 1, "quarterly": 3, "annual": 12}
"""Period → its months."""


def month_grid(rows: pl.DataFrame, extents: pl.DataFrame, created: pl.DataFrame) -> pl.DataFrame:
    """Every month of each series up to the last row of any, and what is known of it.

    Parameters
    ----------
    rows
        ``series, month, value, low, high, basis, is_partial``: months that have a value, and months that lost it, with
        NULL.
    extents
        ``series, extent_from, extent_through``: months that were retrieved.
    created
        ``series, created_month``; NULL or no row where it is unknown. A series begins with its creation or its first
        row, whichever is earlier, but not before the first row of any.

    Returns
    -------
    DataFrame
        ``series, month, value, low, high, basis, is_partial, state``; `state` is ``value``, ``absent`` or ``unknown``.
    """
    columns = ("value", "low", "high", "basis", "is_partial")
    if rows.is_empty():
        return rows.select("series", "month", *columns).with_columns(state=pl.lit(None, dtype=pl.String))
    ordered = rows["month"].sort()
    first, last = ordered[0], ordered[-1]
    starts = (
        rows.group_by("series")
        .agg(first_row=pl.col("month").min())
        .join(created, on="series", how="left")
        .select("series", start=pl.min_horizontal("first_row", "created_month").clip(lower_bound=first))
        .sort("series")
    )
    months = pl.date_range(first, last, "1mo", eager=True).alias("month").to_frame()
    grid = starts.join(months, how="cross").filter(pl.col("month") >= pl.col("start")).drop("start")
    retrieved = grid.join_where(
        extents.rename({"series": "of"}),
        pl.col("series") == pl.col("of"),
        pl.col("month") >= pl.col("extent_from"),
        pl.col("month") <= pl.col("extent_through"),
    ).select("series", "month", is_retrieved=pl.lit(value=True))
    return (
        grid.join(rows.select("series", "month", *columns), on=["series", "month"], how="left")
        .join(retrieved.unique(), on=["series", "month"], how="left")
        .with_columns(
            pl.col("is_partial").fill_null(value=False),
            state=pl.when(pl.col("value").is_not_null())
            .then(pl.lit("value"))
            .when(pl.col("is_retrieved") & pl.col("basis").is_null())
            .then(pl.lit("absent"))
            .otherwise(pl.lit("unknown")),
        )
        .drop("is_retrieved")
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
        ``sum`` or ``mean`` of the months that have a value.

    Returns
    -------
    DataFrame
        ``series, at, value, low, high, basis, months_count, known_months_count, is_partial``, where `at` is the first
        day of the period. A period without a value has NULL; one of which a month is unknown, partial or not there is
        partial; one of which a month is a nowcast is a nowcast. Its ends are those of its months put together, which
        is as wide as it gets: the errors of a project's months go together.
    """
    every = f"{PERIOD_MONTHS[period]}mo"
    return _aggregated(grid.with_columns(at=pl.col("month").dt.truncate(every)), period, aggregate)


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
    """Values with the first complete published one of each series as 100; NULL where a series has none above 0."""
    base = (
        points.filter(~pl.col("is_partial") & (pl.col("value") > 0) & (pl.col("basis") == "published"))
        .sort("series", "at")
        .group_by("series", maintain_order=True)
        .agg(base=pl.col("value").first())
    )
    return (
        points.join(base, on="series", how="left", maintain_order="left")
        .with_columns(pl.col("value", "low", "high") / pl.col("base") * 100)
        .drop("base")
    )


def stretches(grid: pl.DataFrame) -> pl.DataFrame:
    """Runs of months without a value: ``series, state, first, last``, where `state` is ``absent`` or ``unknown``."""
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


def age_on(day: date, created_month: date) -> int:
    """Age in months of a project on a day."""
    return Month.of(day).months_since(Month.of(created_month))


def _month_number(column: str) -> pl.Expr:
    return pl.col(column).dt.year() * 12 + pl.col(column).dt.month().cast(pl.Int32)


def _aggregated(placed: pl.DataFrame, period: str, aggregate: str) -> pl.DataFrame:
    is_known = pl.col("state") != "unknown"
    return (
        placed.sort("series", "month")
        .group_by("series", "at", maintain_order=True)
        .agg(
            *(_together(column, aggregate) for column in ("value", "low", "high")),
            basis=pl.when((pl.col("basis") == "nowcast").any())
            .then(pl.lit("nowcast"))
            .when(pl.col("value").count() > 0)
            .then(pl.lit("published"))
            .otherwise(pl.lit("unknown")),
            months_count=pl.col("value").count(),
            known_months_count=is_known.sum(),
            is_partial=pl.col("is_partial").any() | (is_known.sum() < PERIOD_MONTHS[period]),
        )
    )


def _together(column: str, aggregate: str) -> pl.Expr:
    """The months of a period as one; NULL where a month with a value lacks it in this column."""
    months = pl.col(column).sum() if aggregate == "sum" else pl.col(column).mean()
    has_all = (pl.col(column).count() == pl.col("value").count()) & (pl.col("value").count() > 0)
    return pl.when(has_all).then(months).alias(column)
