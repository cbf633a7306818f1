"""The published file as the app opens it: each generation an instance of its own, shared by the sessions that use it.

Belongs here: opening, sharing and closing. Must not: a query; those are in ``app.queries``.
"""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from app import queries
from pipelines.errors import NotPublishedError, StorageError
from pipelines.publish import attach_published, public_file
from pipelines.warehouse.contracts import PUBLISHED
from pipelines.warehouse.ddl import sql_type

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import polars as pl

    from app.queries import Query


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one generation from the next under the same path."""

    inode: int
    modified_ns: int
    size_bytes: int


class Generation:
    """A published file that stays readable although a newer one takes its path.

    Parameters
    ----------
    identity
        Of the file when it was opened.
    connection
        An in-memory instance with the file attached read-only.

    Attributes
    ----------
    lacking
        What this version of the software reads and the file does not have, as `find_lacking` says it.
    schema_version
        Of the file's tables; None where it does not say.
    """

    def __init__(self, identity: Identity, connection: duckdb.DuckDBPyConnection) -> None:
        self.identity = identity
        self._connection = connection
        weakref.finalize(self, connection.close)
        self.lacking = find_lacking(self.ask(queries.published_columns()).iter_rows())
        self.schema_version: str | None = None
        if not {"metadata", "metadata.schema_version"} & set(self.lacking):
            self.schema_version = next(iter(self.ask(queries.schema_version())["schema_version"]), None)

    def ask(self, query: Query) -> pl.DataFrame:
        """Run a query; safe to call from several sessions at once."""
        with self._connection.cursor() as cursor:
            cursor.execute("USE landscape")
            frame: pl.DataFrame = cursor.sql(query.sql, params=dict(query.params) or None).pl()
            return frame


_open: weakref.WeakValueDictionary[Identity, Generation] = weakref.WeakValueDictionary()
"""Generations that a session holds; one that none holds any more is closed."""

_opening = threading.Lock()


def open_newest(public_dir: Path) -> Generation:
    """The generation that stands under the published path now.

    Raises
    ------
    NotPublishedError
        If there is none.
    StorageError
        If it cannot be read.
    """
    with _opening:
        identity = _identity(public_file(public_dir))
        generation = _open.get(identity)
        if generation is None:
            generation = _open[identity] = _opened(identity, public_dir)
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


def _opened(identity: Identity, public_dir: Path) -> Generation:
    try:
        return Generation(identity, attach_published(public_dir))
    except (
        duckdb.Error,
        ValueError,
    ) as error:  # pages of the file are damaged, or it does not say which one it is
        raise StorageError(
            f"the published file cannot be read: {str(error).splitlines()[0]}",
            where=str(public_file(public_dir)),
            hint="run `landscape publish`, or copy a file from `generations` beside it",
        ) from error


def _identity(path: Path) -> Identity:
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise NotPublishedError(
            "no landscape has been published yet", where=str(path), hint="run `landscape build --sample`"
        ) from error
    return Identity(found.st_ino, found.st_mtime_ns, found.st_size)
