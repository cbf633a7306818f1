"""Contracts: one definition gives the check, the DDL and the dictionary."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.tables.checks import check_contract
from pipelines.tables.contracts import PUBLISHED
from pipelines.tables.dictionary import data_dictionary
from pipelines.tables.rankings.contract import ProjectRankings
from pipelines.warehouse.ddl import create_statements, sql_type

RANKING_ROW = {
    "as_of_month": date(2025, 4, 1),
    "window_start": date(2025, 1, 1),
    "window_end": date(2025, 4, 1),
    "rank": 1,
    "project_id": "vllm",
    "openrank_mean": 615.5,
    "openrank_low": 615.5,
    "openrank_high": 615.5,
    "basis": "published",
    "known_projects_count": 132,
    "existing_projects_count": 135,
    "months_count": 4,
    "openrank_prior_mean": 257.5,
    "openrank_yoy_delta": 358.0,
    "openrank_yoy_ratio": 358.0 / 257.5,
    "stars_count": 46163,
    "stars_observed_on": date(2025, 4, 30),
    "stars_basis": "observed",
}


def rankings(*changes: dict[str, object]) -> pl.DataFrame:
    schema = {name: column.dtype for name, column in ProjectRankings.columns().items()}
    return pl.DataFrame([RANKING_ROW | change for change in changes], schema=schema, orient="row")


def broken_rules(frame: pl.DataFrame) -> dict[str, int]:
    return {
        result.rule: result.failed_count
        for result in check_contract(frame, "project_rankings")
        if not result.has_passed
    }


def test_good_rows_pass():
    assert broken_rules(rankings({}, {"project_id": "sglang", "rank": 2})) == {}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"rank": 0}, "rank|min"),
        ({"as_of_month": date(2025, 4, 2)}, "as_of_month|resolution"),
        ({"stars_basis": "guessed"}, "stars_basis|check__one_of"),
        ({"openrank_mean": None}, "openrank_mean|nullability"),
        ({"stars_count": -1}, "stars_count|min"),
        ({"openrank_yoy_delta": 1.0}, "delta_is_the_difference"),
    ],
)
def test_each_broken_rule_is_counted_with_its_row(change, rule):
    results = check_contract(rankings({"project_id": "ok"}, change), "project_rankings")
    assert [(result.rule, result.failed_count) for result in results] == [(rule, 1)]
    assert results[0].samples[0]["project_id"] == "vllm"


def test_key_twice_is_counted():
    assert broken_rules(rankings({}, {})) == {"primary_key": 2}


def test_missing_column_is_named():
    results = check_contract(rankings({}).drop("rank"), "project_rankings")
    assert "rank" in results[0].rule
    assert not results[0].has_passed


@pytest.fixture
def published_tables():
    with duckdb.connect() as connection:
        for table, contract in PUBLISHED.items():
            for statement in create_statements(table, contract, schema="main"):
                connection.execute(statement)
        yield connection


def test_every_table_and_column_carries_a_comment(published_tables):
    uncommented = published_tables.execute(
        "SELECT table_name FROM duckdb_tables() WHERE coalesce(comment, '') = '' UNION ALL"
        " SELECT table_name || '.' || column_name FROM duckdb_columns() WHERE coalesce(comment, '') = ''"
        " AND NOT internal"
    ).fetchall()
    assert uncommented == []


def test_ddl_types_are_the_contracts_types(published_tables):
    described = published_tables.execute(
        "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns() WHERE NOT internal"
    ).fetchall()
    expected = {
        (table, name, sql_type(column), column.nullable)
        for table, contract in PUBLISHED.items()
        for name, column in contract.columns().items()
    }
    assert set(described) == expected


@pytest.mark.parametrize(
    "change",
    [{"rank": 0}, {"stars_basis": "guessed"}, {"as_of_month": date(2025, 4, 2)}, {"openrank_mean": None}],
)
def test_published_file_refuses_what_the_check_refuses(published_tables, change):
    frame = rankings(change)
    published_tables.register("incoming", frame)
    with pytest.raises(duckdb.ConstraintException):
        published_tables.execute("INSERT INTO project_rankings FROM incoming")


def test_data_dictionary_is_not_stale():
    path = Path(__file__).parents[3] / "docs" / "data_dictionary.md"
    assert path.read_text(encoding="utf-8") == data_dictionary(), "run `make dictionary`"


def test_no_column_is_named_against_the_conventions():
    for table, contract in PUBLISHED.items():
        for name, column in contract.columns().items():
            kind = sql_type(column)
            assert (kind == "BOOLEAN") == name.startswith(("is_", "has_")), (table, name)
            assert (kind == "TIMESTAMP") == (name.endswith("_at") or name == "period_start"), (table, name)
            if name.endswith("_count"):  # an expected count is a mean
                assert kind == ("DOUBLE" if name == "expected_people_count" else "BIGINT"), (table, name)
