"""Monthly OpenRank of many projects as one dense grid, and plain means over windows of it.

Twenty thousand candidates over ten years are 21 MB as a grid; as joined rows, one for each month of each
window, they are gigabytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipelines.floor.periods import Month, Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class OpenrankPanel:
    """Monthly values of projects.

    Attributes
    ----------
    project_ids
        Projects, sorted; the columns of both grids.
    first_month
        Month of the first row of both grids; the rows follow month by month.
    values
        OpenRank, months × projects; NaN where there is none.
    low, high
        Ends of the interval of each value, laid out alike; the value itself where it is published.
    is_retrieved
        Months × projects: it is known whether there is a value. A value proves that its month is.
    broken_from
        Since this month the event stream is broken: a window says nothing of a project whose last month is unknown.
        None if it never was.
    """

    project_ids: pl.Series
    first_month: Month
    values: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    is_retrieved: NDArray[np.bool_]
    broken_from: Month | None = None

    def row_of(self, month: Month) -> int:
        """Row of `month`; outside the grid it is negative or past the end."""
        return month.months_since(self.first_month)

    def rows_of(self, window: Window) -> range:
        """Rows of the months of `window` that lie in the grid, in order."""
        return range(
            max(self.row_of(window.start), 0), max(min(self.row_of(window.end) + 1, len(self.values)), 0)
        )


def panel_of(
    project_ids: pl.Series, openrank: pl.DataFrame, retrieved: pl.DataFrame, broken_from: Month | None = None
) -> OpenrankPanel:
    """Lay monthly values out as a grid.

    Parameters
    ----------
    project_ids
        Projects wanted; rows of others are ignored.
    openrank
        ``project_id, month, value, low, high``, at most one row a project and month; a null value counts as none.
    retrieved
        ``project_id, month``: months of which it is known whether there is a value.
    broken_from
        First month in which the event stream is broken.
    """
    ids = project_ids.unique().sort().rename("project_id")
    known = openrank.filter(pl.col("value").is_not_null())
    months = pl.concat([known["month"], retrieved["month"]])
    if months.is_empty():
        empty = np.empty((0, len(ids)))
        return OpenrankPanel(ids, Month(1970, 1), empty, empty, empty, empty.astype(np.bool_), broken_from)
    first, last = Month.of(months.min()), Month.of(months.max())  # type: ignore[arg-type]
    shape = (last.months_since(first) + 1, len(ids))
    values, low, high = (np.full(shape, np.nan) for _ in range(3))
    is_retrieved = np.zeros(shape, dtype=np.bool_)
    positions = pl.DataFrame({"project_id": ids}).with_row_index("column")

    def placed(frame: pl.DataFrame) -> pl.DataFrame:
        month = pl.col("month")
        row = (month.dt.year() - first.year) * 12 + month.dt.month() - first.month
        return frame.join(positions, on="project_id").with_columns(row=row.cast(pl.Int64))

    placed_values, placed_months = placed(known), placed(retrieved)
    cells = (placed_values["row"].to_numpy(), placed_values["column"].to_numpy())
    for grid, column in ((values, "value"), (low, "low"), (high, "high")):
        grid[cells] = placed_values[column].to_numpy()
    is_retrieved[cells] = True
    is_retrieved[placed_months["row"].to_numpy(), placed_months["column"].to_numpy()] = True
    return OpenrankPanel(ids, first, values, low, high, is_retrieved, broken_from)


@dataclass(frozen=True, slots=True)
class WindowMeans:
    """Plain means of one window, one element a project of the panel.

    Attributes
    ----------
    mean
        Over the months that have a value; NaN where none has, and where the last month is unknown although the event
        stream is broken in it.
    low, high
        Means of the ends of the intervals: errors of a nowcast are of the project, so they do not cancel out.
    nowcast_months_count
        Months of the mean whose value is a nowcast.
    months_count, retrieved_months_count
        Months of the window that have a value, and of which it is known whether they have one.
    """

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    nowcast_months_count: NDArray[np.int64]
    months_count: NDArray[np.int64]
    retrieved_months_count: NDArray[np.int64]


def window_means(panel: OpenrankPanel, window: Window) -> WindowMeans:
    """Mean OpenRank of every project in `window`, months outside the grid having no value."""
    no_project = np.zeros(len(panel.project_ids))
    totals = {"mean": no_project.copy(), "low": no_project.copy(), "high": no_project.copy()}
    count, retrieved, nowcast = (np.zeros(len(panel.project_ids), dtype=np.int64) for _ in range(3))
    # One month after the other: a sum of floats depends on its order, and equal inputs must rank equal.
    for row in panel.rows_of(window):
        for name, grid in (("mean", panel.values), ("low", panel.low), ("high", panel.high)):
            totals[name] += np.nan_to_num(grid[row], nan=0.0)
        count += ~np.isnan(panel.values[row])
        nowcast += panel.low[row] < panel.high[row]
        retrieved += panel.is_retrieved[row]
    says_something = (count > 0) & _is_end_known(panel, window)
    means = {
        name: np.divide(total, count, out=np.full(len(total), np.nan), where=says_something)
        for name, total in totals.items()
    }
    return WindowMeans(
        means["mean"],
        means["low"],
        means["high"],
        np.where(says_something, nowcast, 0),
        np.where(says_something, count, 0),
        retrieved,
    )


def _is_end_known(panel: OpenrankPanel, window: Window) -> NDArray[np.bool_]:
    """Whether the last month of a window is known of each project, as it must be once the stream is broken."""
    if panel.broken_from is None or window.end < panel.broken_from:
        return np.ones(len(panel.project_ids), dtype=np.bool_)
    row = panel.row_of(window.end)
    if not 0 <= row < len(panel.is_retrieved):
        return np.zeros(len(panel.project_ids), dtype=np.bool_)
    known: NDArray[np.bool_] = panel.is_retrieved[row]
    return known


def compute_window_means(panel: OpenrankPanel, windows: Mapping[Month, Window]) -> pl.DataFrame:
    """Mean OpenRank of every project in the window of every as-of month.

    Parameters
    ----------
    panel
        The monthly values.
    windows
        Window of each as-of month.

    Returns
    -------
    pl.DataFrame
        ``as_of_month, project_id, openrank_mean`` (null without a value) ``, openrank_low, openrank_high,
        nowcast_months_count, months_count, window_months_count, retrieved_months_count``, sorted by as-of month and
        project.
    """
    as_of_months = sorted(windows)
    means = [window_means(panel, windows[as_of]) for as_of in as_of_months]
    no_rows = np.empty(0)

    def column(parts: list[NDArray[Any]], dtype: type[pl.DataType]) -> pl.Series:
        return pl.Series(np.concatenate([no_rows, *parts]), nan_to_null=True).cast(dtype)

    return pl.DataFrame(
        {
            "as_of_month": repeated([as_of.first_day for as_of in as_of_months], len(panel.project_ids)),
            "project_id": tiled(panel.project_ids, len(as_of_months)),
            "openrank_mean": column([part.mean for part in means], pl.Float64),
            "openrank_low": column([part.low for part in means], pl.Float64),
            "openrank_high": column([part.high for part in means], pl.Float64),
            "nowcast_months_count": column([part.nowcast_months_count for part in means], pl.Int64),
            "months_count": column([part.months_count for part in means], pl.Int64),
            "window_months_count": repeated(
                [len(windows[as_of].months) for as_of in as_of_months], len(panel.project_ids)
            ),
            "retrieved_months_count": column([part.retrieved_months_count for part in means], pl.Int64),
        },
        schema_overrides={"as_of_month": pl.Date, "window_months_count": pl.Int64},
    )


def repeated(values: Sequence[object], times: int) -> pl.Series:
    """Each value `times` times before the next: the as-of months of rows that hold a panel's projects each."""
    return pl.Series(values).gather(np.repeat(np.arange(len(values)), times))


def tiled(values: pl.Series, times: int) -> pl.Series:
    """All values in order, `times` times."""
    return values.gather(np.tile(np.arange(len(values)), times))
