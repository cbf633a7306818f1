"""Rankings: order, scopes, and a year-on-year change that is never invented."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.floor.periods import Month, Window
from pipelines.landscape.denominators import count_known, existing_verdicts
from pipelines.landscape.membership import windows_of
from pipelines.landscape.rankings import (
    compute_prior_means,
    rank_in_scopes,
    rank_members,
    rank_monthly,
    scopes_of,
    stars_by,
)
from pipelines.metrics.panel import compute_window_means
from tests.unit.landscape.frames import (
    APRIL,
    YEAR_MEAN,
    created_of,
    members_of,
    months,
    openrank_of,
    panel_from,
    retrieved_of,
)

BOTH_YEARS = months("2024-01", "2025-04")
WINDOWS = windows_of(YEAR_MEAN, [APRIL])
OLD = "2020-01-01"
YEAR_BEFORE = {"2024-01": 10.0, "2024-02": 20.0, "2024-03": 30.0, "2024-04": 40.0}
LEAST_KNOWN = 0.5
NO_STARS = stars_by(
    pl.DataFrame(schema={"project_id": pl.String, "observed_on": pl.Date, "stars_count": pl.Int64}), [APRIL]
)


def series(project_id: str, by_month: dict[str, float]) -> dict[tuple[str, str], float | None]:
    return {(project_id, month): value for month, value in by_month.items()}


def prior_of(values: dict[str, float], retrieved: list[str], created: str | None) -> list[float]:
    candidates = created_of({"a": created})
    panel = panel_from(candidates, openrank_of(series("a", values)), retrieved_of("a", retrieved))
    return compute_prior_means(panel, candidates, WINDOWS)["openrank_prior_mean"].to_list()


def ranked_of(
    values: dict[tuple[str, str], float | None], created: dict[str, str | None], windows=WINDOWS
) -> pl.DataFrame:
    candidates, openrank = created_of(created), openrank_of(values)
    retrieved = retrieved_of(created, BOTH_YEARS)
    panel = panel_from(candidates, openrank, retrieved)
    members = members_of(candidates, openrank, retrieved, list(windows))
    return rank_members(
        members,
        compute_window_means(panel, windows),
        compute_prior_means(panel, candidates, windows),
        NO_STARS,
        windows,
        count_known(existing_verdicts(members, candidates), "as_of_month"),
        LEAST_KNOWN,
    )


def existing_of(created: dict[str, str | None], as_of: date = APRIL.first_day) -> pl.DataFrame:
    """Everybody exists and is known."""
    return pl.DataFrame({"project_id": list(created)}).with_columns(as_of_month=as_of, is_known=True)


def test_prior_mean_is_of_the_same_months_a_year_before():
    assert prior_of({**YEAR_BEFORE, "2024-05": 999.0, "2025-01": 1.0}, BOTH_YEARS, OLD) == [25.0]


def test_project_created_after_the_earlier_window_counts_as_zero_there():
    assert prior_of({"2025-01": 215.0}, BOTH_YEARS, "2024-09-24") == [0.0]


@pytest.mark.parametrize("moment", [OLD, None, "2024-04-30T23:00"])
def test_project_that_existed_without_a_series_has_no_prior_mean(moment):
    assert prior_of({"2025-01": 215.0}, BOTH_YEARS, moment) == []


def test_half_retrieved_earlier_window_has_no_prior_mean():
    values = {month: value for month, value in YEAR_BEFORE.items() if month != "2024-02"}
    assert prior_of(values, [month for month in BOTH_YEARS if month != "2024-02"], OLD) == []


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
    ranked = ranked_of(
        {**series("a", {**YEAR_BEFORE, "2025-04": 50.0}), **series("new", {"2025-04": 215.0})},
        {"a": OLD, "new": "2024-09-24"},
    )
    assert ranked.select("rank", "project_id", "openrank_yoy_delta", "openrank_yoy_ratio").rows() == [
        (1, "new", 215.0, None),
        (2, "a", 25.0, 1.0),
    ]
    assert ranked["stars_basis"].unique().to_list() == ["unknown"]
    assert (ranked["window_start"][0], ranked["window_end"][0]) == (date(2025, 1, 1), date(2025, 4, 1))


def test_member_without_a_value_in_a_shorter_window_has_no_row_there():
    latest = {APRIL: Window.trailing(APRIL, 1)}
    values = {**series("a", {"2025-04": 20.0}), **series("b", {"2025-03": 90.0})}
    assert ranked_of(values, {"a": OLD, "b": OLD})["project_id"].to_list() == ["b", "a"]
    assert ranked_of(values, {"a": OLD, "b": OLD}, latest).select("rank", "project_id").rows() == [(1, "a")]


def test_twelve_months_reach_over_the_turn_of_the_year():
    whole = {APRIL: Window.trailing(APRIL, 12)}
    ranked = ranked_of(series("a", {"2024-04": 900.0, "2024-05": 10.0, "2025-04": 20.0}), {"a": OLD}, whole)
    assert ranked["openrank_mean"].to_list() == [15.0]
    scoped = rank_in_scopes(ranked, LABELS, existing_of({"a": OLD}), LEAST_KNOWN)
    assert scoped["window_months"].to_list() == [12, 12, 12]


LABELS = scopes_of(
    pl.DataFrame(
        [
            ("a", "2025-05", "Infrastructure", "Serving", None),
            ("b", "2025-05", "Infrastructure", "Training", "Pre-train"),
            ("c", "2025-05", None, None, None),
        ],
        schema=["project_id", "taxonomy_version", "layer", "domain", "subdomain"],
        orient="row",
    )
)


def test_each_scope_is_ranked_by_itself_and_an_unclassified_project_only_in_the_whole():
    values = openrank_of(
        {("a", "2025-04"): 5.0, ("b", "2025-04"): 7.0, ("c", "2025-04"): 6.0, ("c", "2025-05"): None}
    )
    created = created_of({"a": OLD, "b": OLD, "c": None, "later": "2025-05-01"})
    ranks = rank_monthly(values, LABELS, created, LEAST_KNOWN)
    assert ranks.select("scope", "scope_value", "rank", "project_id", "taxonomy_version").rows() == [
        ("domain", "Serving", 1, "a", "2025-05"),
        ("domain", "Training", 1, "b", "2025-05"),
        ("landscape", "landscape", 1, "b", None),
        ("landscape", "landscape", 2, "c", None),
        ("landscape", "landscape", 3, "a", None),
        ("layer", "Infrastructure", 1, "b", "2025-05"),
        ("layer", "Infrastructure", 2, "a", "2025-05"),
        ("subdomain", "Pre-train", 1, "b", "2025-05"),
    ]  # fmt: skip


def test_two_windows_of_one_month_are_ranked_apart():
    values = {
        **series("a", {"2025-03": 90.0, "2025-04": 20.0}),
        **series("b", {"2025-03": 10.0, "2025-04": 30.0}),
    }
    both = pl.concat(
        ranked_of(values, {"a": OLD, "b": OLD}, {APRIL: Window.trailing(APRIL, count)}) for count in (1, 2)
    )
    existing = existing_of({"a": OLD, "b": OLD})
    whole = rank_in_scopes(both, LABELS, existing, LEAST_KNOWN).filter(pl.col("scope") == "landscape")
    assert whole.select("window_months", "rank", "project_id").rows() == [
        (1, 1, "b"), (1, 2, "a"), (2, 1, "a"), (2, 2, "b"),
    ]  # fmt: skip


def test_nobody_is_ranked_where_too_few_are_known():
    values = openrank_of({("a", "2025-03"): 9.0, ("b", "2025-03"): 7.0, ("a", "2025-04"): 5.0})
    created = created_of({"a": OLD, "b": OLD, "c": OLD, "later": "2025-05-01"})
    ranks = rank_monthly(values, LABELS, created, LEAST_KNOWN).filter(pl.col("scope") == "landscape")
    assert ranks.select(
        pl.col("month").dt.month(), "project_id", "rank", "known_projects_count", "existing_projects_count"
    ).rows() == [(3, "a", 1, 2, 3), (3, "b", 2, 2, 3), (4, "a", None, 1, 3)]


def test_unknown_members_count_in_the_denominator_and_take_the_ranks_away():
    values = series("a", {"2025-04": 50.0})
    created = {"a": OLD, "b": OLD, "c": None, "later": "2025-05-01"}
    candidates, openrank = created_of(created), openrank_of(values)
    retrieved = retrieved_of(["a"], BOTH_YEARS)
    members = members_of(candidates, openrank, retrieved)
    known = count_known(existing_verdicts(members, candidates), "as_of_month")
    assert known.rows() == [(APRIL.first_day, 1, 3)]
    panel = panel_from(candidates, openrank, retrieved)
    means, priors = compute_window_means(panel, WINDOWS), compute_prior_means(panel, candidates, WINDOWS)
    for least, rank in ((LEAST_KNOWN, None), (0.3, 1)):
        ranked = rank_members(members, means, priors, NO_STARS, WINDOWS, known, least)
        assert ranked.select("project_id", "rank", "basis").rows() == [("a", rank, "published")]


@given(st.lists(st.sampled_from([11.0, 12.5, 12.5, 40.0, 900.0]), min_size=1, max_size=8))
def test_rank_counts_the_projects_above(means):
    ranked = ranked_of(
        {(f"p{i}", "2025-04"): mean for i, mean in enumerate(means)},
        {f"p{i}": OLD for i in range(len(means))},
    )
    assert ranked.height == len(means)
    for row in ranked.iter_rows(named=True):
        assert row["rank"] == 1 + sum(mean > row["openrank_mean"] for mean in means)


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 1e6)), min_size=1, max_size=24),
    st.integers(1, 12),
    st.integers(-3, 26),
)
def test_window_mean_is_the_plain_mean_of_the_values_in_it(values, length, end):
    first = Month(2023, 1)
    panel = panel_from(
        created_of({"a": None}),
        openrank_of({("a", str(first + i)): value for i, value in enumerate(values)}),
    )
    as_of = first + end
    inside = [v for i, v in enumerate(values) if end - length < i <= end and v is not None]
    row = compute_window_means(panel, {as_of: Window.trailing(as_of, length)}).row(0, named=True)
    assert row["months_count"] == len(inside)
    assert row["openrank_mean"] == (pytest.approx(sum(inside) / len(inside)) if inside else None)
