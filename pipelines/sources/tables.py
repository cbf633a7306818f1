"""Small CSV tables from outside: good rows typed, bad rows kept with their line and cause.

Belongs here: lines, columns, cells of common kinds, quarantine. Must not: what a column means; the caller's
`parse` knows.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pipelines.bronze.storage import QuarantinedRow
from pipelines.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Row = TypeVar("Row")

_EXCERPT_LENGTH = 200
_COUNT = re.compile(r"[0-9]{1,18}")  # more digits would not fit the 64 bits of a stored count
_REPO_FULL_NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """What a file held: rows in file order, and those that were kept out."""

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
        The header, exactly and in order.
    parse
        Turns a record, column name → text, into a row. A `ValueError` puts the record into quarantine with
        the error's text as its cause.

    Raises
    ------
    SourceError
        If the header is another one: then the file is not what the caller takes it for.

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
    if found != list(columns):
        raise SourceError(
            f"its first line is not the header {','.join(columns)}",
            where=source_file,
            hint="this is another file, or a newer layout of it that this version cannot read",
        )
    rows: list[Row] = []
    quarantined: list[QuarantinedRow] = []
    for line_number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        try:
            rows.append(parse(_record(line, columns)))
        except ValueError as error:
            excerpt = line.decode(errors="replace").strip()[:_EXCERPT_LENGTH]
            quarantined.append(QuarantinedRow(source_file, line_number, str(error), excerpt))
    return Table(tuple(rows), tuple(quarantined))


def repo_full_name(record: Mapping[str, str], column: str) -> str:
    """Read a cell as ``owner/name``.

    Raises
    ------
    ValueError
        If it is anything else.
    """
    text = record[column]
    if _REPO_FULL_NAME.fullmatch(text) is None:
        raise ValueError(f"{column} is {text!r}, not owner/name")
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
