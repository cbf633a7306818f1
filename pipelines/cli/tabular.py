"""How every command that answers with rows takes its month, window and format, and writes them."""

from __future__ import annotations

import io
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import polars as pl
import typer

from pipelines.cli.console import Column, table_text, tell
from pipelines.floor.cells import without_formulas
from pipelines.floor.errors import QueryError, StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping


Shown: TypeAlias = "Mapping[str, str]"
"""Columns of a table, each with its heading."""


class OutputFormat(StrEnum):
    """How a result is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="As-of month, YYYY-MM; the file's own by default.", show_default=False),
]
WindowMonths = Annotated[
    int | None,
    typer.Option(
        "--window",
        help="Months of the window, up to the as-of month; January to the as-of month by default.",
        min=1,
        show_default=False,
    ),
]
Top = Annotated[int | None, typer.Option("--top", help="Rows at most.", min=1, show_default=False)]
Format = Annotated[
    OutputFormat,
    typer.Option("--format", help="How to write the result; csv, json and parquet hold every column."),
]
Output = Annotated[
    Path | None, typer.Option("--output", "--out", "-o", help="File to write; standard output by default.")
]


def write_rows(
    frame: pl.DataFrame,
    output_format: OutputFormat,
    output: Path | None,
    *,
    top: int | None = None,
    empty: str = "",
    shown: Shown | None = None,
) -> None:
    """Write rows to `output`, or to standard output.

    Parameters
    ----------
    frame
        The rows.
    output_format, output
        How, and where to.
    top
        Rows at most.
    empty
        Tells the person why there are no rows.
    shown
        Columns of a table, as `drawn` takes them. The other formats hold all.

    Raises
    ------
    StorageError
        If `output` cannot be written.
    QueryError
        If the rows cannot be written in this format, or Parquet would go to a terminal.
    """
    found = frame if top is None else frame.head(top)
    if found.is_empty() and empty:
        tell(empty)
    if output_format is OutputFormat.PARQUET and output is None and sys.stdout.isatty():
        raise QueryError("Parquet is not text", hint="name a file: --output result.parquet")
    try:
        content = _encoded(found, output_format, shown)
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


def _encoded(frame: pl.DataFrame, output_format: OutputFormat, shown: Shown | None) -> bytes:
    match output_format:
        case OutputFormat.CSV:
            return flat(frame).write_csv().encode()
        case OutputFormat.JSON:
            return frame.write_json().encode() + b"\n"
        case OutputFormat.PARQUET:
            return _parquet(frame)
        case OutputFormat.TABLE:
            return drawn(frame, shown).encode()


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Cells of a CSV file: lists joined by `; `, and no text that a spreadsheet would take for a formula."""
    lists = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
    return without_formulas(
        frame.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join("; ") for name in lists)
    )


def drawn(frame: pl.DataFrame, shown: Shown | None = None) -> str:
    """Rows as a table.

    Parameters
    ----------
    frame
        The rows.
    shown
        The columns with their headings, the most important first: those without room are left out. By default
        every column under its own name, and rows without room become records.
    """
    names = shown or {name: name for name in frame.columns}
    chosen = frame.select(*names)
    return table_text(
        [Column(names[name], is_number=dtype.is_numeric()) for name, dtype in chosen.schema.items()],
        [[_cell(value) for value in row] for row in chosen.iter_rows()],
        caption=f"{frame.height:,} row{'' if frame.height == 1 else 's'}",
        drops_columns=shown is not None,
    )


def _cell(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return str(value)
