"""The formulas: from changes of counts to the change of OpenRank, from counts to its level, and their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.completeness.changes import BOTH, CHANGE_REQUESTS, ISSUES_NEW, MEASURES

if TYPE_CHECKING:
    from pipelines.seeds.completeness import HorizonModel, IntervalScale, LevelModel, NowcastRules


def predict_change(changes: pl.DataFrame, model: HorizonModel) -> pl.DataFrame:
    """Predicted logarithm of the change of OpenRank.

    Parameters
    ----------
    changes
        From `pipelines.completeness.changes.compute_changes`.
    model
        Of the horizon that all rows belong to.

    Returns
    -------
    pl.DataFrame
        `changes` with ``predicted`` (changes capped to the range of the fit), ``uncapped`` and
        ``is_outside_range``; null where the method is.
    """
    ranges = {CHANGE_REQUESTS: model.change_requests_range, ISSUES_NEW: model.issues_new_range}
    change = {measure: pl.col(f"{measure}_change") for measure in MEASURES}
    capped = {measure: change[measure].clip(*ranges[measure]) for measure in MEASURES}
    beyond = [
        pl.col("method").is_in([BOTH, measure]) & (change[measure] != capped[measure]) for measure in MEASURES
    ]
    return changes.with_columns(
        predicted=_combined(capped, model),
        uncapped=_combined(change, model),
        is_outside_range=pl.any_horizontal(beyond),
    )


def predict_level(counts: pl.DataFrame, model: LevelModel) -> pl.DataFrame:
    """Predicted logarithm of OpenRank from counts alone.

    Parameters
    ----------
    counts
        ``change_requests, issues_new`` a month; null is unknown.
    model
        The population's level model.

    Returns
    -------
    pl.DataFrame
        `counts` with ``predicted`` (counts capped to the largest of the fit; null where both are unknown) and
        ``is_outside_range``.
    """
    kinds = (
        (pl.col(CHANGE_REQUESTS) + pl.col(ISSUES_NEW), model.sum_most, model.sum_of_both),
        (pl.col(CHANGE_REQUESTS), model.change_requests_most, model.change_requests_alone),
        (pl.col(ISSUES_NEW), model.issues_new_most, model.issues_new_alone),
    )
    # A count that is unknown makes its kind null, so that the next one is taken.
    return counts.with_columns(
        predicted=pl.coalesce(
            fit.intercept + fit.slope * count.clip(upper_bound=most).log1p() for count, most, fit in kinds
        ),
        is_outside_range=pl.coalesce(count > most for count, most, _ in kinds).fill_null(value=False),
    )


def _combined(x: dict[str, pl.Expr], model: HorizonModel) -> pl.Expr:
    """The formula that the column `method` names."""
    both = model.both
    alone = {CHANGE_REQUESTS: model.change_requests_alone, ISSUES_NEW: model.issues_new_alone}
    from_both = both.intercept + both.change_requests * x[CHANGE_REQUESTS] + both.issues_new * x[ISSUES_NEW]
    from_one = {measure: alone[measure].intercept + alone[measure].slope * x[measure] for measure in MEASURES}
    return (
        pl.when(pl.col("method") == BOTH)
        .then(from_both)
        .when(pl.col("method") == CHANGE_REQUESTS)
        .then(from_one[CHANGE_REQUESTS])
        .when(pl.col("method") == ISSUES_NEW)
        .then(from_one[ISSUES_NEW])
    )


def error_scale(scale: IntervalScale, rules: NowcastRules) -> pl.Expr:
    """Scale of the error, in logarithms, of rows from `predict_change`; a break in practice widens it."""
    width = scale.constant + scale.size * pl.col("size") + scale.change * pl.col("uncapped").abs()
    return width * pl.when(pl.col("practice_break").is_not_null()).then(rules.break_widening).otherwise(1.0)


def with_intervals(
    predicted: pl.DataFrame, model: HorizonModel, rules: NowcastRules, value_months: int
) -> pl.DataFrame:
    """Intervals of the predicted logarithm of the change.

    Parameters
    ----------
    predicted
        From `predict_change`, with ``counts_months_count``.
    model
        Of the same horizon.
    rules
        What a break widens by, and how many months of counts are whole.
    value_months
        Months that the value is the mean of.

    Returns
    -------
    pl.DataFrame
        `predicted` with ``inner`` and ``outer``: half the width of both intervals, in logarithms.
    """
    whole, thin = (
        next(one for one in model.quantiles if (one.value_months, one.counts_months) == kind)
        for kind in ((value_months, rules.counts_months), (1, 1))
    )
    is_whole = pl.col("counts_months_count") >= rules.counts_months
    scale = error_scale(model.scale, rules)
    return predicted.with_columns(
        inner=pl.when(is_whole).then(whole.inner).otherwise(thin.inner) * scale,
        outer=pl.when(is_whole).then(whole.outer).otherwise(thin.outer) * scale,
    )
