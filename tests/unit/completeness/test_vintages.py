"""Ratios of vintages, and nowcasts that they bring onto the scale of the landscape."""

from __future__ import annotations

import dataclasses
import math
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.build import prepare
from pipelines.completeness.vintages import (
    CONVERTED_SCHEMA,
    VintageRatio,
    compute_vintage_ratio,
    convert_nowcasts,
    ratio_between,
)
from pipelines.floor.periods import Month
from pipelines.floor.settings import DataProfile, Settings
from pipelines.seeds import load_seeds
from pipelines.tables.completeness.build import estimate_openrank
from tests.unit.completeness.test_basis import nowcast_of

SEEDS = load_seeds(Path(__file__).resolve().parents[3] / "seeds")
RULES, LISTED = SEEDS.completeness.nowcast, SEEDS.opendigger_vintages
HEALTHY, DAMAGED, BROKEN = date(2025, 5, 1), date(2025, 7, 1), date(2026, 7, 1)
V3 = LISTED[-1].ratio_to_previous


def held(values: dict[str, list[float]], month: date = HEALTHY) -> pl.DataFrame:
    """Values of projects in vintages: vintage → a value for each project."""
    return pl.DataFrame(
        [
            (f"p{number}", month, vintage, value)
            for vintage, row in values.items()
            for number, value in enumerate(row)
        ],
        schema={"project_id": pl.String, "month": pl.Date, "vintage": pl.String, "openrank": pl.Float64},
        orient="row",
    )


NOTHING = held({})
# 80 of 100 projects lie within a tenth of twice, in logarithms.
SPREAD_OUT = [math.exp(0.001 * number) for number in range(-125, 126)]


def convert(nowcasts: pl.DataFrame, vintages: pl.DataFrame, in_use: str | None) -> pl.DataFrame:
    return convert_nowcasts(nowcasts, vintages, LISTED, in_use, through=HEALTHY, rules=RULES)


def test_a_ratio_is_the_median_of_the_projects_with_the_width_that_holds_80_percent():
    vintages = held({"v2": [10.0] * 251, "v3": [20.0 * each for each in SPREAD_OUT]})
    ratio = compute_vintage_ratio(vintages, "v2", "v3", HEALTHY, RULES)
    assert ratio is not None
    assert (ratio.median, ratio.spread) == (pytest.approx(2.0), pytest.approx(0.1, abs=0.001))


def test_few_projects_and_lossy_months_give_no_ratio():
    few = held({"v2": [10.0] * 29, "v3": [20.0] * 29})
    assert compute_vintage_ratio(few, "v2", "v3", HEALTHY, RULES) is None
    many = {"v2": [10.0] * 30, "v3": [20.0] * 30}
    assert compute_vintage_ratio(held(many, DAMAGED), "v2", "v3", HEALTHY, RULES) is None
    assert compute_vintage_ratio(held(many), "v2", "v3", HEALTHY, RULES) == VintageRatio(
        pytest.approx(2.0), 0.0
    )


