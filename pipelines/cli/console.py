"""How every command speaks to a person. The only file that prints and draws; text from outside appears literally.

Belongs here: the two streams, wrapping, tables, progress. Must not: what a command says.
"""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from pipelines.floor.folders import require_profile
from pipelines.floor.lock import Holder, writer_lock
from pipelines.floor.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from pipelines.floor.settings import Settings


def _checked_note(note: str | None) -> str | None:
    if note is not None and not note.strip():
        raise typer.BadParameter("say in a sentence why it is right; readers of the file see it")
    return note and note.strip()


Accept = Annotated[
    str | None,
    typer.Option(
        "--accept",
        metavar="NOTE",
        callback=_checked_note,
        help="Publish although something gets worse against the last publication; the note is published.",
        show_default=False,
    ),
]
Wait = Annotated[float, typer.Option("--wait", help="Seconds to wait while another run is writing.", min=0)]

_out = Console(markup=False, emoji=False, highlight=False)
_err = Console(stderr=True, markup=False, emoji=False, highlight=False)

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that move the cursor, turn the direction of writing, break a line, or show nothing."""
_JOINERS = "\u200c\u200d"
"""Invisible, but part of how Persian, Hindi and emoji are written."""

_GAP = "  "
_NARROWEST = 20
_FEWEST_COLUMNS = 2
_READABLE = ((40, 12), (100, 20), (sys.maxsize, 30))
"""Least width of a column whose longest cell has so many characters: narrower, wrapped text is hard to read."""
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
"""Characters of scripts that break lines without blanks."""
_WORD = re.compile(rf"\s*(?:[{_WIDE}]|[^\s{_WIDE}]+)")
_MOVE = re.compile(r"\bmv ")
"""A command to copy: a line break in it would end it early."""
_MESSAGE_WORD = re.compile(rf"\s*(?:[(\[]?`[^`]*`[^\s`]*|[{_WIDE}]|[^\s{_WIDE}]+)")
"""A command in backticks stays on one line, to be copied."""
_HEADING_WORD = re.compile(r"\s*(?:[^\s_]+_?|_)")
"""A heading may break after an underscore, too."""


def visible(text: str, *, keep: str = "") -> str:
    r"""`text` with every control character, direction override and invisible character escaped.

    >>> visible("a\x1b[31m\u202eb\n")
    'a\\x1b[31m\\u202eb\\n'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in _HIDDEN and character not in _JOINERS + keep
        else character
        for character in text
    )


def literal(text: str) -> str:
    """`text` for `--help`, which reads markup."""
    return escape(visible(text))


def say(text: str) -> None:
    """Write an answer to standard output."""
    _print(_out, text)


def tell(text: str) -> None:
    """Write a line about the work to standard error."""
    _print(_err, text)


def fail(text: str) -> None:
    """Write to standard error why the command ends."""
    _print(_err, text, style="bold red")


def _print(console: Console, text: str, style: str = "") -> None:
    """Lines break between words at a known width; a word is never split, so that paths can be copied."""
    shown = visible(redacted(text), keep="\n")
    if columns := shutil.get_terminal_size((0, 0)).columns:
        shown = "\n".join(_folded(line, max(columns, _NARROWEST)) for line in shown.split("\n"))
    console.print(Text(shown, style), soft_wrap=True)


def _folded(line: str, width: int) -> str:
    if _MOVE.search(line):
        return line
    indent = line[: len(line) - len(line.lstrip())]
    rest = wrapped(line[len(indent) :], max(width - len(indent), 1), splits_words=False, word=_MESSAGE_WORD)
    return "\n".join(indent + part for part in rest)


