"""`landscape classify` as a person runs it, and what the build publishes."""

from __future__ import annotations

import csv
import io

import pytest

from pipelines.examples import subjects_of
from pipelines.floor.messages import decode, in_english
from pipelines.floor.settings import CHECKOUT
from pipelines.seeds import load_seeds
from pipelines.tables.domains.build import predicted_rows
from pipelines.tables.registry import TABLES_BY_NAME
from tests.command import call_landscape

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
    finished = call_landscape(
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
    finished = call_landscape("classify", str(file), "--out", str(file), data_dir=tmp_path / "data")
    assert finished.returncode == 1
    assert "the output is the input" in finished.stderr
    assert file.read_text() == "full_name,description,topics\na/b,c,d\n"


def test_the_build_keeps_labels_and_watched_projects_apart(landscape):
    counts = landscape.sql("SELECT assignment, count(*) FROM project_domains GROUP BY ALL").fetchall()
    assert counts == [("curated", 135)], "the 12 watched projects are no candidates"


def test_a_candidate_that_nobody_labelled_is_classified(build_copy):
    seeds = load_seeds(CHECKOUT / "seeds")
    unlabelled = {"vllm", "dify"}
    labels = tuple(
        one.model_copy(update={"labels": tuple(x for x in one.labels if x.project not in unlabelled)})
        for one in seeds.labels
    )
    kept = seeds.model_copy(update={"labels": labels})
    inputs = TABLES_BY_NAME["core.predicted_domains"].build.inputs
    subjects = subjects_of(*(build_copy.sql(inputs[name]).pl() for name in ("projects", "edges")))
    rows = {row[0]: row[2:] for row in predicted_rows(kept, kept.default_taxonomy, subjects)}
    assert rows.keys() == unlabelled
    layer, domain, subdomain, assignment, confidence, reasons, messages = rows["vllm"]
    assert (layer, domain, subdomain, assignment) == ("Infrastructure", "Serving", None, "predicted")
    assert confidence >= 0.5
    assert reasons
    assert [in_english(decode(message)) for message in messages] == reasons
