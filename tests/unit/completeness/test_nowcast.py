"""Levels, changes and nowcasts of single projects whose answer is known by hand."""

from __future__ import annotations

from datetime import date
from math import exp, log
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.completeness.changes import compute_changes, compute_levels
from pipelines.completeness.nowcast import NOWCAST_SCHEMA, compute_nowcast
from pipelines.seeds.completeness import (
    BothMeasures,
    ConformalQuantile,
    HorizonModel,
    IntervalScale,
    LevelModel,
    NowcastModel,
    NowcastRules,
    OneMeasure,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

MAY_2025, MAY_2026 = date(2025, 5, 1), date(2026, 5, 1)
RULES = NowcastRules(
    level_months=12,
    least_level_months=3,
    counts_months=3,
    pseudo_count=0.5,
    pseudo_share=0.02,
    near_zero_count=1.0,
    near_zero_share=0.02,
    break_ratio=4.5,
    break_widening=2.0,
    range_share=0.99,
    inner_level=0.8,
    outer_level=0.95,
    vintage_ratio_projects=30,
    folds_count=5,
    horizons=(6, 12),
)


def horizon(months: int, intercept: float) -> HorizonModel:
    return HorizonModel(
        months=months,
        pairs_count=1,
        projects_count=1,
        both=BothMeasures(intercept=intercept, change_requests=0.4, issues_new=0.6),
        change_requests_alone=OneMeasure(intercept=0.0, slope=0.7),
        issues_new_alone=OneMeasure(intercept=0.0, slope=0.9),
        change_requests_range=(-2.0, 2.0),
        issues_new_range=(-2.0, 2.0),
        scale=IntervalScale(constant=0.1, size=0.0, change=0.1),
        quantiles=(
            ConformalQuantile(value_months=3, counts_months=3, inner=1.5, outer=2.5),
            ConformalQuantile(value_months=1, counts_months=3, inner=1.7, outer=2.7),
            ConformalQuantile(value_months=1, counts_months=1, inner=2.0, outer=3.0),
        ),
    )


MODEL = NowcastModel(
    vintage="v2",
    horizons=(horizon(6, 0.0), horizon(12, 0.1)),
    level=LevelModel(
        windows_count=1,
        projects_count=1,
        sum_of_both=OneMeasure(intercept=-0.7, slope=1.0),
        change_requests_alone=OneMeasure(intercept=0.6, slope=0.8),
        issues_new_alone=OneMeasure(intercept=-0.1, slope=1.0),
        change_requests_most=1800.0,
        issues_new_most=2700.0,
        sum_most=2800.0,
        inner=0.5,
        outer=0.8,
    ),
)

Count = float | None


def level(
    change_requests: Count = 200.0, issues_new: Count = 100.0, *, openrank: float = 50.0
) -> pl.DataFrame:
    return pl.DataFrame(
        [("a", MAY_2025, openrank, 12, change_requests, issues_new, "v3")],
        schema={
            "project_id": pl.String,
            "level_through": pl.Date,
            "level": pl.Float64,
            "level_months_count": pl.Int64,
            "level_change_requests": pl.Float64,
            "level_issues_new": pl.Float64,
            "nowcast_vintage": pl.String,
        },
        orient="row",
    )


NO_LEVEL = level().clear()


def counts(*rows: tuple[date, Count, Count]) -> pl.DataFrame:
    return pl.DataFrame(
        [("a", *row) for row in rows],
        schema={
            "project_id": pl.String,
            "month": pl.Date,
            "change_requests": pl.Float64,
            "issues_new": pl.Float64,
        },
        orient="row",
    )


def steady(change_requests: Count, issues_new: Count) -> pl.DataFrame:
    """The same counts from March to May 2026."""
    return counts(*((date(2026, month, 1), change_requests, issues_new) for month in (3, 4, 5)))


def newest(levels: pl.DataFrame, of_counts: pl.DataFrame, value_months: int = 1) -> dict[str, object]:
    return compute_nowcast(levels, of_counts, MODEL, RULES, value_months).row(-1, named=True)


def test_a_nowcast_by_hand():
    row = newest(level(), steady(400.0, 80.0))
    # Pseudo-counts: 0.5 + 2 % of 300 = 6.5 on every count.
    pulls, issues = log(406.5 / 206.5), log(86.5 / 106.5)
    change = 0.1 + 0.4 * pulls + 0.6 * issues
    assert row["nowcast"] == pytest.approx(50 * exp(change))
    assert row["nowcast_high"] == pytest.approx(50 * exp(change + 1.7 * (0.1 + 0.1 * abs(change))))
    assert row["nowcast_low"] == pytest.approx(50 * exp(change - 1.7 * (0.1 + 0.1 * abs(change))))
    assert row["nowcast_highest"] == pytest.approx(50 * exp(change + 2.7 * (0.1 + 0.1 * abs(change))))
    assert row["nowcast_lowest"] == pytest.approx(50 * exp(change - 2.7 * (0.1 + 0.1 * abs(change))))
    assert (row["method"], row["is_outside_range"], row["practice_break"]) == ("both", False, None)
    assert (row["change_requests_ratio"], row["issues_new_ratio"]) == pytest.approx(
        (406.5 / 206.5, 86.5 / 106.5)
    )
    assert (row["horizon_months"], row["counts_months_count"], row["nowcast_vintage"]) == (12, 3, "v3")


def test_the_mean_of_three_months_has_its_own_interval():
    month, quarter = (newest(level(), steady(400.0, 80.0), months) for months in (1, 3))
    assert month["nowcast"] == quarter["nowcast"]
    assert month["nowcast_low"] < quarter["nowcast_low"]  # type: ignore[operator]


def test_counts_are_the_mean_of_three_months():
    rows = [(date(2026, 3, 1), 100.0, 50.0), (date(2026, 4, 1), 200.0, 100.0), (MAY_2026, 600.0, 120.0)]
    row = newest(level(), counts(*rows))
    assert (row["change_requests"], row["issues_new"]) == pytest.approx((300, 90))


def test_fewer_months_of_counts_widen_the_interval():
    thin, whole = newest(level(), counts((MAY_2026, 400.0, 80.0))), newest(level(), steady(400.0, 80.0))
    assert thin["counts_months_count"] == 1
    assert thin["nowcast"] == pytest.approx(whole["nowcast"])
    assert log(thin["nowcast_high"] / thin["nowcast"]) / log(  # type: ignore[operator]
        whole["nowcast_high"] / whole["nowcast"]  # type: ignore[operator]
    ) == pytest.approx(2.0 / 1.7)


def test_a_hole_in_the_counts_is_no_zero():
    row = newest(level(), counts((date(2026, 3, 1), 400.0, 80.0), (MAY_2026, 200.0, 100.0)))
    assert (row["change_requests"], row["counts_months_count"]) == (300, 2)


def test_months_up_to_the_level_are_not_nowcast():
    rows = [(date(2025, month, 1), 200.0, 100.0) for month in range(3, 8)]
    found = compute_nowcast(level(), counts(*rows), MODEL, RULES)
    assert [str(month) for month in found["month"]] == ["2025-06-01", "2025-07-01"]


@pytest.mark.parametrize(
    ("months_later", "intercept", "is_beyond"),
    [(1, 0.0, False), (8, 0.0, False), (9, 0.1, False), (12, 0.1, False), (13, 0.1, True)],
)
def test_the_nearest_horizon_is_used(months_later: int, intercept: float, is_beyond: bool):
    month = date(2025 + (4 + months_later) // 12, (4 + months_later) % 12 + 1, 1)
    row = newest(level(), counts((month, 200.0, 100.0)))
    assert row["nowcast"] == pytest.approx(50 * exp(intercept))
    assert (row["horizon_months"], row["is_outside_range"]) == (months_later, is_beyond)


def test_a_change_beyond_the_range_is_capped_and_its_interval_is_not():
    row = newest(level(), steady(200.0 * 30, 100.0 * 30))
    change = 0.1 + 0.4 * 2 + 0.6 * 2
    assert row["nowcast"] == pytest.approx(50 * exp(change))
    assert row["is_outside_range"] is True
    uncapped = 0.1 + 0.4 * log(6006.5 / 206.5) + 0.6 * log(3006.5 / 106.5)
    assert row["nowcast_high"] == pytest.approx(50 * exp(change + 1.7 * (0.1 + 0.1 * uncapped)))


@pytest.mark.parametrize(
    ("before", "after", "method", "named"),
    [
        ((350.0, 0.0), (650.0, 14.0), "change_requests", "issues_new_appeared"),
        ((0.0, 350.0), (40.0, 400.0), "issues_new", "change_requests_appeared"),
        ((200.0, 100.0), (210.0, 0.0), "both", "issues_new_vanished"),
        ((200.0, 100.0), (0.0, 110.0), "both", "change_requests_vanished"),
        ((18.0, 35.0), (476.0, 61.0), "both", "change_requests_shifted"),
        ((200.0, 100.0), (200.0, 15.0), "both", "change_requests_shifted"),
        ((200.0, 100.0), (400.0, 150.0), "both", None),
        # Both fall together: a decline is no break.
        ((200.0, 100.0), (1.0, 0.5), "both", None),
        ((200.0, None), (400.0, 100.0), "change_requests", None),
        ((200.0, 100.0), (400.0, None), "change_requests", None),
        ((200.0, 100.0), (None, 100.0), "issues_new", None),
    ],
)
def test_which_measure_counts_and_which_break_is_named(
    before: tuple[Count, Count], after: tuple[Count, Count], method: str, named: str | None
):
    row = newest(level(*before), steady(*after))
    assert (row["method"], row["practice_break"]) == (method, named)


def test_a_break_doubles_the_interval():
    # A fall of issues by 4.4 and by 4.6 against steady pull requests, pseudo-counts of 6.5 included.
    before, after = (newest(level(), steady(200.0, 106.5 / factor - 6.5)) for factor in (4.4, 4.6))
    assert (before["practice_break"], after["practice_break"]) == (None, "change_requests_shifted")
    widths = [log(one["nowcast_high"] / one["nowcast"]) for one in (before, after)]  # type: ignore[operator]
    assert widths[1] / widths[0] == pytest.approx(2.0, rel=0.03)


def test_without_a_level_the_population_decides():
    row = newest(NO_LEVEL, steady(400.0, 80.0))
    assert row["nowcast"] == pytest.approx(exp(-0.7) * 481)
    assert row["nowcast_high"] == pytest.approx(exp(-0.7 + 0.5) * 481)
    assert row["nowcast_lowest"] == pytest.approx(exp(-0.7 - 0.8) * 481)
    assert (row["method"], row["nowcast_vintage"], row["is_outside_range"]) == ("level", "v2", False)
    assert [row[name] for name in ("level", "horizon_months", "change_requests_ratio", "practice_break")] == [
        None
    ] * 4


def test_the_population_reaches_no_further_than_its_largest():
    row = newest(NO_LEVEL, steady(14_000.0, 4_000.0))
    assert row["nowcast"] == pytest.approx(exp(-0.7) * 2801)
    assert row["is_outside_range"] is True


def test_one_unknown_count_leaves_the_population_model_the_other():
    row = newest(NO_LEVEL, steady(None, 80.0))
    assert row["nowcast"] == pytest.approx(exp(-0.1) * 81)
    row = newest(NO_LEVEL, steady(80.0, None))
    assert row["nowcast"] == pytest.approx(exp(0.6 + 0.8 * log(81)))


def test_a_level_whose_measures_say_nothing_falls_back_on_the_population():
    """A level without counts, as of a project that worked elsewhere."""
    row = newest(level(0.0, 0.0), steady(400.0, 80.0))
    assert row["method"] == "level"
    assert row["nowcast"] == pytest.approx(exp(-0.7) * 481)


def test_months_without_any_count_have_no_row():
    assert compute_nowcast(level(), counts((MAY_2026, None, None)), MODEL, RULES).is_empty()


def test_no_counts_give_an_empty_frame_with_its_columns():
    found = compute_nowcast(level(), counts(), MODEL, RULES)
    assert found.is_empty()
    assert found.schema == NOWCAST_SCHEMA


def published(*rows: tuple[str, str, float, Count]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (project, date.fromisoformat(month), value, vintage, 10.0, 5.0)
            for project, month, value, vintage in rows
        ],
        schema=["project_id", "month", "openrank", "vintage", "change_requests", "issues_new"],
        orient="row",
    )


def series_of(months: Sequence[str], value: float, vintage: str) -> list[tuple[str, str, float, str]]:
    return [("a", f"{month}-01", value, vintage) for month in months]


def test_a_level_is_the_mean_of_the_last_twelve_healthy_months():
    rows = [
        ("a", f"{2024 if month > 5 else 2025}-{month:02}-01", float(month), "v2") for month in range(1, 13)
    ]
    outside = [("a", "2024-05-01", 1000.0, "v2"), ("a", "2025-06-01", 1000.0, "v2")]
    [row] = compute_levels(published(*rows, *outside), MAY_2025, RULES).rows(named=True)
    assert row["level"] == pytest.approx(78 / 12)
    assert (row["level_through"], row["level_months_count"]) == (MAY_2025, 12)
    assert (row["level_change_requests"], row["level_issues_new"]) == (10, 5)


def test_a_level_mixes_no_vintages():
    early = series_of(["2025-01", "2025-02", "2025-03", "2025-04"], 100.0, "v2")
    late = series_of(["2025-03", "2025-04", "2025-05"], 200.0, "v3")
    [row] = compute_levels(published(*early, *late), MAY_2025, RULES).rows(named=True)
    assert (row["level"], row["nowcast_vintage"], row["level_months_count"]) == (100, "v2", 4)
    equal = series_of(["2025-02", "2025-03", "2025-04"], 100.0, "v2")
    [row] = compute_levels(published(*equal, *late), MAY_2025, RULES).rows(named=True)
    assert (row["level"], row["nowcast_vintage"]) == (200, "v3")


def test_two_months_are_no_level():
    assert compute_levels(
        published(*series_of(["2025-04", "2025-05"], 9.0, "v2")), MAY_2025, RULES
    ).is_empty()


def test_changes_keep_further_columns():
    pairs = level().rename({"level": "openrank"}).with_columns(change_requests=1.0, issues_new=2.0, extra=3)
    assert compute_changes(pairs, RULES)["extra"].to_list() == [3]
