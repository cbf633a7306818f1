"""How tables enter the build file: from a SQL file or from a frame, each replaced as a whole."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from pipelines.warehouse.connection import fetch_row
from pipelines.warehouse.ddl import identifier

if TYPE_CHECKING:
    import duckdb
    import polars as pl


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


def count_rows(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> int:
    """Number of rows of a table."""
    return int(fetch_row(connection, f"SELECT count(*) FROM {schema}.{identifier(table)}")[0])
