"""Series on one axis: a sum says of how many, and what may not be compared stands alone."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from pipelines.floor.periods import Month
from pipelines.published import open_landscape
from pipelines.published.trends import Axis

JULY_2025, AUGUST_2025, JULY_2026 = date(2025, 7, 1), date(2025, 8, 1), date(2026, 7, 1)


@pytest.fixture(scope="module")
def trends(sample_data_dir):
    return open_landscape(sample_data_dir / "public").trends


def test_a_sum_over_too_few_projects_has_n_of_n_and_stands_on_no_line(trends):
    trend = trends.of_scopes(["domain:Serving"])
    points = {row["at"]: row for row in trend.points.frame.iter_rows(named=True)}
    counts = ("is_comparable", "known_projects_count", "existing_projects_count", "basis")
    assert [points[JULY_2025][name] for name in counts] == [True, 19, 19, "published"]
    assert [points[AUGUST_2025][name] for name in counts] == [False, 1, 19, "published"]
    assert [points[JULY_2026][name] for name in counts] == [False, 8, 19, "nowcast"]
    assert points[JULY_2026]["low"] < points[JULY_2026]["value"] < points[JULY_2026]["high"]
    assert trend.gaps.row(-1) == ("domain:Serving", "too_few", AUGUST_2025, date(2026, 8, 1))


def test_a_quarter_of_a_sum_is_comparable_if_each_month_is_and_counts_its_worst_month(trends):
    frame = trends.of_scopes(["domain:Serving"], Axis("quarterly")).points.frame
    rows = {row["at"]: row for row in frame.iter_rows(named=True)}
    assert rows[date(2025, 4, 1)]["is_comparable"]
    third = rows[JULY_2025]
    assert (third["is_comparable"], third["known_projects_count"], third["months_count"]) == (False, 1, 2)


def test_a_year_that_has_not_ended_is_not_comparable_although_its_months_are(trends):
    trend = trends.of_scopes(["domain:Serving"], Axis("annual", through=Month(2025, 4)))
    (year,) = trend.points.frame.filter(pl.col("at") == date(2025, 1, 1)).iter_rows(named=True)
    assert (year["is_comparable"], year["known_projects_count"], year["months_count"]) == (False, 18, 4)


def test_an_area_is_comparable_in_whole_years_with_enough_repositories(trends):
    trend = trends.of_areas(["ai"])
    rows = {row["at"].year: row for row in trend.points.frame.iter_rows(named=True)}
    assert (rows[2023]["is_comparable"], rows[2023]["covered_repos_count"], rows[2023]["repos_count"]) == (
        True,
        351,
        416,
    )
    assert [rows[year]["is_comparable"] for year in (2024, 2025)] == [False, False]
    assert trend.gaps.rows() == [("ai", "too_few", date(2024, 1, 1), date(2025, 12, 1))]


def test_a_period_with_an_unknown_month_is_not_comparable_and_a_month_that_the_source_calls_partial_is(
    trends,
):
    years = trends.of_projects("vllm", "openrank", Axis("annual")).points.frame
    assert dict(years.select(pl.col("at").dt.year(), "is_comparable").iter_rows()) == {
        2023: False, 2024: True, 2025: False, 2026: False,
    }  # fmt: skip
    months = trends.of_projects("pytorch", "openrank").points.frame
    assert months.filter(pl.col("is_partial") & (pl.col("basis") == "published"))["is_comparable"].all()


def test_the_last_month_bounds_what_is_shown_and_what_is_missing(trends):
    trend = trends.of_projects("vllm", "openrank", Axis(through=Month(2025, 10)))
    assert trend.points.frame["at"].max() == date(2025, 10, 1)
    assert trend.gaps["last"].max() == date(2025, 10, 1)
    assert (trend.unknown_months_count, trend.nowcast_months_count) == (2, 0)


def test_githubs_counts_are_series_of_their_own(trends):
    frame = trends.of_github_counts("vllm").points.frame
    assert set(frame["series"]) == {"change_requests", "issues_new"}
    assert frame.filter(series="change_requests", at=JULY_2026)["value"].item() == 2722
    assert trends.of_github_counts("searxng").points.frame.is_empty()
