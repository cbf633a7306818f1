"""Rankings: order, and a year-on-year change that is never invented."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.landscape.membership import Comparison, Profile, WindowKind, compute_members
from pipelines.landscape.rankings import compute_prior_means, rank_members, stars_by
from pipelines.periods import Month, months_between

PROFILE = Profile("year-mean-10", WindowKind.YEAR_TO_DATE_MEAN, Comparison.ABOVE, 10.0)
APRIL = Month(2025, 4)
BOTH_YEARS = [month.first_day for month in months_between(Month(2024, 1), Month(2025, 4))]


def values_of(project_id: str, by_month: dict[str, float]) -> pl.DataFrame:
    return pl.DataFrame(
        [(project_id, Month.parse(month).first_day, value) for month, value in by_month.items()],
        schema={"project_id": pl.String, "month": pl.Date, "value": pl.Float64},
        orient="row",
    )


def retrieved_in(project_id: str, days: list[date]) -> pl.DataFrame:
    return pl.DataFrame(
        {"project_id": [project_id] * len(days), "month": days},
        schema={"project_id": pl.String, "month": pl.Date},
    )


def created_at(project_id: str, moment: datetime | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"project_id": [project_id], "created_at": [moment]},
        schema={"project_id": pl.String, "created_at": pl.Datetime("us")},
    )


def prior_of(values: pl.DataFrame, retrieved: pl.DataFrame, created: pl.DataFrame) -> list[float]:
    prior = compute_prior_means(values, retrieved, created, [APRIL], PROFILE)
    return prior["openrank_prior_mean"].to_list()


OLD = datetime.fromisoformat("2020-01-01")
YEAR_BEFORE = {"2024-01": 10.0, "2024-02": 20.0, "2024-03": 30.0, "2024-04": 40.0}


def test_prior_mean_is_of_the_same_months_a_year_before():
    values = values_of("a", {**YEAR_BEFORE, "2024-05": 999.0, "2025-01": 1.0})
    assert prior_of(values, retrieved_in("a", BOTH_YEARS), created_at("a", OLD)) == [25.0]


def test_project_created_after_the_earlier_window_counts_as_zero_there():
    values = values_of("bolt", {"2025-01": 215.0})
    assert prior_of(
        values, retrieved_in("bolt", BOTH_YEARS), created_at("bolt", datetime.fromisoformat("2024-09-24"))
    ) == [0.0]


@pytest.mark.parametrize("moment", [OLD, None, datetime.fromisoformat("2024-04-30T23:00")])
def test_project_that_existed_without_a_series_has_no_prior_mean(moment):
    values = values_of("a", {"2025-01": 215.0})
    assert prior_of(values, retrieved_in("a", BOTH_YEARS), created_at("a", moment)) == []


def test_half_retrieved_earlier_window_has_no_prior_mean():
    values = values_of("a", YEAR_BEFORE)
    days = [day for day in BOTH_YEARS if day != date(2024, 2, 1)]
    assert prior_of(values, retrieved_in("a", days), created_at("a", OLD)) == []


def test_stars_are_those_of_the_end_of_the_month_and_later_ones_are_only_named():
    observations = pl.DataFrame(
        {
            "project_id": ["a", "a", "a", "b", "c"],
            "observed_on": [
                date(2025, 3, 1),
                date(2025, 4, 30),
                date(2025, 5, 1),
                date(2025, 6, 18),
                date(2025, 6, 1),
            ],
            "stars_count": [1, 2, 3, 9, None],
        }
    )
    stars = stars_by(observations, [APRIL]).sort("project_id")
    assert stars.select("project_id", "stars_count", "stars_observed_on", "stars_basis").rows() == [
        ("a", 2, date(2025, 4, 30), "observed"),
        ("b", None, date(2025, 6, 18), "observed_later_only"),
    ]


def test_change_is_absolute_and_relative_and_nothing_over_zero():
    values = pl.concat(
        [values_of("a", {**YEAR_BEFORE, "2025-04": 50.0}), values_of("new", {"2025-04": 215.0})]
    )
    retrieved = pl.concat([retrieved_in("a", BOTH_YEARS), retrieved_in("new", BOTH_YEARS)])
    created = pl.concat([created_at("a", OLD), created_at("new", datetime.fromisoformat("2024-09-24"))])
    members = compute_members(values.select("project_id").unique(), values, retrieved, [APRIL], PROFILE)
    ranked = rank_members(
        members,
        compute_prior_means(values, retrieved, created, [APRIL], PROFILE),
        stars_by(
            values.select("project_id", observed_on="month", stars_count=pl.lit(None, pl.Int64)), [APRIL]
        ),
        PROFILE,
    )
    assert ranked.select("rank", "project_id", "openrank_yoy_delta", "openrank_yoy_ratio").rows() == [
        (1, "new", 215.0, None),
        (2, "a", 25.0, 1.0),
    ]
    assert ranked["stars_basis"].unique().to_list() == ["unknown"]
    assert (ranked["window_start"][0], ranked["window_end"][0]) == (date(2025, 1, 1), date(2025, 4, 1))


@given(st.lists(st.sampled_from([11.0, 12.5, 12.5, 40.0, 900.0]), min_size=1, max_size=8))
def test_rank_counts_the_projects_above(means):
    values = pl.concat([values_of(f"p{i}", {"2025-04": mean}) for i, mean in enumerate(means)])
    retrieved = pl.concat([retrieved_in(f"p{i}", BOTH_YEARS) for i in range(len(means))])
    members = compute_members(values.select("project_id").unique(), values, retrieved, [APRIL], PROFILE)
    no_prior = pl.DataFrame(
        schema={"as_of_month": pl.Date, "project_id": pl.String, "openrank_prior_mean": pl.Float64}
    )
    no_stars = pl.DataFrame(
        schema={
            "as_of_month": pl.Date,
            "project_id": pl.String,
            "stars_count": pl.Int64,
            "stars_observed_on": pl.Date,
            "stars_basis": pl.String,
        }
    )
    for row in rank_members(members, no_prior, no_stars, PROFILE).iter_rows(named=True):
        assert row["rank"] == 1 + sum(mean > row["openrank_mean"] for mean in means)
