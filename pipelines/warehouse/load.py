"""How tables enter the build file: from a SQL file or from a frame, each replaced as a whole."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from pipelines.warehouse.connection import fetch_row
from pipelines.warehouse.ddl import identifier

if TYPE_CHECKING:
    import duckdb
    import polars as pl

CORE_TABLES = (
    "name_sightings",
    "project_names",
    "repo_ids",
    "project_series",
    "project_extents",
    "openrank_answers",
    "project_observations",
    "event_counts",
    "closed_hours",
)
"""Private tables between staging and mart, in the order they build on each other."""


def read_sql(schema: str, table: str) -> str:
    """The SELECT that defines `table`, from ``sql/<schema>/<table>.sql``."""
    return (files("pipelines.warehouse") / "sql" / schema / f"{table}.sql").read_text(encoding="utf-8")


def load_sql(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> int:
    """Replace a table by what its SQL file selects; returns the number of rows."""
    connection.execute(f"CREATE OR REPLACE TABLE {schema}.{identifier(table)} AS {read_sql(schema, table)}")
    return count_rows(connection, schema, table)


def load_frame(connection: duckdb.DuckDBPyConnection, schema: str, table: str, frame: pl.DataFrame) -> int:
    """Replace a table by `frame`; returns the number of rows."""
    connection.register("incoming", frame)
    try:
        connection.execute(f"CREATE OR REPLACE TABLE {schema}.{identifier(table)} AS FROM incoming")
    finally:
        connection.unregister("incoming")
    return frame.height


def load_core(connection: duckdb.DuckDBPyConnection) -> int:
    """Rebuild every table of schema ``core``; returns the number of their rows."""
    return sum(load_sql(connection, "core", table) for table in CORE_TABLES)


def count_rows(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> int:
    """Number of rows of a table."""
    return int(fetch_row(connection, f"SELECT count(*) FROM {schema}.{identifier(table)}")[0])
