"""Cases C: tables as spreadsheets and scripts write them, given to `landscape classify`."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import pytest

from tests.cases.entrances import INPUTS, Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Classify = Callable[[Path], list[dict[str, str]]]


@pytest.fixture
def classify(tmp_path: Path) -> Classify:
    """Classify the repositories of a file: the rows that come out."""

    def run(file: Path) -> list[dict[str, str]]:
        finished = Place(tmp_path / "data").landscape("classify", str(file))
        assert (finished.returncode, finished.stderr) == (0, "")
        table = csv.DictReader(io.StringIO(finished.stdout, newline=""))
        assert table.fieldnames is not None
        assert "full_name" in table.fieldnames
        return list(table)

    return run


def _file(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_c01_gbk_from_excel(classify):
    rows = classify(INPUTS / "classify" / "C01.csv")
    assert [row["full_name"] for row in rows] == ["acme/推理", "acme/beta"]


def test_c03_line_breaks_in_cells(classify, tmp_path):
    """A description with line breaks and doubled quotes, and a README of 200,000 characters."""
    description = 'line one\nline "two"\n\nline four'
    table = tmp_path / "repositories.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["full_name", "description", "topics", "readme"])
        writer.writerow(["acme/a", description, "llm", "word " * 40_000])
        writer.writerow(["acme/b", "vector database", "vector", ""])
    assert [row["full_name"] for row in classify(table)] == ["acme/a", "acme/b"]


def test_c05_pandas_gaps(classify, tmp_path):
    """`nan`, `None` and their like are empty cells, and a list as Python writes it is its topics."""
    table = (INPUTS / "classify" / "C05.csv").read_text(encoding="utf-8")
    table += "acme/g,NaN,null\nacme/h,null,NaN\n"
    plain = re.sub(r"\b(nan|None|NaN|null)\b", "", table)
    plain = re.sub(r'"\[.*llm.*\]"', "llm serving", plain)
    assert plain.count("nan") + plain.count("[") + plain.count("null") == 0
    found, expected = (
        classify(_file(tmp_path / name, text)) for name, text in (("given.csv", table), ("plain.csv", plain))
    )
    assert [row["full_name"] for row in found] == [f"acme/{letter}" for letter in "abcdefgh"]
    assert found == expected
    without_topics = plain.replace("llm serving", "")
    assert found != classify(_file(tmp_path / "without_topics.csv", without_topics)), "topics count"


def test_c07_header_only(classify):
    assert classify(INPUTS / "classify" / "C07.csv") == []
