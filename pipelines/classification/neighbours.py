"""Where a project's people also work, as evidence for its domain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PRIOR_PEOPLE = 200.0
"""Shared people that the base rates are worth: a few dozen move the vote, they do not decide it."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A project that shares people with another."""

    project_id: str
    shared_people_count: int


def neighbour_evidence(
    neighbours: Sequence[Neighbour], domain_of: Mapping[str, str], base_rates: Mapping[str, float]
) -> np.ndarray:
    """How much more often than usual the shared people work in each domain.

    Parameters
    ----------
    neighbours
        Projects that share people with the one in question.
    domain_of
        Domain of each labelled project; neighbours without a label have no vote.
    base_rates
        Share of each domain among the labelled projects, in the order of the result.

    Returns
    -------
    numpy.ndarray
        Log of the smoothed share over the base rate, one value a domain; zeros without a vote.
    """
    votes = dict.fromkeys(base_rates, 0.0)
    for neighbour in neighbours:
        if neighbour.project_id in domain_of:
            votes[domain_of[neighbour.project_id]] += neighbour.shared_people_count
    total = sum(votes.values())
    return np.array(
        [
            np.log((votes[domain] + PRIOR_PEOPLE * rate) / ((total + PRIOR_PEOPLE) * rate))
            for domain, rate in base_rates.items()
        ]
    )
