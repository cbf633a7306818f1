"""How much of a month is known, and on which month the landscape opens."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl

from pipelines.completeness.as_of import Enough, choose_as_of_month, compute_month_completeness
from pipelines.floor.periods import Month

ENOUGH = Enough(known_ratio=0.66, known_weight_ratio=0.8)
MARCH, APRIL, MAY = date(2025, 3, 1), date(2025, 4, 1), date(2025, 5, 1)
CREATED = pl.DataFrame(
    {
        "project_id": ["large", "middle", "small", "never", "later"],
        "created_at": [
            *[datetime.fromisoformat("2020-01-01")] * 2,
            None,
            datetime.fromisoformat("2020-01-01"),
            datetime.fromisoformat("2025-05-15"),
        ],
    }
)


def completeness_of(values: dict[tuple[str, date], tuple[str, float | None]]) -> pl.DataFrame:
    openrank = pl.DataFrame(
        [(project, month, basis, value) for (project, month), (basis, value) in values.items()],
        schema={"project_id": pl.String, "month": pl.Date, "basis": pl.String, "openrank": pl.Float64},
        orient="row",
    )
    known = openrank.filter(pl.col("openrank").is_not_null()).select("project_id", "month")
    return compute_month_completeness(openrank, known, CREATED, ENOUGH)


VALUES: dict[tuple[str, date], tuple[str, float | None]] = {
    ("large", MARCH): ("published", 80.0),
    ("middle", MARCH): ("published", 15.0),
    ("small", MARCH): ("published", 5.0),
    ("large", APRIL): ("published", 90.0),
    ("middle", APRIL): ("nowcast", 15.0),
    ("large", MAY): ("unknown", None),
    ("middle", MAY): ("nowcast", 15.0),
    ("small", MAY): ("nowcast", 5.0),
    ("later", MAY): ("nowcast", 1.0),
}


def test_counts_and_weights_of_each_month() -> None:
    rows = completeness_of(VALUES).rows()
    assert rows == [
        (MARCH, 4, 3, 3, 0, 1.0, True),
        (APRIL, 4, 2, 1, 1, round(105 / 110, 6), False),
        # Four of six by number, but the largest one is unknown: it weighs its 90 of April.
        (MAY, 5, 3, 0, 3, round(21 / 111, 6), False),
    ]


def test_the_landscape_opens_on_the_newest_month_that_enough_is_known_for() -> None:
    completeness = completeness_of(VALUES)
    assert choose_as_of_month(completeness, Month(2025, 5)) == Month(2025, 3)
    assert choose_as_of_month(completeness, Month(2025, 3)) == Month(2025, 3)
    assert choose_as_of_month(completeness, Month(2025, 2)) == Month(2025, 2), "nothing is known by then"


def test_nothing_at_all_is_no_month() -> None:
    assert completeness_of({}).is_empty()
    assert choose_as_of_month(completeness_of({}), Month(2025, 5)) == Month(2025, 5)
