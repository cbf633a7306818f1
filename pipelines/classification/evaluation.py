"""Evaluate the classifier on unseen projects against two baselines, and list its errors.

Belongs here: splits, measures and the report. Must not: anything the classifier itself needs.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from pipelines.classification.assignment import SHOWN
from pipelines.classification.model import train_classifier
from pipelines.classification.text import fields_of, words_of
from pipelines.classification.vocabulary import build_vocabulary
from pipelines.classification.wording import document_of
from pipelines.floor.errors import LandscapeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from pipelines.classification.model import Example
    from pipelines.classification.text import Words
    from pipelines.classification.vocabulary import Vocabulary
    from pipelines.seeds.taxonomies import Category, Domain, Taxonomy

    Method = Callable[[Sequence[Example], Sequence[Example]], np.ndarray]

FOLDS = 5
REPEATS = 5
NEWEST_SHARE = 1 / 3
"""Share of the projects, the newest, that the older ones are tested on."""
RESAMPLES = 500
BINS = 10
SEED = 20250520


@dataclass(frozen=True, slots=True)
class Trial:
    """A method's predictions for unseen projects.

    Attributes
    ----------
    probabilities
        Shape (repeats, projects, domains).
    chosen
        Index of each project's curated domain.
    """

    probabilities: np.ndarray
    chosen: np.ndarray


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure with its 95 % bootstrap interval over projects."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if np.isnan(self.value):
            return "none assigned"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Trials by method, in the order of the report, and the newer projects with the first creation day."""

    threshold: float
    cross_validated: Mapping[str, Trial]
    by_time: Mapping[str, Trial]
    newer: Sequence[Example]
    newer_since: date


CLASSIFIER = "this classifier"


def evaluate(
    examples: Sequence[Example], created_on: Mapping[str, date], taxonomy: Taxonomy, threshold: float
) -> Evaluation:
    """Try every method on the curated labels.

    Parameters
    ----------
    examples
        Labelled projects with texts.
    created_on
        Creation day of a project; one without a day is left out of the split by time.
    taxonomy
        Its terms and definitions are known to the classifier in every split, as they are in use.
    threshold
        Probability from which a domain is assigned.

    Raises
    ------
    LandscapeError
        If there are too few examples to split.
    """
    if len(examples) < 2 * FOLDS:
        raise LandscapeError(
            f"{len(examples)} labelled projects with a text are too few to evaluate on",
            hint=f"label at least {2 * FOLDS} projects that have a description",
        )
    methods = _methods(taxonomy)
    ordered = sorted(examples, key=lambda example: (example.domain, example.project_id))
    dated = sorted(
        (example for example in ordered if example.project_id in created_on),
        key=lambda example: (created_on[example.project_id], example.project_id),
    )
    cut = round(len(dated) * (1 - NEWEST_SHARE))
    older, newer = dated[:cut], dated[cut:]
    order = [domain.id for layer in taxonomy.layers for domain in layer.domains]
    newer_chosen = np.array([order.index(example.domain) for example in newer])
    return Evaluation(
        threshold,
        {name: _cross_validate(method, ordered, order) for name, method in methods.items()},
        {name: Trial(method(older, newer)[np.newaxis], newer_chosen) for name, method in methods.items()},
        newer,
        created_on[newer[0].project_id],
    )


def measures(trial: Trial, threshold: float) -> dict[str, Estimate]:
    """Measures of a trial, each with its interval.

    `ECE` is the mean distance of confidence and accuracy over ten bins of equal width, weighed by their size;
    `Brier` the mean squared distance of the probabilities to the curated domain, summed over domains (0 to 2).
    """
    generator = np.random.default_rng(SEED)
    count, domains_count = len(trial.chosen), trial.probabilities.shape[2]
    scores = _scores(trial)
    whole = _measure(scores, trial.chosen, np.arange(count), threshold, domains_count)
    samples = [
        _measure(scores, trial.chosen, generator.integers(0, count, count), threshold, domains_count)
        for _ in range(RESAMPLES)
    ]
    return {
        name: Estimate(value, *_bounds([sample[name] for sample in samples])) for name, value in whole.items()
    }


def folds(domains: Sequence[str], seed: int) -> np.ndarray:
    """Fold of each example: every domain is dealt out in turn, so that each fold holds its share of it."""
    places = list(range(len(domains)))
    random.Random(seed).shuffle(places)  # noqa: S311 - a repeatable shuffle, nothing secret
    places.sort(key=lambda place: domains[place])
    fold_of = np.zeros(len(domains), dtype=int)
    fold_of[places] = np.arange(len(domains)) % FOLDS
    return fold_of


def _methods(taxonomy: Taxonomy) -> dict[str, Method]:
    order = [domain.id for layer in taxonomy.layers for domain in layer.domains]

    def majority(known: Sequence[Example], asked: Sequence[Example]) -> np.ndarray:
        counts = Counter(example.domain for example in known)
        shares = np.array([counts[domain] for domain in order]) / len(known)
        return np.tile(shares, (len(asked), 1))

    def regression(known: Sequence[Example], asked: Sequence[Example]) -> np.ndarray:
        vectorizer = TfidfVectorizer(analyzer=str.split, sublinear_tf=True)
        model = LogisticRegression(C=10, class_weight="balanced", max_iter=500)
        model.fit(vectorizer.fit_transform(map(_document, known)), [example.domain for example in known])
        probabilities = np.zeros((len(asked), len(order)))
        places = [order.index(domain) for domain in model.classes_]
        probabilities[:, places] = model.predict_proba(vectorizer.transform(map(_document, asked)))
        return probabilities

    def classifier(known: Sequence[Example], asked: Sequence[Example]) -> np.ndarray:
        return train_classifier(known, taxonomy).probabilities([example.subject for example in asked])

    def strict(known: Sequence[Example], asked: Sequence[Example]) -> np.ndarray:
        shown = _without_terms_of(asked, known, taxonomy)
        return train_classifier(known, shown).probabilities([example.subject for example in asked])

    def text_alone(known: Sequence[Example], asked: Sequence[Example]) -> np.ndarray:
        return classifier(known, [_without_neighbours(example) for example in asked])

    return {
        "majority": majority,
        "TF-IDF with logistic regression": regression,
        "this classifier, without terms that only the tested projects use": strict,
        "this classifier, asked without neighbours": text_alone,
        CLASSIFIER: classifier,
    }


