"""Builds tables: reads what each declares, calls its build, holds the columns against the contract, stores the rows.

Belongs here: the one holder of the connection. Must not: what any table is made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.floor.errors import StorageError
from pipelines.tables.contracts import PUBLISHED
from pipelines.tables.fingerprint import compute_snapshot_id
from pipelines.tables.table import FileView, Frames, Sql, Walk
from pipelines.tables.workspace import Workspace
from pipelines.warehouse.ddl import identifier, quoted
from pipelines.warehouse.lineage import reads_of
from pipelines.warehouse.load import count_rows, load_frame
from pipelines.warehouse.openrank_store import store_dir

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb
    import polars as pl

    from pipelines.build import Build
    from pipelines.tables.table import Table

_KEPT_BYTES = 50_000_000
"""Frames up to this size are kept for the next build that reads the same."""


class PublishedTables:
    """All published tables of the build file at once, for what is about the whole of them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def snapshot_id(self) -> str:
        """Fingerprint of their content."""
        return compute_snapshot_id(self._connection)

    def copy(self, path: Path, names: Iterable[str]) -> None:
        """Write some of them into a new file, by the names that readers know."""
        self._connection.execute(f"ATTACH {quoted(str(path))} AS copied")
        try:
            for name in names:
                self._connection.execute(
                    f"CREATE TABLE copied.main.{identifier(name)} AS FROM mart.{identifier(name)}"
                )
        finally:
            self._connection.execute("DETACH copied")


class Runner:
    """Builds tables of one build file.

    Parameters
    ----------
    build
        Seeds, scope and folders.
    connection
        The build file; schema ``staging`` is loaded.
    """

    def __init__(self, build: Build, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._facts: dict[str, object] = {
            "seeds": build.seeds,
            "scope": build.scope,
            "openrank_store": store_dir(build.settings.warehouse_dir),
            "published": PublishedTables(connection),
        }
        self._frames: dict[str, pl.DataFrame] = {}
        """Rows by the SELECT that read them."""

    def load(self, table: Table) -> int:
        """Build a table from its declared inputs and replace it; returns the number of rows.

        Raises
        ------
        StorageError
            If the columns are not those of the contract.
        UndeclaredInputError
            If the build reads what it does not declare.
        """
        target = f"{table.schema}.{identifier(table.name)}"
        facts = self._facts
        match table.build:
            case Sql() as build:
                self._connection.execute(f"CREATE OR REPLACE TABLE {target} AS {build.text(table.name)}")
            case FileView(function=function, facts=names):
                select = function(**{name: facts[name] for name in names})
                self._connection.execute(f"CREATE OR REPLACE VIEW {target} AS {select}")
            case Frames(function=function, inputs=inputs, facts=names):
                frames = {name: self._read(select) for name, select in inputs.items()}
                self._store(table, function(**frames, **{name: facts[name] for name in names}))
            case Walk(function=function, inputs=tables, facts=names):
                workspace = Workspace(self._connection, tables)
                try:
                    found = function(workspace=workspace, **{name: facts[name] for name in names})
                finally:
                    workspace.clear()
                self._store(table, found)
        self._require_columns(table)
        self._forget(table)
        return count_rows(self._connection, table.schema, table.name)

    def _read(self, select: str) -> pl.DataFrame:
        """Rows of a SELECT, read once in a run unless they are many."""
        if select in self._frames:
            return self._frames[select]
        frame: pl.DataFrame = self._connection.sql(select).pl()
        if frame.estimated_size() <= _KEPT_BYTES:
            self._frames[select] = frame
        return frame

    def _store(self, table: Table, frame: pl.DataFrame) -> None:
        load_frame(self._connection, table.schema, table.name, frame)

    def _forget(self, table: Table) -> None:
        """Drop frames that were read from an earlier state of a table."""
        for select in [one for one in self._frames if table.qualified in reads_of(one).tables]:
            del self._frames[select]

    def _require_columns(self, table: Table) -> None:
        if table.contract is None:
            return
        built = set(self._connection.table(table.qualified).columns)
        expected = set(PUBLISHED[table.name].column_names())
        if built != expected:
            raise StorageError(
                f"the build gives other columns than the contract: {', '.join(sorted(built ^ expected))}",
                where=table.qualified,
                hint="correct the build or the contract in pipelines/tables",
            )
