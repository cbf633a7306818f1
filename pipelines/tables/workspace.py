"""Set work in SQL for a build that walks step by step: what it may read is declared, and nothing else can be read.

Belongs here: holding every SELECT against the declared inputs. Must not: a SELECT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.warehouse.ddl import identifier
from pipelines.warehouse.lineage import reads_of

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb
    import polars as pl


class UndeclaredInputError(LookupError):
    """A build reads a table that it does not declare."""


class Workspace:
    """Declared tables, and temporary ones that the build makes of them.

    Parameters
    ----------
    connection
        The build file, or a scratch database with the same tables.
    inputs
        Tables that may be read, with their schema.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, inputs: Collection[str]) -> None:
        self._connection = connection
        self._inputs = frozenset(inputs)
        self._made: dict[str, str] = {}
        """Name of a temporary table, a view or a shown frame → how it is removed."""

    def select(self, select: str, **params: object) -> pl.DataFrame:
        """Rows of a SELECT.

        Raises
        ------
        UndeclaredInputError
            If it reads what is neither declared nor made here.
        """
        self._require_declared(select)
        rows: pl.DataFrame = self._connection.sql(select, params=params or None).pl()
        return rows

    def create(self, name: str, select: str) -> None:
        """Replace a temporary table by the rows of a SELECT.

        Raises
        ------
        UndeclaredInputError
            As `select`.
        """
        self._require_declared(select)
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {identifier(name)} AS {select}")
        self._made[name] = f"DROP TABLE temp.{identifier(name)}"

    def define(self, name: str, select: str) -> None:
        """Replace a temporary view by a SELECT.

        Raises
        ------
        UndeclaredInputError
            As `select`.
        """
        self._require_declared(select)
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {identifier(name)} AS {select}")
        self._made[name] = f"DROP VIEW temp.{identifier(name)}"

    def show(self, name: str, frame: pl.DataFrame) -> None:
        """Let later SELECTs see a frame as a table."""
        self._connection.register(name, frame)
        self._made[name] = f"DROP VIEW temp.{identifier(name)}"

    def clear(self) -> None:
        """Remove everything that was made here."""
        while self._made:
            _, drop = self._made.popitem()
            self._connection.execute(drop)

    def _require_declared(self, select: str) -> None:
        reads = reads_of(select)
        undeclared = (reads.tables - self._inputs) | (reads.unqualified - self._made.keys())
        if undeclared:
            raise UndeclaredInputError(f"reads {', '.join(sorted(undeclared))} without declaring it")