def wrapped(text: str, width: int, *, splits_words: bool = True, word: re.Pattern[str] = _WORD) -> list[str]:
    """`text` as lines of at most `width` cells, broken between words.

    Parameters
    ----------
    text
        One line.
    width
        Cells a line has.
    splits_words
        Whether a word wider than `width` is split; otherwise its line is longer.
    word
        What matches a word with the blanks before it.

    Examples
    --------
    >>> wrapped("one two three", 7)
    ['one two', 'three']
    """
    if cell_len(text) <= width:
        return [text]
    lines: list[str] = []
    for piece in word.findall(text):
        if lines and cell_len(lines[-1] + piece) <= width:
            lines[-1] += piece
            continue
        start = piece.lstrip()
        lines += chop_cells(start, width) if splits_words else [start]
    return lines or [""]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, and whether its cells are aligned right."""

    heading: str
    is_number: bool = False


def table_text(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    title: str = "",
    caption: str = "",
    drops_columns: bool = False,
) -> str:
    """A table no wider than the terminal, or than 80 characters where there is none.

    Long text wraps in its column. Where that is not enough, the last columns are left out and named in the caption,
    or every row becomes a record: a line for each of its cells.

    Parameters
    ----------
    columns
        Headings, from left to right.
    rows
        Cells of each row, as they are: markup, emoji codes and control characters appear literally.
    title, caption
        Lines above and below.
    drops_columns
        Whether to leave out columns; otherwise rows become records.
    """
    room = max(shutil.get_terminal_size((80, 24)).columns, _NARROWEST)
    headings = [visible(column.heading) for column in columns]
    cells = [[visible(cell) for cell in row] for row in rows]
    count = len(columns)
    widths = _widths(headings, cells, room)
    while widths is None and drops_columns and count > _FEWEST_COLUMNS:
        count -= 1
        widths = _widths(headings[:count], [row[:count] for row in cells], room)
    if widths is None:
        count = len(columns)
        lines = _records(headings, cells, room)
    else:
        lines = _lines(columns[:count], headings, cells, widths)
    if left_out := headings[count:]:
        caption = f"{caption}; without {', '.join(left_out)}: a wider terminal or --format csv has them"
    around = [wrapped(visible(text), room) if text else [] for text in (title, caption)]
    return "\n".join([*around[0], *lines, *around[1]]) + "\n"


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, title: str = "") -> None:
    """Write a table to standard output."""
    _out.print(Text(table_text(columns, rows, title=title)), soft_wrap=True, end="")


def _widths(headings: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Width of each column with every word whole, or None if there is no room for that."""
    widths, natural = [], []
    for index, heading in enumerate(headings):
        cells = [row[index] for row in rows]
        longest = max(map(cell_len, cells), default=0)
        least = next(least for length, least in _READABLE if longest <= length)
        widths.append(
            max(_longest_word(_HEADING_WORD, [heading]), _longest_word(_WORD, cells), min(longest, least))
        )
        natural.append(max(cell_len(heading), longest))
    free = room - len(_GAP) * (len(headings) - 1) - sum(widths)
    if free < 0:
        return None
    while free and widths != natural:
        narrowest = min(
            (index for index, one in enumerate(widths) if one < natural[index]), key=widths.__getitem__
        )
        widths[narrowest] += 1
        free -= 1
    return widths


def _longest_word(word: re.Pattern[str], cells: Sequence[str]) -> int:
    return max((cell_len(piece.lstrip()) for cell in cells for piece in word.findall(cell)), default=0)


def _lines(
    columns: Sequence[Column], headings: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]
) -> Iterator[str]:
    parted = [
        wrapped(heading, width, word=_HEADING_WORD) for heading, width in zip(headings, widths, strict=False)
    ]
    deepest = max(map(len, parted), default=0)
    yield from _joined(columns, [[""] * (deepest - len(parts)) + parts for parts in parted], widths)
    yield _GAP.join("─" * width for width in widths)
    for row in rows:
        yield from _joined(
            columns, [wrapped(cell, width) for cell, width in zip(row, widths, strict=False)], widths
        )


def _joined(
    columns: Sequence[Column], cells: Sequence[Sequence[str]], widths: Sequence[int]
) -> Iterator[str]:
    """Lines of one row, whose cells have as many lines as they need."""
    for index in range(max(map(len, cells), default=0)):
        parts = [lines[index] if index < len(lines) else "" for lines in cells]
        yield _GAP.join(map(_padded, parts, columns, widths)).rstrip()


def _padded(part: str, column: Column, width: int) -> str:
    blanks = " " * (width - cell_len(part))
    return blanks + part if column.is_number else part + blanks


def _records(headings: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> Iterator[str]:
    """Every row as lines of heading and value, with a rule between rows."""
    margin = max(map(cell_len, headings)) + len(_GAP)
    if margin > room // 2:
        margin = len(_GAP)
    for number, row in enumerate(rows):
        if number:
            yield "─" * min(room, 40)
        for heading, cell in zip(headings, row, strict=True):
            first, *others = wrapped(cell, room - margin)
            if margin == len(_GAP):
                yield from wrapped(heading, room)
                yield _GAP + first
            else:
                yield f"{heading}{' ' * (margin - cell_len(heading))}{first}".rstrip()
            yield from (" " * margin + line for line in others)


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error while the block runs; silent where that is no terminal.

    Yields
    ------
    Callable
        Takes how much is done, and of how much.
    """
    bar = Progress(
        TextColumn("{task.description:<28}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=_err,
        disable=not _err.is_terminal,
    )
    with bar:
        task = bar.add_task(visible(label), total=total)

        def on_progress(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        yield on_progress


def command_line() -> str:
    """How this process was started, for others that wait for it."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


@contextmanager
def writing(settings: Settings, now: datetime, wait_seconds: float) -> Iterator[None]:
    """Hold the writer's lock; whoever waits for it learns who holds it.

    Raises
    ------
    BusyError, StorageError
        As `writer_lock`.
    DataProfileError
        If the folder belongs to the other data profile; nothing is touched.
    """

    def on_wait(holder: Holder) -> None:
        tell(f"Waiting up to {wait_seconds:g} s: another run is writing: {holder}")

    require_profile(settings)
    with writer_lock(
        settings.warehouse_dir, command=command_line(), now=now, wait_seconds=wait_seconds, on_wait=on_wait
    ):
        yield


def tell_facts(complete_count: int, all_count: int) -> None:
    """Say for how many projects GitHub's own facts are held, so that no event of theirs is missing."""
    tell(
        f"GitHub's own facts are held for {complete_count:,} of {all_count:,} projects over all these days; the others"
        " rest on what the event archives did not lose."
    )
