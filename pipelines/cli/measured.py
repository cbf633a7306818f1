"""Pages of ``docs/`` that hold measured tables between two marks.

Belongs here: putting the tables there. Must not: what they say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.floor.errors import LandscapeError
from pipelines.floor.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

BLOCK_START = "<!-- measured: written by `make evaluate` -->"
BLOCK_END = "<!-- end of measured -->"


def write_measured(page: Path, text: str) -> None:
    """Put `text` between the marks of a page.

    Raises
    ------
    LandscapeError
        If the page does not have both marks, once each and in order.
    StorageError
        If the disk refuses.
    """
    write_whole(page, [replace_block(page.read_text(encoding="utf-8"), text).encode()])


def replace_block(page: str, text: str) -> str:
    """`page` with `text` between its marks.

    Raises
    ------
    LandscapeError
        If the page does not have both marks, once each and in order.
    """
    before, start, rest = page.partition(BLOCK_START)
    _, end, after = rest.partition(BLOCK_END)
    if not (start and end):
        raise LandscapeError(
            "the page has no place for the measured tables", hint=f"put {BLOCK_START} and {BLOCK_END} there"
        )
    return f"{before}{start}\n\n{text}\n\n{end}{after}"
