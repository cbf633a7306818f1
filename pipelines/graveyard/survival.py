"""How long projects live: lifetimes from their series, Kaplan-Meier curves of groups, and their comparison.

References
----------
E. L. Kaplan, P. Meier: Nonparametric estimation from incomplete observations, JASA 53 (1958) 457-481.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipelines.floor.periods import Month
from pipelines.metrics.rounding import rounded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from types import ModuleType

    from scipy import stats

    from pipelines.metrics.panel import OpenrankPanel

ALL = "all"
_CONFIDENCE_LEVEL = 0.95


def compute_lifetimes(
    created: pl.DataFrame, ended: pl.DataFrame, panel: OpenrankPanel, as_of: Month, silence_months: int
) -> pl.DataFrame:
    """How long each project was seen to live, and whether it ended.

    Parameters
    ----------
    created
        ``project_id, created_at`` (null if unknown).
    ended
        ``project_id, ended_on``: the projects that lie in the graveyard, with their last sign of life; a null
        day counts as none.
    panel
        Monthly OpenRank of the projects.
    as_of
        Last month looked at.
    silence_months
        Retrieved months without a value, up to the last retrieved one, that end a life.

    Returns
    -------
    pl.DataFrame
        ``project_id, created_on, age_months, is_ended``, sorted by project; projects created by the as-of
        month alone. ``age_months`` counts from the month of creation to the last month of life, or where the
        project did not end, to the last retrieved month. Both are null where creation is unknown, or no month
        has a value and no end is known: such a lifetime is unknown and not short. A month that was not
        retrieved breaks a silence.
    """
    lived = panel.values[: max(panel.row_of(as_of) + 1, 0)]
    retrieved = panel.is_retrieved[: len(lived)]
    rows: list[tuple[str, date | None, int | None, bool | None]] = []
    columns = {project_id: column for column, project_id in enumerate(panel.project_ids)}
    ended_on = dict(ended.drop_nulls("ended_on").select("project_id", "ended_on").iter_rows())
    for project_id, created_on in (
        created.select("project_id", pl.col("created_at").cast(pl.Date)).sort("project_id").iter_rows()
    ):
        if created_on is not None and created_on > as_of.last_day:
            continue
        column = columns[project_id]
        with_value = np.flatnonzero(np.nan_to_num(lived[:, column]) > 0)
        if created_on is not None and project_id in ended_on:
            age = Month.of(ended_on[project_id]).months_since(Month.of(created_on))
            rows.append((project_id, created_on, max(age, 0), True))
            continue
        if created_on is None or not with_value.size:
            rows.append((project_id, created_on, None, None))
            continue
        last_value, last_retrieved = with_value[-1], np.flatnonzero(retrieved[:, column])[-1]
        silent = retrieved[last_value + 1 : last_retrieved + 1, column]
        is_ended = len(silent) >= silence_months and bool(silent.all())
        last_seen = panel.first_month + int(last_value if is_ended else last_retrieved)
        age = last_seen.months_since(Month.of(created_on))
        rows.append((project_id, created_on, max(age, 0), is_ended))
    return pl.DataFrame(
        rows,
        schema={
            "project_id": pl.String,
            "created_on": pl.Date,
            "age_months": pl.Int64,
            "is_ended": pl.Boolean,
        },
        orient="row",
    )


def compute_survival(lifetimes: pl.DataFrame, domains: pl.DataFrame) -> pl.DataFrame:
    """Survival of all projects, of each domain and of each year of creation.

    Parameters
    ----------
    lifetimes
        From `compute_lifetimes`.
    domains
        ``project_id, domain``; null if unclassified.

    Returns
    -------
    pl.DataFrame
        Rows of the contract ``survival_curves``: a row for each age at which a life of the group ended or was
        observed no longer. A group without a known lifetime has one row at age 0 that says how many were left
        out. So has a group where projects that ended belong to no group of their kind: it would look as
        if nobody in it ended.
    """
    year = pl.col("created_on").dt.year().cast(pl.String)
    subjects = lifetimes.join(
        domains.select("project_id", "domain"), on="project_id", how="left"
    ).with_columns(cohort=year, all=pl.lit(ALL))
    rows = [
        (grouping, value, *point)
        for grouping in (ALL, "cohort", "domain")
        for unplaced in [subjects.filter(pl.col(grouping).is_null() & pl.col("is_ended")).height]
        for value in subjects[grouping].drop_nulls().unique().sort()
        for point in _points(
            subjects.filter(pl.col(grouping) == value),
            subjects.filter(pl.col(grouping).ne_missing(value)),
            unplaced,
        )
    ]
    return pl.DataFrame(
        rows,
        schema={
            "grouping": pl.String,
            "group_value": pl.String,
            "age_months": pl.Int64,
            "survival_ratio": pl.Float64,
            "survival_low_ratio": pl.Float64,
            "survival_high_ratio": pl.Float64,
            "at_risk_count": pl.Int64,
            "ended_count": pl.Int64,
            "censored_count": pl.Int64,
            "projects_count": pl.Int64,
            "excluded_count": pl.Int64,
            "logrank_p_value": pl.Float64,
            "unplaced_ended_count": pl.Int64,
        },
        orient="row",
    )


def _points(group: pl.DataFrame, others: pl.DataFrame, unplaced: int) -> Iterator[tuple[float | None, ...]]:
    """The curve of a group, each point with the number of ended projects that are in no group."""
    if unplaced:
        known = group.drop_nulls("age_months").height
        yield 0, None, None, None, 0, 0, 0, known, group.height - known, None, unplaced
        return
    for point in _curve(group, others):
        yield (*point, 0)


def _curve(group: pl.DataFrame, others: pl.DataFrame) -> Iterator[tuple[float | None, ...]]:
    known = group.drop_nulls("age_months")
    excluded = group.height - known.height
    if known.is_empty():
        yield 0, 1.0, None, None, 0, 0, 0, 0, excluded, None
        return
    p_value = compare_lifetimes(known, others.drop_nulls("age_months"))
    survival = _stats().ecdf(_censored(known)).sf
    with warnings.catch_warnings():
        # Before the first end the interval is undefined, and after the last life as well: null below.
        warnings.filterwarnings("ignore", "The confidence interval is undefined", RuntimeWarning)
        interval = survival.confidence_interval(_CONFIDENCE_LEVEL, method="log-log")
    ages, is_ended = known["age_months"].to_numpy(), known["is_ended"].to_numpy()
    for age, ratio, low, high in zip(
        survival.quantiles,
        survival.probabilities,
        interval.low.probabilities,
        interval.high.probabilities,
        strict=True,
    ):
        ended_count = int(is_ended[ages == age].sum())
        yield (
            int(age),
            rounded(ratio),
            rounded(low),
            rounded(high),
            int((ages >= age).sum()),
            ended_count,
            int((ages == age).sum()) - ended_count,
            known.height,
            excluded,
            p_value,
        )


def compare_lifetimes(ours: pl.DataFrame, others: pl.DataFrame) -> float | None:
    """Two-sided p-value of the log-rank test that two groups live equally long.

    Parameters
    ----------
    ours, others
        ``age_months, is_ended`` of the groups, all known.

    Returns
    -------
    float or None
        None where a group is empty or no life of either ended before the other was observed no longer:
        then there is nothing to compare.
    """
    if ours.is_empty() or others.is_empty() or not (ours["is_ended"].any() or others["is_ended"].any()):
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        return rounded(_stats().logrank(_censored(ours), _censored(others)).pvalue)


def _stats() -> ModuleType:
    # It takes most of a second to import, and few commands need it.
    return import_module("scipy.stats")


def _censored(lifetimes: pl.DataFrame) -> stats.CensoredData:
    ages, is_ended = lifetimes["age_months"].cast(pl.Float64), lifetimes["is_ended"]
    return _stats().CensoredData(
        uncensored=ages.filter(is_ended).to_list(), right=ages.filter(~is_ended).to_list()
    )
