"""Small CSV tables from outside: good rows typed, bad rows set aside with their line and cause.

Belongs here: lines, columns, cells of common kinds. Must not: the meaning of a column; the caller's `parse` knows.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pipelines.bronze.storage import QuarantinedRow
from pipelines.floor.errors import SourceError
from pipelines.floor.names import repo_full_name_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Row = TypeVar("Row")

_EXCERPT_LENGTH = 200
_COUNT = re.compile(r"[0-9]{1,18}")  # more digits would not fit the 64 bits of a stored count


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """The good rows of a file in its order, and those that were set aside."""

    rows: tuple[Row, ...]
    quarantined: tuple[QuarantinedRow, ...]


def read_table(
    body: bytes, *, source_file: str, columns: Sequence[str], parse: Callable[[Mapping[str, str]], Row]
) -> Table[Row]:
    r"""Read a UTF-8 CSV file that holds one record a line.

    A record is read from its own line alone, so that one unclosed quote spoils one row and not the rest of
    the file. Empty lines are no rows.

    Parameters
    ----------
    body
        The file.
    source_file
        Its name, for the quarantine and for errors.
    columns
        Columns that the header must name once each, in any order, among others or not.
    parse
        Turns a record, column name → text, into a row. A `ValueError` puts the record into quarantine with
        the error's text as its cause.

    Raises
    ------
    SourceError
        If the header lacks one of `columns` or names it twice: then the file is not what the caller takes it
        for.

    Examples
    --------
    >>> body = b"repo,stars\na/b,12\nc/d,many\n"
    >>> table = read_table(
    ...     body, source_file="x.csv", columns=["repo", "stars"], parse=lambda row: int(row["stars"])
    ... )
    >>> table.rows, table.quarantined[0].line_number, table.quarantined[0].excerpt
    ((12,), 3, 'c/d,many')
    """
    header, *lines = body.split(b"\n")
    try:
        found = _fields(header.removeprefix(b"\xef\xbb\xbf"))
    except ValueError:
        found = []
    missing = [column for column in columns if found.count(column) != 1]
    if missing:
        raise SourceError(
            f"its first line does not name the column {missing[0]} once",
            where=source_file,
            hint=f"this is another file, or a newer layout of it; needed are {', '.join(columns)}",
        )
    rows: list[Row] = []
    quarantined: list[QuarantinedRow] = []
    for line_number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        try:
            rows.append(parse(_record(line, found)))
        except ValueError as error:
            excerpt = line.decode(errors="replace").strip()[:_EXCERPT_LENGTH]
            quarantined.append(QuarantinedRow(source_file, line_number, str(error), excerpt))
    return Table(tuple(rows), tuple(quarantined))


def repo_full_name(record: Mapping[str, str], column: str) -> str:
    """Read a cell as the name of a repository.

    Raises
    ------
    ValueError
        If no repository can be called that.
    """
    text = record[column]
    problem = repo_full_name_problem(text)
    if problem is not None:
        raise ValueError(f"{column}: {problem}")
    return text


def count(record: Mapping[str, str], column: str) -> int:
    """Read a cell as a number of things: digits only.

    Raises
    ------
    ValueError
        If it is anything else; an empty cell is not zero.
    """
    text = record[column]
    if _COUNT.fullmatch(text) is None:
        raise ValueError(f"{column} is {text!r}, not a count")
    return int(text)


def _record(line: bytes, columns: Sequence[str]) -> dict[str, str]:
    fields = _fields(line)
    if len(fields) != len(columns):
        raise ValueError(f"{len(fields)} fields where {len(columns)} are expected")
    return dict(zip(columns, fields, strict=True))


def _fields(line: bytes) -> list[str]:
    try:
        return next(csv.reader([line.decode().rstrip("\r")], strict=True), [])
    except csv.Error as error:
        raise ValueError(f"not a CSV record: {error}") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from None
