"""The SQL console answers one SELECT over the published file and can be talked into nothing else."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from datetime import date, datetime

import duckdb
import polars as pl
import pytest

from app import console
from app.components.figure import shown_as_text
from app.console import run_console_query
from app.console_worker import answer_select
from pipelines.floor.confined import open_confined
from pipelines.floor.errors import LandscapeError, QueryError
from pipelines.generations import public_file
from pipelines.published.examples import EXAMPLES
from tests.conftest import CHECKOUT

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


@pytest.fixture
def confined(public_dir):
    with open_confined(public_file(public_dir)) as connection:
        yield connection


@pytest.mark.parametrize("sql", NOT_ONE_SELECT.values(), ids=NOT_ONE_SELECT)
def test_anything_but_one_select_is_refused(confined, sql):
    with pytest.raises(QueryError, match="only one SELECT"):
        answer_select(confined, sql, 1)


@pytest.mark.parametrize("sql", REACHING_OUT.values(), ids=REACHING_OUT)
def test_a_select_reaches_nothing_but_the_file(confined, sql):
    pl_frame_of_the_caller = pl.DataFrame({"secret": [1]})  # noqa: F841 - found by name, if anything finds it
    with pytest.raises(QueryError) as refused:
        answer_select(confined, sql, 1)
    assert "only one SELECT" not in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize("sql", [NOT_ONE_SELECT["attach"], REACHING_OUT["a file"]])
def test_a_refusal_comes_through_from_the_process_with_the_query_it_is_of(public_dir, sql):
    with pytest.raises(QueryError) as refused:
        run_console_query(public_dir, sql)
    assert refused.value.where == sql
    assert refused.value.what
    assert refused.value.hint


@pytest.mark.parametrize(
    "statement", ["SET memory_limit = '64GB'", "SET enable_external_access = true", "SET threads = 64"]
)
def test_the_instance_stays_confined_even_for_a_statement_that_slips_through(confined, statement):
    with pytest.raises(duckdb.Error, match=r"configuration has been locked|Cannot"):
        confined.execute(statement)


def test_the_file_cannot_be_written_even_by_a_statement_that_slips_through(confined):
    with pytest.raises(duckdb.Error, match="read-only"):
        confined.execute("DELETE FROM projects")


RUNAWAYS = {
    "a product of tables": "SELECT count(*) FROM range(10_000_000) AS a, range(10_000_000) AS b",
    "one expression over one row": "SELECT levenshtein(repeat('x', 300_000), repeat('y', 300_000))",
    "a text that the parser does not come to an end with": "SELECT " + "(" * 9_000,
}
"""DuckDB looks for an interruption between batches of rows, so it would stop the first of them alone."""

BOMBS = {
    "many rows": "SELECT list(a.range || 'x') FROM range(100_000_000) AS a",
    "one list": "SELECT list_sum(range(2_000_000_000))",
    "one text": "SELECT repeat('x', 3_000_000_000)",
    "one text that is not returned": "SELECT length(repeat('x', 3_000_000_000))",
}


@pytest.fixture
def workers(monkeypatch):
    """The processes that the console starts."""
    started = []

    class Recorded(subprocess.Popen):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            started.append(self)

    monkeypatch.setattr(console.subprocess, "Popen", Recorded)
    return started


def assert_ended(worker):
    assert worker.returncode is not None, "it was not waited for"
    with pytest.raises(ProcessLookupError):
        os.kill(worker.pid, 0)


@pytest.mark.parametrize("sql", RUNAWAYS.values(), ids=RUNAWAYS)
def test_a_runaway_query_is_stopped(public_dir, workers, sql):
    begun = time.monotonic()
    with pytest.raises(QueryError, match=r"stopped after 1 s") as stopped:
        run_console_query(public_dir, sql, timeout_s=1)
    assert time.monotonic() - begun < 2.5
    assert "LIMIT" in str(stopped.value.hint)
    [worker] = workers
    assert_ended(worker)


@pytest.mark.parametrize("sql", BOMBS.values(), ids=BOMBS)
def test_a_query_that_outgrows_its_memory_is_ended_and_leaves_the_app_alone(public_dir, workers, sql):
    with pytest.raises(QueryError, match="more memory than the console gives") as refused:
        run_console_query(public_dir, sql, timeout_s=30)
    assert "aggregate earlier" in refused.value.hint
    [worker] = workers
    assert_ended(worker)


def test_no_more_queries_run_at_once_than_memory_is_meant_for(public_dir, workers):
    waited = []
    with console.AT_ONCE, console.AT_ONCE, pytest.raises(QueryError, match="other readers' queries"):
        run_console_query(public_dir, "SELECT 1", timeout_s=0.3, while_waiting=waited.append)
    assert not workers
    assert waited
    assert run_console_query(public_dir, "SELECT 1").rows.rows() == [(1,)]


def test_a_query_that_nobody_waits_for_any_more_ends(public_dir, workers):
    class LeftError(BaseException):
        """As Streamlit leaves a run of the script."""

    def leave(waited_s):
        raise LeftError

    begun = time.monotonic()
    with pytest.raises(LeftError):
        run_console_query(public_dir, RUNAWAYS["one expression over one row"], while_waiting=leave)
    assert time.monotonic() - begun < 2.5
    [worker] = workers
    assert_ended(worker)


@pytest.mark.skipif(sys.platform == "win32", reason="the kernel of Windows has no such alarm")
def test_a_query_ends_by_itself_when_the_app_is_gone(public_dir):
    request = {
        "path": str(public_file(public_dir)),
        "sql": RUNAWAYS["one expression over one row"],
        "row_cap": 1,
        "timeout_s": 0.5,
    }
    worker = subprocess.run(
        [sys.executable, "-m", "app.console_worker"],
        input=json.dumps(request).encode(),
        cwd=CHECKOUT,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert worker.returncode < 0
    assert worker.stdout == b""


def test_a_process_that_breaks_is_reported_with_what_it_said(public_dir, monkeypatch):
    monkeypatch.setattr(console.console_worker, "__name__", "no_such_module")
    with pytest.raises(QueryError, match="no_such_module"):
        run_console_query(public_dir, "SELECT 1")


def test_a_query_waits_for_none_of_the_heavy_imports():
    loaded = "import app.console_worker, sys; print({'streamlit', 'polars', 'dataframely', 'pydantic'} & set(sys.modules))"
    said = subprocess.run(
        [sys.executable, "-c", loaded], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "set()"


TYPES = {
    "INTERVAL '1 day 2 hours'": "1 day 02:00:00",
    "union_value(number := 2)": "2",
    "{'stars': 3, 'names': ['a', 'b']}": "{'stars': 3, 'names': [a, b]}",
    "MAP {'a': 1}": "{a=1}",
    "row(1, 'a')": "(1, a)",
    "'\\xAA\\x00b'::BLOB": "\\xAA\\x00b",
    "[[1, 2], [3]]": "[[1, 2], [3]]",
    "[INTERVAL 1 DAY]": "[1 day]",
    "[1, 2]::INTEGER[2]": "[1, 2]",
    "[]": "[]",
    "['a', NULL, 'b']": "a; b",
    "[1.5, 2]": "1.5; 2.0",
    "170141183460469231731687303715884105727": "170141183460469231731687303715884105727",
    "7::HUGEINT": 7,
    "7::UHUGEINT": "7",
    "7::BIGNUM": "7",
    "'12345678-1234-1234-1234-123456789abc'::UUID": "12345678-1234-1234-1234-123456789abc",
    "TIME '24:00:00'": "24:00:00",
    "'10:00:00+01'::TIMETZ": "10:00:00+01",
    "'10110'::BIT": "10110",
    "'live'::ENUM ('live', 'dead')": "live",
    "DATE '2025-04-30'": date(2025, 4, 30),
    "DATE 'infinity'": "infinity",
    "DATE '0044-03-15 (BC)'": "0044-03-15 (BC)",
    "TIMESTAMP '2025-04-30 10:00:00'": datetime(2025, 4, 30, 10),  # noqa: DTZ001 - DuckDB's has no zone
    "TIMESTAMP '12000-01-01 00:00:00'": "12000-01-01 00:00:00",
    "TIMESTAMP_NS '2025-04-30 10:00:00'": "2025-04-30 10:00:00",
    "1.25::DECIMAL(18, 2)": 1.25,
    "18446744073709551615::UBIGINT": 18446744073709551615,
    "true": True,
    "NULL": None,
}


def answered(connection, sql):
    """Rows as they reach a page."""
    return pl.from_arrow(answer_select(connection, sql, 2_000))


@pytest.mark.parametrize("expression", TYPES)
def test_a_value_of_any_type_is_shown_and_can_be_taken_along(confined, expression):
    sql = f"SELECT {expression} AS value UNION ALL BY NAME SELECT NULL AS value"
    rows = answered(confined, sql)
    shown = shown_as_text(rows)
    assert shown["value"].to_list() == [TYPES[expression], None]
    assert shown.write_csv().count("\n") == 3
    buffer = io.BytesIO()
    rows.write_parquet(buffer)
    buffer.seek(0)
    assert pl.read_parquet(buffer).equals(rows)


def test_a_column_of_days_keeps_its_type_only_where_every_day_is_one(confined):
    days = "SELECT unnest([DATE '2025-04-30', NULL, {}]) AS day"
    assert answered(confined, days.format("DATE '2025-05-01'")).schema["day"] == pl.Date
    texts = answered(confined, days.format("DATE '-infinity'"))["day"]
    assert texts.to_list() == ["2025-04-30", None, "-infinity"]


def test_no_rows_and_equal_names_are_an_answer_too(confined):
    assert answered(confined, "SELECT stars_count, topics FROM projects WHERE false").shape == (0, 2)
    assert answered(confined, "SELECT 1 AS a, 2 AS a, 3 AS a_1, 4 AS A").row(0) == (1, 2, 3, 4)


@pytest.mark.parametrize("sql", ["SHOW TABLES", "DESCRIBE projects", "SUMMARIZE projects", "FROM projects"])
def test_whole_tables_and_what_they_are_can_be_asked_for(confined, sql):
    assert answered(confined, sql).height > 0


def test_very_long_texts_are_not_sent_to_a_browser(confined):
    with pytest.raises(QueryError, match="too much for a browser"):
        answer_select(confined, "SELECT repeat('x', 30_000_000) AS wide", 1)


@pytest.mark.parametrize(("count", "is_capped"), [(4, False), (5, False), (6, True)])
def test_the_cap_is_said_when_it_is_hit(public_dir, count, is_capped):
    found = run_console_query(public_dir, f"FROM range({count})", row_cap=5)
    assert found.rows["range"].to_list() == list(range(min(count, 5)))
    assert found.is_capped is is_capped


def test_what_duckdb_says_is_kept_with_what_to_do(confined):
    with pytest.raises(QueryError, match="stars_per_hour") as refused:
        answer_select(confined, "SELECT stars_per_hour FROM projects", 1)
    assert "dictionary" in str(refused.value.hint)


def test_without_a_file_the_console_says_so(tmp_path):
    with pytest.raises(LandscapeError, match="no landscape has been published"):
        run_console_query(tmp_path, "SELECT 1")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_answers(confined, name):
    assert answered(confined, EXAMPLES[name]).height > 0
