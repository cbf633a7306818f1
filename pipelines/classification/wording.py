"""How alike a text is to the domains' own wording: TF-IDF and cosine to one centroid a domain."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipelines.classification.text import Field, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.classification.text import Fields
    from pipelines.seeds.taxonomies import Taxonomy

DEFINITION_WEIGHT = 3.0
"""The weight of a taxonomy box in its domain's centroid, in labelled projects."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One centroid a domain.

    Attributes
    ----------
    weights
        Inverse document frequency of each known word.
    centroids
        By word, its share in each domain's centroid of length one; shape (domains,).
    domains_count
        Number of domains.
    """

    weights: Mapping[str, float]
    centroids: Mapping[str, np.ndarray]
    domains_count: int

    def similarities(self, words: Sequence[str]) -> np.ndarray:
        """Cosine to each centroid, from 0 to 1; zeros if no word is known."""
        total = np.zeros(self.domains_count)
        for word, weight in _vector(words, self.weights).items():
            total += weight * self.centroids[word]
        return total

    def telling_words(self, words: Sequence[str], at: int, count: int) -> list[str]:
        """The words that liken a text to the domain at place `at` the most, above the mean of all domains."""
        vector = _vector(words, self.weights)
        gains = {
            word: weight * (self.centroids[word][at] - self.centroids[word].mean())
            for word, weight in vector.items()
        }
        return sorted((word for word in gains if gains[word] > 0), key=lambda word: (-gains[word], word))[
            :count
        ]


def fit_wording(documents: Sequence[Sequence[str]], domains: Sequence[str], taxonomy: Taxonomy) -> Wording:
    """Centroids of labelled texts and of each box's name, definition and keywords.

    Parameters
    ----------
    documents, domains
        Words of each labelled text, and the id of its domain.
    taxonomy
        Gives the order of the domains, and their own words.

    References
    ----------
    Rocchio's method; C. D. Manning, P. Raghavan, H. Schütze, Introduction to Information Retrieval, 14.2.
    """
    boxes = list(_boxes(taxonomy))
    order = {domain: at for at, domain in enumerate(dict.fromkeys(domain for domain, _ in boxes))}
    examples = [(domain, words, 1.0) for domain, words in zip(domains, documents, strict=True)]
    examples += [(domain, words, DEFINITION_WEIGHT) for domain, words in boxes]
    seen_in = Counter(word for _, words, _ in examples for word in set(words))
    weights = {word: 1 + math.log((1 + len(examples)) / (1 + count)) for word, count in seen_in.items()}
    centroids = {word: np.zeros(len(order)) for word in weights}
    for domain, words, worth in examples:
        for word, weight in _vector(words, weights).items():
            centroids[word][order[domain]] += worth * weight
    lengths = np.sqrt(sum(column**2 for column in centroids.values()))
    return Wording(weights, {word: column / lengths for word, column in centroids.items()}, len(order))


def document_of(fields: Fields) -> tuple[str, ...]:
    """Every word of a text, the README left out: none of the labelled texts has one."""
    return tuple(
        word for field in Field if field is not Field.README for words in fields[field] for word in words
    )


def _vector(words: Sequence[str], weights: Mapping[str, float]) -> dict[str, float]:
    """TF-IDF of the known words, of length one."""
    counts = Counter(word for word in words if word in weights)
    raw = {word: (1 + math.log(count)) * weights[word] for word, count in counts.items()}
    length = math.sqrt(sum(value**2 for value in raw.values()))
    return {word: value / length for word, value in raw.items()}


def _boxes(taxonomy: Taxonomy) -> Iterator[tuple[str, tuple[str, ...]]]:
    for layer in taxonomy.layers:
        for domain in layer.domains:
            for box in (domain, *domain.subdomains):
                texts = (box.name.en, box.name.zh, box.definition.en, box.definition.zh, *box.keywords)
                yield domain.id, tuple(word for text in texts for word in words_of(text))