def test_one_project_in_many_months_gives_no_ratio():
    days = [date(2020 + number // 12, number % 12 + 1, 1) for number in range(60)]
    vintages = pl.concat(held({"v2": [10.0], "v3": [20.0]}, month) for month in days)
    assert compute_vintage_ratio(vintages, "v2", "v3", HEALTHY, RULES) is None


def test_values_of_zero_are_no_ratio():
    vintages = held({"v2": [0.0] * 5 + [10.0] * 30, "v3": [20.0] * 35})
    assert compute_vintage_ratio(vintages, "v2", "v3", HEALTHY, RULES) == VintageRatio(
        pytest.approx(2.0), 0.0
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("v2", "v3", VintageRatio(V3.median, V3.spread)),
        ("v1", "v3", None),  # of v1 no spread is known
        ("v3", "v2", None),
        ("v2", "v3+2026-12-01", None),  # computed again: how much, only held values tell
        ("v2", "pulled_2026-05", None),
    ],
)
def test_without_held_values_the_seeds_decide(before, after, expected):
    assert ratio_between(NOTHING, LISTED, before, after, through=HEALTHY, rules=RULES) == expected


def test_held_values_come_before_the_seeds_and_lead_on_from_a_version():
    vintages = held({"v2": [10.0] * 30, "v3": [20.0] * 30})
    assert ratio_between(vintages, LISTED, "v2", "v3", through=HEALTHY, rules=RULES).median == pytest.approx(
        2.0
    )
    again = held({"v3": [10.0] * 30, "v3+2026-12-01": [11.0] * 30})
    ratio = ratio_between(again, LISTED, "v2", "v3+2026-12-01", through=HEALTHY, rules=RULES)
    assert (ratio.median, ratio.spread) == (pytest.approx(V3.median * 1.1), pytest.approx(V3.spread))


def test_a_nowcast_is_converted_and_its_interval_widened():
    """100 in v2 is 115.7 in v3; both errors are independent, so their squares add up."""
    (row,) = convert(nowcast_of(("a", BROKEN, 100.0), level=50.0), NOTHING, "v3").iter_rows(named=True)
    width = math.hypot(math.log(1.25), V3.spread)
    assert row["nowcast"] == pytest.approx(100 * V3.median)
    assert row["nowcast_low"] == pytest.approx(100 * V3.median / math.exp(width))
    assert row["nowcast_high"] == pytest.approx(100 * V3.median * math.exp(width))
    assert row["level"] == pytest.approx(50 * V3.median)
    assert (row["nowcast_vintage"], row["nowcast_vintage_ratio"]) == ("v3", V3.median)
    assert row["nowcast_lowest"] is None


@pytest.mark.parametrize("in_use", ["v2", "v1", "pulled_2026-05", None])
def test_what_is_of_the_landscapes_vintage_or_has_no_ratio_stays(in_use):
    nowcasts = nowcast_of(("a", BROKEN, 100.0))
    converted = convert(nowcasts, NOTHING, in_use)
    assert converted.schema == CONVERTED_SCHEMA
    assert converted.equals(nowcasts)


def test_the_sample_shows_the_ratio_that_the_seeds_list(landscape, sample_data_dir):
    """The recorded pull of May 2026 against v2, May 2025."""
    landscape.execute(f"ATTACH '{sample_data_dir}/warehouse/build.duckdb' AS build_file (READ_ONLY)")
    vintages = landscape.sql("FROM build_file.core.project_openrank_vintages").pl()
    landscape.execute("DETACH build_file")
    ratio = compute_vintage_ratio(vintages, "v2", "pulled_2026-05", HEALTHY, RULES)
    assert ratio is not None
    assert (round(ratio.median, 3), round(ratio.spread, 3)) == (V3.median, V3.spread)


def test_a_project_without_healthy_months_enters_a_landscape_of_a_newer_vintage():
    """Created in July 2025: the population's model is of v2, a live landscape of v3."""
    months = pl.DataFrame({"month": pl.date_range(date(2025, 1, 1), HEALTHY, "1mo", eager=True)})
    vintages = (
        held({"v3": [20.0] * 30})
        .drop("month")
        .join(months, how="cross")
        .with_columns(is_current=pl.lit(value=True))
    )
    counts = pl.DataFrame(
        {"project_id": ["new"], "month": [BROKEN], "change_requests": [120.0], "issues_new": [80.0]}
    )
    counted = pl.DataFrame(
        schema={
            "project_id": pl.String,
            "month": pl.Date,
            "metric_id": pl.String,
            "months_count": pl.Int64,
            "source_count": pl.Int64,
            "github_count": pl.Int64,
        }
    )
    created = pl.DataFrame({"project_id": ["new"], "created_at": [datetime.fromisoformat("2025-07-02")]})
    scope = dataclasses.replace(
        prepare(Settings(data_profile=DataProfile.SAMPLE), datetime(2026, 8, 2, tzinfo=UTC)).scope,
        as_of_month=Month(2026, 7),
    )
    found = estimate_openrank(
        created=created, vintages=vintages, counts=counts, counted=counted, seeds=SEEDS, scope=scope
    )
    row = found.row(by_predicate=(pl.col("project_id") == "new") & (pl.col("month") == BROKEN), named=True)
    fit = SEEDS.nowcast.level
    of_fit = math.exp(fit.sum_of_both.intercept + fit.sum_of_both.slope * math.log1p(200))
    assert (row["basis"], row["nowcast_method"], row["nowcast_vintage"]) == ("nowcast", "level", "v3")
    assert row["openrank"] == pytest.approx(of_fit * V3.median)
    width = math.hypot(fit.inner, V3.spread)
    assert row["openrank_high"] / row["openrank"] == pytest.approx(math.exp(width))
    assert row["openrank"] / row["openrank_low"] == pytest.approx(math.exp(width))
