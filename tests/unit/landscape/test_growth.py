"""Growth: quarters, spikes, overtakings, plateaus, domains and areas."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.floor.periods import Month
from pipelines.landscape.growth import (
    compute_area_years,
    compute_domain_growth,
    compute_quarter_growth,
    find_crossover,
    find_plateaus,
    find_spikes,
    first_complete_months,
    month_over_month,
)
from tests.unit.landscape.frames import created_of, months, openrank_of

FIRST_QUARTER = Month(2025, 1)


def test_quarter_growth_is_the_mean_of_the_two_ratios_inside_the_quarter():
    # The values of vLLM, published as 17 %; December would make it a mean of three.
    values = openrank_of(
        {("vllm", "2024-12"): 100.0, ("vllm", "2025-01"): 489.91, ("vllm", "2025-02"): 581.19,
         ("vllm", "2025-03"): 667.56, ("vllm", "2025-04"): 1.0}
    )  # fmt: skip
    growth = compute_quarter_growth(values, FIRST_QUARTER)
    assert growth["growth_ratio"].to_list() == [pytest.approx(0.1675, abs=1e-4)]


def test_quarter_with_a_hole_has_no_growth():
    values = openrank_of(
        {("a", "2025-01"): 1.0, ("a", "2025-03"): 4.0, ("b", "2025-02"): 1.0, ("b", "2025-03"): 2.0}
    )
    assert compute_quarter_growth(values, FIRST_QUARTER).height == 0


def test_ratio_needs_the_calendar_month_before_and_more_than_zero():
    values = openrank_of(
        {("a", "2024-12"): 2.0, ("a", "2025-01"): 4.0, ("a", "2025-03"): 8.0, ("a", "2025-04"): 0.0,
         ("a", "2025-05"): 5.0, ("a", "2025-06"): None}
    )  # fmt: skip
    assert month_over_month(values).select("month", "ratio").rows() == [
        (date(2025, 1, 1), 2.0),
        (date(2025, 4, 1), 0.0),
    ]


def test_spike_is_many_times_the_month_before_and_large_in_itself():
    values = openrank_of(
        {("kt", "2025-01"): 4.0, ("kt", "2025-02"): 138.0, ("tiny", "2025-01"): 0.1, ("tiny", "2025-02"): 9.9,
         ("slow", "2025-01"): 50.0, ("slow", "2025-02"): 199.0}
    )  # fmt: skip
    created = created_of(dict.fromkeys(("kt", "tiny", "slow"), "2024-07-26"))
    spikes = find_spikes(values, created, least_ratio=4, least_value=10)
    assert spikes.select("project_id", "ratio").rows() == [("kt", 34.5)]


def test_the_part_of_a_month_a_project_began_in_makes_no_spike_of_the_next():
    values = openrank_of(
        {(project, month): value for project in ("new", "unknown") for month, value in
         (("2025-03", 2.0), ("2025-04", 60.0), ("2025-05", 300.0))}
    )  # fmt: skip
    created = created_of({"new": "2025-03-28", "unknown": None})
    spikes = find_spikes(values, created, least_ratio=4, least_value=10)
    assert spikes.select("project_id", pl.col("month").dt.month()).rows() == [("new", 5), ("unknown", 5)]


def overtaking(ours: list[float | None], theirs: list[float | None]) -> tuple[object, object]:
    asked = months("2020-01", "2020-12")
    values = {("a", month): value for month, value in zip(asked, ours, strict=False)}
    values |= {("b", month): value for month, value in zip(asked, theirs, strict=False)}
    return find_crossover(openrank_of(values), "a", "b")


@pytest.mark.parametrize(
    ("ours", "theirs", "first", "for_good"),
    [
        ([1, 3, 1, 3, 3], [2, 2, 2, 2, 2], 2, 4),
        ([1, 3, 1], [2, 2, 2], 2, None),
        ([1, 2, 3], [2, 2, 2], 3, 3),
        ([3, 3, 3], [2, 2, 2], None, None),
        ([1, 1, 1], [2, 2, 2], None, None),
        ([1, None, 3], [2, 2, 2], 3, 3),
        ([], [2, 2, 2], None, None),
    ],
)
def test_overtaking_first_and_for_good(ours, theirs, first, for_good):
    expected = tuple(number and date(2020, number, 1) for number in (first, for_good))
    assert overtaking(ours, theirs) == expected


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12))
def test_after_the_month_for_good_the_other_never_leads_again(pairs):
    first, for_good = overtaking([a for a, _ in pairs], [b for _, b in pairs])
    if for_good is None:
        return
    assert first <= for_good
    position = for_good.month - 1
    assert all(a > b for a, b in pairs[position:])
    assert pairs[position - 1][0] <= pairs[position - 1][1]


def test_plateau_ends_where_values_spread_or_a_month_is_missing():
    values = dict(zip([("a", month) for month in months("2024-01", "2024-12")],
                      [1, 100, 105, 110, 95, 100, 100, 200, 210, 205, 195, 200], strict=True))  # fmt: skip
    found = find_plateaus(openrank_of(values), least_months=4, spread_ratio=0.2)
    assert found.rows() == [
        ("a", date(2024, 2, 1), date(2024, 7, 1), 6, pytest.approx(610 / 6)),
        ("a", date(2024, 8, 1), date(2024, 12, 1), 5, 202.0),
    ]
    del values["a", "2024-05"]
    assert find_plateaus(openrank_of(values), least_months=4, spread_ratio=0.2).height == 1


def test_first_whole_month_is_the_one_after_creation():
    values = openrank_of(
        {("a", "2024-07"): 1.0, ("a", "2024-08"): 4.0, ("b", "2024-08"): 9.0, ("late", "2025-01"): 1.0}
    )
    created = created_of({"a": "2024-07-31T23:00", "b": None, "late": "2024-01-01"})
    assert first_complete_months(values, created).select("project_id", "month", "value").rows() == [
        ("a", date(2024, 8, 1), 4.0)
    ]


def growth_of(
    prior: dict[str, float], current: dict[str, float | None], least_compared: float = 0.5
) -> list[tuple[object, ...]]:
    domains = pl.DataFrame(
        [("a", "Serving", None), ("b", "Serving", "Engine"), ("c", "Serving", "Engine"), ("x", None, None)],
        schema={"project_id": pl.String, "domain": pl.String, "subdomain": pl.String},
        orient="row",
    ).with_columns(layer=pl.lit("Infrastructure"))
    month = pl.lit(date(2025, 4, 1)).alias("as_of_month")
    means = pl.DataFrame(
        {"project_id": list(current), "openrank_mean": list(current.values()), "nowcast_months_count": 0},
        schema_overrides={"openrank_mean": pl.Float64},
    )
    priors = pl.DataFrame(
        {"project_id": list(prior), "openrank_prior_mean": list(prior.values())},
        schema={"project_id": pl.String, "openrank_prior_mean": pl.Float64},
    )
    growth = compute_domain_growth(
        domains, means.with_columns(month), priors.with_columns(month), least_compared
    )
    return growth.select(
        "subdomain", "projects_count", "compared_projects_count", "openrank_sum", "openrank_prior_sum", "growth_ratio"
    ).rows()  # fmt: skip


def test_a_domain_holds_its_subdomains_and_compares_projects_known_in_both_windows():
    assert growth_of({"a": 10.0, "b": 20.0}, {"a": 15.0, "b": 30.0, "c": 900.0, "x": 1.0}) == [
        (None, 3, 2, 45.0, 30.0, 0.5),
        ("Engine", 2, 1, 30.0, 20.0, 0.5),
    ]


def test_growth_is_refused_where_too_few_are_compared():
    # Three of eight Coding Assistants were compared in April 2025, and grew by 1,272 %: of the other five nobody knows.
    assert growth_of({"a": 10.0, "b": 20.0}, {"a": 15.0, "b": 30.0, "c": 900.0}, 0.8) == [
        (None, 3, 2, 45.0, 30.0, None),
        ("Engine", 2, 1, 30.0, 20.0, None),
    ]


def test_domain_of_which_nothing_can_be_compared_has_no_sum_and_no_growth():
    assert growth_of({"a": 10.0}, {"a": None, "b": 30.0, "c": 9.0}) == [
        (None, 3, 0, None, None, None),
        ("Engine", 2, 0, None, None, None),
    ]


def test_domain_of_newcomers_alone_has_a_sum_and_no_growth():
    assert growth_of({"b": 0.0, "c": 0.0}, {"a": None, "b": 30.0, "c": 9.0})[1] == (
        "Engine", 2, 2, 39.0, 0.0, None,
    )  # fmt: skip


def test_an_area_year_sums_known_values_and_counts_covered_repositories():
    areas = pl.DataFrame({"area": ["ai", "ai", "ai", "web"], "repo_key": ["o/a", "o/b", "o/none", "o/a"]})
    year = pl.Series([date(2023, number, 1) for number in range(1, 13)])
    openrank = pl.DataFrame(
        {"repo_key": ["o/a", "o/a", "o/b", "o/unlabelled"], "month": [year[0], year[1], year[0], year[0]],
         "openrank": [1.0, 2.0, 4.0, 99.0]}
    )  # fmt: skip
    retrieved = pl.concat(
        [
            pl.DataFrame({"repo_key": "o/a", "month": year}),
            pl.DataFrame({"repo_key": "o/b", "month": year[:11]}),
        ]
    )
    assert compute_area_years(areas, openrank, retrieved).rows() == [
        ("ai", 2023, 7.0, 2, 3, 1),
        ("web", 2023, 3.0, 2, 1, 1),
    ]
