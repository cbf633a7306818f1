"""Measures and splits, and that the page holds what was measured."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from pipelines.classification import evaluation as measured
from pipelines.classification.evaluation import Trial, folds, measures
from pipelines.cli.measured import BLOCK_END, BLOCK_START, replace_block
from pipelines.floor.errors import LandscapeError

PAGE = Path(__file__).resolve().parents[3] / "docs" / "classification.md"


def test_measures_by_hand():
    probabilities = np.array(
        [[[0.8, 0.1, 0.1, 0.0], [0.6, 0.3, 0.1, 0.0], [0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4]]]
    )
    found = measures(Trial(probabilities, np.array([0, 1, 3, 3])), threshold=0.5)
    assert found["top-1"].value == 0.5
    assert found["top-3"].value == 0.75
    # F1: 2·1/(3+1) of the first domain, 0 of the second, 2·1/(1+2) of the fourth; the third does not occur.
    assert found["macro-F1"].value == pytest.approx((0.5 + 0 + 2 / 3) / 3)
    assert found["precision"].value == 0.5
    assert found["coverage"].value == 0.5
    # Confidences 0.8 right, 0.6 wrong, 0.4 wrong and 0.4 right in one bin.
    assert found["ECE"].value == pytest.approx((0.2 + 0.6 + abs(1 - 0.8)) / 4)
    assert found["Brier"].value == pytest.approx((0.06 + 0.86 + 1.10 + 0.50) / 4)
    assert all(one.low <= one.value <= one.high for one in found.values())


def test_a_method_that_assigns_nothing_has_no_precision():
    found = measures(Trial(np.full((1, 3, 4), 0.25), np.array([0, 1, 2])), threshold=0.5)
    assert str(found["precision"]) == "none assigned"
    assert found["coverage"].value == 0


def test_folds_share_out_every_domain():
    domains = ["a"] * 10 + ["b"] * 7 + ["c"] * 2
    fold_of = folds(domains, seed=3)
    assert max(Counter(fold_of.tolist()).values()) - min(Counter(fold_of.tolist()).values()) <= 1
    for domain in "abc":
        counts = Counter(at for at, one in zip(fold_of.tolist(), domains, strict=True) if one == domain)
        sizes = [counts[fold] for fold in range(5)]
        assert max(sizes) - min(sizes) <= 1
    assert not np.array_equal(fold_of, folds(domains, seed=4))


def test_terms_only_the_tested_use_are_withheld(seeds, examples):
    tested = [one for one in examples if one.project_id == "cvat"]
    known = [one for one in examples if one.project_id not in {"cvat", "label-studio"}]
    taxonomy = measured._without_terms_of(tested, known, seeds.default_taxonomy)
    [labeling] = [d for layer in taxonomy.layers for d in layer.domains if d.id == "data-labeling"]
    assert "image annotation" not in labeling.keywords
    assert "point cloud annotation" in labeling.keywords


def test_half_of_the_labels_classify_the_other_half_with_their_own_terms_withheld(seeds, examples):
    """The full splits take minutes; these floors catch a change that breaks the classifier."""
    taxonomy = seeds.default_taxonomy
    order = [domain.id for layer in taxonomy.layers for domain in layer.domains]
    known, asked = examples[::2], examples[1::2]
    shown = measured._without_terms_of(asked, known, taxonomy)
    rows = measured.train_classifier(known, shown).probabilities([one.subject for one in asked])
    found = measures(Trial(rows[np.newaxis], np.array([order.index(one.domain) for one in asked])), 0.5)
    assert found["top-1"].value >= 0.70
    assert found["top-3"].value >= 0.85


def test_the_page_holds_the_measured_tables():
    page = PAGE.read_text(encoding="utf-8")
    block = page.partition(BLOCK_START)[2].partition(BLOCK_END)[0]
    rows = [line for line in block.splitlines() if line.startswith(f"| {measured.CLASSIFIER} |")]
    assert len(rows) == 2
    assert all(line.count("|") == 9 and line.count(" to ") == 7 for line in rows)
    assert "| curated | predicted | projects |" in block


def test_a_block_is_replaced_and_the_rest_stays():
    page = f"before\n{BLOCK_START}\nold\n{BLOCK_END}\nafter\n"
    again = replace_block(page, "new")
    assert again == f"before\n{BLOCK_START}\n\nnew\n\n{BLOCK_END}\nafter\n"
    with pytest.raises(LandscapeError, match="no place"):
        replace_block("nothing here", "new")
