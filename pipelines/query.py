"""Rows as a table on a terminal, as CSV, JSON or Parquet."""

from __future__ import annotations

import io
import sys
from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl
from rich.console import Console
from rich.table import Table

from pipelines.errors import QueryError, StorageError

if TYPE_CHECKING:
    from pathlib import Path


_NO_EDGE = 10_000  # characters


class OutputFormat(StrEnum):
    """How a result is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def write_result(frame: pl.DataFrame, output_format: OutputFormat, output: Path | None) -> None:
    """Write a result to `output`, or to standard output.

    Raises
    ------
    StorageError
        If `output` cannot be written.
    QueryError
        If Parquet would go to a terminal.
    """
    if output_format is OutputFormat.PARQUET and output is None and sys.stdout.isatty():
        raise QueryError("Parquet is not text", hint="name a file: --output result.parquet")
    try:
        content = _encoded(frame, output_format)
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        raise QueryError(
            f"this result cannot be written as {output_format}: {error}",
            hint="cast nested columns to text, for instance CAST(x AS VARCHAR)",
        ) from error
    write_content(content, output)


def write_content(content: bytes, output: Path | None) -> None:
    """Write a finished answer to `output`, or to standard output.

    Raises
    ------
    StorageError
        If `output` cannot be written.
    """
    try:
        if output is None:
            sys.stdout.buffer.write(content)
            sys.stdout.flush()
        else:
            output.write_bytes(content)
    except OSError as error:
        raise StorageError(
            f"the result could not be written: {error.strerror or error}",
            where=str(output or "standard output"),
            hint="name another file",
        ) from error


def _encoded(frame: pl.DataFrame, output_format: OutputFormat) -> bytes:
    match output_format:
        case OutputFormat.CSV:
            return _flat(frame).write_csv().encode()
        case OutputFormat.JSON:
            return frame.write_json().encode() + b"\n"
        case OutputFormat.PARQUET:
            return _parquet(frame)
        case OutputFormat.TABLE:
            return _drawn(frame).encode()


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists joined by `; `, since a CSV cell holds one value."""
    lists = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
    return frame.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join("; ") for name in lists)


def _drawn(frame: pl.DataFrame) -> str:
    table = Table(caption=f"{frame.height:,} row{'' if frame.height == 1 else 's'}")
    for name, dtype in frame.schema.items():
        table.add_column(name, justify="right" if dtype.is_numeric() else "left", overflow="fold")
    for row in frame.iter_rows():
        table.add_row(*(_cell(value) for value in row))
    console = Console()
    if not console.is_terminal:  # a pipe or a file has no edge at which a table must break
        unbounded = console.options.update(width=_NO_EDGE)
        console.width = max(console.width, console.measure(table, options=unbounded).maximum)
    with console.capture() as capture:
        console.print(table, markup=False)
    return capture.get()


def _cell(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return str(value)
