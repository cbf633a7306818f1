"""From monthly values and counts to levels, pairs of a level and a later value, and the changes between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from datetime import date

    from pipelines.seeds.completeness import NowcastRules

BOTH, CHANGE_REQUESTS, ISSUES_NEW, LEVEL = "both", "change_requests", "issues_new", "level"
"""Methods of a nowcast: from both measures, from one alone, or from the population's level model."""
MEASURES = (CHANGE_REQUESTS, ISSUES_NEW)


def complete_months(series: pl.DataFrame) -> pl.DataFrame:
    """`series` with a row for every month of a project from its first to its last; what it lacks is null.

    Parameters
    ----------
    series
        ``project_id, month`` and values, each project and month once.
    """
    months = (
        series.group_by("project_id")
        .agg(month=pl.date_range(pl.col("month").min(), pl.col("month").max(), "1mo"))
        .explode("month")
        if len(series)
        else series.select("project_id", "month")
    )
    return months.join(series, on=["project_id", "month"], how="left").sort("project_id", "month")


def window_means(
    series: pl.DataFrame, columns: dict[str, str], months: int, least_months: int
) -> pl.DataFrame:
    """Means over the months up to each one.

    Parameters
    ----------
    series
        From `complete_months`.
    columns
        Name of each mean by the column it is of.
    months
        Length of the window.
    least_months
        Known months that a mean needs; with fewer it is null.

    Returns
    -------
    pl.DataFrame
        ``project_id, month`` and the means.
    """
    return series.select(
        "project_id",
        "month",
        *(
            pl.col(column).rolling_mean(months, min_samples=least_months).over("project_id").alias(name)
            for column, name in columns.items()
        ),
    )


def compute_levels(series: pl.DataFrame, through: date, rules: NowcastRules) -> pl.DataFrame:
    """Level of each project: means over its last healthy months.

    Parameters
    ----------
    series
        ``project_id, month, openrank, vintage, change_requests, issues_new``: OpenRank as published, and counts a
        month; null is unknown. A project and month may have a row for each vintage.
    through
        First day of the last healthy month. The window are the `rules.level_months` months up to it.
    rules
        From ``completeness.yml``.

    Returns
    -------
    pl.DataFrame
        ``project_id, level_through, level, level_months_count, level_change_requests, level_issues_new,
        nowcast_vintage``, sorted by project: the last month of the level, its mean OpenRank, how many months it is
        the mean of, the mean counts a month over those months that have them, and the vintage of the level. A
        project with fewer than `rules.least_level_months` has no row.

    Notes
    -----
    A level never mixes vintages: of several the one with the most months counts, of equals the one whose id sorts
    last.
    """
    return (
        series.filter(
            pl.col("month") <= through,
            pl.col("month") > pl.lit(through).dt.offset_by(f"-{rules.level_months}mo"),
            pl.col("openrank").is_not_null(),
        )
        .group_by("project_id", "vintage")
        .agg(
            level_through=pl.col("month").max(),
            level=pl.col("openrank").mean(),
            level_months_count=pl.len().cast(pl.Int64),
            level_change_requests=pl.col("change_requests").mean(),
            level_issues_new=pl.col("issues_new").mean(),
        )
        .filter(pl.col("level_months_count") >= rules.least_level_months, pl.col("level") > 0)
        .sort("project_id", "level_months_count", "vintage")
        .group_by("project_id", maintain_order=True)
        .last()
        .rename({"vintage": "nowcast_vintage"})
        .select(
            "project_id",
            "level_through",
            "level",
            "level_months_count",
            "level_change_requests",
            "level_issues_new",
            "nowcast_vintage",
        )
    )


def compute_pairs(
    series: pl.DataFrame, horizon: int, value_months: int, counts_months: int, rules: NowcastRules
) -> pl.DataFrame:
    """Every level of a complete healthy series with the value `horizon` months after its last month.

    Parameters
    ----------
    series
        ``project_id, month, openrank, change_requests, issues_new``, each project and month once.
    horizon
        Months from the last of the level to the last of the value.
    value_months, counts_months
        Months that value and counts are the means of.
    rules
        Its `level_months` are all known in a pair.

    Returns
    -------
    pl.DataFrame
        ``project_id, level_through, month, level, level_change_requests, level_issues_new, value, change_requests,
        issues_new``, sorted by project and month; level and value are above 0.
    """
    whole = complete_months(series)
    levels = window_means(
        whole,
        {"openrank": "level"} | {measure: f"level_{measure}" for measure in MEASURES},
        rules.level_months,
        rules.level_months,
    ).rename({"month": "level_through"})
    values = window_means(whole, {"openrank": "value"}, value_months, value_months)
    counts = window_means(whole, {measure: measure for measure in MEASURES}, counts_months, counts_months)
    return (
        levels.with_columns(month=pl.col("level_through").dt.offset_by(f"{horizon}mo"))
        .join(values, on=["project_id", "month"])
        .join(counts, on=["project_id", "month"])
        .drop_nulls()
        # A rolling sum of zeros may be a tiny number instead.
        .filter(pl.col("level") > _NOTHING, pl.col("value") > _NOTHING)
        .with_columns(_without_dust(f"level_{measure}") for measure in MEASURES)
        .with_columns(_without_dust(measure) for measure in MEASURES)
        .sort("project_id", "month")
    )


