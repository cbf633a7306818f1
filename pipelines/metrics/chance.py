"""The chance that an estimate lies above a line, from its interval.

Belongs here: the arithmetic of an interval. Must not: a rule that acts on the chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Certainty:
    """When an estimate is sure enough for a verdict.

    Attributes
    ----------
    interval_level
        Level of the intervals of the estimates.
    least_probability
        A verdict needs at least this probability.
    """

    interval_level: float
    least_probability: float


def probability_above(
    mean: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    threshold: float,
    interval_level: float,
) -> NDArray[np.float64]:
    """Probability that the true value is above a threshold, its logarithm being normal around the mean's.

    Parameters
    ----------
    mean, low, high
        Estimates with the ends of their intervals, above 0; NaN is unknown. Where both ends are equal the value is
        known, and the probability is 0 or 1.
    threshold
        The line, above 0.
    interval_level
        Level of the intervals, such as 0.8.

    Returns
    -------
    numpy.ndarray
        Between 0 and 1; NaN where `mean` is.

    Examples
    --------
    >>> import numpy as np
    >>> probability_above(np.array([10.0]), np.array([8.0]), np.array([12.5]), 8.0, 0.8).round(3)
    array([0.9])
    """
    is_sure = low >= high
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.log(high / low) / (2 * ndtri((1 + interval_level) / 2))
        chance = ndtr(np.log(mean / threshold) / spread)
    known = np.where(is_sure, (mean > threshold).astype(np.float64), chance)
    return np.where(np.isnan(mean), np.nan, known)
