"""A few projects side by side: every measure with its definition and window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.floor.periods import Window


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """A metric as the catalog defines it."""

    metric_id: str
    unit: str
    definition: str


CARD_SCHEMA = {
    "measure": pl.String,
    "project_id": pl.String,
    "value": pl.String,
    "not_available": pl.String,
    "unit": pl.String,
    "window": pl.String,
    "definition": pl.String,
}
"""A card: one row a measure and project, with a value or the reason why there is none."""


def summarise_metrics(
    values: pl.DataFrame,
    first_and_last: pl.DataFrame,
    project_ids: Sequence[str],
    metrics: Sequence[MetricDefinition],
    window: Window,
) -> pl.DataFrame:
    """Mean of every metric over a window, for each project, or why there is none.

    Parameters
    ----------
    values
        ``project_id, metric_id, month, value, low, high, basis``: at most one row of each month.
    first_and_last
        ``project_id, metric_id, first_month, last_month`` of the series, in and outside the window.
    project_ids, metrics
        What to show, in this order.
    window
        Months to average.

    Returns
    -------
    pl.DataFrame
        Rows of `CARD_SCHEMA`.
    """
    means = {
        (project_id, metric_id): rest
        for project_id, metric_id, *rest in values.filter(
            pl.col("month").is_between(window.start.first_day, window.end.first_day)
        )
        .sort("project_id", "metric_id", "month")
        .group_by("project_id", "metric_id", maintain_order=True)
        .agg(pl.col("value", "low", "high").mean(), (pl.col("basis") == "nowcast").any(), count=pl.len())
        .iter_rows()
    }
    held = {(project, metric): (first, last) for project, metric, first, last in first_and_last.iter_rows()}
    wanted = len(window.months)
    rows = []
    for metric in metrics:
        for project_id in project_ids:
            key = (project_id, metric.metric_id)
            mean, low, high, is_nowcast, count = means.get(key, (None, None, None, False, 0))
            if mean is not None:
                why = None
            elif key in held:
                first, last = held[key]
                why = f"its series holds {first:%Y-%m} to {last:%Y-%m}, no month of the window"
            else:
                why = "no series of this metric was retrieved for it"
            rows.append(
                (
                    metric.metric_id,
                    project_id,
                    None
                    if mean is None
                    else f"{mean:.2f}{f' (nowcast, {low:.2f} to {high:.2f})' if is_nowcast else ''}"
                    f" ({count} of {wanted} {'month' if wanted == 1 else 'months'})",
                    why,
                    metric.unit,
                    str(window),
                    f"mean per month, of the months with a value: {metric.definition}",
                )
            )
    return pl.DataFrame(rows, schema=CARD_SCHEMA, orient="row")
