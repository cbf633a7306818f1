"""The classifier: evidence of several kinds, weighed on curated labels, as calibrated probabilities.

Belongs here: fitting and predicting. Must not: the terms (seeds), or where texts come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from pipelines.classification.neighbours import Neighbour, neighbour_evidence
from pipelines.classification.text import Field, Fields, RepositoryText, fields_of
from pipelines.classification.vocabulary import Term, Vocabulary, build_vocabulary
from pipelines.classification.wording import Wording, document_of, fit_wording
from pipelines.floor.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.seeds.taxonomies import Taxonomy


class Kind(IntEnum):
    """Kind of evidence; each has one weight, the same for every domain."""

    TOPICS = 0
    HEAD = 1
    REST = 2
    NAME = 3
    HINTS = 4
    WORDING = 5
    NEIGHBOURS = 6
    BASE_RATE = 7


PRIOR_WEIGHTS = np.array([1.0, 1.5, 0.8, 1.0, 0.7, 10.0, 0.3, 0.3])
"""The presumed weight of each kind before any label is seen, by `Kind`: topics and the head of the description
name the thing, the rest of it describes."""
PRIOR_STRENGTH = np.array([3.0, 3.0, 3.0, 3.0, 3.0, 0.03, 30.0, 3.0])
"""Ridge that holds the weights to the prior ones, in the scale of each kind. Neighbours are held hardest: among the
labelled projects most people work where most projects are, and newer projects gather them from everywhere."""
HALF = 0.5
"""The weight of a term in texts that wander: a README, or a hint in the further description."""
NEWTON_STEPS = 50
_CONVERGED = 1e-9
_FOLDS = 5
_WORDS_NAMED = 4
_NEIGHBOURS_NAMED = 3

_KIND_OF_FIELD = {
    Field.TOPICS: Kind.TOPICS,
    Field.HEAD: Kind.HEAD,
    Field.REST: Kind.REST,
    Field.NAME: Kind.NAME,
    Field.README: Kind.REST,
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject to classify."""

    text: RepositoryText
    neighbours: tuple[Neighbour, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A project with the id of the domain that people gave it."""

    project_id: str
    subject: Subject
    domain: str


@dataclass(frozen=True, slots=True)
class Found:
    """A term in a field."""

    term: Term
    field: Field


@dataclass(frozen=True, slots=True)
class Prediction:
    """Domains from the most to the least probable, and what speaks for the first.

    Attributes
    ----------
    ranked
        Every domain id with its probability; they sum to 1.
    reasons
        Each with its contribution to the log-odds of the first domain.
    """

    ranked: tuple[tuple[str, float], ...]
    reasons: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Classifier:
    """A fitted model: the probability of a domain is the softmax of its weighed evidence."""

    vocabulary: Vocabulary
    wording: Wording
    domain_of: Mapping[str, str]
    base_rates: Mapping[str, float]
    weights: np.ndarray

    def probabilities(self, subjects: Sequence[Subject]) -> np.ndarray:
        """Shape (subjects, domains), rows sum to 1; domains in the order of the taxonomy."""
        evidence = np.stack([self._evidence(subject, fields_of(subject.text)) for subject in subjects])
        return softmax(evidence @ self.weights)

    def predict(self, subject: Subject) -> Prediction:
        """Rank the domains and say why the first is first."""
        fields = fields_of(subject.text)
        evidence = self._evidence(subject, fields)
        probabilities = softmax(evidence @ self.weights)
        # A stable sort keeps the order of the taxonomy among equals.
        order = np.argsort(-probabilities, kind="stable")
        domains = self.vocabulary.domains
        contributions = (evidence - evidence.mean(axis=0))[order[0]] * self.weights
        return Prediction(
            tuple((domains[at], float(probabilities[at])) for at in order),
            tuple(self._reasons(subject, fields, int(order[0]), contributions)),
        )

    def _evidence(self, subject: Subject, fields: Fields) -> np.ndarray:
        """Shape (domains, kinds)."""
        evidence = _term_evidence(_terms_in(fields, self.vocabulary), self.vocabulary.domains)
        evidence[:, Kind.WORDING] = self.wording.similarities(document_of(fields))
        if subject.neighbours:
            evidence[:, Kind.NEIGHBOURS] = neighbour_evidence(
                subject.neighbours, self.domain_of, self.base_rates
            )
        evidence[:, Kind.BASE_RATE] = np.log(list(self.base_rates.values()))
        return evidence

    def _reasons(
        self, subject: Subject, fields: Fields, at: int, contributions: np.ndarray
    ) -> Iterator[Message]:
        """The evidence for the domain at index `at`, each kind with its excess over the mean of all domains."""
        domain, found = self.vocabulary.domains[at], _terms_in(fields, self.vocabulary)
        spoken = [one for one in found if domain in one.term.domains]
        for kind, code in (
            (Kind.TOPICS, "domain.topics"),
            (Kind.HEAD, "domain.description"),
            (Kind.REST, "domain.rest"),
            (Kind.NAME, "domain.name"),
        ):
            terms = [
                one.term.text for one in spoken if not one.term.is_hint and _KIND_OF_FIELD[one.field] is kind
            ]
            if terms:
                yield _by_terms(code, terms, contributions[kind])
        hints = [one.term.text for one in spoken if one.term.is_hint]
        if hints:
            yield _by_terms("domain.hints", hints, contributions[Kind.HINTS])
        neighbours = sorted(
            (one for one in subject.neighbours if self.domain_of.get(one.project_id) == domain),
            key=lambda one: (-one.shared_people_count, one.project_id),
        )
        if neighbours:
            named = tuple(
                Message(
                    "domain.neighbour",
                    {"people_count": one.shared_people_count, "project_id": one.project_id},
                )
                for one in neighbours[:_NEIGHBOURS_NAMED]
            )
            yield Message(
                "domain.neighbours", {"neighbours": named, "gain": float(contributions[Kind.NEIGHBOURS])}
            )
        words = self.wording.telling_words(document_of(fields), at, _WORDS_NAMED)
        if words:
            yield _by_terms("domain.wording", words, contributions[Kind.WORDING])


def train_classifier(examples: Sequence[Example], taxonomy: Taxonomy) -> Classifier:
    """Fit on curated labels and the taxonomy's own words.

    Parameters
    ----------
    examples
        Labelled projects; none is needed, but without any the weights stay as presumed.
    taxonomy
        Terms, definitions and the order of the domains.

    Notes
    -----
    The weights maximise the conditional likelihood of the labels, held to the prior weights by a ridge:
    D. McFadden, Conditional logit analysis of qualitative choice behavior, 1974. The wording an example is
    weighed with comes from centroids that have not seen it, since those that have would look too reliable.
    """
    vocabulary = build_vocabulary(taxonomy)
    ordered = sorted(examples, key=lambda example: (example.domain, example.project_id))
    fields = [fields_of(example.subject.text) for example in ordered]
    documents = [document_of(one) for one in fields]
    labels = [example.domain for example in ordered]
    domain_of = {example.project_id: example.domain for example in ordered}
    base_rates = _base_rates(labels, vocabulary.domains)
    classifier = Classifier(
        vocabulary, fit_wording(documents, labels, taxonomy), domain_of, base_rates, PRIOR_WEIGHTS
    )
    if not ordered:
        return classifier
    evidence = np.stack(
        [classifier._evidence(example.subject, one) for example, one in zip(ordered, fields, strict=True)]
    )
    for fold in range(min(_FOLDS, len(ordered))):
        inside = [at for at in range(len(ordered)) if at % _FOLDS != fold]
        wording = fit_wording([documents[at] for at in inside], [labels[at] for at in inside], taxonomy)
        for at in range(fold, len(ordered), _FOLDS):
            evidence[at, :, Kind.WORDING] = wording.similarities(documents[at])
    chosen = np.array([vocabulary.domains.index(label) for label in labels])
    return Classifier(vocabulary, classifier.wording, domain_of, base_rates, fit_weights(evidence, chosen))


def fit_weights(evidence: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Weights of the kinds of evidence by penalised maximum likelihood, with Newton's method.

    Parameters
    ----------
    evidence
        Shape (examples, domains, kinds).
    chosen
        Index of each example's domain.

    Returns
    -------
    numpy.ndarray
        Shape (kinds,).
    """
    weights = PRIOR_WEIGHTS
    for _ in range(NEWTON_STEPS):
        probabilities = softmax(evidence @ weights)
        expected = np.einsum("nd,ndk->nk", probabilities, evidence)
        gradient = (evidence[np.arange(len(chosen)), chosen] - expected).sum(axis=0)
        gradient -= PRIOR_STRENGTH * (weights - PRIOR_WEIGHTS)
        curvature = np.einsum("nd,ndk,ndl->kl", probabilities, evidence, evidence) - expected.T @ expected
        step = np.linalg.solve(curvature + np.diag(PRIOR_STRENGTH), gradient)
        weights = weights + step
        if np.abs(step).max() < _CONVERGED:
            break
    return weights


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities over the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _terms_in(fields: Fields, vocabulary: Vocabulary) -> list[Found]:
    """Each term once a field, in the order of the text."""
    found = {
        (field, term.text): Found(term, field)
        for field in Field
        for words in fields[field]
        for term in vocabulary.terms_in(words)
    }
    return list(found.values())


def _term_evidence(found: Sequence[Found], domains: Sequence[str]) -> np.ndarray:
    """Sums of term weights by domain and kind; the logarithm keeps a list of synonyms from shouting."""
    sums = np.zeros((len(domains), len(Kind)))
    for one in found:
        kind = Kind.HINTS if one.term.is_hint else _KIND_OF_FIELD[one.field]
        wanders = one.field is Field.README or (one.term.is_hint and one.field is Field.REST)
        for domain in one.term.domains:
            sums[domains.index(domain), kind] += one.term.weight * (HALF if wanders else 1.0)
    return np.log1p(sums)


def _base_rates(labels: Sequence[str], domains: Sequence[str]) -> dict[str, float]:
    """Share of each domain, one added to each count so that none is impossible."""
    return {domain: (labels.count(domain) + 1) / (len(labels) + len(domains)) for domain in domains}


def _by_terms(code: str, terms: Sequence[str], gain: float) -> Message:
    """The terms, each once and in quotes, with their contribution to the log-odds."""
    quoted = tuple(f"'{term}'" for term in dict.fromkeys(terms))
    return Message(code, {"terms": quoted, "gain": float(gain)})
