"""The committed seeds and texts, read once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipelines.classification.model import Classifier, Example, Subject, train_classifier
from pipelines.examples import fetch_subjects, labelled_examples
from pipelines.floor.settings import CHECKOUT, Settings
from pipelines.seeds import Seeds, load_seeds
from pipelines.sources.connect import connect


@pytest.fixture(scope="session")
def seeds() -> Seeds:
    return load_seeds(CHECKOUT / "seeds")


@pytest.fixture(scope="session")
def subjects(seeds: Seeds) -> dict[str, Subject]:
    return fetch_subjects(connect(Settings(), datetime(2026, 1, 1, tzinfo=UTC)), seeds)


@pytest.fixture(scope="session")
def examples(seeds: Seeds, subjects: dict[str, Subject]) -> list[Example]:
    return labelled_examples(subjects, seeds, "2025-05")


@pytest.fixture(scope="session")
def classifier(seeds: Seeds, examples: list[Example]) -> Classifier:
    return train_classifier(examples, seeds.default_taxonomy)
