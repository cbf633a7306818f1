"""Whole series of several metrics, asked for without a build: what the nowcast is fitted and judged on.

Belongs here: asking, and the months that were retrieved. Must not: bronze.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.periods import months_between
from pipelines.sources.opendigger.client import fetch_series
from pipelines.sources.opendigger.lists import fetch_extents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.sources.connect import Upstreams


def fetch_history(upstreams: Upstreams, metric_id: str, counts: Sequence[str]) -> pl.DataFrame:
    """Ask for a metric and several counts of every repository that has all of them.

    Parameters
    ----------
    upstreams
        Where to ask; with a table of retrieved months.
    metric_id
        A metric whose months without a value are absent.
    counts
        Metrics of which OpenDigger never writes a zero: up to the newest month that any repository has of it, a
        retrieved month without a value is zero.

    Returns
    -------
    pl.DataFrame
        ``repo_full_name, month`` and a column of each metric, sorted by both: the retrieved months that have a value
        of `metric_id`. A month with an interpolated value is left out.

    Raises
    ------
    SourceError
        If there is no table of retrieved months, or OpenDigger does not answer.
    """
    retrieved = pl.DataFrame(
        [
            (extent.repo_full_name, month.first_day)
            for extent in fetch_extents(upstreams).rows
            for month in months_between(extent.first, extent.last)
        ],
        schema={"repo_full_name": pl.String, "month": pl.Date},
        orient="row",
    ).unique()
    names = retrieved["repo_full_name"].unique().sort().to_list()
    found, keys = retrieved, ["repo_full_name", "month"]
    for metric in (*counts, metric_id):
        values = _values(upstreams, names, metric)
        names = values["repo_full_name"].unique().sort().to_list()
        interpolated = values.filter("is_interpolated")
        found = (
            found.filter(pl.col("repo_full_name").is_in(names))
            .join(interpolated, on=keys, how="anti")
            .join(values.drop("is_interpolated"), on=keys, how="left")
        )
    # The table names no metrics: after the newest month that any repository has of a count, it was not retrieved.
    ends = (pl.col("month") <= pl.col("month").filter(pl.col(count).is_not_null()).max() for count in counts)
    return (
        found.filter(pl.col(metric_id).is_not_null(), *ends)
        .with_columns(pl.col(count).fill_null(0.0) for count in counts)
        .select(*keys, metric_id, *counts)
        .sort(keys)
    )


def _values(upstreams: Upstreams, names: Sequence[str], metric_id: str) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (name, value.month.first_day, value.value, value.is_interpolated)
            for name in names
            for value in fetch_series(upstreams, name, metric_id).months.values
        ],
        schema={
            "repo_full_name": pl.String,
            "month": pl.Date,
            metric_id: pl.Float64,
            "is_interpolated": pl.Boolean,
        },
        orient="row",
    )
