"""GitHub's own counts as monthly values of projects: each repository once, the newest answer, the mean of a window."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest

from pipelines.bronze.counts import COUNTS_SCHEMA
from pipelines.tables.table import read_sql

if TYPE_CHECKING:
    from collections.abc import Iterator

AUGUST, JULY, JUNE = (date(2026, month, 1) for month in (8, 7, 6))
EARLY = datetime(2026, 9, 1)  # noqa: DTZ001 - as it is stored
LATE = EARLY + timedelta(days=1)


def window(name: str, first: date, last: date, count: int, at: datetime = EARLY) -> dict[str, Any]:
    return {
        "repo_full_name": name,
        "repo_id": None,
        "metric_id": "issues_new",
        "window_start": first,
        "window_end": last,
        "count": count,
        "retrieved_at": at,
        "source": "github-counts",
    }


WINDOWS = [
    window("a/one", AUGUST, date(2026, 8, 31), 5),
    window("A/One", AUGUST, date(2026, 8, 31), 6, LATE),
    window("a/former-one", AUGUST, date(2026, 8, 31), 100, LATE),
    window("a/two", AUGUST, date(2026, 8, 31), 7),
    window("a/one", JULY, date(2026, 7, 31), 3),
    window("a/former-one", JUNE, date(2026, 6, 30), 4),
    window("a/two", JUNE, date(2026, 6, 30), 0),
    window("a/one", date(2025, 1, 1), date(2025, 8, 31), 81),
    window("a/two", date(2025, 1, 1), date(2025, 8, 31), 7),
]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A project of two repositories, the first of which was renamed, and nothing but counts of them."""
    with duckdb.connect() as opened:
        counted = pl.DataFrame(WINDOWS, schema=COUNTS_SCHEMA)
        opened.register("counted", counted)
        opened.execute(
            """
            CREATE SCHEMA staging; CREATE SCHEMA core; CREATE SCHEMA mart;
            CREATE TABLE staging.repository_count_windows AS FROM counted;
            CREATE TABLE core.project_names AS SELECT * FROM (VALUES
                ('p', 'a/one', 0, 0), ('p', 'a/former-one', 0, 1), ('p', 'a/two', 1, 0)
            ) AS n(project_id, repo_full_name, repository_rank, name_rank);
            CREATE TABLE core.project_series (project_id VARCHAR, repository_rank INT, metric_id VARCHAR, month DATE,
                value DOUBLE, is_interpolated BOOLEAN, vintage VARCHAR);
            CREATE TABLE core.project_extents (project_id VARCHAR, repository_rank INT, month DATE);
            CREATE TABLE mart.metric_catalog (metric_id VARCHAR, is_additive_over_repos BOOLEAN);
            CREATE TABLE core.project_observations (project_id VARCHAR, observed_on DATE, stars_count INT, source VARCHAR);
            CREATE TABLE core.project_star_months (project_id VARCHAR, month DATE, value DOUBLE, coverage_ratio DOUBLE,
                is_partial BOOLEAN);
            CREATE TABLE staging.thresholds (threshold_id VARCHAR, value DOUBLE);
            """
        )
        select = read_sql("pipelines.tables.series", "project_count_windows")
        opened.execute(f"CREATE TABLE core.project_count_windows AS {select}")
        yield opened


def published(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    select = read_sql("pipelines.tables.series", "project_metrics_monthly")
    return connection.execute(
        f"SELECT month, source, value, coverage_ratio, is_partial FROM ({select}) ORDER BY month DESC"
    ).fetchall()


def test_a_month_sums_each_repository_once_and_its_newest_answer(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = [row for row in published(connection) if row[1] == "github-counts"]
    assert rows == [
        (AUGUST, "github-counts", 13.0, 1.0, False),  # 6 and 7: not 5, and nothing under the former name
        (JULY, "github-counts", 3.0, 0.5, True),  # a/two was not counted: unknown, not 0
        (JUNE, "github-counts", 4.0, 1.0, False),  # counted under its former name; 0 is a count
    ]


def test_a_longer_window_gives_its_mean_to_each_of_its_months(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [row for row in published(connection) if row[1] != "github-counts"]
    assert rows == [
        (date(2025, month, 1), "github-window-mean", 11.0, 1.0, True) for month in range(8, 0, -1)
    ]
