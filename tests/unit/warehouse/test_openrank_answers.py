"""Which answer counts for a project that was requested under several names."""

from __future__ import annotations

import duckdb
import pytest

from pipelines.tables.table import read_sql


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ({"now": "unknown", "before": "malformed"}, ("acme/before", "malformed")),
        ({"now": "no_months", "before": "failed"}, ("acme/before", "failed")),
        ({"now": "unknown", "before": "no_months"}, ("acme/before", "no_months")),
        ({"now": "malformed", "before": "loaded"}, ("acme/before", "loaded")),
        ({"now": "unknown", "before": "unknown"}, ("acme/now", "unknown")),
        ({"now": "unknown", "before": "renamed"}, ("acme/before", "no_months")),  # an earlier version's word
        ({}, None),
    ],
)
def test_the_name_that_says_most_answers_for_the_project(statuses, expected):
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA core")
        connection.execute("CREATE SCHEMA staging")
        connection.execute(
            "CREATE TABLE core.project_names AS FROM (VALUES ('p', 0, 'acme/now', 0), ('p', 0, 'acme/before', 1))"
            " AS names (project_id, repository_rank, repo_full_name, name_rank)"
        )
        connection.execute(
            "CREATE TABLE staging.series_files (repo_full_name VARCHAR, metric_id VARCHAR, status VARCHAR, detail VARCHAR)"
        )
        for name, status in statuses.items():
            connection.execute(
                "INSERT INTO staging.series_files VALUES (?, 'openrank', ?, 'why'), (?, 'stars', 'loaded', '')",
                [f"Acme/{name}", status, f"acme/{name}"],
            )
        select = read_sql("pipelines.tables.series", "openrank_answers")
        rows = connection.execute(f"SELECT lower(repo_full_name), answer FROM ({select})").fetchall()
    assert rows == ([] if expected is None else [expected])
