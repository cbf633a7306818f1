"""One published file: opened read-only, shared by its readers, and checked for its version."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipelines.floor.confined import require_one_select
from pipelines.floor.errors import NotPublishedError, OtherVersionError, QueryError, StorageError
from pipelines.floor.folders import build_command, data_dir_of, unpublished_hint
from pipelines.publish import foreign_log
from pipelines.tables.contracts import PUBLISHED, SCHEMA_VERSION
from pipelines.warehouse.connection import attach_read_only
from pipelines.warehouse.ddl import sql_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

ANSWERS_KEPT = 512
"""Frames that a generation keeps; the pages of the app ask the same few hundred questions in every run."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What distinguishes one generation from the next under the same path."""

    inode: int
    modified_ns: int
    size_bytes: int


class Generation:
    """A published file that stays readable although a newer one takes its path.

    Parameters
    ----------
    identity
        Of the file when it was opened.
    path
        Where it was.
    connection
        An in-memory instance with the file attached read-only.

    Attributes
    ----------
    lacking
        What this version of the software reads and the file does not have, as `find_lacking` returns it.
    schema_version
        Of the file's tables; None where the file does not say.
    """

    def __init__(self, identity: Identity, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.identity = identity
        self.path = path
        self._connection = connection
        self._kept: OrderedDict[object, pl.DataFrame] = OrderedDict()
        self._keeping = threading.Lock()
        weakref.finalize(self, connection.close)
        columns = self.ask(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'landscape'"
        )
        self.lacking = find_lacking(columns.iter_rows())
        self.schema_version: str | None = None
        if not {"metadata", "metadata.schema_version"} & set(self.lacking):
            version = self.ask("SELECT schema_version FROM metadata")["schema_version"]
            self.schema_version = next(iter(version), None)

    def ask(self, sql: str, params: Mapping[str, object] | None = None) -> pl.DataFrame:
        """Rows of a SELECT of ours, or the frame kept of it; safe to call from several threads at once."""
        key = (sql, tuple((params or {}).items()))
        with self._keeping:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        frame = self._fetch(sql, params)
        with self._keeping:
            self._kept[key] = frame
            while len(self._kept) > ANSWERS_KEPT:
                self._kept.popitem(last=False)
        return frame

    def select(self, sql: str) -> pl.DataFrame:
        """Rows of one SELECT that a person wrote; they are not kept.

        Raises
        ------
        QueryError
            If `sql` is not exactly one SELECT, or DuckDB refuses it.
        """
        try:
            require_one_select(self._connection, sql)
            return self._fetch(sql, None)
        except duckdb.Error as error:
            raise QueryError(
                str(error),
                hint='`landscape query "SHOW TABLES"` lists the tables, docs/data_dictionary.md explains them',
            ) from error

    def select_batches(self, sql: str, rows_at_once: int) -> Iterator[pl.DataFrame]:
        """Rows of one SELECT that a person wrote, a part at a time; the first part comes even without rows.

        Raises
        ------
        QueryError
            If `sql` is not exactly one SELECT, or DuckDB refuses it.
        """
        try:
            require_one_select(self._connection, sql)
            with self._connection.cursor() as cursor:
                cursor.execute("USE landscape")
                reader = cursor.sql(sql).to_arrow_reader(rows_at_once)
                yield pl.DataFrame(pl.from_arrow(reader.schema.empty_table()))
                for batch in reader:
                    yield pl.DataFrame(pl.from_arrow(batch))
        except (duckdb.Error, OSError) as error:  # Arrow's reader hands on what DuckDB says as an OSError
            raise QueryError(
                str(error),
                hint='`landscape query "SHOW TABLES"` lists the tables, docs/data_dictionary.md explains them',
            ) from error

    def require_version(self) -> None:
        """Refuse a file whose tables are of another version than those this software reads.

        Raises
        ------
        OtherVersionError
            If they are.
        """
        if self.lacking or self.schema_version != SCHEMA_VERSION:
            raise OtherVersionError(
                self.path,
                self.schema_version,
                SCHEMA_VERSION,
                self.lacking,
                build_command(data_dir_of(self.path.parent)),
            )

    def _fetch(self, sql: str, params: Mapping[str, object] | None) -> pl.DataFrame:
        with self._connection.cursor() as cursor:
            cursor.execute("USE landscape")
            frame: pl.DataFrame = cursor.sql(sql, params=dict(params or {}) or None).pl()
            return frame


_open: weakref.WeakValueDictionary[Identity, Generation] = weakref.WeakValueDictionary()
"""Generations that a reader holds; one that nobody holds any more is closed."""

_opening = threading.Lock()


def open_generation(path: Path) -> Generation:
    """The generation that is under a path now; readers of one process share it.

    Raises
    ------
    NotPublishedError
        If there is none.
    StorageError
        If it cannot be read.
    """
    with _opening:
        identity = _identity(path)
        generation = _open.get(identity)
        if generation is None:
            generation = _open[identity] = _opened(identity, path)
        return generation


def find_lacking(offered: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    """What the contracts promise and a file does not have: ``table``, or ``table.column``, in their order.

    Parameters
    ----------
    offered
        Table, column and type of each column of the file. A column of another type does not count.
    """
    columns = set(offered)
    tables = {table for table, _, _ in columns}
    lacking: list[str] = []
    for table, contract in PUBLISHED.items():
        if table not in tables:
            lacking.append(table)
            continue
        lacking += [
            f"{table}.{name}"
            for name, column in contract.columns().items()
            if (table, name, sql_type(column)) not in columns
        ]
    return tuple(lacking)


def _opened(identity: Identity, path: Path) -> Generation:
    try:
        connection = attach_read_only(path, "landscape")
        # A SELECT that a person wrote shows no file of the machine, such as its environment with the secrets; no later
        # statement can take this back.
        connection.execute("SET enable_external_access = false")
        generation = Generation(identity, path, connection)
    except (
        duckdb.Error,
        ValueError,
    ) as error:  # pages of the file are damaged, or it does not say which one it is
        message = str(error).splitlines()[0]
        hint = "run `landscape publish`, or copy a file from `generations` next to it"
        if "lock" in message.lower():
            hint = (
                "another program has it open for writing: close it there, or open it read-only;"
                " a build can publish meanwhile, and readers then see the new file"
            )
        raise StorageError(
            f"the published file cannot be read: {message}", where=str(path), hint=hint
        ) from error
    if foreign_log(path).exists():
        raise StorageError(
            "another program began to write into the published file and did not end: what is read here is no longer"
            " what was published",
            where=str(foreign_log(path)),
            hint="close that program; then `landscape publish` keeps its log under another name and publishes again",
        )
    return generation


def _identity(path: Path) -> Identity:
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise NotPublishedError(
            "no landscape has been published yet", where=str(path), hint=unpublished_hint(path.parent)
        ) from error
    return Identity(found.st_ino, found.st_mtime_ns, found.st_size)
