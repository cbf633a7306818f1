"""The nowcast: what OpenRank would be by GitHub's own counts, with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.completeness.changes import (
    LEVEL,
    MEASURES,
    complete_months,
    compute_changes,
    window_means,
)
from pipelines.completeness.prediction import predict_change, predict_level, with_intervals

if TYPE_CHECKING:
    from pipelines.seeds.completeness import NowcastModel, NowcastRules

NOWCAST_SCHEMA = pl.Schema(
    {
        "project_id": pl.String(),
        "month": pl.Date(),
        "nowcast": pl.Float64(),
        "nowcast_low": pl.Float64(),
        "nowcast_high": pl.Float64(),
        "nowcast_lowest": pl.Float64(),
        "nowcast_highest": pl.Float64(),
        "method": pl.String(),
        "is_outside_range": pl.Boolean(),
        "practice_break": pl.String(),
        "change_requests": pl.Float64(),
        "issues_new": pl.Float64(),
        "change_requests_ratio": pl.Float64(),
        "issues_new_ratio": pl.Float64(),
        "counts_months_count": pl.Int64(),
        "level": pl.Float64(),
        "level_through": pl.Date(),
        "horizon_months": pl.Int64(),
        "nowcast_vintage": pl.String(),
    }
)
"""Columns of a nowcast; `compute_nowcast` says what they hold."""


def compute_nowcast(
    levels: pl.DataFrame,
    counts: pl.DataFrame,
    model: NowcastModel,
    rules: NowcastRules,
    value_months: int = 1,
) -> pl.DataFrame:
    """Nowcast OpenRank for every month of counts after a project's level.

    Parameters
    ----------
    levels
        From `pipelines.completeness.changes.compute_levels`.
    counts
        ``project_id, month, change_requests, issues_new``: GitHub's own, each project and month once; null is
        unknown. Where a project has no level, the population's level model decides.
    model
        What was fitted.
    rules
        What it was fitted with.
    value_months
        1 for the value of each month, `rules.counts_months` for the mean of that many months up to it.

    Returns
    -------
    pl.DataFrame
        `NOWCAST_SCHEMA`, sorted by project and month, a row for each month of `counts` after the level that has a
        count: ``nowcast_low, nowcast_high`` at `rules.inner_level`, ``nowcast_lowest, nowcast_highest`` at
        `rules.outer_level`. `method` says what it is from: ``both``, ``change_requests`` or ``issues_new`` changes
        since the level, or ``level``, the population's model. Where `is_outside_range` is true, a change (or a
        count, under the level model) lies beyond what was fitted and was capped there, or the level is farther
        away than the farthest horizon. ``change_requests, issues_new`` are the mean counts a month that entered,
        `…_ratio` their change since the level, pseudo-counts included, before any cap; null without a level.

    Notes
    -----
    Counts enter as the mean of up to `rules.counts_months` known months. Where fewer are known, the interval is that
    of a value that rests on one month. The interval is nowcast × exp(± quantile × scale); the scale grows for small
    projects and with the change before any cap, and by `rules.break_widening` where a break in practice is named.
    """
    targets = _recent_counts(counts, rules).join(levels, on="project_id", how="left")
    years = pl.col("month").dt.year().cast(pl.Int64) - pl.col("level_through").dt.year()
    months = pl.col("month").dt.month().cast(pl.Int64) - pl.col("level_through").dt.month()
    changes = compute_changes(
        targets.filter(pl.col("level").is_null() | (pl.col("month") > pl.col("level_through"))), rules
    ).with_columns(horizon_months=years * 12 + months)
    has_change = pl.col("level").is_not_null() & pl.col("method").is_not_null()
    found = pl.concat(
        [
            _from_level_model(changes.filter(~has_change), model),
            *_from_changes(changes.filter(has_change), model, rules, value_months),
        ],
        how="diagonal",
    )
    centre = pl.col("predicted").exp() * pl.when(pl.col("method") == LEVEL).then(1.0).otherwise(
        pl.col("level")
    )
    return (
        found.with_columns(
            (centre * (sign * pl.col(width)).exp()).alias(name)
            for name, width, sign in (
                ("nowcast", "inner", 0),
                ("nowcast_low", "inner", -1),
                ("nowcast_high", "inner", 1),
                ("nowcast_lowest", "outer", -1),
                ("nowcast_highest", "outer", 1),
            )
        )
        .with_columns(
            pl.when(pl.col("level").is_not_null())
            .then(pl.col(f"{measure}_change").exp())
            .alias(f"{measure}_ratio")
            for measure in MEASURES
        )
        .select(pl.col(name).cast(dtype) for name, dtype in NOWCAST_SCHEMA.items())
        .sort("project_id", "month")
    )


def _recent_counts(counts: pl.DataFrame, rules: NowcastRules) -> pl.DataFrame:
    """Mean counts up to each month that has one, and of how many months both measures are known."""
    known = pl.all_horizontal(pl.col(measure).is_not_null() for measure in MEASURES)
    has_count = pl.any_horizontal(pl.col(measure).is_not_null() for measure in MEASURES)
    whole = complete_months(counts.select("project_id", "month", *MEASURES))
    known_months = known.cast(pl.Int64).rolling_sum(rules.counts_months, min_samples=1).over("project_id")
    means = window_means(
        whole, {measure: measure for measure in MEASURES}, rules.counts_months, least_months=1
    )
    asked = whole.select("project_id", "month", has_count=has_count, counts_months_count=known_months)
    return means.join(asked, on=["project_id", "month"]).filter("has_count").drop("has_count")


def _from_changes(
    changes: pl.DataFrame, model: NowcastModel, rules: NowcastRules, value_months: int
) -> list[pl.DataFrame]:
    """Predictions by the nearest horizon of the model; of two as near, by the farther one."""
    farthest = max(one.months for one in model.horizons)
    nearest = {
        months: min(model.horizons, key=lambda one: (abs(one.months - months), -one.months)).months
        for months in changes["horizon_months"].unique().to_list()
    }
    return [
        with_intervals(
            predict_change(
                changes.filter(pl.col("horizon_months").replace_strict(nearest, default=None) == one.months),
                one,
            ),
            one,
            rules,
            value_months,
        ).with_columns(is_outside_range=pl.col("is_outside_range") | (pl.col("horizon_months") > farthest))
        for one in model.horizons
    ]


def _from_level_model(changes: pl.DataFrame, model: NowcastModel) -> pl.DataFrame:
    """Predictions of the level, in the vintage of the fit."""
    return predict_level(changes, model.level).with_columns(
        method=pl.lit(LEVEL),
        practice_break=pl.lit(None, pl.String),
        inner=pl.lit(model.level.inner),
        outer=pl.lit(model.level.outer),
        nowcast_vintage=pl.lit(model.vintage),
    )
