"""What the shape of the code promises: small files, rooms that say what they hold, no name that says nothing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.conftest import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

MOST_LINES = 400
MODULES = sorted(path for room in ("pipelines", "app") for path in (CHECKOUT / room).rglob("*.py"))
ROOMS = sorted(path for path in MODULES if path.name == "__init__.py" and path.parent.parent != CHECKOUT)
EMPTY_NAMES = {"utils", "helpers", "misc", "info", "common"}


def test_the_modules_are_found():
    assert len(MODULES) > 200
    assert len(ROOMS) > 20


def test_no_file_is_longer_than_a_reader_follows():
    lengths = {
        path.relative_to(CHECKOUT): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES
    }
    assert {str(path): length for path, length in lengths.items() if length > MOST_LINES} == {}


@pytest.mark.parametrize("room", ROOMS, ids=lambda path: str(path.parent.relative_to(CHECKOUT)))
def test_a_room_says_what_belongs_in_it(room: Path):
    assert ast.get_docstring(ast.parse(room.read_text(encoding="utf-8")))


def test_no_file_has_a_name_that_says_nothing():
    assert [str(path) for path in MODULES if path.stem in EMPTY_NAMES] == []
