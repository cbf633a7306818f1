"""The published file as the app opens it: each generation an instance of its own, shared by the sessions that use it.

Belongs here: opening, sharing and closing. Must not: a query; those are in ``app.queries``.
"""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import NotPublishedError
from pipelines.publish import attach_published, public_file

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
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
    """

    def __init__(self, identity: Identity, connection: duckdb.DuckDBPyConnection) -> None:
        self.identity = identity
        self._connection = connection
        weakref.finalize(self, connection.close)

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
            generation = _open[identity] = Generation(identity, attach_published(public_dir))
        return generation


def _identity(path: Path) -> Identity:
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise NotPublishedError(
            "no landscape has been published yet", where=str(path), hint="run `landscape build --sample`"
        ) from error
    return Identity(found.st_ino, found.st_mtime_ns, found.st_size)
