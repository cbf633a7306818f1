"""How much of the archives is there: observed against expected events, per hour, month and type.

A gap is unknown, never zero. While the stream is healthy, the expectation is learnt from the hours around, so that a
slow change of the volume is no gap while a sudden hole is one. From the day on that it breaks, nothing is learnt: the
expectation stays that of the last healthy hours.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.messages import TEXT
from pipelines.metrics.sentences import filled

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from pipelines.seeds.completeness import EventStream

ARCHIVE_IN_ALL = pl.DataFrame({"source": ["gharchive"], "event_type": ["all"]})
"""What an hour is a gap of when nothing at all was read."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """How the expected number of events is found.

    Attributes
    ----------
    reach
        How far before and after an hour its comparable hours lie.
    comparable_hours_count
        Fewest comparable hours that make an expectation; with fewer it is unknown.
    gap_ratio
        Below this share of the expectation an hour is a gap.
    broken_since
        From this hour on the stream loses events, and no expectation is learnt; None while it is healthy.
    month_gap_ratio
        Below this share of the expectation a month is a gap: it lacks the noise of an hour.
    """

    reach: timedelta
    comparable_hours_count: int
    gap_ratio: float
    broken_since: datetime | None
    month_gap_ratio: float


def hourly_means(stream: EventStream) -> pl.DataFrame:
    """Mean events of an hour in the healthy months that the seeds name.

    Returns
    -------
    pl.DataFrame
        ``source, event_type, hourly_mean``; types that nobody counted have no row.
    """
    return (
        pl.DataFrame(
            [
                (one.event_type, one.events_count, 24 * monthrange(*map(int, one.month.split("-")))[1])
                for one in stream.observed_months
                if one.month in stream.baseline_months
            ],
            schema={"event_type": pl.String, "events_count": pl.Int64, "hours_count": pl.Int64},
            orient="row",
        )
        .group_by("event_type")
        .agg(hourly_mean=pl.col("events_count").sum() / pl.col("hours_count").sum())
        .join(ARCHIVE_IN_ALL.select("source"), how="cross")
        .select("source", "event_type", "hourly_mean")
        .sort("event_type")
    )


def compute_event_coverage(
    counts: pl.DataFrame,
    hours: pl.DataFrame,
    closed_hours: pl.DataFrame,
    means: pl.DataFrame,
    baseline: Baseline,
) -> pl.DataFrame:
    """Hold each hour's events against the median of comparable hours.

    Comparable is the same hour of the week within the baseline's reach, and if those are too few, the same
    hour of the day. The hour itself does not count, nor hours that were not read or that a known gap covers.
    Once the stream is broken, the comparable hours are the last healthy ones; if they are too few, the expectation is
    the mean hour of healthy months, whatever the time of day.

    Parameters
    ----------
    counts
        ``source, hour, event_type, observed_count`` of the hours that were read.
    hours
        As of `unite_archives`: one row per hour that was asked for.
    closed_hours
        ``start_hour, end_hour, event_type, detail, detail_message``: known gaps of the first archive, which another
        one closes. An open end reaches as far as the data; a null type means all of them.
    means
        As of `hourly_means`.
    baseline
        How the expectation is found.

    Returns
    -------
    pl.DataFrame
        ``source, hour, event_type, observed_count, expected_count, coverage_ratio, is_gap, is_partial, detail,
        detail_messages``: a row for each type that is expected or observed in an hour. `observed_count` is null
        where no file was read, zero where a file was read that has none.
    """
    read = hours.filter(pl.col("status").is_in(["loaded", "damaged"]))
    types = pl.concat([counts.select("source", "event_type"), ARCHIVE_IN_ALL]).unique()
    grid = _with_gap_detail(hours.join(types, how="cross"), closed_hours)
    keys = ["source", "hour", "event_type"]
    observed = (
        grid.join(read.select("hour"), on="hour", how="semi")
        .join(counts, on=keys, how="left")
        .with_columns(pl.col("observed_count").fill_null(0))
    )
    is_reliable = pl.col("gap_detail").is_null() & (pl.col("status") == "loaded") & _is_healthy(baseline)
    reliable = observed.filter(is_reliable)
    expected = _expected(grid.select(keys), reliable.select(*keys, "observed_count"), means, baseline)
    ratio = pl.col("observed_count") / pl.col("expected_count")
    return (
        grid.join(expected, on=keys, how="left")
        .join(observed.select(*keys, "observed_count"), on=keys, how="left")
        .filter(
            (pl.col("observed_count") > 0) | (pl.col("expected_count") > 0) | (pl.col("status") != "loaded")
        )
        .with_columns(coverage_ratio=pl.when(pl.col("expected_count") > 0).then(ratio))
        .with_columns(
            is_gap=(pl.col("coverage_ratio") < baseline.gap_ratio).fill_null(value=False)
            | (pl.col("status") != "loaded")
            | pl.col("gap_detail").is_not_null()
        )
        .with_columns(detail=_detail(), detail_messages=_detail_messages())
        .select(
            "source",
            "hour",
            "event_type",
            "observed_count",
            "expected_count",
            "coverage_ratio",
            "is_gap",
            "is_partial",
            "detail",
            "detail_messages",
        )
        .sort("source", "hour", "event_type")
    )


def compute_month_coverage(hourly: pl.DataFrame, baseline: Baseline) -> pl.DataFrame:
    """Coverage of the months in which the stream is broken, by type of event: a loss that no single hour shows.

    Parameters
    ----------
    hourly
        As of `compute_event_coverage`.
    baseline
        How the expectation is found.

    Returns
    -------
    pl.DataFrame
        ``source, month, event_type, observed_count, expected_count, coverage_ratio, is_gap, is_partial, detail,
        detail_messages``, the month as its first hour. Both counts are sums over the hours with an expectation; those
        that were not read add to the expectation only. `observed_count` is null where no hour was read.
    """
    read = pl.col("observed_count")
    return (
        hourly.filter(~_is_healthy(baseline), pl.col("expected_count").is_not_null())
        .group_by("source", pl.col("hour").dt.truncate("1mo").alias("month"), "event_type")
        .agg(
            observed_count=pl.when(read.count() > 0).then(read.sum()),
            expected_count=pl.col("expected_count").sum(),
            is_partial=pl.col("is_partial").any(),
        )
        .with_columns(coverage_ratio=pl.col("observed_count") / pl.col("expected_count"))
        .with_columns(is_gap=(pl.col("coverage_ratio") < baseline.month_gap_ratio).fill_null(value=True))
        .with_columns(
            detail=pl.when(_is_short()).then(_THIN),
            detail_messages=pl.when(_is_short()).then(_thin_messages()),
        )
        .select(
            "source",
            "month",
            "event_type",
            "observed_count",
            "expected_count",
            "coverage_ratio",
            "is_gap",
            "is_partial",
            "detail",
            "detail_messages",
        )
        .sort("source", "month", "event_type")
    )


def _is_healthy(baseline: Baseline) -> pl.Expr:
    """Whether an expectation may be learnt from the hour."""
    return pl.lit(value=True) if baseline.broken_since is None else pl.col("hour") < baseline.broken_since


def _with_gap_detail(grid: pl.DataFrame, closed_hours: pl.DataFrame) -> pl.DataFrame:
    """`grid` with ``gap_detail``: what is known about a gap that covers the row, null outside of gaps."""
    closed = closed_hours.select(
        "start_hour",
        "end_hour",
        closed_type="event_type",
        gap_detail="detail",
        gap_message="detail_message",
    )
    covered = (
        grid.filter(~pl.col("is_elsewhere"))
        .select("hour", "event_type")
        .unique()
        .join_where(
            closed,
            pl.col("hour") >= pl.col("start_hour"),
            pl.col("end_hour").is_null() | (pl.col("hour") <= pl.col("end_hour")),
            pl.col("closed_type").is_null() | (pl.col("closed_type") == pl.col("event_type")),
        )
        .group_by("hour", "event_type")
        .agg(
            pl.col("gap_detail").sort().str.join("; "),
            gap_messages=pl.col("gap_message").sort_by("gap_detail"),
        )
    )
    return grid.join(covered, on=["hour", "event_type"], how="left")


def _expected(
    asked: pl.DataFrame, reliable: pl.DataFrame, means: pl.DataFrame, baseline: Baseline
) -> pl.DataFrame:
    """Median of comparable hours, by hour of the week where they are enough, else by hour of the day, else the mean."""
    weekly = _median_of(
        asked, reliable, baseline, pl.col("hour").dt.weekday() * 24 + pl.col("hour").dt.hour()
    )
    daily = _median_of(asked, reliable, baseline, pl.col("hour").dt.hour().cast(pl.Int64))
    keys = ["source", "hour", "event_type"]
    usual = asked.filter(~_is_healthy(baseline)).join(means, on=["source", "event_type"])
    return (
        weekly.join(daily, on=keys, how="full", coalesce=True, suffix="_daily")
        .join(usual, on=keys, how="full", coalesce=True)
        .select(
            *keys,
            expected_count=pl.coalesce("expected_count", "expected_count_daily", "hourly_mean")
            .round()
            .cast(pl.Int64),
        )
        .filter(pl.col("expected_count").is_not_null())
    )


def _median_of(
    asked: pl.DataFrame, reliable: pl.DataFrame, baseline: Baseline, season: pl.Expr
) -> pl.DataFrame:
    slot = season.cast(pl.Int64).alias("season")
    others = reliable.with_columns(slot).rename({"hour": "other_hour"})
    distance = (pl.col("other_hour") - pl.col("middle")).abs()
    last_healthy = (
        pl.lit(None, pl.Datetime("us"))
        if baseline.broken_since is None
        else pl.lit(baseline.broken_since, pl.Datetime("us")) - baseline.reach
    )
    return (
        asked.with_columns(slot, middle=pl.when(_is_healthy(baseline)).then("hour").otherwise(last_healthy))
        .join(others, on=["source", "event_type", "season"])
        .filter(pl.col("other_hour") != pl.col("hour"), distance <= baseline.reach)
        .group_by("source", "hour", "event_type")
        .agg(expected_count=pl.col("observed_count").median(), comparable_hours_count=pl.len())
        .filter(pl.col("comparable_hours_count") >= baseline.comparable_hours_count)
        .drop("comparable_hours_count")
    )


def _detail() -> pl.Expr:
    """Why the hour is a gap or partial, in English; null where it is neither."""
    thin = pl.when(_is_thin()).then(_THIN)
    partial = pl.when("is_partial").then(
        pl.format("only {} of {} archives that have this hour", "served_by", "archives_count")
    )
    return pl.coalesce(
        pl.when(_is_unread()).then(pl.concat_str(["status", "detail"], separator=": ", ignore_nulls=True)),
        pl.col("gap_detail"),
        pl.when(_is_thin() | pl.col("is_partial")).then(
            pl.concat_str([thin, partial], separator="; ", ignore_nulls=True)
        ),
    )


def _detail_messages() -> pl.Expr:
    """The same as messages, those of several known gaps in the order of their details."""
    missing = pl.struct(code=pl.lit("hour.missing"))
    unread = pl.struct(
        code=pl.lit("hour.unread"),
        status=pl.struct(code=pl.lit(TEXT), text=pl.col("status")),
        detail=pl.col("detail").fill_null(""),
    )
    partial = pl.struct("served_by", "archives_count", code=pl.lit("hour.partial"))
    said_partial = pl.concat_list(partial.struct.json_encode())
    no_message = pl.lit([], dtype=pl.List(pl.String))
    found = (
        pl.when(_is_thin())
        .then(_thin_messages())
        .otherwise(no_message)
        .list.concat(pl.when("is_partial").then(said_partial).otherwise(no_message))
    )
    return pl.coalesce(
        pl.when(pl.col("status") == "missing").then(pl.concat_list(missing.struct.json_encode())),
        pl.when(_is_unread()).then(pl.concat_list(unread.struct.json_encode())),
        pl.col("gap_messages"),
        pl.when(_is_thin() | pl.col("is_partial")).then(found),
    )


def _is_unread() -> pl.Expr:
    return pl.col("status") != "loaded"


def _is_thin() -> pl.Expr:
    return pl.col("gap_detail").is_null() & pl.col("is_gap")


def _is_short() -> pl.Expr:
    return pl.col("is_gap") & pl.col("observed_count").is_not_null()


_THIN = filled("hour.thin", observed_count=pl.col("observed_count"), expected_count=pl.col("expected_count"))


def _thin_messages() -> pl.Expr:
    thin = pl.struct("observed_count", "expected_count", code=pl.lit("hour.thin"))
    return pl.concat_list(thin.struct.json_encode())
