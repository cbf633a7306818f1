"""One SELECT that a reader wrote, over the published file, in an instance that can reach nothing else.

Belongs here: what keeps such a query from doing harm or running on. Must not: drawing its result.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from pipelines.errors import QueryError
from pipelines.publish import attach_published
from pipelines.query import require_one_select
from pipelines.warehouse.connection import fetch_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

ROW_CAP = 2_000
"""As many rows as somebody reads in a browser; whoever needs more asks the file itself, without a cap."""

TIMEOUT_S = 10.0
"""The slowest example answers in a tenth of a second; what needs a hundred times as long has lost its join."""

_RESULT_BYTES = 20_000_000  # what a browser still shows at once; few rows may hold very long texts
_CONFINEMENT = (
    "SET memory_limit = '512MB'",
    "SET threads = 2",
    "SET temp_directory = ''",  # a query that outgrows its memory fails and fills no disk
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET python_enable_replacements = false",  # a table's name never means a variable of this process
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of a query.

    Attributes
    ----------
    rows
        The first `ROW_CAP` of them, at most.
    is_capped
        Whether there were more.
    snapshot_id, as_of
        Of the file that answered; it may be newer than the one a session began with.
    """

    rows: pl.DataFrame
    is_capped: bool
    snapshot_id: str
    as_of: str


def run_console_query(
    public_dir: Path, sql: str, *, row_cap: int = ROW_CAP, timeout_s: float = TIMEOUT_S
) -> Found:
    """Run one SELECT that somebody typed.

    Parameters
    ----------
    public_dir
        Folder of the published file.
    sql
        Exactly one SELECT; ``FROM``, ``WITH``, ``SHOW`` and ``DESCRIBE`` are such, too.
    row_cap
        Rows that are returned at most.
    timeout_s
        Seconds after which the query is stopped.

    Raises
    ------
    NotPublishedError, StorageError
        If there is no published file, or it cannot be read.
    QueryError
        If `sql` is anything else, DuckDB refuses it, it takes too long, or its result is too large to be shown.
    """
    with attach_published(public_dir) as connection:
        snapshot_id, as_of = fetch_row(connection, "SELECT snapshot_id, as_of::VARCHAR FROM metadata")
        for statement in _CONFINEMENT:
            connection.execute(statement)
        try:
            require_one_select(connection, sql)
            with _stopped_after(connection, timeout_s):
                rows: pl.DataFrame = connection.sql(sql).limit(row_cap + 1).pl()
        except duckdb.InterruptException as error:
            raise QueryError(
                f"stopped after {timeout_s:g} s",
                where=sql,
                hint="filter earlier, join on keys, or add a LIMIT to the largest table",
            ) from error
        except duckdb.Error as error:
            raise QueryError(
                str(error),
                where=sql,
                hint="the dictionary lists every table and column; SHOW TABLES does too",
            ) from error
    if rows.estimated_size() > _RESULT_BYTES:
        raise QueryError(
            f"the result has {rows.estimated_size() / 1e6:,.0f} MB, which is too much for a browser",
            where=sql,
            hint="select fewer columns, or query the file itself with `landscape query`",
        )
    return Found(rows.head(row_cap), rows.height > row_cap, snapshot_id, as_of)


@contextmanager
def _stopped_after(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()  # it must not interrupt a connection that is closed
