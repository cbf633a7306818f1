"""`landscape classify` as a person runs it, and what the build publishes."""

from __future__ import annotations

import csv
import io
from contextlib import closing

import duckdb
import pytest

from tests.command import run_landscape

COLUMNS = [
    "full_name",
    "first",
    "first_confidence",
    "second",
    "third",
    "domain",
    "layer",
    "confidence",
    "reasons",
]


@pytest.fixture(scope="module")
def classified(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classify")
    rows = [
        ("someone/annotator", 'A "labeling tool"\nfor images', '["image-annotation", "data-labeling"]'),
        ("someone/nothing", "", ""),
        ("vllm-project/vllm", "A vector database", ""),
        ("someone/annotator", 'A "labeling tool"\nfor images', '["image-annotation", "data-labeling"]'),
        ("", "", ""),
    ]
    with (folder / "in.csv").open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([("full_name", "description", "topics"), *rows])
    finished = run_landscape(
        "classify", str(folder / "in.csv"), "--out", str(folder / "out.csv"), data_dir=folder / "no-build"
    )
    assert finished.returncode == 0, finished.stderr
    text = (folder / "out.csv").read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_classify_needs_no_build_and_keeps_rows_and_order(classified):
    header, *rows = classified
    assert header == COLUMNS
    assert [row[0] for row in rows] == [
        "someone/annotator",
        "someone/nothing",
        "vllm-project/vllm",
        "someone/annotator",
        "",
    ]
    assert rows[0] == rows[3]
    assert all(0 <= float(row[2]) <= 1 and all(row[1:5]) for row in rows)


def test_classify_says_why(classified):
    labeling, nothing, *_ = classified[1:]
    assert (labeling[5], labeling[6]) == ("Data Labeling", "Infrastructure")
    assert "topics: 'image annotation', 'data labeling'" in labeling[8]
    assert nothing[5] == "unclassified"
    assert nothing[8].startswith("nothing but the name is known")


def test_a_curated_label_wins_over_the_text(classified):
    vllm = classified[3]
    assert (vllm[1], vllm[2], vllm[5]) == ("Serving", "1.0", "Serving")
    assert vllm[8].startswith("label: ")


def test_the_input_is_never_overwritten(tmp_path):
    file = tmp_path / "in.csv"
    file.write_text("full_name,description,topics\na/b,c,d\n")
    finished = run_landscape("classify", str(file), "--out", str(file), data_dir=tmp_path / "data")
    assert finished.returncode == 1
    assert "the output is the input" in finished.stderr
    assert file.read_text() == "full_name,description,topics\na/b,c,d\n"


def test_the_build_classifies_whom_nobody_labelled(sample_data_dir):
    with closing(
        duckdb.connect(sample_data_dir / "public" / "landscape.duckdb", read_only=True)
    ) as landscape:
        counts = landscape.sql("SELECT assignment, count(*) FROM project_domains GROUP BY ALL").fetchall()
        rows = landscape.sql(
            "SELECT project_id, domain, confidence, reasons FROM project_domains WHERE assignment <> 'curated'"
        ).fetchall()
    found = {project_id: (domain, confidence) for project_id, domain, confidence, _ in rows}
    assert dict(counts)["curated"] == 135
    assert len(rows) == 12
    assert (found["swarm"][0], found["devika"][0]) == ("Agent Framework", "Coding Assistant")
    assert found["warp"][0] is None  # in the network only: no text, and its neighbours do not agree
    assert all((domain is None) == (confidence < 0.5) for domain, confidence in found.values())
    assert all(reasons for *_, reasons in rows)
