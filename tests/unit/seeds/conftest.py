"""Fixtures: seeds that a test may spoil, and the real files that the seeds were curated from."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from tests.unit.seeds.spoilable_seeds import SeedsCopy, copy_seeds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def seeds_copy(tmp_path: Path) -> SeedsCopy:
    return copy_seeds(tmp_path / "seeds")


@pytest.fixture
def real_table(real_files: Path) -> Callable[[str], list[dict[str, str]]]:
    """Reader of a CSV among the real files, as dicts."""

    def read(name: str) -> list[dict[str, str]]:
        with (real_files / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return read
