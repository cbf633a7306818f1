"""Coverage of the archive: holes are found, slow change is none, and unknown is not zero."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.floor.messages import decode, in_english
from pipelines.floor.settings import CHECKOUT
from pipelines.metrics.archives import unite_archives
from pipelines.metrics.coverage import (
    Baseline,
    compute_event_coverage,
    compute_month_coverage,
    hourly_means,
)
from pipelines.seeds import load_seeds

SEEDS = load_seeds(CHECKOUT / "seeds")
START = datetime.fromisoformat("2025-03-03T00:00")
BASELINE = Baseline(
    reach=timedelta(weeks=4),
    comparable_hours_count=3,
    gap_ratio=0.5,
    broken_since=datetime.fromisoformat("2025-05-25T00:00"),
    month_gap_ratio=0.75,
)
NO_MEANS = hourly_means(SEEDS.event_stream).clear()
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
    files = [
        ("gharchive", START + timedelta(hours=i), statuses.get(i, "loaded"), statuses.get(i))
        for i in range(count)
    ]
    return unite_archives(files_of(files), SEEDS.archives)


def files_of(files: list[tuple[str | None, datetime, str, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(
        files,
        schema={"archive": pl.String, "hour": pl.Datetime("us"), "status": pl.String, "detail": pl.String},
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
    coverage = compute_event_coverage(counts_of(values), hours_of({}, WEEKS), NO_GAPS, NO_MEANS, BASELINE)
    hole = row_at(coverage, 15 * DAY + 13)
    assert (hole["expected_count"], hole["is_gap"]) == (300, True)
    assert hole["detail"] == "30 of 300 expected events"
    assert said(coverage.filter("is_gap")) == {("30 of 300 expected events",)}
    assert coverage["is_gap"].sum() == 1


def test_missing_hour_is_unknown_not_zero():
    values = {i: 100 for i in range(WEEKS) if i != 500}
    coverage = compute_event_coverage(
        counts_of(values), hours_of({500: "missing"}, WEEKS), NO_GAPS, NO_MEANS, BASELINE
    )
    row = row_at(coverage, 500)
    assert (row["observed_count"], row["expected_count"], row["coverage_ratio"]) == (None, 100, None)
    assert row["is_gap"] is True
    assert row["detail"].startswith("missing")


def test_an_hour_whose_file_is_empty_is_a_gap_even_where_nothing_is_expected():
    hours = hours_of({10: "empty", 11: "not_gzip"}, 12)
    coverage = compute_event_coverage(counts_of({9: 100}), hours, NO_GAPS, NO_MEANS, BASELINE)
    for index in (10, 11):
        row = row_at(coverage, index, "all")
        assert (row["observed_count"], row["coverage_ratio"], row["is_gap"]) == (None, None, True)
        assert row["detail"].startswith(hours["status"][index])


def test_missing_hours_alone_are_still_shown():
    coverage = compute_event_coverage(counts_of({}), hours_of({0: "missing"}, 1), NO_GAPS, NO_MEANS, BASELINE)
    assert coverage.select("source", "event_type", "observed_count", "is_gap").rows() == [
        ("gharchive", "all", None, True)
    ]


def test_type_that_vanishes_from_a_read_file_is_zero_and_a_gap():
    values = dict.fromkeys(range(WEEKS), 100)
    stars = {i: 40 for i in range(WEEKS) if i != 500}
    coverage = compute_event_coverage(
        pl.concat([counts_of(values), counts_of(stars, "WatchEvent")]),
        hours_of({}, WEEKS),
        NO_GAPS,
        NO_MEANS,
        BASELINE,
    )
    row = row_at(coverage, 500, "WatchEvent")
    assert (row["observed_count"], row["coverage_ratio"], row["is_gap"]) == (0, 0.0, True)
    assert row_at(coverage, 500)["is_gap"] is False


def test_a_lasting_change_while_the_stream_is_healthy_becomes_the_new_normal():
    weeks = 11 * 7 * DAY
    values = {i: 100 if i < 2 * 7 * DAY else 60 for i in range(weeks)}
    coverage = compute_event_coverage(counts_of(values), hours_of({}, weeks), NO_GAPS, NO_MEANS, BASELINE)
    assert row_at(coverage, weeks - 1)["coverage_ratio"] == 1.0


BROKEN = (BASELINE.broken_since - START) // timedelta(hours=1)
"""Place of the first hour of the broken stream."""


def test_nothing_is_learnt_from_the_broken_stream():
    """The archive lost two fifths of its events in May 2025: however long that lasts, they are not there."""
    weeks = 40 * 7 * DAY
    values = {i: busy(i) if i < BROKEN else busy(i) * 6 // 10 for i in range(weeks)}
    coverage = compute_event_coverage(counts_of(values), hours_of({}, weeks), NO_GAPS, NO_MEANS, BASELINE)
    for index in (BROKEN, BROKEN + 13, weeks - 1):
        row = row_at(coverage, index)
        assert (row["expected_count"], row["coverage_ratio"], row["is_gap"]) == (busy(index), 0.6, False)
    healthy = row_at(coverage, BROKEN - 1)
    assert (healthy["expected_count"], healthy["coverage_ratio"]) == (busy(BROKEN - 1), 1.0)
    months = compute_month_coverage(coverage, BASELINE)
    assert months.filter(pl.col("event_type") == "PushEvent").select(
        "coverage_ratio", "is_gap"
    ).unique().rows() == [(0.6, True)]
    assert months["month"].min() == datetime.fromisoformat("2025-05-01T00:00")


def test_a_type_that_collapses_while_pushes_rise_is_seen():
    count = BROKEN + 7 * DAY
    pushes = {i: 100 if i < BROKEN else 300 for i in range(count)}
    stars = {i: 50 if i < BROKEN else 1 for i in range(count)}
    sums = {i: pushes[i] + stars[i] for i in range(count)}
    counts = pl.concat([counts_of(pushes), counts_of(stars, "WatchEvent"), counts_of(sums, "all")])
    coverage = compute_event_coverage(counts, hours_of({}, count), NO_GAPS, NO_MEANS, BASELINE)
    row = row_at(coverage, count - 1, "WatchEvent")
    assert (row["expected_count"], row["is_gap"], row["detail"]) == (50, True, "1 of 50 expected events")
    assert [row_at(coverage, count - 1, kind)["is_gap"] for kind in ("PushEvent", "all")] == [False, False]
    months = compute_month_coverage(coverage, BASELINE).filter("is_gap")
    assert months["event_type"].unique().to_list() == ["WatchEvent"]


def test_six_lost_days_are_gaps_and_count_in_the_month():
    count = BROKEN + 31 * DAY
    lost = range(BROKEN + 10 * DAY, BROKEN + 16 * DAY)
    values = {i: 100 for i in range(count) if i not in lost}
    statuses = dict.fromkeys(lost, "missing")
    coverage = compute_event_coverage(
        counts_of(values), hours_of(statuses, count), NO_GAPS, NO_MEANS, BASELINE
    )
    gaps = coverage.filter("is_gap", pl.col("event_type") == "PushEvent")
    assert gaps["hour"].to_list() == [START + timedelta(hours=i) for i in lost]
    assert gaps["observed_count"].null_count() == 6 * DAY
    june = compute_month_coverage(coverage, BASELINE).row(
        by_predicate=(pl.col("month") == datetime.fromisoformat("2025-06-01T00:00"))
        & (pl.col("event_type") == "PushEvent"),
        named=True,
    )
    hours = count - (BROKEN + 7 * DAY)
    assert (june["observed_count"], june["expected_count"]) == ((hours - 6 * DAY) * 100, hours * 100)


def test_without_healthy_hours_the_mean_hour_of_the_seeds_is_expected():
    hour = datetime.fromisoformat("2026-07-15T12:00")
    counts = counts_of({}).vstack(
        pl.DataFrame(
            [("gharchive", hour, "WatchEvent", 107), ("gharchive", hour, "CreateEvent", 5)],
            schema=counts_of({}).schema,
            orient="row",
        )
    )
    hours = unite_archives(files_of([(None, hour, "loaded", None)]), SEEDS.archives)
    coverage = compute_event_coverage(counts, hours, NO_GAPS, hourly_means(SEEDS.event_stream), BASELINE)
    row = coverage.row(by_predicate=pl.col("event_type") == "WatchEvent", named=True)
    stars = (6_009_020 + 5_965_504 + 5_407_592) / (24 * (31 + 30 + 31))
    assert (row["expected_count"], row["is_gap"]) == (round(stars), True)
    unknown = coverage.row(by_predicate=pl.col("event_type") == "CreateEvent", named=True)
    assert (unknown["expected_count"], unknown["coverage_ratio"], unknown["is_gap"]) == (None, None, False)


def test_no_expectation_of_the_seeds_is_held_against_simulated_events():
    hour = datetime.fromisoformat("2026-07-15T12:00")
    counts = pl.DataFrame(
        [("gharchive-simulated", hour, "WatchEvent", 3)], schema=counts_of({}).schema, orient="row"
    )
    hours = unite_archives(files_of([(None, hour, "loaded", None)]), SEEDS.archives)
    coverage = compute_event_coverage(counts, hours, NO_GAPS, hourly_means(SEEDS.event_stream), BASELINE)
    simulated = coverage.filter(
        pl.col("source") == "gharchive-simulated", pl.col("event_type") == "WatchEvent"
    )
    assert simulated["expected_count"].to_list() == [None]


# --- several archives ------------------------------------------------------------------------------------

UNITED = datetime.fromisoformat("2026-09-15T15:00")
"""An hour that both archives have."""


@pytest.mark.parametrize(
    ("first", "second", "united"),
    [
        ("loaded", "loaded", ("loaded", False, "gharchive, opendigger-archive", True)),
        ("loaded", "missing", ("loaded", True, "gharchive", False)),
        ("missing", "loaded", ("loaded", True, "opendigger-archive", True)),
        ("damaged", "loaded", ("loaded", True, "opendigger-archive", True)),
        ("damaged", "disagrees", ("damaged", False, "", False)),
        ("missing", "unanswered", ("missing", False, "", False)),
    ],
)
def test_an_hour_is_as_good_as_the_best_of_its_files_and_partial_without_the_other(
    first: str, second: str, united: tuple[str, bool, str, bool]
):
    files = files_of([("gharchive", UNITED, first, None), ("opendigger-archive", UNITED, second, None)])
    hour = unite_archives(files, SEEDS.archives)
    assert hour.select("status", "is_partial", "served_by", "is_elsewhere").rows() == [united]


def test_an_hour_for_which_the_second_archive_was_never_asked_is_partial():
    days = [datetime.fromisoformat(f"2026-09-{day}T00:00") for day in ("05", "06")]
    files = files_of([("gharchive", day, "loaded", None) for day in days])
    assert unite_archives(files, SEEDS.archives)["is_partial"].to_list() == [False, True]


def test_a_partial_hour_says_which_archive_served_it():
    files = files_of(
        [("gharchive", UNITED, "loaded", None), ("opendigger-archive", UNITED, "unanswered", "refused")]
    )
    counts = pl.DataFrame(
        [("gharchive", UNITED, "WatchEvent", 107)], schema=counts_of({}).schema, orient="row"
    )
    means = hourly_means(SEEDS.event_stream)
    coverage = compute_event_coverage(counts, unite_archives(files, SEEDS.archives), NO_GAPS, means, BASELINE)
    row = coverage.row(by_predicate=pl.col("event_type") == "WatchEvent", named=True)
    sentence = "only gharchive of 2 archives that have this hour"
    assert row["is_partial"]
    assert row["detail"] == f"107 of {row['expected_count']:,} expected events; {sentence}"
    assert said(coverage.filter(pl.col("event_type") == "WatchEvent")) == {
        (f"107 of {row['expected_count']:,} expected events", sentence)
    }


def test_a_known_gap_of_the_first_archive_is_none_where_the_second_has_the_hour():
    collapse = pl.DataFrame(
        {
            "start_hour": [START],
            "end_hour": [None],
            "event_type": ["WatchEvent"],
            "detail": ["watch_collapsed"],
            "detail_message": ['{"code":"text","text":"watch_collapsed"}'],
        },
        schema=NO_GAPS.schema,
    )
    counts = pl.DataFrame(
        [("gharchive", UNITED, "WatchEvent", 9000)], schema=counts_of({}).schema, orient="row"
    )
    means = hourly_means(SEEDS.event_stream)
    for second, is_gap in (("loaded", False), ("missing", True)):
        files = files_of(
            [("gharchive", UNITED, "loaded", None), ("opendigger-archive", UNITED, second, None)]
        )
        hours = unite_archives(files, SEEDS.archives)
        coverage = compute_event_coverage(counts, hours, collapse, means, BASELINE)
        assert coverage.filter(pl.col("event_type") == "WatchEvent")["is_gap"].to_list() == [is_gap]


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
    coverage = compute_event_coverage(counts_of(values), hours_of({}, WEEKS), gaps, NO_MEANS, BASELINE)
    assert coverage.filter("is_gap")["hour"].min() == START + timedelta(days=20)
    assert coverage.filter("is_gap")["detail"].unique().to_list() == ["low_volume"]
    assert said(coverage.filter("is_gap")) == {("low_volume",)}


def test_too_few_comparable_hours_make_no_expectation():
    coverage = compute_event_coverage(
        counts_of(dict.fromkeys(range(3 * DAY), 100)), hours_of({}, 3 * DAY), NO_GAPS, NO_MEANS, BASELINE
    )
    assert coverage["expected_count"].null_count() == 3 * DAY
    assert coverage["is_gap"].sum() == 0


@settings(max_examples=25)
@given(st.integers(4 * DAY, WEEKS - 1), st.integers(1, 1000))
def test_scale_does_not_matter(hole, scale):
    values = {i: busy(i) * scale for i in range(WEEKS)} | {hole: 0}
    counts = counts_of(values).filter(pl.col("observed_count") > 0)
    coverage = compute_event_coverage(counts, hours_of({}, WEEKS), NO_GAPS, NO_MEANS, BASELINE)
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
    coverage = compute_event_coverage(both, hours_of({}, WEEKS), gaps, NO_MEANS, BASELINE)
    assert coverage.filter("is_gap")["event_type"].unique().to_list() == ["WatchEvent"]
