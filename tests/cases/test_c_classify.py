"""Cases C: tables as spreadsheets and scripts write them, given to `landscape classify`."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from tests.cases.entrances import INPUTS, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
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

    def found(name: str, rows: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
        table = tmp_path / name
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["full_name", "description", "topics"])
            writer.writerows([f"acme/{number}", *row] for number, row in enumerate(rows))
        return classify(table)

    text = "A high-throughput inference engine, with paged attention"
    topics = ["['llm', 'serving']", '["llm", "serving"]', "llm serving"]
    gaps = [("nan", "nan"), ("", ""), ("None", "None"), ("NaN", "null"), ("null", "NaN")]
    as_meant = [*[(text, "llm,serving")] * 3, *[("", "")] * 5]
    classified = found("given.csv", [*((text, listed) for listed in topics), *gaps])
    assert classified == found("meant.csv", as_meant)
    assert classified[0] != found("no_topics.csv", [(text, "")])[0], "topics count"


def test_c07_header_only(classify):
    assert classify(INPUTS / "classify" / "C07.csv") == []
