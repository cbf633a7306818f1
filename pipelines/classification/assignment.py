"""From probabilities to an assignment: the first domain, or none if it is not probable enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.floor.messages import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.classification.model import Classifier, Subject
    from pipelines.seeds.taxonomies import Taxonomy

SHOWN = 3
"""Domains that are always given."""

CONFIDENCE_DECIMALS = 4
"""Digits of a probability that are written down."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """The domain assigned to a subject in one version of the taxonomy.

    Attributes
    ----------
    ranked
        The most probable domains, English names with their probabilities, the first first.
    layer, domain
        English names; None if unclassified.
    confidence
        Calibrated probability of the first domain.
    reasons
        With their values.
    """

    ranked: tuple[tuple[str, float], ...]
    layer: str | None
    domain: str | None
    confidence: float
    reasons: tuple[Message, ...]

    def overruled_by(self, layer: str, domain: str, reason: Message) -> Assignment:
        """The same subject under a curated label: its domain comes first, and it is certain."""
        others = tuple(one for one in self.ranked if one[0] != domain)
        return Assignment(((domain, 1.0), *others)[:SHOWN], layer, domain, 1.0, (reason,))


def assign_domain(
    classifier: Classifier, boxes: Mapping[str, tuple[str, str]], subject: Subject, threshold: float
) -> Assignment:
    """Assign the most probable domain if its probability is at least `threshold`.

    Parameters
    ----------
    classifier
        The fitted model.
    boxes
        English names of layer and domain by id of the domain, as `boxes_of` gives them.
    subject
        A subject without any text and without neighbours is never assigned: a name alone proves nothing.
    threshold
        Lowest probability of an assigned domain, from 0 to 1.
    """
    prediction = classifier.predict(subject)
    ranked = tuple((boxes[domain][1], probability) for domain, probability in prediction.ranked[:SHOWN])
    first, confidence = prediction.ranked[0]
    if subject.text.is_silent and not subject.neighbours:
        return Assignment(ranked, None, None, confidence, (Message("domain.silent"),))
    if confidence < threshold:
        nearest = tuple(
            Message("domain.nearest", {"name": name, "probability": probability})
            for name, probability in ranked
        )
        verdict = Message("domain.none_reached", {"threshold": threshold, "nearest": nearest})
        return Assignment(ranked, None, None, confidence, (verdict, *prediction.reasons))
    layer, domain = boxes[first]
    return Assignment(ranked, layer, domain, confidence, prediction.reasons)


def boxes_of(taxonomy: Taxonomy) -> dict[str, tuple[str, str]]:
    """English names of layer and domain by id of the domain."""
    return {
        domain.id: (layer.name.en, domain.name.en) for layer in taxonomy.layers for domain in layer.domains
    }
