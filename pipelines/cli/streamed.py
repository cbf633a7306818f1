"""Answers of any size: rows are written while they come, a part at a time.

Belongs here: one writer for each format. Must not: what is asked.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
from pyarrow import parquet

from pipelines.cli.console import tell
from pipelines.cli.tabular import OutputFormat, flat, write_rows
from pipelines.floor.errors import QueryError, StorageError
from pipelines.floor.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLE_ROWS = 1_000
"""Rows that a table shows at most: a person reads no more, and a terminal draws them slowly."""


def write_batches(batches: Iterator[pl.DataFrame], output_format: OutputFormat, output: Path | None) -> None:
    """Write the rows of `batches` to `output`, or to standard output.

    Parameters
    ----------
    batches
        Parts of one result, of which the first may be empty.
    output_format, output
        How, and where to.

    Raises
    ------
    StorageError
        If `output` cannot be written.
    QueryError
        If the rows cannot be written in this format, or Parquet would go to a terminal.
    """
    finite = _Finite()
    if output_format is OutputFormat.TABLE:
        found = _first_rows(map(finite, batches))
        if found.height > TABLE_ROWS:
            tell(f"The first {TABLE_ROWS:,} rows; --format csv, json or parquet writes all of them.")
        write_rows(found.head(TABLE_ROWS), output_format, output)
    else:
        if output_format is OutputFormat.PARQUET and output is None and sys.stdout.isatty():
            raise QueryError("Parquet is not text", hint="name a file: --output result.parquet")
        encoded = {OutputFormat.CSV: _csv, OutputFormat.JSON: _json, OutputFormat.PARQUET: _parquet}
        _write(_refusable(encoded[output_format](map(finite, batches)), output_format), output)
    if finite.replaced_count:
        tell(f"{finite.replaced_count:,} values are no finite number, such as 1/0: they are written as NULL.")


def _first_rows(batches: Iterator[pl.DataFrame]) -> pl.DataFrame:
    """One row more than a table shows, if there are so many."""
    found: list[pl.DataFrame] = []
    for batch in batches:
        found.append(batch)
        if sum(part.height for part in found) > TABLE_ROWS:
            break
    return pl.concat(found)


class _Finite:
    """Puts NULL in the place of infinities and NaN, and counts them."""

    def __init__(self) -> None:
        self.replaced_count = 0

    def __call__(self, batch: pl.DataFrame) -> pl.DataFrame:
        floats = [name for name, dtype in batch.schema.items() if dtype.is_float()]
        is_lost = [pl.col(name).is_finite().not_() for name in floats]
        self.replaced_count += sum(batch.select(one.sum() for one in is_lost).row(0)) if floats else 0
        return batch.with_columns(
            pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in floats
        )


def _csv(batches: Iterator[pl.DataFrame]) -> Iterator[bytes]:
    for number, batch in enumerate(batches):
        yield flat(batch).write_csv(include_header=number == 0).encode()


def _json(batches: Iterator[pl.DataFrame]) -> Iterator[bytes]:
    yield b"["
    is_first = True
    for batch in batches:
        if not batch.is_empty():
            yield (b"" if is_first else b",") + batch.write_json().encode()[1:-1]
            is_first = False
    yield b"]\n"


class _Drain:
    """A file for a writer of Parquet, whose bytes are taken out as they come."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0

    def write(self, content: bytes) -> int:
        self._parts.append(bytes(content))
        self._length += len(content)
        return len(content)

    def tell(self) -> int:
        return self._length

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        self.closed = True

    def taken(self) -> bytes:
        content = b"".join(self._parts)
        self._parts = []
        return content


def _parquet(batches: Iterator[pl.DataFrame]) -> Iterator[bytes]:
    drain = _Drain()
    first = next(batches).to_arrow()
    with parquet.ParquetWriter(pa.PythonFile(drain, mode="w"), first.schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_table(batch.to_arrow().cast(first.schema))
            yield drain.taken()
    yield drain.taken()


def _refusable(parts: Iterator[bytes], output_format: OutputFormat) -> Iterator[bytes]:
    """`parts`, where a value that the format has no place for is an error with advice."""
    try:
        yield from parts
    except (pl.exceptions.PolarsError, pa.ArrowException, TypeError, ValueError) as error:
        raise QueryError(
            f"this result cannot be written as {output_format}: {error}",
            hint="cast nested columns to text, for instance CAST(x AS VARCHAR)",
        ) from error


def _write(parts: Iterator[bytes], output: Path | None) -> None:
    if output is not None and (not output.exists() or output.is_file()):
        write_whole(output, parts)
        return
    try:
        if output is None:
            sys.stdout.buffer.writelines(parts)
            sys.stdout.flush()
        else:  # a pipe or a device
            with output.open("wb") as file:
                file.writelines(parts)
    except OSError as error:
        raise StorageError(
            f"the result could not be written: {error.strerror or error}",
            where=str(output or "standard output"),
            hint="name another file",
        ) from error
