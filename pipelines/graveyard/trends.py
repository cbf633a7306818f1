"""Each project's OpenRank as of a month: recent months, peak, fall since the peak, slope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipelines.floor.periods import Window
from pipelines.metrics.panel import OpenrankPanel, repeated, tiled, window_means

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipelines.floor.periods import Month

_YEAR_MONTHS = 12


def compute_trends(
    panel: OpenrankPanel, months: Sequence[Month], recent_months: int, slope_months: int
) -> pl.DataFrame:
    """Measure a series as of each month, without later months.

    Parameters
    ----------
    panel
        Monthly OpenRank of the projects.
    months
        Complete months to look from.
    recent_months
        Length of the window of recent values and of means.
    slope_months
        Length of the window of the slope.

    Returns
    -------
    pl.DataFrame
        A row for each month asked for and project, none if the panel holds no month:

        - ``month, project_id``
        - ``recent_values, recent_retrieved, recent_nowcast``: arrays over the `recent_months` up to the month; a
          value is NaN where there is none, which is unknown where its month was not retrieved either
        - ``last_retrieved_month``: null before the first one
        - ``openrank_latest_mean``: mean of the values in `recent_months` up to the last retrieved month; null
          if it has none
        - ``openrank_latest_high, latest_months_count``: upper end of its interval, and its months with a value
        - ``is_latest_whole``: every month of that window was retrieved
        - ``openrank_year_earlier_mean``: the same one year before
        - ``openrank_peak, peak_month``: highest value so far, and its first month
        - ``openrank_slope_ratio``: least-squares change per month over the `slope_months` up to the last
          retrieved month, over their mean; null with fewer than half of them
    """
    wanted = sorted(set(months))
    if not len(panel.values):
        wanted = []
    columns = np.arange(len(panel.project_ids))
    grid_rows = np.arange(len(panel.values))[:, None]
    # Everything up to each row of the grid; -1 means no row yet.
    last_rows = np.maximum.accumulate(np.where(panel.is_retrieved, grid_rows, -1), axis=0)
    peaks = np.fmax.accumulate(panel.values, axis=0)
    is_new_peak = (panel.values == peaks) & ~(np.vstack([peaks[:1] * np.nan, peaks[:-1]]) == peaks)
    peak_rows = np.maximum.accumulate(np.where(is_new_peak, grid_rows, -1), axis=0)
    means, highs, counts, is_whole = _window_means(panel, recent_months)
    slopes = np.array(
        [
            _slopes(panel.values[max(row + 1 - slope_months, 0) : row + 1], slope_months)
            for row in grid_rows[:, 0]
        ]
    ).reshape(panel.values.shape)

    at = np.array([panel.row_of(month) for month in wanted], dtype=np.int64)
    is_before, seen_from = at < 0, np.clip(at, 0, len(panel.values) - 1)
    last_row = np.where(is_before[:, None], -1, last_rows[seen_from])
    peak_row = np.where(is_before[:, None], -1, peak_rows[seen_from])
    recent_values, recent_retrieved, recent_nowcast = _recent(panel, at, recent_months)

    def at_rows(values: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.where(rows >= 0, values[np.maximum(rows, 0), columns], np.nan)

    def days(rows: NDArray[np.int64]) -> pl.Series:
        found = [None if row < 0 else (panel.first_month + int(row)).first_day for row in rows.ravel()]
        return pl.Series(found, dtype=pl.Date)

    def numbers(values: NDArray[np.float64]) -> pl.Series:
        return pl.Series(values.ravel(), nan_to_null=True, dtype=pl.Float64)

    return pl.DataFrame(
        {
            "month": repeated([month.first_day for month in wanted], len(columns)).cast(pl.Date),
            "project_id": tiled(panel.project_ids, len(wanted)),
            "recent_values": pl.Series(recent_values),
            "recent_retrieved": pl.Series(recent_retrieved),
            "recent_nowcast": pl.Series(recent_nowcast),
            "last_retrieved_month": days(last_row),
            "openrank_latest_mean": numbers(at_rows(means, last_row)),
            "openrank_latest_high": numbers(at_rows(highs, last_row)),
            "latest_months_count": numbers(at_rows(counts, last_row)).cast(pl.Int64),
            "is_latest_whole": pl.Series((at_rows(is_whole, last_row) == 1).ravel()),
            "openrank_year_earlier_mean": numbers(at_rows(means, last_row - _YEAR_MONTHS)),
            "openrank_peak": numbers(at_rows(panel.values, peak_row)),
            "peak_month": days(peak_row),
            "openrank_slope_ratio": numbers(at_rows(slopes, last_row)),
        }
    )


def _window_means(
    panel: OpenrankPanel, months: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """Mean of the window that ends with each row, its upper end, its months with a value, and whether all are known."""
    ends = [panel.first_month + row for row in range(len(panel.values))]
    windows = [window_means(panel, Window.trailing(end, months)) for end in ends]
    shape = panel.values.shape
    means = np.array([window.mean for window in windows]).reshape(shape)
    retrieved = np.array([window.retrieved_months_count for window in windows]).reshape(shape)
    highs = np.array([window.high for window in windows]).reshape(shape)
    counts = np.array([window.months_count for window in windows]).reshape(shape)
    return means, highs, counts, retrieved == months


def _slopes(values: NDArray[np.float64], months: int) -> NDArray[np.float64]:
    """Least-squares slope of each column over its mean; NaN with values in fewer than half of `months`."""
    has_value = ~np.isnan(values)
    count = has_value.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        times = np.where(has_value, np.arange(len(values))[:, None], 0.0)
        mean_time = times.sum(axis=0) / count
        mean = np.nan_to_num(values).sum(axis=0) / count
        centred = np.where(has_value, times - mean_time, 0.0)
        slope = (centred * np.nan_to_num(values)).sum(axis=0) / (centred**2).sum(axis=0) / mean
    return np.where((count >= max(2, months / 2)) & (mean > 0), slope, np.nan)


def _recent(
    panel: OpenrankPanel, rows: NDArray[np.int64], recent_months: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Values, retrieval and nowcasts of the months up to each of `rows`; outside the grid unknown.

    Each is (rows × projects) × months.
    """
    asked = rows[:, None] + np.arange(1 - recent_months, 1)
    is_inside = (asked >= 0) & (asked < len(panel.values))
    held = np.clip(asked, 0, len(panel.values) - 1)
    values = np.where(is_inside[..., None], panel.values[held], np.nan)
    retrieved = panel.is_retrieved[held] & is_inside[..., None]
    nowcast = (panel.low[held] < panel.high[held]) & is_inside[..., None]
    shape = (len(rows) * len(panel.project_ids), recent_months)

    def by_project(grid: NDArray[Any]) -> NDArray[Any]:
        return grid.transpose(0, 2, 1).reshape(shape)

    return by_project(values), by_project(retrieved), by_project(nowcast)
