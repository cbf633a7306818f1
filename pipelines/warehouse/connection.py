"""The build file: private to the pipeline, opened by the holder of the writer's lock only."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.floor.errors import BusyError, StorageError
from pipelines.warehouse.ddl import identifier, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

DISK_ERRORS = (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException)
"""What DuckDB raises when the disk refuses: at once, at a commit, or at a checkpoint."""

_DAMAGED = ".damaged"

SCHEMAS = ("staging", "core", "mart")


def build_file(warehouse_dir: Path) -> Path:
    """Path of the private build file."""
    return warehouse_dir / "build.duckdb"


def abandoned_files(warehouse_dir: Path) -> list[Path]:
    """Build files that were set aside, and what DuckDB spilt to disk in a run that was killed, sorted.

    Nobody needs them while the caller holds the writer's lock.
    """
    name = build_file(warehouse_dir).name
    return sorted([*warehouse_dir.glob(f"{name}*{_DAMAGED}"), *warehouse_dir.glob(f"{name}.tmp")])


@contextmanager
def open_build(warehouse_dir: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the build file for writing, with its schemas in place.

    A build file that DuckDB cannot open is set aside: everything in it is rebuilt from bronze and seeds.

    Raises
    ------
    StorageError
        If the disk is full or the file cannot be written.
    """
    path = build_file(warehouse_dir)
    try:
        connection = _connect(path)
    except duckdb.Error as error:
        if "lock" in str(error).lower():
            raise BusyError(
                "another program has the build file open",
                where=str(path),
                hint="close it; readers open the published file instead, which is never locked",
            ) from error
        for leftover in (path, path.with_name(path.name + ".wal")):
            if leftover.exists():
                leftover.replace(leftover.with_name(leftover.name + _DAMAGED))
        connection = _connect(path)
    try:
        yield connection
    except DISK_ERRORS as error:
        raise StorageError(
            str(error).splitlines()[0],
            where=str(path),
            hint="free space or fix permissions, then run the same command again; nothing published was touched",
        ) from error
    finally:
        connection.close()


@contextmanager
def open_scratch(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory, with the schemas of the build file, for a question that leaves nothing behind.

    Parameters
    ----------
    folder
        Where DuckDB may spill what memory does not hold; created when it does, and removed in the end.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config={"temp_directory": str(folder)})
    try:
        _prepare(connection)
        yield connection
    finally:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)


def attach_read_only(path: Path, name: str) -> duckdb.DuckDBPyConnection:
    """An in-memory connection that reads the file at `path` as database `name` and cannot change it.

    DuckDB caches an instance by path; attaching to an instance of our own always sees the newest file.

    Raises
    ------
    duckdb.Error
        If it cannot be read.
    """
    connection = duckdb.connect()
    try:
        connection.execute(f"ATTACH {quoted(str(path))} AS {identifier(name)} (READ_ONLY)")
        connection.execute(f"USE {identifier(name)}")
    except duckdb.Error:
        connection.close()
        raise
    return connection


def fetch_row(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object] = ()
) -> tuple[Any, ...]:
    """The first row of a SELECT that returns at least one.

    The whole result is fetched: DuckDB 2 refuses other work on a connection with a half-read one.
    """
    return tuple(connection.execute(sql, list(parameters)).fetchall()[0])


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(path))
    _prepare(connection)
    return connection


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("SET TimeZone = 'UTC'")
    # DuckDB draws its bar on standard output, in the middle of what a command writes there.
    connection.execute("SET enable_progress_bar = false")
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
