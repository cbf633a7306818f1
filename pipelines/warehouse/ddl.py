"""From a contract to SQL."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import dataframely as dy
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

_SQL_TYPES: dict[type[dy.Column], str] = {
    dy.String: "VARCHAR",
    dy.Int64: "BIGINT",
    dy.Float64: "DOUBLE",
    dy.Bool: "BOOLEAN",
    dy.Date: "DATE",
    dy.Datetime: "TIMESTAMP",
}
_FRAME_TYPES: dict[type[pl.DataType], str] = {
    pl.String: "VARCHAR",
    pl.Int64: "BIGINT",
    pl.Float64: "DOUBLE",
    pl.Date: "DATE",
}


def quoted(text: str) -> str:
    """`text` as a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """`name` as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def sql_type(column: dy.Column) -> str:
    """DuckDB type of a contract's column."""
    if isinstance(column, dy.List):
        return f"{sql_type(column.inner)}[]"
    return _SQL_TYPES[type(column)]


def no_rows(schema: pl.Schema) -> str:
    """A SELECT without rows, with the columns of a frame.

    Examples
    --------
    >>> no_rows(pl.Schema({"month": pl.Date(), "value": pl.Float64()}))
    'SELECT NULL::DATE AS "month", NULL::DOUBLE AS "value" WHERE false'
    """
    columns = [f"NULL::{_FRAME_TYPES[type(kind)]} AS {identifier(name)}" for name, kind in schema.items()]
    return f"SELECT {', '.join(columns)} WHERE false"


def _conditions(name: str, column: dy.Column) -> Iterator[str]:
    """SQL conditions that the published file itself keeps, from the same definition as the check."""
    column_sql = identifier(name)
    lowest, highest = getattr(column, "min", None), getattr(column, "max", None)
    if lowest is not None:
        yield f"{column_sql} >= {lowest}"
    if highest is not None:
        yield f"{column_sql} <= {highest}"
    if getattr(column, "resolution", None) == "1mo":
        yield f"day({column_sql}) = 1"
    if column.metadata and "one_of" in column.metadata:
        yield f"{column_sql} IN ({', '.join(quoted(value) for value in column.metadata['one_of'])})"


def _column_sql(name: str, column: dy.Column) -> str:
    parts = [identifier(name), sql_type(column)]
    if not column.nullable:
        parts.append("NOT NULL")
    parts += [f"CHECK ({condition})" for condition in _conditions(name, column)]
    return " ".join(parts)


def table_comment(contract: type[dy.Schema]) -> str:
    """The contract's docstring on one line."""
    return " ".join((inspect.getdoc(contract) or "").split())


def create_statements(table: str, contract: type[dy.Schema], schema: str) -> list[str]:
    """Statements that create `table` in `schema` with constraints and comments, without keys.

    Keys are checked before publishing; in the file they would slow loading and give readers nothing.
    """
    target = f"{schema}.{identifier(table)}"
    columns = contract.columns()
    body = ",\n  ".join(_column_sql(name, column) for name, column in columns.items())
    return [
        f"CREATE TABLE {target} (\n  {body}\n)",
        f"COMMENT ON TABLE {target} IS {quoted(table_comment(contract))}",
        *(
            f"COMMENT ON COLUMN {target}.{identifier(name)} IS {quoted(column.description or '')}"
            for name, column in columns.items()
        ),
    ]
