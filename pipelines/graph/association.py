"""How closely two repositories or projects belong together by the people they share, beyond what size explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from scipy.special import pdtrc

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def compute_sharing_rate(repositories_counts: pl.Series) -> float:
    """Shared people to be expected between two repositories with one person each.

    Parameters
    ----------
    repositories_counts
        For each person, in how many repositories (or projects) the person is active: at least 1.

    Returns
    -------
    float
        Σ d·(d − 1) / (Σ d)² with d the counts; 0 if nobody is active.

    Notes
    -----
    People and repositories form a bipartite graph. Let every person keep the number of repositories and every
    repository the number of people, and let chance draw who meets whom. Then a person with d of the M = Σ d activities
    is one of the n people of a repository with probability n·d / M, and of two repositories with n_a·n_b·d·(d − 1) /
    M². Summed over all pairs of repositories, the expectation is at most the number of shared people in the graph.

    References
    ----------
    Chung and Lu, Connected components in random graphs with given expected degree sequences, Annals of
    Combinatorics 6 (2002).

    Examples
    --------
    Three people are active in 1, 2 and 3 repositories, six activities in all: (0 + 2 + 6) / 36.

    >>> import polars as pl
    >>> round(compute_sharing_rate(pl.Series([1, 2, 3])), 4)
    0.2222
    """
    counts = repositories_counts.cast(pl.Float64).to_numpy()
    activities = float(counts.sum())
    return float((counts * (counts - 1)).sum()) / activities**2 if activities else 0.0


def compute_association(pairs: pl.DataFrame, sharing_rate: float) -> pl.DataFrame:
    """Measure how far the people that each pair shares exceed what the sizes of the two explain.

    Parameters
    ----------
    pairs
        Has ``shared_people_count``, ``people_a_count`` and ``people_b_count``, each at least 1; may have more.
    sharing_rate
        Of the graph the pairs are from: see `compute_sharing_rate`.

    Returns
    -------
    pl.DataFrame
        `pairs`, in its order, with

        - ``jaccard``: shared people over the people of either;
        - ``association``: Ochiai's coefficient, shared / √(n_a·n_b), 0 to 1: the cosine of the two sets of people;
        - ``expected_people_count``: people that two of these sizes share by chance, n_a·n_b·`sharing_rate`;
        - ``p_value``: probability to share that many or more by chance, from the Poisson distribution. It judges each
          pair on its own: of k pairs without any tie, k·p are at or below p.

    References
    ----------
    Ochiai, Zoogeographical studies on the soleoid fishes found in Japan and its neighbouring regions, Bulletin of
    the Japanese Society of Scientific Fisheries 22 (1957).

    Examples
    --------
    Of 4 and 9 people 3 are shared, where the rate lets 4 · 9 / 36 = 1 be expected. Jaccard: 3 of 4 + 9 − 3 = 10.
    Ochiai: 3 / √36. Three or more where one is expected: 1 − e⁻¹·(1 + 1 + ½).

    >>> import polars as pl
    >>> pair = pl.DataFrame({"shared_people_count": [3], "people_a_count": [4], "people_b_count": [9]})
    >>> found = compute_association(pair, 1 / 36)
    >>> found.select(pl.col("jaccard", "association", "expected_people_count", "p_value").round(4)).row(0)
    (0.3, 0.5, 1.0, 0.0803)
    """
    shared, people_a, people_b = (
        pl.col(column) for column in ("shared_people_count", "people_a_count", "people_b_count")
    )
    product = people_a.cast(pl.Float64) * people_b
    measured = pairs.with_columns(
        jaccard=shared / (people_a + people_b - shared),
        association=shared / product.sqrt(),
        expected_people_count=product * sharing_rate,
    )
    return measured.with_columns(p_value=pl.Series(_at_least(measured), dtype=pl.Float64))


def _at_least(measured: pl.DataFrame) -> NDArray[np.float64]:
    shared = measured["shared_people_count"].cast(pl.Float64).to_numpy()
    # The tail of the Poisson distribution; `scipy.stats` has it as well and takes a second to import.
    tail: NDArray[np.float64] = pdtrc(shared - 1, measured["expected_people_count"].to_numpy())
    return tail
