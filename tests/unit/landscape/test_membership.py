"""Membership: verdict, reason, the watch list, and the refusal to look ahead."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.floor.messages import in_english
from pipelines.floor.periods import Month
from pipelines.landscape.membership import reason_message
from pipelines.landscape.watch_list import WatchBand, compute_watch_list
from pipelines.seeds.rules import Profile
from tests.unit.landscape.frames import (
    APRIL,
    LATEST,
    YEAR_MEAN,
    created_of,
    members_of,
    months,
    openrank_of,
    retrieved_of,
)

FIRST_FOUR = months("2025-01", "2025-04")
LAST_THREE = Profile(
    id="last-three", kind="trailing_mean", months=3, comparison=">", threshold=10.0, reason="a test"
)


def only_row(members: pl.DataFrame) -> dict[str, object]:
    assert members.height == 1
    return members.row(0, named=True)


def one(values, retrieved, created=None, profile=YEAR_MEAN, as_of=APRIL) -> dict[str, object]:
    openrank = openrank_of({("a", month): value for month, value in values.items()})
    return only_row(
        members_of(created_of({"a": created}), openrank, retrieved_of("a", retrieved), [as_of], profile)
    )


def test_mean_is_over_the_months_that_have_a_value():
    row = one({"2025-01": 489.91, "2025-03": 667.56}, FIRST_FOUR)
    assert row["openrank_mean"] == pytest.approx((489.91 + 667.56) / 2)
    assert (row["months_count"], row["window_months_count"]) == (2, 4)
    assert row["is_member"] is True
    assert row["reason"] == "mean OpenRank 578.74 over 2 of 4 months is above 10"


@pytest.mark.parametrize(
    ("profile", "value", "is_member"),
    [(YEAR_MEAN, 10.0, False), (YEAR_MEAN, 10.01, True), (LATEST, 50.0, True), (LATEST, 49.99, False)],
)
def test_threshold_itself_is_in_or_out_as_the_profile_says(profile, value, is_member):
    assert one({"2025-04": value}, FIRST_FOUR, profile=profile)["is_member"] is is_member


def test_trailing_mean_crosses_the_turn_of_the_year():
    row = one({"2024-11": 100.0, "2024-12": 9.0, "2025-01": 10.0, "2025-02": 14.0}, [], profile=LAST_THREE,
              as_of=Month(2025, 2))  # fmt: skip
    assert (row["openrank_mean"], row["is_member"], row["window_months_count"]) == (11.0, True, 3)


@pytest.mark.parametrize(
    ("values", "retrieved", "created", "code", "is_member"),
    [
        # Nothing up to the month, nothing but a later month, a pull that ended before, a hole.
        ({}, [], None, "unknown_to_source", None),
        ({"2025-05": 99.0}, ["2025-05"], "2020-01-01", "unknown_to_source", None),
        ({"2024-11": 99.0}, ["2024-11"], None, "outside_retrieved_months", None),
        ({"2024-11": 99.0}, ["2024-11", "2025-01"], None, "outside_retrieved_months", None),
        # Met the rule before, and no longer: with a value and without.
        ({"2024-11": 99.0, "2025-01": 1.0}, FIRST_FOUR, "2020-01-01", "too_old", False),
        ({"2024-11": 99.0}, FIRST_FOUR, None, "too_old", False),
        ({"2024-11": 9.0, "2025-01": 1.0}, FIRST_FOUR, "2020-01-01", "below_threshold", False),
        ({"2024-11": 9.0}, FIRST_FOUR, None, "no_activity", False),
        # Created after the window began, after the as-of month, on the window's first day.
        ({"2025-03": 2.0}, FIRST_FOUR, "2025-02-26", "too_new", False),
        ({}, FIRST_FOUR, "2025-04-30T23:59", "too_new", False),
        ({}, [], "2025-05-01", "too_new", False),
        ({}, [], "2025-04-30", "unknown_to_source", None),
        ({"2025-03": 2.0}, FIRST_FOUR, "2025-01-01", "below_threshold", False),
        # Too new for the source to have been asked about the whole window: unknown, not out.
        ({}, ["2025-01"], "2025-02-26", "outside_retrieved_months", None),
        # Young, and in.
        ({"2025-04": 49.0}, FIRST_FOUR, "2025-03-25", "above_threshold", True),
    ],
)  # fmt: skip
def test_each_reason_has_its_code(values, retrieved, created, code, is_member):
    row = one(values, retrieved, created)
    assert (row["reason_code"], row["is_member"]) == (code, is_member)


def test_reasons_quote_their_values():
    assert one({"2024-11": 99.0, "2025-01": 1.5}, FIRST_FOUR)["reason"] == (
        "mean OpenRank 1.5 over 1 of 4 months is not above 10; it last met the rule as of 2024-12"
    )
    assert one({"2025-03": 2.0}, FIRST_FOUR, "2025-02-26")["reason"] == (
        "mean OpenRank 2.0 over 1 of 4 months is not above 10; created on 2025-02-26, after the window began"
    )
    assert one({}, [], "2025-05-01")["reason"] == "created on 2025-05-01, after 2025-04"
    assert one({"2024-11": 99.0}, ["2024-11", "2025-01"])["reason"] == (
        "1 of 4 months were retrieved and none has a value; the last retrieved month is 2025-01: unknown, not zero"
    )


@pytest.mark.parametrize(
    ("answer", "code", "reason"),
    [
        (
            ("unknown", "no such series (404)"),
            "unknown_to_source",
            "the source has no OpenRank series of any of its names up to 2025-04: unknown, not zero",
        ),
        (
            ("loaded", ""),  # its first month comes later
            "unknown_to_source",
            "the source has no OpenRank series of any of its names up to 2025-04: unknown, not zero",
        ),
        (
            ("no_months", "no month in the answer"),
            "no_months",
            "the answer for acme/a has no complete month (renamed, or only yearly data, or just begun): unknown, not zero",
        ),
        (
            ("malformed", '2025-03 is "45.2", not a number'),
            "series_set_aside",
            'the OpenRank series of acme/a was set aside (2025-03 is "45.2", not a number): unknown, not zero',
        ),
        (
            ("failed", "status 503"),
            "not_answered",
            "the source gave no usable answer about acme/a (status 503): unknown, not zero",
        ),
        (
            None,
            "not_asked",
            "the source was not asked for OpenRank under any of its names: unknown, not zero",
        ),
    ],
)
def test_the_source_s_answer_is_the_reason_why_a_project_has_no_series(answer, code, reason):
    answers = {} if answer is None else {"a": answer}
    nothing = (created_of({"a": "2020-01-01"}), openrank_of({}), retrieved_of("", []))
    row = only_row(members_of(*nothing, answers=answers))
    assert (row["is_member"], row["reason_code"], row["reason"]) == (None, code, reason)
    profile = {"created_on": date(2020, 1, 1), "comparison": ">", "threshold": 10.0}
    assert in_english(reason_message(row | profile)) == reason


@pytest.mark.parametrize("answer", ["malformed", "failed", "no_months", "unknown"])
def test_an_answer_changes_no_verdict_on_months_that_are_held(answer):
    held = (created_of({"a": None}), openrank_of({("a", "2025-01"): 11.0}), retrieved_of("a", FIRST_FOUR))
    assert only_row(members_of(*held, answers={"a": (answer, "why")}))["reason_code"] == "above_threshold"


YEAR = months("2025-01", "2025-12")


@given(
    values=st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from(YEAR)), st.floats(0, 100)),
    retrieved=st.sets(st.tuples(st.sampled_from("ab"), st.sampled_from(YEAR))),
    created=st.sampled_from([None, "2024-01-01", "2025-02-02", "2025-08-01"]),
    profile=st.sampled_from([YEAR_MEAN, LATEST, LAST_THREE]),
)
def test_no_later_month_changes_an_earlier_verdict(values, retrieved, created, profile):
    def at_april(last: str) -> pl.DataFrame:
        asked = [retrieved_of(project, [month]) for project, month in retrieved if month <= last]
        return members_of(
            created_of({"a": created, "b": None}),
            openrank_of({key: value for key, value in values.items() if key[1] <= last}),
            pl.concat([retrieved_of("", []), *asked]),
            profile=profile,
        )

    assert at_april("2025-04").equals(at_april("2025-12"))


def test_every_candidate_has_a_row_at_every_month():
    members = members_of(
        created_of({"a": None, "b": None, "c": None}),
        openrank_of({("a", "2025-01"): 11.0}),
        retrieved_of("a", ["2025-01"]),
        [Month(2025, 1), Month(2025, 2)],
    )
    assert members.height == 6
    assert members["as_of_month"].unique().sort().to_list() == [date(2025, 1, 1), date(2025, 2, 1)]


@pytest.mark.parametrize("as_of", [Month(1990, 1), Month(2090, 1)])
def test_month_without_any_data_is_unknown_not_empty(as_of):
    row = one({"2025-01": 11.0}, ["2025-01"], as_of=as_of)
    assert (row["is_member"], row["months_count"]) == (None, 0)


def test_no_series_at_all_and_no_month_asked():
    nobody = openrank_of({})
    members = members_of(created_of({"a": None}), nobody, retrieved_of("", []))
    assert members["reason_code"].to_list() == ["unknown_to_source"]
    assert members_of(created_of({"a": None}), nobody, retrieved_of("", []), []).height == 0


def test_watch_list_holds_both_sides_of_the_line_with_their_direction():
    by_project = {
        "far": (30.0, 30.0), "near": (7.5, 12.0), "below": (11.0, 8.0), "even": (10.0, 10.4), "low": (7.0, 7.9),
    }  # fmt: skip
    openrank = openrank_of(
        {
            **{(project, "2025-03"): march for project, (march, _) in by_project.items()},
            **{(project, "2025-04"): april for project, (_, april) in by_project.items()},
            ("lone", "2025-04"): 11.0,
        }
    )
    members = members_of(
        created_of(dict.fromkeys([*by_project, "lone"])), openrank, retrieved_of(by_project, FIRST_FOUR)
    )
    watched = compute_watch_list(members, openrank, YEAR_MEAN, WatchBand(width_ratio=0.25, steady_ratio=0.05))
    assert watched.select("project_id", "is_member", "margin_ratio", "direction").rows() == [
        ("below", False, pytest.approx(-0.05), "falling"),
        ("even", True, pytest.approx(0.02), "steady"),
        ("lone", True, pytest.approx(0.1), "unknown"),
        ("near", False, pytest.approx(-0.025), "rising"),
    ]
