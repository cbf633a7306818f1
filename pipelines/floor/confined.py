"""SELECTs that somebody wrote, run where they can reach nothing but one file of tables.

Belongs here: what counts as one SELECT, the settings and limits it runs under, and a process that answers many of
them. Must not: drawing or judging a result, or an import that a process which lives for one query would wait for.

DuckDB looks for an interruption between batches of rows, so one expression over one row can go on for minutes, and
memory taken inside such an expression is not counted. A process can be ended at any moment, and the kernel holds it
to its memory on Linux.
"""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pipelines.floor.errors import QueryError
from pipelines.floor.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONFINEMENT = (
    "SET memory_limit = '512MB'",
    "SET threads = 2",
    "SET temp_directory = ''",  # a query that outgrows its memory fails and fills no disk
    "SET enable_progress_bar = false",  # DuckDB draws it on standard output, which is the answer's
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET python_enable_replacements = false",  # a table's name never means a variable of this process
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
"""Settings under which a query can read the open file and reach nothing else, in the order they are made."""

ROOM_BYTES = 1_000_000_000
"""Memory that the process may take beyond its use once the file is open: DuckDB's own limit, which a single value
or the parser can pass unseen, and as much again for the answer."""

SELECT_TIMEOUT_S = 10.0
"""Seconds that each of several SELECTs may take."""

_SPARE_S = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of one SELECT: one row of numbers, or the reason why there is none.

    Attributes
    ----------
    numbers
        Column → number, or None where it is NULL; empty if the SELECT failed.
    cause
        Why it failed, in words; None if it did not.
    """

    numbers: dict[str, float | None]
    cause: str | None = None


def require_one_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Refuse anything but exactly one SELECT; a second statement could attach or write another file.

    Raises
    ------
    QueryError
        If `sql` is none.
    duckdb.Error
        If it cannot be parsed.
    """
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise QueryError(Message("query.one_select"), where=sql, hint=Message("query.read_only"))


def open_confined(path: Path) -> duckdb.DuckDBPyConnection:
    """The file at `path`, on a connection that reads it and reaches nothing else."""
    connection = duckdb.connect(path, read_only=True)
    confine(connection)
    return connection


def confine(connection: duckdb.DuckDBPyConnection) -> None:
    """Confine a connection to the databases it has open, for good."""
    for statement in CONFINEMENT:
        connection.execute(statement)


def end_after(seconds: float) -> None:
    """Have the kernel end this process shortly after its parent should have, in case the parent is gone."""
    if sys.platform != "win32":
        signal.alarm(math.ceil(seconds) + _SPARE_S)


def limit_memory(room_bytes: int) -> None:
    """Allow this process so much more address space than it has.

    Only Linux enforces such a limit and reports a process's use; elsewhere only DuckDB's own limit and the time apply.
    """
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 - does not exist on Windows

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + room_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def answer_each(path: Path, selects: Sequence[str], timeout_s: float = SELECT_TIMEOUT_S) -> list[Answer]:
    """Run SELECTs of one row of numbers each, in a process of their own; one that fails stops no other.

    Parameters
    ----------
    path
        The file of tables.
    selects
        Each gives one row of numbers.
    timeout_s
        Seconds that each may take.
    """
    answers: list[Answer] = []
    while len(answers) < len(selects):
        before = len(answers)
        answers += _answers_of_one_process(path, selects[before:], timeout_s)
        if len(answers) < len(selects):  # the next one ended the process
            answers.append(Answer({}, "it needs more time or memory than a figure is given"))
    return answers


def _answers_of_one_process(path: Path, selects: Sequence[str], timeout_s: float) -> Iterator[Answer]:
    """Answers in order, until the process ends: after the last, or with the one that ended it."""
    request = json.dumps({"path": str(path), "selects": list(selects), "timeout_s": timeout_s})
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines.floor.confined"],
        cwd=Path(__file__).resolve().parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as worker:
        assert worker.stdin and worker.stdout  # noqa: S101 - both are pipes
        worker.stdin.write(request)
        worker.stdin.close()
        for _ in selects:
            # An expression that no interruption reaches ends with its process.
            watch = threading.Timer(timeout_s + 5 * _SPARE_S, worker.kill)
            watch.start()
            line = worker.stdout.readline()
            watch.cancel()
            if not line.endswith("\n"):
                break
            yield Answer(**json.loads(line))
        worker.kill()


def answer_one(connection: duckdb.DuckDBPyConnection, select: str, timeout_s: float) -> Answer:
    """The one row of numbers that a SELECT gives, on a confined connection."""
    watch = threading.Timer(timeout_s, connection.interrupt)
    watch.start()
    try:
        require_one_select(connection, select)
        relation = connection.sql(select)
        return _only_row(list(relation.columns), relation.limit(2).fetchall())
    except QueryError as error:
        cause = error.what
    except duckdb.InterruptException:
        cause = f"it was stopped after {timeout_s:g} s"
    except (duckdb.Error, MemoryError) as error:
        cause = (str(error).strip() or "it needs more memory than a figure is given").splitlines()[0]
    finally:
        watch.cancel()
    return Answer({}, cause)


def _only_row(columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> Answer:
    """The row as finite numbers."""
    if len(rows) != 1:
        count = "more than one row" if rows else "no row"
        return Answer({}, f"it gives {count} of {', '.join(columns)}")
    numbers: dict[str, float | None] = {}
    for name, value in zip(columns, rows[0], strict=True):
        try:
            numbers[name] = None if value is None else float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return Answer({}, f"{name} is no number: {value}")
        if not math.isfinite(numbers[name] or 0):
            return Answer({}, f"{name} is not finite: a division by zero, or too large a number")
    return Answer(numbers)


def main() -> None:
    """Answer the request on standard input, a line each."""
    request = json.load(sys.stdin)
    end_after(request["timeout_s"] * len(request["selects"]) + 60)
    with open_confined(Path(request["path"])) as connection:
        limit_memory(ROOM_BYTES)
        for select in request["selects"]:
            answer = answer_one(connection, select, request["timeout_s"])
            sys.stdout.write(json.dumps({"numbers": answer.numbers, "cause": answer.cause}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
