"""The SQL console answers one SELECT over the published file and can be talked into nothing else."""

from __future__ import annotations

import time

import duckdb
import polars as pl
import pytest

from app import queries
from app.console import _CONFINEMENT, run_console_query
from pipelines.errors import LandscapeError, QueryError
from pipelines.publish import attach_published

NOT_ONE_SELECT = {
    "attach": "ATTACH ':memory:' AS other",
    "copy out": "COPY projects TO '/tmp/projects.csv'",
    "copy of a query": "COPY (SELECT 1) TO '/dev/stdout'",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "pragma": "PRAGMA database_list",
    "set": "SET memory_limit = '64GB'",
    "insert": "INSERT INTO projects FROM projects",
    "create": "CREATE TABLE mine AS SELECT 1",
    "call": "CALL pragma_version()",
    "two statements": "SELECT 1; SELECT 2",
    "a second one behind a comment": "SELECT 1 -- ;\n; ATTACH ':memory:' AS other",
    "use": "USE memory",
    "export": "EXPORT DATABASE '/tmp/taken'",
    "nothing": "  ",
}
REACHING_OUT = {
    "a file": "FROM read_csv('/etc/passwd')",
    "a file as text": "FROM read_text('/etc/passwd')",
    "a file by its name alone": "FROM '/etc/passwd'",
    "a folder": "FROM glob('/etc/*')",
    "the network": "FROM 'https://127.0.0.1/x.parquet'",
    "a variable of this process": "FROM pl_frame_of_the_caller",
    "a query in a query": "FROM query('ATTACH '':memory:'' AS other')",
}


@pytest.fixture
def public_dir(sample_data_dir):
    return sample_data_dir / "public"


@pytest.mark.parametrize("sql", NOT_ONE_SELECT.values(), ids=NOT_ONE_SELECT)
def test_anything_but_one_select_is_refused(public_dir, sql):
    with pytest.raises(QueryError, match="only one SELECT"):
        run_console_query(public_dir, sql)


@pytest.mark.parametrize("sql", REACHING_OUT.values(), ids=REACHING_OUT)
def test_a_select_reaches_nothing_but_the_file(public_dir, sql):
    pl_frame_of_the_caller = pl.DataFrame({"secret": [1]})  # noqa: F841 - found by name, if anything finds it
    with pytest.raises(QueryError) as refused:
        run_console_query(public_dir, sql)
    assert "only one SELECT" not in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize(
    "statement", ["SET memory_limit = '64GB'", "SET enable_external_access = true", "SET threads = 64"]
)
def test_the_instance_stays_confined_even_for_a_statement_that_slips_through(public_dir, statement):
    with attach_published(public_dir) as connection:
        for setting in _CONFINEMENT:
            connection.execute(setting)
        with pytest.raises(duckdb.Error, match=r"configuration has been locked|Cannot"):
            connection.execute(statement)


def test_a_runaway_query_is_stopped(public_dir):
    begun = time.monotonic()
    with pytest.raises(QueryError, match=r"stopped after 0\.3 s") as stopped:
        run_console_query(
            public_dir, "SELECT count(*) FROM range(10_000_000) AS a, range(10_000_000) AS b", timeout_s=0.3
        )
    assert time.monotonic() - begun < 5
    assert "LIMIT" in str(stopped.value.hint)


def test_a_query_that_outgrows_its_memory_fails_and_leaves_the_app_alone(public_dir):
    with pytest.raises(QueryError, match=r"(?i)memory"):
        run_console_query(public_dir, "SELECT list(a.range || 'x') FROM range(100_000_000) AS a")


def test_very_long_texts_are_not_sent_to_a_browser(public_dir):
    with pytest.raises(QueryError, match="too much for a browser"):
        run_console_query(public_dir, "SELECT repeat('x', 30_000_000) AS wide")


@pytest.mark.parametrize(("count", "is_capped"), [(4, False), (5, False), (6, True)])
def test_the_cap_is_said_when_it_is_hit(public_dir, count, is_capped):
    found = run_console_query(public_dir, f"FROM range({count})", row_cap=5)
    assert found.rows["range"].to_list() == list(range(min(count, 5)))
    assert found.is_capped is is_capped


def test_what_duckdb_says_is_kept_with_what_to_do(public_dir):
    with pytest.raises(QueryError, match="stars_per_hour") as refused:
        run_console_query(public_dir, "SELECT stars_per_hour FROM projects")
    assert "dictionary" in str(refused.value.hint)


def test_without_a_file_the_console_says_so(tmp_path):
    with pytest.raises(LandscapeError, match="no landscape has been published"):
        run_console_query(tmp_path, "SELECT 1")


@pytest.mark.parametrize("name", queries.CONSOLE_EXAMPLES)
def test_every_example_answers(public_dir, name):
    assert run_console_query(public_dir, queries.CONSOLE_EXAMPLES[name]).rows.height > 0
