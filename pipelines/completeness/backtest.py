"""How well the nowcast works on healthy series it has not seen: error beside persistence, sign, and coverage."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import polars as pl

from pipelines.completeness.fit import changes_at, fit_nowcast, kinds_of_values, level_windows
from pipelines.completeness.prediction import predict_change, predict_level, with_intervals
from pipelines.floor.periods import Month

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.seeds.completeness import NowcastModel, NowcastParameters

CLEAR_CHANGE = 1.1
"""Factor from which on a change has a direction: one of 10 %."""
ALL = "all"
_SMALL, _LARGE = 10, 100
SIZES: Mapping[str, pl.Expr] = {
    f"below {_SMALL}": pl.col("level") < _SMALL,
    f"{_SMALL} to {_LARGE}": (pl.col("level") >= _SMALL) & (pl.col("level") < _LARGE),
    f"{_LARGE} and more": pl.col("level") >= _LARGE,
}
"""Sizes of projects by their level, in OpenRank."""
SITUATIONS: Mapping[str, pl.Expr] = {
    "nowcast at least doubles": pl.col("predicted") >= log(2),
    "nowcast halves or worse": pl.col("predicted") <= -log(2),
    "break in practice": pl.col("practice_break").is_not_null(),
    "outside the range": pl.col("is_outside_range"),
}
"""Situations of a nowcast from changes."""


@dataclass(frozen=True, slots=True)
class Score:
    """What a group of judged values shows.

    Attributes
    ----------
    horizon_months
        From the last month of the level to the last of the value; null for the level model.
    value_months, counts_months
        Months that value and counts are the means of.
    group
        `ALL`, or a key of `SIZES` or `SITUATIONS`.
    values_count, projects_count
        Judged values, and projects they are of.
    median_factor
        Median of the factor between nowcast and value: 1.2 is a fifth too high, or the same too low.
    persistence_factor
        The same of "nothing has changed since the level"; null for the level model.
    right_sign_ratio
        Share with the right direction among changes of `CLEAR_CHANGE` or more; null for the level model.
    inner_ratio, outer_ratio
        Shares inside both intervals.
    inner_factor
        Median of the inner interval's end over the nowcast.
    """

    horizon_months: int | None
    value_months: int
    counts_months: int
    group: str
    values_count: int
    projects_count: int
    median_factor: float
    persistence_factor: float | None
    right_sign_ratio: float | None
    inner_ratio: float
    outer_ratio: float
    inner_factor: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """The model fitted on the early months, and its scores on the later ones."""

    model: NowcastModel
    scores: tuple[Score, ...]

    def score(self, horizon_months: int | None, value_months: int, group: str = ALL) -> Score:
        """The score of values with whole counts.

        Raises
        ------
        StopIteration
            If there is none.
        """
        most = max(one.counts_months for one in self.scores)
        return next(
            one
            for one in self.scores
            if (one.horizon_months, one.value_months, one.counts_months, one.group)
            == (horizon_months, value_months, most, group)
        )


def backtest_nowcast(series: pl.DataFrame, parameters: NowcastParameters, vintage: str) -> Backtest:
    """Fit on the early months of healthy series and judge on the later ones.

    Parameters
    ----------
    series
        As for `pipelines.completeness.fit.fit_nowcast`.
    parameters
        The periods: fitted is what lies before `backtest_fit_before`; judged are values through
        `backtest_through` whose level ends in `backtest_from` or later.
    vintage
        Version of OpenDigger's algorithm that `series` has.

    Raises
    ------
    LandscapeError
        If there is too little to fit on.
    """
    first, last = (
        Month.parse(month).first_day for month in (parameters.backtest_from, parameters.backtest_through)
    )
    before = Month.parse(parameters.backtest_fit_before).first_day
    model = fit_nowcast(series, before, parameters, vintage)
    scores = []
    for one in model.horizons:
        for kind in kinds_of_values(parameters):
            pairs = changes_at(series.filter(pl.col("month") <= last), one.months, kind, parameters)
            judged = pairs.filter(pl.col("level_through") >= first, pl.col("method").is_not_null())
            found = with_intervals(
                predict_change(judged, one).with_columns(counts_months_count=pl.lit(kind[1])),
                one,
                parameters,
                kind[0],
            )
            scores += _scores(found, one.months, kind, {**SIZES, **SITUATIONS})
    windows = level_windows(series, parameters).filter(pl.col("month").is_between(first, last))
    levels = predict_level(windows, model.level).with_columns(
        inner=pl.lit(model.level.inner), outer=pl.lit(model.level.outer), level=pl.col("actual").exp()
    )
    whole = kinds_of_values(parameters)[0]
    return Backtest(model, (*scores, *_scores(levels, None, whole, SIZES)))


def _scores(
    found: pl.DataFrame, horizon: int | None, kind: tuple[int, int], groups: Mapping[str, pl.Expr]
) -> list[Score]:
    parts = {ALL: found} | {name: found.filter(condition) for name, condition in groups.items()}
    return [_score(part, horizon, kind, name) for name, part in parts.items() if len(part)]


def _score(found: pl.DataFrame, horizon: int | None, kind: tuple[int, int], group: str) -> Score:
    error = (pl.col("actual") - pl.col("predicted")).abs()
    is_clear = pl.col("actual").abs() > pl.lit(CLEAR_CHANGE).log()
    is_right = (pl.col("actual") > 0) == (pl.col("predicted") > 0)
    row = found.select(
        values_count=pl.len(),
        projects_count=pl.col("project_id").n_unique(),
        median_factor=error.median().exp(),
        persistence_factor=pl.col("actual").abs().median().exp(),
        right_sign_ratio=is_right.filter(is_clear).mean(),
        inner_ratio=(error <= pl.col("inner")).mean(),
        outer_ratio=(error <= pl.col("outer")).mean(),
        inner_factor=pl.col("inner").median().exp(),
    ).row(0, named=True)
    if horizon is None:
        row |= {"persistence_factor": None, "right_sign_ratio": None}
    return Score(horizon, *kind, group, **row)
