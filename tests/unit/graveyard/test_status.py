"""Statuses of made-up projects: what counts as an end, what vetoes it, and what thin data leaves unknown."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.floor.messages import TEXT, Message
from pipelines.floor.periods import Month
from pipelines.graveyard.assessment import Origin, compute_votes
from pipelines.graveyard.evidence import Evidence, OpenrankTrend
from pipelines.graveyard.history import Remark, assessment_days
from tests.unit.graveyard.records import LIMITS, observation, record_of, status_of
from tests.unit.landscape.frames import months

DAY = "2025-05-20"
SILENT = observation("x", DAY, stars=20_000, pushed="2024-08-01")
BORN = {"x": "2023-03-01"}


def said(text: str) -> Message:
    return Message(TEXT, {"text": text})


def series(first: str, *values: float | None) -> dict[tuple[str, str], float | None]:
    start = Month.parse(first)
    return {("x", str(start + position)): value for position, value in enumerate(values)}


def one(record, *days: str):
    return status_of(record, *(days or (DAY,)))[-1]


def test_the_published_rule_flags_on_one_source():
    row = one(record_of(BORN, [SILENT]))
    assert (row["status"], row["policy"], row["is_single_source"]) == ("graveyard", "published", True)
    assert "20,000 stars on 2025-05-20" in row["reasons"]
    assert "last push on 2024-08-01, observed on 2025-05-20" in row["reasons"]


@pytest.mark.parametrize(
    ("created", "seen"),
    [
        ({"x": "2022-12-31"}, SILENT),
        (BORN, observation("x", DAY, stars=9_999, pushed="2024-08-01")),
        (BORN, observation("x", DAY, stars=20_000, pushed="2025-01-02")),
    ],
    ids=["created before 2023", "too few stars", "pushed this year"],
)
def test_each_condition_of_the_published_rule_is_needed(created, seen):
    row = one(record_of(created, [seen]))
    assert (row["status"], row["rule"]) == ("dormant", "one_origin")


def test_openrank_in_any_recent_month_vetoes_an_old_push_and_the_project_is_finished():
    row = one(record_of(BORN, [SILENT], series("2025-02", 0.4), {"x": months("2025-02", "2025-04")}))
    assert (row["status"], row["rule"], row["policy"]) == ("dormant", "finished", None)


def test_openrank_before_the_last_three_months_vetoes_nothing():
    values = series("2025-01", 5.0)
    row = one(record_of(BORN, [SILENT], values, {"x": months("2025-01", "2025-04")}))
    assert row["flagged_by"] == ["published", "corroborated"], "three retrieved months without a value"
    assert row["openrank_drawdown_ratio"] == 1.0


def test_a_pull_that_ended_is_unknown_and_not_dead():
    steady = series("2023-03", *[20.0] * 21)
    row = one(record_of({"x": "2020-01-01"}, [], steady))
    assert (row["status"], row["confidence"]) == ("unknown", None)
    assert "OpenRank 2025-02: unknown, 2025-03: unknown, 2025-04: unknown" in row["reasons"]


def test_a_fall_that_was_seen_counts_for_half_a_year_only():
    fallen = series("2023-03", 80.0, *[1.0] * 20)
    assert max(month for _, month in fallen) == "2024-11"
    record = record_of({"x": "2020-01-01"}, [], fallen)
    assert one(record, "2025-05-20")["status"] == "dormant"
    assert one(record, "2025-06-30")["status"] == "unknown"


def test_a_hole_in_the_recent_months_is_no_silence():
    values = series("2025-01", 5.0)
    row = one(record_of({"x": "2020-01-01"}, [], values, {"x": ["2025-01", "2025-02", "2025-04"]}))
    assert row["status"] == "unknown"


def test_one_month_shows_life_but_no_trend():
    row = one(record_of({"x": None}, [], series("2025-04", 3.0)))
    assert row["status"] == "active"
    assert row["openrank_slope_ratio"] is None


def test_without_any_series_or_observation_everything_is_unknown():
    row = one(record_of({"x": None}))
    assert (row["status"], row["rule"], row["openrank_peak"]) == ("unknown", "no_evidence", None)


def test_a_list_that_lost_the_project_does_not_bury_it():
    lost = observation("x", "2024-03-17", stars=16_000, pushed="2023-11-01")
    row = one(record_of(BORN, [lost]))
    assert row["status"] == "unknown"
    assert "over 45 days before: no vote" in row["reasons"][3]


def test_a_push_over_the_holidays_is_no_silence_in_january():
    seen = observation("x", "2024-01-01", stars=20_000, pushed="2023-12-31")
    assert one(record_of(BORN, [seen]), "2024-01-31")["status"] == "active"


def test_silence_is_counted_up_to_the_observation_and_not_beyond():
    seen = observation("x", "2024-03-01", stars=20_000, pushed="2023-12-20")
    assert one(record_of(BORN, [seen]), "2024-04-10")["status"] == "active"


def test_only_what_was_observed_by_the_day_counts():
    record = record_of(BORN, [SILENT])
    assert one(record, "2025-05-19")["status"] == "unknown"


def test_the_owner_decides_from_the_day_of_the_announcement_on():
    record = record_of(
        BORN,
        [],
        series("2025-01", *[9.0] * 4),
        announcements=[Remark("x", date(2025, 3, 11), said("announced"))],
    )
    before, after = status_of(record, "2025-03-10", "2025-03-31")
    assert before["status"] == "active"
    assert (after["status"], after["policy"], after["confidence"]) == ("graveyard", "official", 1.0)
    assert after["ended_on"] == date(2025, 3, 11)
    assert after["first_flagged_month"] == date(2025, 3, 1)


def test_an_archived_repository_is_archived_despite_its_stars():
    row = one(record_of({"x": "2015-01-01"}, [observation("x", DAY, is_archived=True)]))
    assert (row["status"], row["rule"]) == ("archived", "archived_flag")


def test_an_exception_is_shown_as_such_and_fresh_openrank_vetoes_it():
    exceptions = [Remark("x", date(2025, 5, 20), said("listed"))]
    row = one(record_of({"x": "2022-12-10"}, [SILENT], exceptions=exceptions))
    assert row["flagged_by"] == ["curated"]
    alive = one(record_of({"x": "2022-12-10"}, [SILENT], series("2025-04", 1.0), exceptions=exceptions))
    assert alive["policy"] is None


def test_declining_is_far_below_the_peak_unless_it_found_its_level():
    falling = series("2024-01", 100.0, *[60.0] * 12, *[10.0] * 3)
    assert one(record_of({"x": "2020-01-01"}, [], falling))["status"] == "declining"
    level = series("2023-01", 100.0, *[10.0] * 27)
    assert one(record_of({"x": "2020-01-01"}, [], level))["status"] == "active"


def test_who_comes_back_is_resurrected_for_a_year():
    record = record_of(
        BORN,
        [
            observation("x", "2024-05-01", stars=20_000, pushed="2023-08-01"),
            observation("x", "2024-07-31", stars=20_000, pushed="2024-07-30"),
            observation("x", "2025-07-31", stars=20_000, pushed="2025-07-30"),
        ],
    )
    days = ("2024-05-31", "2024-06-30", "2024-07-31", "2025-07-31")
    rows = status_of(record, *days)
    assert [row["status"] for row in rows] == ["graveyard", "unknown", "resurrected", "active"]
    assert rows[2]["reasons"][0] == "it lay in the graveyard as of 2024-05-31 and is active again"


def test_an_unknown_in_between_does_not_begin_a_new_run_of_flags():
    record = record_of(
        BORN,
        [
            observation("x", "2024-05-01", stars=20_000, pushed="2023-08-01"),
            observation("x", "2024-08-31", stars=20_000, pushed="2023-08-01"),
        ],
    )
    rows = status_of(record, "2024-05-31", "2024-07-31", "2024-08-31")
    assert [row["status"] for row in rows] == ["graveyard", "unknown", "graveyard"]
    assert rows[2]["first_flagged_month"] == date(2024, 5, 1)


def test_a_project_has_no_status_before_its_creation():
    assert status_of(record_of(BORN, [SILENT]), "2023-02-28") == []


def test_days_are_month_ends_the_last_day_and_the_extra_ones():
    days = assessment_days(Month(2025, 3), date(2025, 5, 10), [date(2025, 4, 30), date(2025, 5, 2)])
    assert days == [date(2025, 3, 31), date(2025, 4, 30), date(2025, 5, 2), date(2025, 5, 10)]
    assert assessment_days(Month(2025, 8), date(2025, 4, 30), []) == [date(2025, 4, 30)]


@given(
    stars=st.none() | st.integers(0, 50_000),
    pushed=st.none() | st.dates(date(2022, 1, 1), date(2025, 5, 20)),
    recent=st.lists(st.none() | st.floats(0.1, 50), min_size=3, max_size=3),
    later=st.dates(date(2025, 5, 21), date(2025, 12, 31)),
)
def test_fresh_openrank_keeps_everyone_out_and_nothing_later_is_seen(stars, pushed, recent, later):
    seen = observation("x", DAY, stars=stars, pushed=pushed and str(pushed))
    values = {key: value for key, value in series("2025-02", *recent).items() if value is not None}
    asked = {"x": months("2025-01", "2025-04")}
    before = one(record_of(BORN, [seen], values, asked))
    if values:
        assert before["status"] not in {"graveyard", "archived", "unknown"}
    future = observation("x", str(later), stars=99_999, pushed="2020-01-01", is_archived=True)
    after = one(record_of(BORN, [seen, future], values | {("x", "2025-05"): 70.0}, asked), DAY)
    assert after == before


def test_sources_that_do_not_know_a_project_have_no_vote():
    assert compute_votes(Evidence(date(2025, 5, 20)), LIMITS) == {}
    known = Evidence(date(2025, 5, 20), openrank=OpenrankTrend(), announced_on=date(2025, 1, 1))
    assert compute_votes(known, LIMITS) == {Origin.OWNER: True}


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"a": ("unknown", "no such series")}, "OpenDigger has no series under any of its names: no vote"),
        (
            {"a": ("malformed", '2025-03 is "45.2", not a number')},
            'the OpenRank series of acme/a was set aside (2025-03 is "45.2", not a number): no vote',
        ),
        (
            {"a": ("no_months", "no month")},
            "the answer for acme/a has no complete month (renamed, or only yearly data, or just begun): no vote",
        ),
        (
            {"a": ("failed", "status 503")},
            "the source gave no usable answer about acme/a (status 503): no vote",
        ),
        ({}, "the source was not asked for OpenRank under any of its names: no vote"),
    ],
)
def test_the_source_s_answer_is_the_reason_why_openrank_has_no_vote(answers, reason):
    (row,) = status_of(record_of({"a": "2020-01-01"}, answers=answers), "2025-04-30")
    assert reason in row["reasons"]
