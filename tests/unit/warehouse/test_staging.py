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
