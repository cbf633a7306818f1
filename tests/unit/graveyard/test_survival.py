"""Lifetimes and their curves on cases worked out by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from pipelines.floor.periods import Month
from pipelines.graveyard.survival import compare_lifetimes, compute_lifetimes, compute_survival
from tests.unit.graveyard.records import record_of
from tests.unit.landscape.frames import months

NOBODY = pl.DataFrame(schema={"project_id": pl.String, "ended_on": pl.Date})
APRIL = Month(2025, 4)


def lifetimes(*rows: tuple[str, int | None, bool | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [(project, date(2023, 1, 1), age, ended) for project, age, ended in rows],
        schema={
            "project_id": pl.String,
            "created_on": pl.Date,
            "age_months": pl.Int64,
            "is_ended": pl.Boolean,
        },
        orient="row",
    )


NO_DOMAINS = pl.DataFrame(schema={"project_id": pl.String, "domain": pl.String})


def test_kaplan_meier_by_hand():
    found = compute_survival(
        lifetimes(("a", 2, True), ("b", 3, False), ("c", 4, True), ("d", 6, False), ("e", None, None)),
        NO_DOMAINS,
    )
    curve = found.filter(grouping="all").rows(named=True)
    assert [
        (row["age_months"], row["at_risk_count"], row["ended_count"], row["censored_count"]) for row in curve
    ] == [
        (2, 4, 1, 0),
        (3, 3, 0, 1),
        (4, 2, 1, 0),
        (6, 1, 0, 1),
    ]
    assert [row["survival_ratio"] for row in curve] == pytest.approx([0.75, 0.75, 0.375, 0.375])
    assert {(row["projects_count"], row["excluded_count"]) for row in curve} == {(4, 1)}
    assert all(
        row["survival_low_ratio"] < row["survival_ratio"] < row["survival_high_ratio"] for row in curve
    )


def test_a_group_of_unknown_lifetimes_is_counted_and_not_drawn():
    found = compute_survival(lifetimes(("a", None, None)), NO_DOMAINS)
    assert found.select("grouping", "projects_count", "excluded_count").rows() == [
        ("all", 0, 1),
        ("cohort", 0, 1),
    ]


def test_lifetimes_end_by_silence_by_the_graveyard_or_not_at_all():
    record = record_of(
        {"silent": "2024-01-15", "short": "2024-01-15", "hole": "2024-01-15", "ended": "2024-01-15", "lost": "2024-01-15", "new": "2025-06-01"},
        openrank={
            (project, month): 5.0
            for project, last in (("silent", "2024-06"), ("short", "2024-12"), ("hole", "2024-06"), ("ended", "2025-04"))
            for month in months("2024-01", last)
        },
        retrieved={
            "silent": months("2024-01", "2025-04"),
            "short": months("2024-01", "2025-04"),
            "hole": [month for month in months("2024-01", "2025-04") if month != "2024-09"],
        },
    )  # fmt: skip
    ended = pl.DataFrame({"project_id": ["ended", "silent"], "ended_on": [date(2024, 3, 31), None]})
    found = compute_lifetimes(record.created, ended, record.panel, APRIL, 6)
    assert {row[0]: row[2:] for row in found.rows()} == {
        "silent": (5, True),
        "short": (15, False),
        "hole": (15, False),
        "ended": (2, True),
        "lost": (None, None),
    }


def test_lifetimes_see_nothing_after_the_as_of_month():
    record = record_of({"x": "2024-01-01"}, openrank={("x", "2024-02"): 1.0, ("x", "2025-09"): 1.0})
    found = compute_lifetimes(record.created, NOBODY, record.panel, APRIL, 6)
    assert found.row(0)[2:] == (1, False)


def test_logrank_tells_groups_apart_that_differ_and_says_nothing_without_an_end():
    early = lifetimes(*[(f"e{age}", age, True) for age in range(1, 9)])
    late = lifetimes(*[(f"l{age}", age, True) for age in range(20, 28)])
    assert compare_lifetimes(early, late) < 0.001
    assert compare_lifetimes(early, early) == pytest.approx(1)
    assert compare_lifetimes(lifetimes(("a", 3, False)), lifetimes(("b", 4, False))) is None
    assert compare_lifetimes(early, early.clear()) is None


def test_nobody_gives_no_curve():
    assert compute_survival(lifetimes(), NO_DOMAINS).is_empty()