def _document(example: Example) -> str:
    return " ".join(document_of(fields_of(example.subject.text)))


def _without_neighbours(example: Example) -> Example:
    return replace(example, subject=replace(example.subject, neighbours=()))


def _without_terms_of(asked: Sequence[Example], known: Sequence[Example], taxonomy: Taxonomy) -> Taxonomy:
    """The taxonomy without terms that only the texts asked about contain.

    The authors of the terms had seen the labelled projects; this removes every term that could come from the tested
    ones.
    """
    vocabulary = build_vocabulary(taxonomy)
    only_asked = _terms_used(asked, vocabulary) - _terms_used(known, vocabulary)

    def kept(box: Category) -> dict[str, tuple[str, ...]]:
        return {
            "keywords": tuple(term for term in box.keywords if words_of(term) not in only_asked),
            "hints": tuple(term for term in box.hints if words_of(term) not in only_asked),
        }

    def domain_kept(domain: Domain) -> Domain:
        subdomains = tuple(box.model_copy(update=kept(box)) for box in domain.subdomains)
        return domain.model_copy(update={**kept(domain), "subdomains": subdomains})

    layers = tuple(
        layer.model_copy(update={"domains": tuple(map(domain_kept, layer.domains))})
        for layer in taxonomy.layers
    )
    return taxonomy.model_copy(update={"layers": layers})


def _terms_used(examples: Sequence[Example], vocabulary: Vocabulary) -> set[Words]:
    return {
        words_of(term.text)
        for example in examples
        for stretches in fields_of(example.subject.text).values()
        for words in stretches
        for term in vocabulary.terms_in(words)
    }


def _cross_validate(method: Method, examples: Sequence[Example], order: Sequence[str]) -> Trial:
    probabilities = np.zeros((REPEATS, len(examples), len(order)))
    for repeat in range(REPEATS):
        fold_of = folds([example.domain for example in examples], SEED + repeat)
        for fold in range(FOLDS):
            known = [example for example, at in zip(examples, fold_of, strict=True) if at != fold]
            asked = np.flatnonzero(fold_of == fold)
            probabilities[repeat, asked] = method(known, [examples[at] for at in asked.tolist()])
    return Trial(probabilities, np.array([order.index(example.domain) for example in examples]))


@dataclass(frozen=True, slots=True)
class _Scores:
    """The inputs of the measures, each of shape (repeats, projects).

    Attributes
    ----------
    first
        Index of the most probable domain.
    rank
        Place of the curated domain, 0 for the first.
    brier
        Squared distance of the probabilities to the curated domain.
    """

    first: np.ndarray
    rank: np.ndarray
    confidence: np.ndarray
    brier: np.ndarray


def _scores(trial: Trial) -> _Scores:
    ranked = np.argsort(-trial.probabilities, axis=2, kind="stable")
    truth = np.eye(trial.probabilities.shape[2])[trial.chosen]
    return _Scores(
        ranked[:, :, 0],
        (ranked == trial.chosen[:, np.newaxis]).argmax(axis=2),
        trial.probabilities.max(axis=2),
        ((trial.probabilities - truth) ** 2).sum(axis=2),
    )


def _measure(
    scores: _Scores, chosen: np.ndarray, sample: np.ndarray, threshold: float, domains_count: int
) -> dict[str, float]:
    rank, confidence = scores.rank[:, sample], scores.confidence[:, sample]
    is_right, is_assigned = rank == 0, confidence >= threshold
    return {
        "top-1": float(is_right.mean()),
        f"top-{SHOWN}": float((rank < SHOWN).mean()),
        "macro-F1": _macro_f1(scores.first[:, sample], chosen[sample], domains_count),
        "ECE": _calibration_error(confidence, is_right),
        "Brier": float(scores.brier[:, sample].mean()),
        "precision": float(is_right[is_assigned].mean()) if is_assigned.any() else float("nan"),
        "coverage": float(is_assigned.mean()),
    }


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    """The middle 95 % of the resamples in which the measure exists."""
    known = [value for value in values if not np.isnan(value)]
    if not known:
        return float("nan"), float("nan")
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def _macro_f1(first: np.ndarray, chosen: np.ndarray, domains_count: int) -> float:
    """Mean over the domains that occur, of all repeats together."""
    repeats = first.shape[0]
    predicted = np.bincount(first.ravel(), minlength=domains_count)
    actual = np.bincount(chosen, minlength=domains_count) * repeats
    right = np.bincount(np.tile(chosen, repeats)[(first == chosen).ravel()], minlength=domains_count)
    occurs = actual > 0
    return float((2 * right[occurs] / (predicted[occurs] + actual[occurs])).mean())


def _calibration_error(confidence: np.ndarray, is_right: np.ndarray) -> float:
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1).ravel()
    distance = np.bincount(bins, (is_right - confidence).ravel(), minlength=BINS)
    return float(np.abs(distance).sum() / bins.size)
