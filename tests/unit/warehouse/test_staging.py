"""Views over bronze say what several sources say together."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from pipelines.bronze.observations import OBSERVATIONS_SCHEMA
from pipelines.bronze.storage import write_parquet
from pipelines.floor.periods import Month
from pipelines.seeds import load_seeds
from pipelines.sources.opendigger.held import EXTENTS_SCHEMA
from pipelines.warehouse.seed_frames import BuildFacts
from pipelines.warehouse.staging import load_staging
from tests.conftest import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

EXTENTS = [
    ("a/b", date(2025, 3, 1), date(2025, 4, 1), "v3"),
    ("a/b", date(2025, 8, 1), date(2025, 12, 1), "v3"),
    ("a/old", date(2015, 6, 1), date(2025, 12, 1), "v3"),
    ("a/unobserved", date(2025, 3, 1), date(2025, 12, 1), "v3"),
]


@pytest.mark.parametrize(
    ("profile", "first_months"),
    [
        ("live", [date(2024, 11, 1), date(2025, 8, 1), date(2015, 1, 1), date(2025, 3, 1)]),
        ("sample", [extent_from for _, extent_from, _, _ in EXTENTS]),
    ],
)
def test_a_series_that_was_pulled_whole_begins_with_its_repository(
    tmp_path: Path, profile: str, first_months: list[date]
) -> None:
    write_parquet(
        pl.DataFrame(EXTENTS, schema=EXTENTS_SCHEMA, orient="row"),
        tmp_path / "opendigger" / "extents.parquet",
    )
    created = pl.DataFrame(
        {
            "repo_full_name": ["A/B", "a/old"],
            "created_at": [datetime(2024, 11, 9), datetime(2010, 1, 1)],  # noqa: DTZ001
        },
        schema_overrides={"created_at": pl.Datetime("us")},
    )
    write_parquet(
        pl.concat([OBSERVATIONS_SCHEMA.to_frame(), created], how="diagonal"),
        tmp_path / "github" / "observations.parquet",
    )
    facts = BuildFacts(date(2026, 1, 20), Month(2025, 12), profile, "0", "0")
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA staging")
        load_staging(connection, load_seeds(CHECKOUT / "seeds"), facts, tmp_path)
        rows = connection.execute(
            "SELECT * FROM staging.series_extents ORDER BY repo_full_name, extent_from"
        ).fetchall()
    assert [row[1] for row in rows] == first_months
    assert [(row[0], *row[2:]) for row in rows] == [(name, *rest) for name, _, *rest in EXTENTS]


def test_observations_of_an_earlier_version_are_shown_with_what_they_lack_unknown(tmp_path: Path) -> None:
    observed = pl.DataFrame(
        {"repo_full_name": ["a/b"], "stars_count": [7], "latest_issue_at": [datetime(2026, 1, 19)]},  # noqa: DTZ001
        schema_overrides={"latest_issue_at": pl.Datetime("us")},
    )
    whole = pl.concat([OBSERVATIONS_SCHEMA.to_frame(), observed], how="diagonal")
    later = [column for column in OBSERVATIONS_SCHEMA if column.startswith("latest_")]
    days = {"2026-01-18": whole.drop(later), "2026-01-19": whole.drop(later), "2026-01-20": whole}
    facts = BuildFacts(date(2026, 1, 20), Month(2025, 12), "live", "0", "0")
    shown = []
    for day, frame in days.items():
        write_parquet(frame, tmp_path / "github" / f"observed_on={day}" / "observations.parquet")
        with duckdb.connect() as connection:
            connection.execute("CREATE SCHEMA staging")
            load_staging(connection, load_seeds(CHECKOUT / "seeds"), facts, tmp_path)
            rows = connection.execute(
                "SELECT stars_count, latest_issue_at, latest_release_at FROM staging.observations"
            ).fetchall()
            shown.append(sorted(rows, key=str))
    assert shown[0] == [(7, None, None)]
    assert shown[1] == [(7, None, None)] * 2
    assert sorted(shown[2], key=str) == [(7, None, None)] * 2 + [(7, datetime(2026, 1, 19), None)]  # noqa: DTZ001
