"""Series on one axis: a month that nobody knows is unknown, and says why."""

from __future__ import annotations

from datetime import date

import polars as pl

from pipelines.landscape.alignment import against_base, by_age, by_period, month_grid, stretches

MONTHS = [date(2024, month, 1) for month in range(1, 8)]
ROWS = pl.DataFrame(
    {
        "series": ["a"] * 5,
        "month": [MONTHS[0], MONTHS[1], MONTHS[2], MONTHS[4], MONTHS[6]],
        "value": [10.0, 20.0, 30.0, 5.0, 7.0],
        "low": [10.0, 20.0, 30.0, 5.0, 7.0],
        "high": [10.0, 20.0, 30.0, 5.0, 7.0],
        "basis": ["published"] * 5,
        "unknown_because": [None] * 5,
        "published": [10.0, 20.0, 30.0, 5.0, 7.0],
        "is_partial": [False] * 5,
    },
    schema_overrides={"unknown_because": pl.String},
)
EXTENTS = pl.DataFrame({"series": ["a"], "extent_from": [MONTHS[0]], "extent_through": [MONTHS[4]]})
CREATED = pl.DataFrame({"series": ["a"], "created_month": [MONTHS[0]]})


def test_a_month_nobody_asked_for_is_unknown_and_a_silent_one_absent():
    grid = month_grid(ROWS, EXTENTS, CREATED)
    assert dict(grid.select("month", "state").iter_rows()) == {
        MONTHS[0]: "value", MONTHS[1]: "value", MONTHS[2]: "value", MONTHS[3]: "absent", MONTHS[4]: "value",
        MONTHS[5]: "not_retrieved", MONTHS[6]: "value",
    }  # fmt: skip
    assert stretches(grid).rows() == [
        ("a", "absent", MONTHS[3], MONTHS[3]),
        ("a", "not_retrieved", MONTHS[5], MONTHS[5]),
    ]


def test_a_quarter_with_an_unknown_month_is_partial_and_one_with_a_silent_month_is_not():
    grid = month_grid(ROWS, EXTENTS, CREATED).filter(pl.col("month") <= MONTHS[4])
    first, second = by_period(grid, "quarterly", "sum").iter_rows(named=True)
    assert (first["value"], first["months_count"], first["is_partial"]) == (60.0, 3, False)
    assert (second["value"], second["months_count"], second["known_months_count"]) == (5.0, 1, 2)
    assert second["is_partial"], "its last month is not here yet"
    assert by_period(grid, "quarterly", "mean")["value"].to_list() == [20.0, 5.0]


def test_age_counts_from_the_month_of_creation():
    grid = month_grid(ROWS, EXTENTS, CREATED)
    points = by_age(grid, pl.DataFrame({"series": ["a"], "created_month": [MONTHS[1]]}), "monthly", "sum")
    assert points["at"].to_list() == [0, 1, 2, 3, 4, 5]
    assert points["value"].to_list()[:2] == [20.0, 30.0]
    unknown = pl.DataFrame(
        {"series": ["a"], "created_month": [None]}, schema_overrides={"created_month": pl.Date}
    )
    assert by_age(grid, unknown, "monthly", "sum").is_empty()


def test_the_base_is_the_first_complete_period():
    points = pl.DataFrame(
        {
            "series": ["a"] * 4,
            "at": [0, 1, 2, 3],
            "value": [9.0, 4.0, 50.0, 75.0],
            "low": [8.0, None, 50.0, 60.0],
            "high": [10.0, None, 50.0, 90.0],
            "basis": ["nowcast", "published", "published", "nowcast"],
            "published": [1.0, 4.0, 50.0, None],
            "is_partial": [False, True, False, False],
        }
    )
    based = against_base(points)
    assert based["value"].to_list() == [18.0, 8.0, 100.0, 150.0]
    assert based["low"].to_list() == [16.0, None, 100.0, 120.0]
    assert based["high"].to_list() == [20.0, None, 100.0, 180.0]


def lost_months(**changed):
    """Two published months, a lost one, two of a nowcast, and a lost one at the end."""
    rows = {
        "series": ["a"] * 6,
        "month": MONTHS[:6],
        "value": [10.0, 20.0, None, 30.0, 50.0, None],
        "low": [10.0, 20.0, None, 24.0, 40.0, None],
        "high": [10.0, 20.0, None, 36.0, 60.0, None],
        "basis": ["published", "published", "unknown", "nowcast", "nowcast", "unknown"],
        "unknown_because": [None, None, "lost", None, None, "other_vintage"],
        "published": [10.0, 20.0, 4.0, 3.0, 2.0, 1.0],
        "is_partial": [False] * 6,
    }
    retrieved = pl.DataFrame({"series": ["a"], "extent_from": [MONTHS[0]], "extent_through": [MONTHS[6]]})
    return month_grid(pl.DataFrame(rows | changed), retrieved, CREATED)


def test_a_month_that_the_source_lost_is_unknown_although_it_was_retrieved():
    grid = lost_months()
    assert grid["state"].to_list() == ["value", "value", "lost", "value", "value", "other_vintage"]
    assert stretches(grid).rows() == [
        ("a", "lost", MONTHS[2], MONTHS[2]),
        ("a", "other_vintage", MONTHS[5], MONTHS[5]),
    ]


def test_a_period_with_a_nowcast_is_one_and_adds_up_the_ends_of_its_months():
    first, second = by_period(lost_months(), "quarterly", "sum").iter_rows(named=True)
    assert (first["basis"], first["value"], first["is_partial"]) == ("published", 30.0, True)
    assert (second["basis"], second["value"], second["is_partial"]) == ("nowcast", 80.0, True)
    assert (second["low"], second["high"]) == (64.0, 96.0)
    assert first["published"] is None, "no number mixes two vintages"
    assert by_period(lost_months(), "monthly", "sum")["published"].to_list() == [
        10.0,
        20.0,
        4.0,
        3.0,
        2.0,
        1.0,
    ]
