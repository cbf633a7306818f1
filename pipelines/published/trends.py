"""Series of projects, domains and technology areas on one axis, with the stretches that are unknown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.landscape.alignment import (
    ABSENT,
    NOWCAST,
    PERIOD_MONTHS,
    TOO_FEW,
    Alignment,
    against_base,
    aged,
    by_age,
    by_period,
    month_grid,
    period_start,
    stretches,
)
from pipelines.published.answer import Answer, Family

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.floor.periods import Month

_NO_CREATION = pl.DataFrame(schema={"series": pl.String, "created_month": pl.Date})
_NO_EXTENTS = pl.DataFrame(schema={"series": pl.String, "extent_from": pl.Date, "extent_through": pl.Date})


@dataclass(frozen=True, slots=True)
class Axis:
    """How series are put on one axis.

    Attributes
    ----------
    period
        ``monthly``, ``quarterly`` or ``annual``.
    aggregate
        ``sum`` or ``mean`` of the months of a period.
    align
        Calendar, or age since the month of creation.
    since
        First year of the calendar; all by default.
    through
        Last month; all by default.
    index
        Whether the first complete published period of each series is 100.
    """

    period: str = "monthly"
    aggregate: str = "sum"
    align: str = Alignment.CALENDAR
    since: int | None = None
    through: Month | None = None
    index: bool = False


_MONTHLY = Axis()


@dataclass(frozen=True, slots=True)
class Trend:
    """Series on one axis.

    Attributes
    ----------
    points
        ``series, at, value, low, high, basis, published, is_partial, is_comparable`` and what was counted. `basis` is
        ``published``, ``nowcast`` (with an interval from `low` to `high`), ``absent`` or ``unknown``; only a point that
        `is_comparable` may stand on a line with its neighbours.
    gaps
        ``series, state, first, last``: stretches of months without a value that may be compared, with
        ``absent`` or the reason why they are unknown as `state`.
    months_count, unknown_months_count, nowcast_months_count
        Months between the first value and the last row of each series, and those of them that are unknown or a nowcast.
    """

    points: Answer
    gaps: pl.DataFrame
    months_count: int
    unknown_months_count: int
    nowcast_months_count: int


class Trends(Family):
    """Series on one axis: a month that may not be used is unknown, and says why."""

    def of_projects(self, project_ids: str | Sequence[str], metric_id: str, axis: Axis = _MONTHLY) -> Trend:
        """A metric of some projects.

        Examples
        --------
        >>> from pipelines.published import open_landscape
        >>> vllm = open_landscape().trends.of_projects("vllm", "openrank")
        >>> vllm.gaps.filter(state="lost").rows()
        [('vllm', 'lost', datetime.date(2025, 10, 1), datetime.date(2025, 12, 1))]
        """
        series = self._landscape.series
        answer = series.of_metric(project_ids, metric_id)
        ids = self._landscape.choices.projects(project_ids)
        created = series.creation_months(ids).frame
        grid = month_grid(_within(answer.frame, axis), series.extents(ids).frame, created)
        is_by_age = axis.align == Alignment.AGE
        points = (
            by_age(grid, created, axis.period, axis.aggregate)
            if is_by_age
            else by_period(grid, axis.period, axis.aggregate)
        ).with_columns(_is_whole(axis).alias("is_comparable"))
        gaps = stretches(grid)
        return _trend(answer, points, aged(gaps, created) if is_by_age else gaps, grid, axis)

    def of_scopes(self, scopes: Sequence[str], axis: Axis = _MONTHLY) -> Trend:
        """Summed OpenRank of some layers, domains or subdomains, each as ``scope:name``.

        `known_projects_count` of `existing_projects_count` are of the month of a period that least is known of. A month
        of which too few are known has a value, and stands on no line.
        """
        answer = self._landscape.series.of_scopes(scopes)
        rows = _within(answer.frame, axis).with_columns(
            unknown_because=pl.lit(None, pl.String), published="value"
        )
        grid = month_grid(rows, _NO_EXTENTS, _NO_CREATION)
        is_comparable = pl.col("is_comparable").fill_null(value=False)
        counted = (
            grid.with_columns(at=period_start(axis.period))
            .sort(pl.col("known_projects_count") / pl.col("existing_projects_count"), nulls_last=True)
            .group_by("series", "at")
            .agg(pl.col("known_projects_count", "existing_projects_count").first(), is_comparable.all())
        )
        points = (
            by_period(grid, axis.period, axis.aggregate)
            .join(counted, on=["series", "at"], how="left", maintain_order="left")
            .with_columns(
                is_comparable & _is_whole(axis),
            )
        )
        grid = grid.with_columns(state=pl.when(is_comparable).then("state").otherwise(pl.lit(TOO_FEW)))
        return _trend(answer, points, stretches(grid), grid, axis)

    def of_areas(self, areas: Sequence[str], axis: Axis = _MONTHLY) -> Trend:
        """OpenRank of some technology areas, by the year as it is published; only `since` and `index` say how."""
        answer = self._landscape.series.area_years(areas)
        points = _within(answer.frame, axis).select(
            pl.all().exclude("month"), at="month", published="value", is_partial=~pl.col("is_comparable")
        )
        years = points.select(
            "series",
            "basis",
            month="at",
            state=pl.when("is_comparable").then(pl.lit("value")).otherwise(pl.lit(TOO_FEW)),
        )
        gaps = stretches(years).with_columns(pl.col("last").dt.offset_by("11mo"))
        return _trend(answer, points, gaps, years, axis)

    def of_github_counts(self, project_id: str) -> Trend:
        """GitHub's own counts of a project, a series for each metric; a month that is not held is not retrieved."""
        answer = self._landscape.series.github_counts(project_id)
        rows = answer.frame.with_columns(unknown_because=pl.lit(None, pl.String), published="value")
        grid = month_grid(rows, _NO_EXTENTS, _NO_CREATION)
        points = by_period(grid, "monthly", "sum").with_columns(_is_whole(_MONTHLY).alias("is_comparable"))
        return _trend(answer, points, stretches(grid), grid, _MONTHLY)


def _is_whole(axis: Axis) -> pl.Expr:
    """Every month of a period is known, were it by a value that the source itself calls partial."""
    return pl.col("known_months_count") == PERIOD_MONTHS[axis.period]


def _within(rows: pl.DataFrame, axis: Axis) -> pl.DataFrame:
    if axis.since is not None:
        rows = rows.filter(pl.col("month").dt.year() >= axis.since)
    return rows if axis.through is None else rows.filter(pl.col("month") <= axis.through.first_day)


def _trend(answer: Answer, points: pl.DataFrame, gaps: pl.DataFrame, grid: pl.DataFrame, axis: Axis) -> Trend:
    shown = (against_base(points) if axis.index else points).sort("series", "at")
    unknown = grid.filter(~pl.col("state").is_in(["value", ABSENT]))
    nowcast = grid.filter(pl.col("basis") == NOWCAST)
    return Trend(
        replace(answer, frame=shown, is_computed=True), gaps, grid.height, unknown.height, nowcast.height
    )
