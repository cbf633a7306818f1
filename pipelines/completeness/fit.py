"""Fitting the nowcast on healthy series: coefficients by least squares, intervals by split conformal prediction.

Source of the intervals: J. Lei, M. G'Sell, A. Rinaldo, R. Tibshirani and L. Wasserman, "Distribution-Free Predictive
Inference for Regression", JASA 113 (2018): errors over a fitted scale, of projects that the fit has not seen.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipelines.completeness.changes import (
    BOTH,
    CHANGE_REQUESTS,
    ISSUES_NEW,
    MEASURES,
    complete_months,
    compute_changes,
    compute_pairs,
    window_means,
)
from pipelines.completeness.prediction import error_scale, predict_change, predict_level
from pipelines.floor.errors import LandscapeError
from pipelines.seeds.completeness import (
    BothMeasures,
    ConformalQuantile,
    HorizonModel,
    IntervalScale,
    LevelModel,
    NowcastModel,
    OneMeasure,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from pipelines.seeds.completeness import NowcastRules

DECIMALS = 4
"""Of every fitted number, so that two machines write the same file."""


def fit_nowcast(series: pl.DataFrame, before: date, rules: NowcastRules, vintage: str) -> NowcastModel:
    """Fit the model of changes at each horizon, and the population's level model.

    Parameters
    ----------
    series
        ``project_id, month, openrank, change_requests, issues_new`` of healthy months, each project and month once;
        null is unknown.
    before
        Only values of months before it enter.
    rules
        From ``completeness.yml``.
    vintage
        Version of OpenDigger's algorithm that `series` has.

    Raises
    ------
    LandscapeError
        If a horizon has too few pairs to fit.

    Notes
    -----
    Log change of OpenRank = a + b · log change of change requests + c · log change of new issues, over all pairs in
    which both measures say something; from one measure alone the same with one slope. Projects are divided into
    `rules.folds_count` parts by the CRC-32 of their id. Errors of each part come from a fit without it; their scale
    is fitted to them with weights that are not negative, and the quantiles are those of the errors over their scale.
    The coefficients in use come from all projects.
    """
    healthy = series.filter(pl.col("month") < before)
    return NowcastModel(
        vintage=vintage,
        horizons=tuple(_fit_horizon(healthy, horizon, rules) for horizon in rules.horizons),
        level=_fit_level(healthy, rules),
    )


def kinds_of_values(rules: NowcastRules) -> tuple[tuple[int, int], ...]:
    """Months of value and of counts that quantiles are taken for."""
    return ((rules.counts_months, rules.counts_months), (1, rules.counts_months), (1, 1))


def changes_at(
    series: pl.DataFrame, horizon: int, kind: tuple[int, int], rules: NowcastRules
) -> pl.DataFrame:
    """Pairs of a kind with their changes and ``actual``: the logarithm of the change of OpenRank."""
    return compute_changes(compute_pairs(series, horizon, *kind, rules), rules).with_columns(
        actual=(pl.col("value") / pl.col("level")).log()
    )


def level_windows(series: pl.DataFrame, rules: NowcastRules) -> pl.DataFrame:
    """Windows for the level model: ``project_id, month, change_requests, issues_new, actual`` (log OpenRank)."""
    means = window_means(
        complete_months(series),
        {column: column for column in ("openrank", *MEASURES)},
        rules.counts_months,
        rules.counts_months,
    )
    known = means.drop_nulls().filter(pl.col("openrank") > 0)
    return known.with_columns(actual=pl.col("openrank").log()).drop("openrank")


def _fit_horizon(series: pl.DataFrame, horizon: int, rules: NowcastRules) -> HorizonModel:
    pairs = {kind: changes_at(series, horizon, kind, rules) for kind in kinds_of_values(rules)}
    main = pairs[kinds_of_values(rules)[0]]
    if len(main) < 2 * rules.folds_count or main["project_id"].n_unique() < rules.folds_count:
        raise LandscapeError(
            f"{len(main)} pairs of a level and a value {horizon} months later are too few to fit the nowcast on",
            hint="fit it on the sample: landscape evaluate --write",
        )
    whole = _coefficients(main, horizon, rules)
    unseen = _unseen(main, main, horizon, rules)
    scale = _fit_scale(unseen)
    scaled = whole.model_copy(update={"scale": scale})
    quantiles = []
    for kind, of_kind in pairs.items():
        errors = _unseen(of_kind, main, horizon, rules)
        ratio = (errors["error"].abs() / errors.select(error_scale(scale, rules)).to_series()).to_numpy()
        inner, outer = _quantiles(ratio, rules)
        quantiles.append(
            ConformalQuantile(value_months=kind[0], counts_months=kind[1], inner=inner, outer=outer)
        )
    return scaled.model_copy(update={"quantiles": tuple(quantiles)})


def _coefficients(pairs: pl.DataFrame, horizon: int, rules: NowcastRules) -> HorizonModel:
    """Everything but scale and quantiles, which hold 1 until they are fitted."""
    said = pairs.filter(pl.col("method") == BOTH)
    columns = [f"{measure}_change" for measure in MEASURES]
    intercept, *slopes = _least_squares(said, columns)
    edge = (1 - rules.range_share) / 2
    change_requests_range, issues_new_range = (
        (_rounded(low), _rounded(high))
        for low, high in (np.quantile(said[column].to_numpy(), (edge, 1 - edge)) for column in columns)
    )
    return HorizonModel(
        months=horizon,
        pairs_count=len(pairs),
        projects_count=pairs["project_id"].n_unique(),
        both=BothMeasures(intercept=intercept, change_requests=slopes[0], issues_new=slopes[1]),
        change_requests_alone=_one_measure(said, columns[0]),
        issues_new_alone=_one_measure(said, columns[1]),
        change_requests_range=change_requests_range,
        issues_new_range=issues_new_range,
        scale=IntervalScale(constant=1.0, size=0.0, change=0.0),
        quantiles=(ConformalQuantile(value_months=1, counts_months=1, inner=1.0, outer=1.0),),
    )


def _one_measure(frame: pl.DataFrame, column: str) -> OneMeasure:
    intercept, slope = _least_squares(frame, [column])
    return OneMeasure(intercept=intercept, slope=slope)


def _least_squares(frame: pl.DataFrame, columns: Sequence[str]) -> list[float]:
    x = np.column_stack([np.ones(len(frame)), *(frame[column].to_numpy() for column in columns)])
    found = np.linalg.lstsq(x, frame["actual"].to_numpy(), rcond=None)[0]
    return [_rounded(one) for one in found]


def _unseen(pairs: pl.DataFrame, fitted_on: pl.DataFrame, horizon: int, rules: NowcastRules) -> pl.DataFrame:
    """`pairs` with ``error``: actual less predicted, each project's from a fit on the other parts of `fitted_on`."""

    def without(part: int) -> pl.DataFrame:
        model = _coefficients(_outside(fitted_on, part, rules), horizon, rules)
        return predict_change(_inside(pairs, part, rules), model)

    return _errors(without, rules)


