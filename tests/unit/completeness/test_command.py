"""`landscape completeness evaluate` as a person runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.floor.settings import CHECKOUT
from tests.command import call_landscape

if TYPE_CHECKING:
    from pathlib import Path


def test_the_command_prints_the_tables_of_the_page(tmp_path: Path):
    finished = call_landscape("completeness", "evaluate", data_dir=tmp_path)
    assert finished.returncode == 0
    page = (CHECKOUT / "docs" / "completeness.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in finished.stdout.splitlines() if line.startswith("| ")]
    assert len(rows) > 50
    assert set(rows) <= set(page)
