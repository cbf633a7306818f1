"""Star history as monthly values of projects: complete months, whole histories, and what is partial or unknown."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from pipelines.sources.github_stars.bronze import HISTORIES_SCHEMA, STAR_DAYS_SCHEMA
from pipelines.tables.table import read_sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

JUNE, JULY, AUGUST, SEPTEMBER = (date(2026, month, 1) for month in (6, 7, 8, 9))
Row = tuple[date, float, float, bool]


def days(name: str, first: date, last: date, count: int = 1) -> list[tuple[object, ...]]:
    return [(name, 1, first + timedelta(days=n), count, None) for n in range((last - first).days + 1)]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A project of two repositories, the first of which was renamed."""
    with duckdb.connect() as opened:
        opened.execute(
            """
            CREATE SCHEMA staging; CREATE SCHEMA core;
            CREATE TABLE core.project_names AS SELECT * FROM (VALUES
                ('p', 'a/one', 0, 0), ('p', 'a/former-one', 0, 1), ('p', 'a/two', 1, 0)
            ) AS n(project_id, repo_full_name, repository_rank, name_rank);
            """
        )
        yield opened


def months(
    connection: duckdb.DuckDBPyConnection,
    rows: Sequence[tuple[object, ...]],
    *histories: tuple[str, bool, date, list[str]],
) -> list[Row]:
    held = [
        dict.fromkeys(HISTORIES_SCHEMA)
        | {"repo_full_name": name, "is_whole": is_whole, "settled_through": settled, "problems": problems}
        for name, is_whole, settled, problems in histories
    ]
    counted = pl.DataFrame(rows, schema=STAR_DAYS_SCHEMA, orient="row")
    known = pl.DataFrame(held, schema=HISTORIES_SCHEMA)
    connection.register("counted", counted)
    connection.register("known", known)
    connection.execute("CREATE TABLE staging.star_days AS FROM counted")
    connection.execute("CREATE TABLE staging.star_histories AS FROM known")
    select = read_sql("pipelines.tables.series", "project_star_months")
    return connection.execute(
        f"SELECT month, value, coverage_ratio, is_partial FROM ({select}) ORDER BY month"
    ).fetchall()


def test_a_month_is_the_sum_over_days_and_repositories_once_it_is_over(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = [*days("a/one", date(2026, 7, 19), date(2026, 9, 20)), *days("A/Two", JULY, date(2026, 9, 20), 10)]
    settled = date(2026, 9, 20)
    assert months(connection, rows, ("a/one", True, settled, []), ("A/Two", True, settled, [])) == [
        (JULY, 13 + 310, 1.0, False),  # before its first week the first repository had no stars
        (AUGUST, 31 + 310, 1.0, False),
    ]


def test_a_repository_that_was_not_created_yet_had_no_star(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [*days("a/one", AUGUST, date(2026, 8, 31)), *days("a/two", JULY, date(2026, 8, 31))]
    settled = date(2026, 8, 31)
    assert months(connection, rows, ("a/one", True, settled, []), ("a/two", True, settled, [])) == [
        (JULY, 31, 1.0, False),
        (AUGUST, 62, 1.0, False),
    ]


def test_months_of_which_older_pages_follow_are_partial_or_unknown(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = [*days("a/one", date(2026, 7, 5), date(2026, 8, 31)), *days("a/two", JUNE, date(2026, 8, 31))]
    settled = date(2026, 8, 31)
    assert months(connection, rows, ("a/one", False, settled, []), ("a/two", True, settled, [])) == [
        (JUNE, 30, 0.5, True),
        (JULY, 27 + 31, 1.0, True),
        (AUGUST, 62, 1.0, False),
    ]


def test_a_repository_without_a_history_leaves_the_project_partial(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = days("a/one", AUGUST, date(2026, 8, 31))
    assert months(connection, rows, ("a/one", True, date(2026, 8, 31), [])) == [(AUGUST, 31, 0.5, True)]


def test_a_week_that_was_set_aside_leaves_its_month_partial(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [
        *days("a/one", JULY, date(2026, 7, 31)),
        *days("a/one", date(2026, 8, 8), date(2026, 8, 31)),
        *days("a/two", JULY, date(2026, 8, 31)),
    ]
    settled = date(2026, 8, 31)
    lost = ["page 1, week 3: not a week"]
    assert months(connection, rows, ("a/one", True, settled, lost), ("a/two", True, settled, [])) == [
        (JULY, 62, 1.0, False),
        (AUGUST, 24 + 31, 1.0, True),
    ]


def test_a_month_counts_up_to_where_each_repository_was_read(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [*days("a/one", JULY, date(2026, 8, 31)), *days("a/two", JULY, date(2026, 9, 30))]
    assert months(
        connection, rows, ("a/one", True, date(2026, 8, 30), []), ("a/two", True, date(2026, 9, 30), [])
    ) == [
        (JULY, 62, 1.0, False),
        (AUGUST, 31, 0.5, True),
        (SEPTEMBER, 30, 0.5, True),
    ]


def test_of_two_names_of_a_repository_the_current_one_counts(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [
        *days("a/one", AUGUST, date(2026, 8, 31)),
        *days("a/former-one", AUGUST, date(2026, 8, 31), 100),
        *days("a/two", AUGUST, date(2026, 8, 31)),
    ]
    known = [(name, True, date(2026, 8, 31), list[str]()) for name in ("a/former-one", "a/one", "a/two")]
    assert months(connection, rows, *known) == [(AUGUST, 62, 1.0, False)]
