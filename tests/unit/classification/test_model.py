"""The classifier: what it learns, how sure it is, and what it says for itself."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pipelines.classification.assignment import assign_domain, boxes_of
from pipelines.classification.model import PRIOR_WEIGHTS, Kind, Subject, train_classifier
from pipelines.classification.neighbours import Neighbour, neighbour_evidence
from pipelines.classification.text import RepositoryText
from pipelines.floor.messages import in_english


def first(classifier, description, *topics):
    prediction = classifier.predict(Subject(RepositoryText("someone/thing", description, topics)))
    return prediction.ranked[0][0]


@pytest.mark.parametrize(
    ("description", "topics", "domain"),
    [
        ("A fast vector database with HNSW index", (), "vector-storage-and-search"),
        ("高性能大模型推理引擎", (), "serving"),
        ("Annotation tool for images", ("data-labeling",), "data-labeling"),
        ("An MLIR-based compiler for accelerators", (), "ai-compiler"),
        ("Open table format for data lakes", (), "data-governance"),
        ("Fine-tuning and RLHF of language models", ("lora", "dpo"), "training"),
        ("Terminal coding agent", ("pair-programming",), "coding-assistant"),
    ],
)
def test_plain_descriptions_fall_into_their_domain(classifier, description, topics, domain):
    assert first(classifier, description, *topics) == domain


def test_probabilities_are_shares_of_one(classifier, subjects):
    rows = classifier.probabilities([subjects["vllm"], Subject(RepositoryText(""))])
    assert rows.shape == (2, 19)
    assert rows.sum(axis=1) == pytest.approx(1)
    assert (rows > 0).all()


def test_the_order_of_the_examples_does_not_matter(seeds, examples, classifier):
    again = train_classifier(examples[::-1], seeds.default_taxonomy)
    assert np.array_equal(again.weights, classifier.weights)


def test_without_labels_the_taxonomy_speaks_alone(seeds):
    untaught = train_classifier([], seeds.default_taxonomy)
    assert np.array_equal(untaught.weights, PRIOR_WEIGHTS)
    assert first(untaught, "A vector database") == "vector-storage-and-search"


def test_an_example_is_not_weighed_with_wording_that_has_seen_it(classifier):
    """Centroids that know the example make wording look like proof: it then weighs 14 times the description."""
    assert classifier.weights[Kind.WORDING] / classifier.weights[Kind.HEAD] < 10


def test_neighbours_vote_by_shared_people_against_the_base_rate():
    rates = {"a": 0.75, "b": 0.25}
    neighbours = [Neighbour("x", 300), Neighbour("unlabelled", 9999)]
    votes = neighbour_evidence(neighbours, {"x": "b", "y": "a"}, rates)
    assert votes == pytest.approx(np.log([150 / (500 * 0.75), 350 / (500 * 0.25)]))
    assert neighbour_evidence([], {"x": "b"}, rates) == pytest.approx([0, 0])


def test_reasons_name_the_terms_and_the_shared_people(classifier):
    text = RepositoryText("someone/thing", "A serving engine", ("llm-inference",))
    prediction = classifier.predict(Subject(text, (Neighbour("vllm", 31),)))
    reasons = [in_english(reason) for reason in prediction.reasons]
    assert any(re.fullmatch(r"topics: 'llm inference' \(\+\d\.\d\d\)", reason) for reason in reasons)
    assert any(reason.startswith("31 shared people with 'vllm' (") for reason in reasons)


def test_below_the_threshold_nothing_is_assigned(classifier, seeds):
    boxes = boxes_of(seeds.default_taxonomy)
    subject = Subject(RepositoryText("a/b", "A vector database"))
    assigned = assign_domain(classifier, boxes, subject, 0.5)
    assert (assigned.layer, assigned.domain) == ("Infrastructure", "Vector Storage and Search")
    exactly = assign_domain(classifier, boxes, subject, assigned.confidence)
    assert exactly.domain == assigned.domain
    above = assign_domain(classifier, boxes, subject, np.nextafter(assigned.confidence, 2))
    assert (above.domain, above.confidence) == (None, assigned.confidence)
    assert "Vector Storage and Search" in in_english(above.reasons[0])
    assert above.ranked == assigned.ranked


def test_a_name_alone_is_never_assigned(classifier, seeds):
    found = assign_domain(
        classifier, boxes_of(seeds.default_taxonomy), Subject(RepositoryText("a/vector-database")), 0.0
    )
    assert found.domain is None
    assert len(found.ranked) == 3
    assert [reason.code for reason in found.reasons] == ["domain.silent"]
