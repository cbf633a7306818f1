"""Capture: what a source counts of what GitHub counts, with a Wilson interval.

Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927).
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.periods import Month, months_between

if TYPE_CHECKING:
    from pipelines.seeds.completeness import EventStream

COMBINED_METRICS = ("issues_new", "change_requests")
"""Measures whose sum gives the capture of a project and month."""
GLOBAL_PULL_REQUESTS = "PullRequestEvent"
"""Type of the events that the measured hours count."""
ALL_TYPES = "all"


def compute_capture(counts: pl.DataFrame, level: float) -> pl.DataFrame:
    """Share of GitHub's count that a source has.

    Parameters
    ----------
    counts
        ``source_count, github_count`` with any further columns, such as ``project_id, month, metric_id``. A null
        count is unknown.
    level
        Level of the interval, such as 0.95.

    Returns
    -------
    pl.DataFrame
        `counts` with ``capture_ratio, capture_low, capture_high``; all null where a count is unknown
        or GitHub counts nothing: of nothing there is no share.

    Notes
    -----
    A ratio above 1 is kept. The source then counts what GitHub no longer shows (deleted or transferred
    issues), so its events are no sample of GitHub's. The interval reaches from the lower end for a source that has
    all of GitHub's count up to the ratio itself, so that it joins the interval at a ratio of 1 without a step.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    total = pl.col("github_count").cast(pl.Float64)
    share = pl.min_horizontal("source_count", "github_count").cast(pl.Float64) / total
    spread = z * (share * (1 - share) / total + z**2 / (4 * total**2)).sqrt()
    shrunk = 1 + z**2 / total
    ratio = pl.col("source_count") / pl.col("github_count")
    is_known = pl.col("source_count").is_not_null() & (pl.col("github_count") > 0)
    high = pl.when(ratio >= 1).then(ratio).otherwise((share + z**2 / (2 * total) + spread) / shrunk)
    return counts.with_columns(
        pl.when(is_known).then(expression).alias(name)
        for name, expression in {
            "capture_ratio": ratio,
            "capture_low": pl.when(share > 0)
            .then((share + z**2 / (2 * total) - spread) / shrunk)
            .otherwise(0.0),
            "capture_high": high,
        }.items()
    )


def compute_combined_capture(counts: pl.DataFrame, level: float) -> pl.DataFrame:
    """Capture of a project and month from its issues and change requests together.

    Parameters
    ----------
    counts
        ``project_id, month, metric_id, source_count, github_count``; other metrics than `COMBINED_METRICS` are left
        aside.
    level
        Level of the interval.

    Returns
    -------
    pl.DataFrame
        ``project_id, month, source_count, github_count`` with the columns of `compute_capture`, a row for each
        project and month that either measure has a row of; unknown unless all four counts are known.
    """
    both = counts.filter(pl.col("metric_id").is_in(COMBINED_METRICS))
    is_whole = pl.col("metric_id").n_unique() == len(COMBINED_METRICS)
    sums = (
        both.group_by("project_id", "month")
        .agg(
            pl.when(is_whole & (pl.col(column).null_count() == 0)).then(pl.col(column).sum()).alias(column)
            for column in ("source_count", "github_count")
        )
        .sort("project_id", "month")
    )
    return compute_capture(sums, level)


def compute_global_capture(stream: EventStream, level: float) -> pl.DataFrame:
    """Capture of the whole stream by month and type of event, for months without counts of a project.

    Parameters
    ----------
    stream
        Observed months and measured hours.
    level
        Level of the interval of measured hours.

    Returns
    -------
    pl.DataFrame
        ``month, event_type, capture_ratio, capture_low, capture_high, provenance``, sorted by type and month: a row
        for each measured month, and after the baseline for every month from the first to the last known one of the
        type. Provenance ``global-hours``: pull requests
        opened in measured hours against GitHub's search; ``global-volume``: events of the month over those of the
        baseline, without an interval; ``global-interpolated``: between two known months, on the line through them.

    Notes
    -----
    A volume over its baseline is a share only as far as GitHub itself did not grow, so it flatters; measured hours
    go before it. The sum of all types is left out: pushes rise while everything else falls.
    """
    observed = pl.DataFrame(
        [(one.month, one.event_type, one.events_count) for one in stream.observed_months],
        schema=["month", "event_type", "events_count"],
        orient="row",
    ).filter(pl.col("event_type") != ALL_TYPES)
    baseline = (
        observed.filter(pl.col("month").is_in(stream.baseline_months))
        .group_by("event_type")
        .agg(baseline_count=pl.col("events_count").mean())
    )
    nothing = pl.lit(None, pl.Float64)
    by_volume = (
        observed.filter(pl.col("month") > max(stream.baseline_months))
        .join(baseline, on="event_type")
        .select(
            "month",
            "event_type",
            capture_ratio=pl.col("events_count") / pl.col("baseline_count"),
            capture_low=nothing,
            capture_high=nothing,
            provenance=pl.lit("global-volume"),
        )
    )
    measured = _by_measured_hours(stream, level)
    known = pl.concat([measured, by_volume.join(measured, on=["month", "event_type"], how="anti")])
    is_later = pl.col("month") > max(stream.baseline_months)
    earlier = known.filter(~is_later).with_columns(pl.col("month").str.to_date("%Y-%m"))
    return pl.concat([earlier, _interpolated(known.filter(is_later))]).sort("event_type", "month")


def _by_measured_hours(stream: EventStream, level: float) -> pl.DataFrame:
    hours = pl.DataFrame(
        [
            (one.hour[:7], one.source_count, one.github_count)
            for one in stream.capture_measurements
            if one.archive == "gharchive" and one.metric_id == "change_requests"
        ],
        schema=["month", "source_count", "github_count"],
        orient="row",
    )
    sums = hours.group_by("month").sum()
    return (
        compute_capture(sums, level)
        .select(
            "month",
            "capture_ratio",
            "capture_low",
            "capture_high",
            event_type=pl.lit(GLOBAL_PULL_REQUESTS),
            provenance=pl.lit("global-hours"),
        )
        .select("month", "event_type", "capture_ratio", "capture_low", "capture_high", "provenance")
    )


def _interpolated(known: pl.DataFrame) -> pl.DataFrame:
    """`known` with the months between, their ratio on the line through their neighbours."""
    spans = known.group_by("event_type", maintain_order=True).agg(
        first=pl.col("month").min(), last=pl.col("month").max()
    )
    grid = pl.DataFrame(
        [
            (event_type, str(month))
            for event_type, first, last in spans.iter_rows()
            for month in months_between(Month.parse(first), Month.parse(last))
        ],
        schema=["event_type", "month"],
        orient="row",
    )
    return (
        grid.join(known, on=["event_type", "month"], how="left")
        .sort("event_type", "month")
        .with_columns(
            pl.col("month").str.to_date("%Y-%m"),
            pl.col("capture_ratio").interpolate().over("event_type"),
            pl.col("provenance").fill_null("global-interpolated"),
        )
        .select("month", "event_type", "capture_ratio", "capture_low", "capture_high", "provenance")
    )
