"""Which value may be used: healthy months as published, damaged ones unless measured low, broken ones only if measured."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.completeness.basis import decide_basis, project_months
from pipelines.completeness.eras import first_broken_month
from pipelines.completeness.vintages import CONVERTED_SCHEMA
from pipelines.floor.periods import Month
from pipelines.seeds import load_seeds

RULES = load_seeds(Path(__file__).resolve().parents[3] / "seeds").completeness
SAMPLE_MONTH = Month(2025, 4)
HEALTHY, DAMAGED, BROKEN = date(2025, 4, 1), date(2025, 7, 1), date(2026, 7, 1)
NO_STREAM = pl.DataFrame(
    schema={
        "month": pl.Date,
        "event_type": pl.String,
        "capture_ratio": pl.Float64,
        "capture_low": pl.Float64,
        "capture_high": pl.Float64,
    }
)


def vintages_of(*rows: tuple[str, date, str, bool, float]) -> pl.DataFrame:
    schema = {
        "project_id": pl.String,
        "month": pl.Date,
        "vintage": pl.String,
        "is_current": pl.Boolean,
        "openrank": pl.Float64,
    }
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def nowcast_of(
    *rows: tuple[str, date, float], pull_requests: float = 1.0, level: float = 10.0
) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "project_id": project,
                "month": month,
                "nowcast": value,
                "nowcast_low": value * 0.8,
                "nowcast_high": value * 1.25,
                "method": "both",
                "is_outside_range": False,
                "change_requests_ratio": pull_requests,
                "issues_new_ratio": 0.5,
                "level": level,
                "nowcast_vintage": "v2",
            }
            for project, month, value in rows
        ],
        schema=CONVERTED_SCHEMA,
    )


def decided(
    vintages: pl.DataFrame,
    nowcasts: pl.DataFrame | None = None,
    capture: float | None = None,
    through: Month = SAMPLE_MONTH,
) -> dict[tuple[str, date], dict[str, object]]:
    created = pl.DataFrame({"project_id": ["a"], "created_at": [datetime.fromisoformat("2020-01-01")]})
    nowcasts = CONVERTED_SCHEMA.to_frame() if nowcasts is None else nowcasts
    months = project_months(created, vintages, nowcasts, RULES.stream_eras, through)
    measured = months.select(
        "project_id",
        "month",
        capture_ratio=pl.lit(capture, pl.Float64),
        capture_low=pl.lit(capture, pl.Float64),
        capture_high=pl.lit(capture, pl.Float64),
    )
    rows = decide_basis(months, measured, NO_STREAM, RULES, "v2")
    return {(row["project_id"], row["month"]): row for row in rows.iter_rows(named=True)}


@pytest.mark.parametrize(
    ("month", "capture", "has_nowcast", "basis"),
    [
        (HEALTHY, None, False, "published"),
        (HEALTHY, 0.1, True, "published"),
        (DAMAGED, None, True, "published"),
        (DAMAGED, 0.9, True, "published"),
        (DAMAGED, 0.3, True, "nowcast"),
        (DAMAGED, 0.3, False, "unknown"),
        (BROKEN, None, False, "unknown"),
        (BROKEN, None, True, "nowcast"),
        (BROKEN, 0.3, True, "nowcast"),
        (BROKEN, 0.9, True, "published"),
    ],
)
def test_basis_by_era_and_capture(month: date, capture: float | None, has_nowcast: bool, basis: str) -> None:
    nowcasts = nowcast_of(("a", month, 9.0)) if has_nowcast else None
    row = decided(vintages_of(("a", month, "v2", True, 20.0)), nowcasts, capture)["a", month]
    assert row["basis"] == basis
    assert row["published"] == 20.0, "the source's own value is never altered"
    assert row["openrank"] == {"published": 20.0, "nowcast": 9.0, "unknown": None}[basis]


def test_every_month_since_the_break_has_a_row_and_is_unknown() -> None:
    rows = decided(vintages_of(("a", HEALTHY, "v2", True, 20.0), ("b", BROKEN, "v2", True, 1.0)))
    months = sorted(month for project, month in rows if project == "a")
    assert months == [HEALTHY, *((Month(2025, 10) + number).first_day for number in range(10))]
    assert {rows["a", month]["basis"] for month in months[1:]} == {"unknown"}


def test_months_that_nobody_knows_anything_of_are_unknown_up_to_the_last_complete_one() -> None:
    rows = decided(vintages_of(("a", HEALTHY, "v2", True, 20.0)), through=Month(2025, 11))
    assert [(month, row["basis"]) for (_, month), row in rows.items()] == [
        (HEALTHY, "published"),
        (date(2025, 10, 1), "unknown"),
        (date(2025, 11, 1), "unknown"),
    ]


def test_a_value_of_another_vintage_is_shown_and_enters_nothing() -> None:
    rows = decided(vintages_of(("a", DAMAGED, "pulled_2026-08", False, 23.0)))
    assert (rows["a", DAMAGED]["published"], rows["a", DAMAGED]["openrank"]) == (23.0, None)


def test_the_current_vintage_is_published_and_of_others_the_newest() -> None:
    rows = decided(
        vintages_of(
            ("a", DAMAGED, "pulled_2026-05", False, 1.0),
            ("a", DAMAGED, "v2", True, 2.0),
            ("a", BROKEN, "pulled_2026-05", False, 3.0),
            ("a", BROKEN, "pulled_2026-08", False, 4.0),
        )
    )
    assert [rows["a", month]["published"] for month in (DAMAGED, BROKEN)] == [2.0, 4.0]


def test_who_opens_more_pull_requests_may_not_be_said_to_have_fallen() -> None:
    vintages = vintages_of(("a", BROKEN, "v2", True, 2.0))
    growing = decided(vintages, nowcast_of(("a", BROKEN, 4.0), pull_requests=1.2, level=10.0))["a", BROKEN]
    shrinking = decided(vintages, nowcast_of(("a", BROKEN, 4.0), pull_requests=0.8, level=10.0))["a", BROKEN]
    assert (growing["openrank_high"], shrinking["openrank_high"]) == (10.0, 5.0)
    assert growing["nowcast_high"] == shrinking["nowcast_high"] == 5.0


def test_the_stream_is_broken_since_october_2025() -> None:
    assert first_broken_month(RULES.stream_eras) == Month(2025, 10)
    assert first_broken_month(RULES.stream_eras[:2]) is None
