"""Membership: verdict, reason and the refusal to look ahead."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.landscape.membership import Comparison, Profile, WindowKind, compute_members
from pipelines.periods import Month

YEAR_MEAN = Profile("year-mean-10", WindowKind.YEAR_TO_DATE_MEAN, Comparison.ABOVE, 10.0)
LATEST = Profile("latest-50", WindowKind.LATEST_MONTH, Comparison.AT_LEAST, 50.0)
APRIL = Month(2025, 4)


def frame_of_candidates(*project_ids: str) -> pl.DataFrame:
    return pl.DataFrame({"project_id": project_ids}, schema={"project_id": pl.String})


def frame_of_values(values: dict[tuple[str, str], float]) -> pl.DataFrame:
    rows = [(project, Month.parse(month).first_day, value) for (project, month), value in values.items()]
    return pl.DataFrame(
        rows, schema={"project_id": pl.String, "month": pl.Date, "value": pl.Float64}, orient="row"
    )


def frame_of_months(project_id: str, *months: str) -> pl.DataFrame:
    rows = [(project_id, Month.parse(month).first_day) for month in months]
    return pl.DataFrame(rows, schema={"project_id": pl.String, "month": pl.Date}, orient="row")


FIRST_FOUR = ("2025-01", "2025-02", "2025-03", "2025-04")


def only_row(members: pl.DataFrame) -> dict[str, object]:
    assert members.height == 1
    return members.row(0, named=True)


def test_mean_is_over_the_months_that_have_a_value():
    values = frame_of_values({("vllm", "2025-01"): 489.91, ("vllm", "2025-03"): 667.56})
    row = only_row(
        compute_members(
            frame_of_candidates("vllm"), values, frame_of_months("vllm", *FIRST_FOUR), [APRIL], YEAR_MEAN
        )
    )
    assert row["openrank_mean"] == pytest.approx((489.91 + 667.56) / 2)
    assert (row["months_count"], row["window_months_count"]) == (2, 4)
    assert row["is_member"] is True
    assert row["reason"] == "mean OpenRank 578.74 over 2 of 4 months is above 10"


@pytest.mark.parametrize(
    ("profile", "value", "is_member"),
    [(YEAR_MEAN, 10.0, False), (YEAR_MEAN, 10.01, True), (LATEST, 50.0, True), (LATEST, 49.99, False)],
)
def test_threshold_itself_is_in_or_out_as_the_profile_says(profile, value, is_member):
    row = only_row(
        compute_members(
            frame_of_candidates("a"),
            frame_of_values({("a", "2025-04"): value}),
            frame_of_months("a", *FIRST_FOUR),
            [APRIL],
            profile,
        )
    )
    assert row["is_member"] is is_member


@pytest.mark.parametrize(
    ("values", "retrieved", "code", "is_member"),
    [
        ({}, (), "unknown_to_source", None),
        ({("a", "2024-11"): 99.0}, ("2024-11",), "outside_retrieved_months", None),
        ({("a", "2024-11"): 99.0}, ("2024-11", "2025-01"), "outside_retrieved_months", None),
        ({("a", "2024-11"): 99.0}, ("2024-11", *FIRST_FOUR), "no_activity", False),
    ],
)
def test_missing_is_told_apart(values, retrieved, code, is_member):
    row = only_row(
        compute_members(
            frame_of_candidates("a"),
            frame_of_values(values),
            frame_of_months("a", *retrieved),
            [APRIL],
            YEAR_MEAN,
        )
    )
    assert (row["reason_code"], row["is_member"]) == (code, is_member)
    assert row["openrank_mean"] is None


@given(
    values=st.dictionaries(
        st.tuples(st.sampled_from(["a", "b"]), st.sampled_from([f"2025-{m:02d}" for m in range(1, 13)])),
        st.floats(0, 1000),
    ),
    later=st.floats(0, 1e6),
)
def test_no_later_month_changes_an_earlier_verdict(values, later):
    candidates = frame_of_candidates("a", "b")
    retrieved = pl.concat([frame_of_months(p, *[f"2025-{m:02d}" for m in range(1, 13)]) for p in ("a", "b")])
    known = {**values, ("a", "2025-01"): 1.0, ("b", "2025-01"): 1.0}
    changed = {key: later if key[1] > "2025-04" else value for key, value in known.items()}
    before = compute_members(candidates, frame_of_values(known), retrieved, [APRIL], YEAR_MEAN)
    after = compute_members(candidates, frame_of_values(changed), retrieved, [APRIL], YEAR_MEAN)
    assert before.equals(after)


def test_every_candidate_has_a_row_at_every_month():
    members = compute_members(
        frame_of_candidates("a", "b", "c"),
        frame_of_values({("a", "2025-01"): 11.0}),
        frame_of_months("a", "2025-01"),
        [Month(2025, 1), Month(2025, 2)],
        YEAR_MEAN,
    )
    assert members.height == 6
    assert members["as_of_month"].unique().sort().to_list() == [date(2025, 1, 1), date(2025, 2, 1)]
