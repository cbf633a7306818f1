"""Months in which GitHub's search counts nothing for most projects are a failure of the search."""

from __future__ import annotations

import duckdb
import pytest

from pipelines.tables.table import read_sql


def doubtful(counts: dict[str, tuple[int, ...]]) -> list[tuple[int, int, int]]:
    """Month, counted and zero projects, of project → its count of January, February and so on."""
    with duckdb.connect() as opened:
        opened.execute("""
            CREATE SCHEMA staging; CREATE SCHEMA core;
            CREATE TABLE staging.thresholds AS SELECT * FROM
                (VALUES ('doubtful_counts_ratio', 0.5), ('doubtful_counts_projects', 5.0)) AS t(threshold_id, value);
            CREATE TABLE core.project_count_windows (
                project_id VARCHAR, metric_id VARCHAR, window_start DATE, months_count BIGINT, count BIGINT
            );
        """)
        for project, by_month in counts.items():
            for month, count in enumerate(by_month, start=1):
                opened.executemany(
                    "INSERT INTO core.project_count_windows VALUES (?, ?, make_date(2026, ?, 1), 1, ?)",
                    [(project, "issues_new", month, count), (project, "change_requests", month, 0)],
                )
        found = opened.execute(read_sql("pipelines.tables.completeness", "doubtful_count_months")).fetchall()
    return [(month.month, counted, zero) for month, counted, zero in found]


def test_most_at_nothing_at_once_is_doubtful() -> None:
    assert doubtful(dict.fromkeys("abcd", (9, 0, 7)) | {"e": (9, 3, 7), "f": (1, 2, 3)}) == [(2, 6, 4)]


@pytest.mark.parametrize(
    "counts",
    [
        dict.fromkeys("abc", (9, 0, 7)) | dict.fromkeys("def", (9, 3, 7)),  # half
        dict.fromkeys("abcd", (9, 0, 7)),  # too few to tell
        dict.fromkeys("abcdef", (0, 0, 0)),  # who never had any says nothing
    ],
)
def test_half_or_few_or_never_is_not(counts: dict[str, tuple[int, ...]]) -> None:
    assert doubtful(counts) == []
