"""Coverage of the archive: holes are found, slow change is none, and unknown is not zero."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.floor.messages import decode, in_english
from pipelines.metrics.coverage import Baseline, compute_event_coverage

START = datetime.fromisoformat("2025-03-03T00:00")
BASELINE = Baseline(reach=timedelta(weeks=4), comparable_hours_count=3, gap_ratio=0.5)
NO_GAPS = pl.DataFrame(
    schema={
        "start_hour": pl.Datetime("us"),
        "end_hour": pl.Datetime("us"),
        "event_type": pl.String,
        "detail": pl.String,
        "detail_message": pl.String,
    }
)


def hours_of(statuses: dict[int, str], count: int) -> pl.DataFrame:
    return pl.DataFrame(
        [(START + timedelta(hours=i), statuses.get(i, "loaded"), statuses.get(i)) for i in range(count)],
        schema={"hour": pl.Datetime("us"), "status": pl.String, "detail": pl.String},
        orient="row",
    )


def counts_of(values: dict[int, int], event_type: str = "PushEvent") -> pl.DataFrame:
    return pl.DataFrame(
        [("gharchive", START + timedelta(hours=i), event_type, value) for i, value in values.items()],
        schema={
            "source": pl.String,
            "hour": pl.Datetime("us"),
            "event_type": pl.String,
            "observed_count": pl.Int64,
        },
        orient="row",
    )


def said(coverage: pl.DataFrame) -> set[tuple[str, ...]]:
    """The messages of the rows in English."""
    return {
        tuple(in_english(decode(message)) for message in messages) for messages in coverage["detail_messages"]
    }


def row_at(coverage: pl.DataFrame, index: int, event_type: str = "PushEvent") -> dict[str, object]:
    return coverage.filter(
        pl.col("hour") == START + timedelta(hours=index), pl.col("event_type") == event_type
    ).row(0, named=True)


DAY = 24
WEEKS = 5 * 7 * DAY


def busy(index: int) -> int:
    """A day that rises to noon: hours of the day differ by a factor of three."""
    return 100 + 200 * (index % DAY >= 12)


def test_hole_is_a_gap_and_the_night_is_none():
    values = {i: busy(i) for i in range(WEEKS)}
    values[15 * DAY + 13] = 30
    coverage = compute_event_coverage(counts_of(values), hours_of({}, WEEKS), NO_GAPS, BASELINE)
    hole = row_at(coverage, 15 * DAY + 13)
    assert (hole["expected_count"], hole["is_gap"]) == (300, True)
    assert hole["detail"] == "30 of 300 expected events"
    assert said(coverage.filter("is_gap")) == {("30 of 300 expected events",)}
    assert coverage["is_gap"].sum() == 1


def test_missing_hour_is_unknown_not_zero():
    values = {i: 100 for i in range(WEEKS) if i != 500}
    coverage = compute_event_coverage(counts_of(values), hours_of({500: "missing"}, WEEKS), NO_GAPS, BASELINE)
    row = row_at(coverage, 500)
    assert (row["observed_count"], row["expected_count"], row["coverage_ratio"]) == (None, 100, None)
    assert row["is_gap"] is True
    assert row["detail"].startswith("missing")


def test_an_hour_whose_file_is_empty_is_a_gap_even_where_nothing_is_expected():
    hours = hours_of({10: "empty", 11: "not_gzip"}, 12)
    coverage = compute_event_coverage(counts_of({9: 100}), hours, NO_GAPS, BASELINE)
    for index in (10, 11):
        row = row_at(coverage, index, "all")
        assert (row["observed_count"], row["coverage_ratio"], row["is_gap"]) == (None, None, True)
        assert row["detail"].startswith(hours["status"][index])


def test_missing_hours_alone_are_still_shown():
    coverage = compute_event_coverage(counts_of({}), hours_of({0: "missing"}, 1), NO_GAPS, BASELINE)
    assert coverage.select("source", "event_type", "observed_count", "is_gap").rows() == [
        ("gharchive", "all", None, True)
    ]


def test_type_that_vanishes_from_a_read_file_is_zero_and_a_gap():
    values = dict.fromkeys(range(WEEKS), 100)
    stars = {i: 40 for i in range(WEEKS) if i != 500}
    coverage = compute_event_coverage(
        pl.concat([counts_of(values), counts_of(stars, "WatchEvent")]), hours_of({}, WEEKS), NO_GAPS, BASELINE
    )
    row = row_at(coverage, 500, "WatchEvent")
    assert (row["observed_count"], row["coverage_ratio"], row["is_gap"]) == (0, 0.0, True)
    assert row_at(coverage, 500)["is_gap"] is False


def test_lasting_drop_becomes_the_new_normal():
    """The archive lost two fifths of its events for good in May 2025: weeks later that is no gap."""
    weeks = 16 * 7 * DAY
    values = {i: 100 if i < weeks // 2 else 60 for i in range(weeks)}
    coverage = compute_event_coverage(counts_of(values), hours_of({}, weeks), NO_GAPS, BASELINE)
    assert coverage["is_gap"].sum() == 0
    assert row_at(coverage, weeks - 1)["coverage_ratio"] == 1.0


def test_a_known_gap_is_a_gap_at_any_count_and_is_no_reference():
    values = dict.fromkeys(range(WEEKS), 100)
    gaps = pl.DataFrame(
        {
            "start_hour": [START + timedelta(days=20)],
            "end_hour": [None],
            "event_type": [None],
            "detail": ["low_volume"],
            "detail_message": ['{"code":"text","text":"low_volume"}'],
        },
        schema=NO_GAPS.schema,
    )
    coverage = compute_event_coverage(counts_of(values), hours_of({}, WEEKS), gaps, BASELINE)
    assert coverage.filter("is_gap")["hour"].min() == START + timedelta(days=20)
    assert coverage.filter("is_gap")["detail"].unique().to_list() == ["low_volume"]
    assert said(coverage.filter("is_gap")) == {("low_volume",)}


def test_too_few_comparable_hours_make_no_expectation():
    coverage = compute_event_coverage(
        counts_of(dict.fromkeys(range(3 * DAY), 100)), hours_of({}, 3 * DAY), NO_GAPS, BASELINE
    )
    assert coverage["expected_count"].null_count() == 3 * DAY
    assert coverage["is_gap"].sum() == 0


@settings(max_examples=25)
@given(st.integers(4 * DAY, WEEKS - 1), st.integers(1, 1000))
def test_scale_does_not_matter(hole, scale):
    values = {i: busy(i) * scale for i in range(WEEKS)} | {hole: 0}
    counts = counts_of(values).filter(pl.col("observed_count") > 0)
    coverage = compute_event_coverage(counts, hours_of({}, WEEKS), NO_GAPS, BASELINE)
    assert coverage.filter("is_gap")["hour"].to_list() == [START + timedelta(hours=hole)]


def test_gap_of_one_type_leaves_the_others_alone():
    values = dict.fromkeys(range(WEEKS), 100)
    gaps = pl.DataFrame(
        {
            "start_hour": [START],
            "end_hour": [None],
            "event_type": ["WatchEvent"],
            "detail": ["watch_collapsed"],
            "detail_message": ['{"code":"text","text":"watch_collapsed"}'],
        },
        schema=NO_GAPS.schema,
    )
    both = pl.concat([counts_of(values), counts_of(values, "WatchEvent")])
    coverage = compute_event_coverage(both, hours_of({}, WEEKS), gaps, BASELINE)
    assert coverage.filter("is_gap")["event_type"].unique().to_list() == ["WatchEvent"]
