"""A CSV file of repositories from anywhere: its encoding, separator and columns, each row kept.

Belongs here: bytes to texts. Must not: opening files, or interpreting texts.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass

from pipelines.classification.text import RepositoryText, parse_topics
from pipelines.floor.errors import SourceError

REQUIRED = ("full_name", "description", "topics")
OPTIONAL = ("readme",)

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
_IN_A_LATIN_WORD = re.compile(rb"(?<=[A-Za-z])[\x80-\xff]{1,2}|(?<=[\s,;\"'(])[\x80-\xff](?=[a-z]{2}|[\s,;])")
_SURELY_CHINESE = 3
"""Bytes above 127 in a row: two Western letters with accents may meet, three hardly do."""
_SEPARATORS = ",;\t"
_LONGEST_CELL = 64 * 1024 * 1024
_EMPTY = {"nan", "none", "null"}
"""Cells without a value, as pandas and databases write them, in lower case."""


@dataclass(frozen=True, slots=True)
class RepositoryRow:
    """A row of the file as it was understood.

    Attributes
    ----------
    remark
        Oddities of the file; empty if there are none.
    """

    text: RepositoryText
    remark: str = ""


def read_repositories(content: bytes, source_file: str) -> list[RepositoryRow]:
    """Read every row of a CSV file, in order; lines without a single character are no rows.

    Parameters
    ----------
    content
        The file: UTF-8, UTF-16 or UTF-32, or GB 18030 or Windows-1252 where no other reading is possible.
        Cells are separated by comma, semicolon or tab, whichever the header uses.
    source_file
        Its name, for errors.

    Raises
    ------
    SourceError
        If the file is empty, its encoding is not clear, a column is missing or a quote is never closed.
    """
    text = decode(content, source_file)
    if not text.strip():
        raise SourceError(
            "the file is empty",
            where=source_file,
            hint=f"its first line names the columns: {', '.join(REQUIRED)}",
        )
    csv.field_size_limit(_LONGEST_CELL)
    lines = csv.reader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=_separator(text), strict=True)
    try:
        header = [name.strip().casefold() for name in next(lines)]
        _check_columns(header, source_file)
        return [_row(header, cells) for cells in lines if cells]
    except csv.Error as error:
        raise SourceError(
            f"line {lines.line_num} is not CSV: {error}",
            where=source_file,
            hint="a cell with a quote, a comma or a line break must be in quotes, and quotes in it doubled",
        ) from None


def decode(content: bytes, source_file: str) -> str:
    """Decode a file of unstated encoding.

    A byte order mark or valid UTF-8 decides. Otherwise three bytes above 127 in a row, or nothing but pairs, are
    Chinese (GB 18030), and single ones inside or before Latin letters Western European (Windows-1252); what could
    be either is refused, not guessed.

    Raises
    ------
    SourceError
        If no reading is certain.
    """
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), None)
    if encoding is None and b"\0" in content[:64]:
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    candidates = [encoding] if encoding else ["utf-8", *_without_unicode(content)]
    for candidate in candidates:
        try:
            return content.decode(candidate)
        except UnicodeDecodeError:
            continue
    raise SourceError(
        "its encoding is not clear: it is not UTF-8, and could be Chinese or Western European text",
        where=source_file,
        hint="save the file as UTF-8; spreadsheets call it `CSV UTF-8`",
    )


def _without_unicode(content: bytes) -> list[str]:
    runs = _HIGH_BYTES.findall(content)
    lengths = {len(run) for run in runs}
    if max(lengths, default=0) >= _SURELY_CHINESE or lengths == {2}:
        return ["gb18030"]
    return ["cp1252"] if runs and len(_IN_A_LATIN_WORD.findall(content)) == len(runs) else []


def _separator(text: str) -> str:
    header = text.lstrip("\r\n").splitlines()[0]
    return max(_SEPARATORS, key=header.count)


def _check_columns(header: list[str], source_file: str) -> None:
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise SourceError(
            f"no column {', '.join(missing)}; the columns there are: {', '.join(header)}",
            where=source_file,
            hint=f"name the columns {', '.join(REQUIRED)} and, if there is one, {', '.join(OPTIONAL)}",
        )
    twice = [name for name in (*REQUIRED, *OPTIONAL) if header.count(name) > 1]
    if twice:
        raise SourceError(
            f"column {', '.join(twice)} is there twice",
            where=source_file,
            hint="keep the one that is meant",
        )


def _row(header: list[str], cells: list[str]) -> RepositoryRow:
    by_name = {
        name: cell
        for name, cell in zip(header, cells, strict=False)
        if name == "full_name" or cell.strip().lower() not in _EMPTY
    }
    text = RepositoryText(
        full_name=by_name.get("full_name", ""),
        description=by_name.get("description", ""),
        topics=parse_topics(by_name.get("topics", "")),
        readme=by_name.get("readme", ""),
    )
    if len(cells) == len(header):
        return RepositoryRow(text)
    return RepositoryRow(text, f"the row has {len(cells)} cells where the header has {len(header)}")
