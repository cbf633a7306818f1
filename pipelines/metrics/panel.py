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
    is_retrieved
        Months × projects: the source was asked for this month. A value proves that its month was.
    """

    project_ids: pl.Series
    first_month: Month
    values: NDArray[np.float64]
    is_retrieved: NDArray[np.bool_]

    def row_of(self, month: Month) -> int:
        """Row of `month`; outside the grid it is negative or past the end."""
        return month.months_since(self.first_month)

    def rows_of(self, window: Window) -> range:
        """Rows of the months of `window` that lie in the grid, in order."""
        return range(
            max(self.row_of(window.start), 0), max(min(self.row_of(window.end) + 1, len(self.values)), 0)
        )


def panel_of(project_ids: pl.Series, openrank: pl.DataFrame, retrieved: pl.DataFrame) -> OpenrankPanel:
    """Lay monthly values out as a grid.

    Parameters
    ----------
    project_ids
        Projects wanted; rows of others are ignored.
    openrank
        ``project_id, month, value``, at most one row a project and month; a null value counts as none.
    retrieved
        ``project_id, month``: months in which the source was asked.
    """
    ids = project_ids.unique().sort().rename("project_id")
    known = openrank.filter(pl.col("value").is_not_null())
    months = pl.concat([known["month"], retrieved["month"]])
    if months.is_empty():
        empty = np.empty((0, len(ids)))
        return OpenrankPanel(ids, Month(1970, 1), empty, empty.astype(np.bool_))
    first, last = Month.of(months.min()), Month.of(months.max())  # type: ignore[arg-type]
    shape = (last.months_since(first) + 1, len(ids))
    values, is_retrieved = np.full(shape, np.nan), np.zeros(shape, dtype=np.bool_)
    positions = pl.DataFrame({"project_id": ids}).with_row_index("column")

    def placed(frame: pl.DataFrame) -> pl.DataFrame:
        month = pl.col("month")
        row = (month.dt.year() - first.year) * 12 + month.dt.month() - first.month
        return frame.join(positions, on="project_id").with_columns(row=row.cast(pl.Int64))

    placed_values, placed_months = placed(known), placed(retrieved)
    cells = (placed_values["row"].to_numpy(), placed_values["column"].to_numpy())
    values[cells] = placed_values["value"].to_numpy()
    is_retrieved[cells] = True
    is_retrieved[placed_months["row"].to_numpy(), placed_months["column"].to_numpy()] = True
    return OpenrankPanel(ids, first, values, is_retrieved)


@dataclass(frozen=True, slots=True)
class WindowMeans:
    """Plain means of one window, one element a project of the panel.

    Attributes
    ----------
    mean
        Over the months that have a value; NaN where none has.
    months_count, retrieved_months_count
        Months of the window that have a value, and that were retrieved.
    """

    mean: NDArray[np.float64]
    months_count: NDArray[np.int64]
    retrieved_months_count: NDArray[np.int64]


def window_means(panel: OpenrankPanel, window: Window) -> WindowMeans:
    """Mean OpenRank of every project in `window`, months outside the grid having no value."""
    total = np.zeros(len(panel.project_ids))
    count = np.zeros(len(panel.project_ids), dtype=np.int64)
    retrieved = np.zeros(len(panel.project_ids), dtype=np.int64)
    # One month after the other: a sum of floats depends on its order, and equal inputs must rank equal.
    for row in panel.rows_of(window):
        value = panel.values[row]
        total += np.nan_to_num(value, nan=0.0)
        count += ~np.isnan(value)
        retrieved += panel.is_retrieved[row]
    mean = np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)
    return WindowMeans(mean, count, retrieved)


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
        ``as_of_month, project_id, openrank_mean`` (null without a value) ``, months_count,
        window_months_count, retrieved_months_count``, sorted by as-of month and project.
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