_NOTHING = 1e-6


def _without_dust(column: str) -> pl.Expr:
    return pl.when(pl.col(column) > _NOTHING).then(pl.col(column)).otherwise(0.0).alias(column)


def compute_changes(pairs: pl.DataFrame, rules: NowcastRules) -> pl.DataFrame:
    """Changes of both measures since the level, which of them says something, and breaks in practice.

    Parameters
    ----------
    pairs
        ``level_change_requests, level_issues_new, change_requests, issues_new`` a month, with any further columns;
        null is unknown.
    rules
        Pseudo-counts, and what is near zero or a break.

    Returns
    -------
    pl.DataFrame
        `pairs` with ``change_requests_change, issues_new_change`` (logarithms, null where a count is unknown),
        ``size`` (1/√(1 + counts a month at the level)), ``method`` (`BOTH`, `CHANGE_REQUESTS`, `ISSUES_NEW`, null if
        neither says anything), and ``practice_break`` (null if there is none): ``change_requests_appeared``,
        ``change_requests_vanished``, ``change_requests_shifted`` (against issues), ``issues_new_appeared``,
        ``issues_new_vanished``.

    Notes
    -----
    To both counts of a ratio `rules.pseudo_count` and `rules.pseudo_share` of the counts at the level are added, so
    that no ratio comes from near zero. A measure near zero at the level says nothing of change: 0 to 14 issues in a
    project with 355 pull requests a month is a tracker that opened. A measure appears if it comes up from near zero
    while the other one lasts; it vanishes or shifts if the two logarithms differ by that of `rules.break_ratio` or
    more.
    """
    base = {measure: pl.col(f"level_{measure}") for measure in MEASURES}
    whole = pl.sum_horizontal(base.values())
    pseudo = rules.pseudo_count + rules.pseudo_share * whole
    changes = {measure: ((pl.col(measure) + pseudo) / (base[measure] + pseudo)).log() for measure in MEASURES}
    difference = changes[CHANGE_REQUESTS] - changes[ISSUES_NEW]
    says = {
        measure: changes[measure].is_not_null() & ~_is_near_zero(measure, "level_", rules)
        for measure in MEASURES
    }
    return pairs.with_columns(
        *(change.alias(f"{measure}_change") for measure, change in changes.items()),
        size=1 / (1 + whole).sqrt(),
        method=pl.when(says[CHANGE_REQUESTS] & says[ISSUES_NEW])
        .then(pl.lit(BOTH))
        .when(says[CHANGE_REQUESTS])
        .then(pl.lit(CHANGE_REQUESTS))
        .when(says[ISSUES_NEW])
        .then(pl.lit(ISSUES_NEW)),
        practice_break=_break_in_practice(difference, rules),
    )


def _is_near_zero(measure: str, prefix: str, rules: NowcastRules) -> pl.Expr:
    """Whether a measure is near zero in itself, or beside the other one; an unknown other is no yardstick."""
    [other] = [one for one in MEASURES if one != measure]
    least = pl.max_horizontal(
        pl.lit(rules.near_zero_count), rules.near_zero_share * pl.col(f"{prefix}{other}").fill_null(0.0)
    )
    return pl.col(f"{prefix}{measure}") < least


def _break_in_practice(difference: pl.Expr, rules: NowcastRules) -> pl.Expr:
    """The break that is named; null if there is none."""
    is_large = difference.abs() >= pl.lit(rules.break_ratio).log()
    appeared = {measure: _has_appeared(measure, rules) for measure in MEASURES}
    vanished = {
        measure: ~_is_near_zero(measure, "level_", rules) & _is_near_zero(measure, "", rules) & is_large
        for measure in MEASURES
    }
    return pl.coalesce(
        *(pl.when(appeared[measure]).then(pl.lit(f"{measure}_appeared")) for measure in MEASURES),
        *(pl.when(vanished[measure]).then(pl.lit(f"{measure}_vanished")) for measure in MEASURES),
        pl.when(is_large).then(pl.lit("change_requests_shifted")),
    )


def _has_appeared(measure: str, rules: NowcastRules) -> pl.Expr:
    """Whether a measure came up from near zero while the other one was there all along."""
    [other] = [one for one in MEASURES if one != measure]
    return (
        _is_near_zero(measure, "level_", rules)
        & ~_is_near_zero(measure, "", rules)
        & (pl.col(measure) >= rules.break_ratio * pl.col(f"level_{measure}"))
        & ~_is_near_zero(other, "level_", rules)
        & ~_is_near_zero(other, "", rules)
    )