def _errors(without: Callable[[int], pl.DataFrame], rules: NowcastRules) -> pl.DataFrame:
    found = pl.concat([without(part) for part in range(rules.folds_count)])
    return found.with_columns(error=pl.col("actual") - pl.col("predicted")).filter(
        pl.col("error").is_not_null()
    )


def _inside(pairs: pl.DataFrame, part: int, rules: NowcastRules) -> pl.DataFrame:
    return pairs.filter(pl.col("project_id").is_in(_projects_of(pairs, part, rules)))


def _outside(pairs: pl.DataFrame, part: int, rules: NowcastRules) -> pl.DataFrame:
    return pairs.filter(~pl.col("project_id").is_in(_projects_of(pairs, part, rules)))


def _projects_of(pairs: pl.DataFrame, part: int, rules: NowcastRules) -> list[str]:
    ids = pairs["project_id"].unique().sort().to_list()
    return [one for one in ids if zlib.crc32(one.encode()) % rules.folds_count == part]


def _fit_scale(errors: pl.DataFrame) -> IntervalScale:
    """Non-negative least squares of the absolute errors on what the width grows with."""
    from scipy.optimize import nnls  # noqa: PLC0415 - a quarter of a second, for every command

    x = errors.select(pl.lit(1.0).alias("constant"), "size", pl.col("uncapped").abs()).to_numpy()
    found, _ = nnls(x, errors["error"].abs().to_numpy())
    constant, size, change = (_rounded(one) for one in found)
    return IntervalScale(constant=constant, size=size, change=change)


def _quantiles(ratios: np.ndarray, rules: NowcastRules) -> tuple[float, float]:
    """The conformal quantiles: with n errors the ⌈(n + 1) · level⌉-th smallest."""
    ordered, n = np.sort(ratios), len(ratios)
    ranks = [min(n, int(np.ceil((n + 1) * level))) for level in (rules.inner_level, rules.outer_level)]
    inner, outer = (_rounded(float(ordered[rank - 1])) for rank in ranks)
    return inner, outer


def _fit_level(series: pl.DataFrame, rules: NowcastRules) -> LevelModel:
    windows = level_windows(series, rules)
    whole = _level_coefficients(windows)

    def without(part: int) -> pl.DataFrame:
        return predict_level(
            _inside(windows, part, rules), _level_coefficients(_outside(windows, part, rules))
        )

    inner, outer = _quantiles(_errors(without, rules)["error"].abs().to_numpy(), rules)
    return whole.model_copy(update={"inner": inner, "outer": outer})


def _level_coefficients(windows: pl.DataFrame) -> LevelModel:
    """Everything but the quantiles, which hold 1 until they are fitted."""
    counts = windows.with_columns(sum=pl.sum_horizontal(MEASURES))
    kinds = ("sum", *MEASURES)
    logs = counts.with_columns(pl.col(kinds).log1p())
    whole, change_requests_alone, issues_new_alone = (_one_measure(logs, kind) for kind in kinds)
    most = {kind: _rounded(float(counts[kind].to_numpy().max())) for kind in kinds}
    return LevelModel(
        windows_count=len(windows),
        projects_count=windows["project_id"].n_unique(),
        sum_of_both=whole,
        change_requests_alone=change_requests_alone,
        issues_new_alone=issues_new_alone,
        change_requests_most=most[CHANGE_REQUESTS],
        issues_new_most=most[ISSUES_NEW],
        sum_most=most["sum"],
        inner=1.0,
        outer=1.0,
    )


def _rounded(number: float) -> float:
    # Plus zero: a negative zero is written as zero.
    return round(float(number), DECIMALS) + 0.0
