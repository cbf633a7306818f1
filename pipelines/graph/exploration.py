"""From seeds to further repositories by following people: what counts as found, what leads on, and when to stop.

A hop starts from a frontier, a set of repositories; the first is the seeds. A person active in one of them leads
to every other repository the person is active in. The best of those are found, and become the next frontier.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from pipelines.graph.association import compute_association
from pipelines.graph.repository_kind import RepositoryKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.seeds.parameters import ExplorationRules

LEADING_KINDS = (RepositoryKind.SOFTWARE, RepositoryKind.UNKNOWN)
"""Kinds that a search goes on from: people meet in a list or a copy without working together."""


class Stop(StrEnum):
    """Which rule ended a search."""

    HOPS = "hops"
    """As many hops as asked for."""
    NOTHING_FOUND = "nothing_found"
    """A hop found no repository above the thresholds."""
    NOTHING_LEADS_ON = "nothing_leads_on"
    """A hop found lists, documentation and copies alone."""


def rank_reached(
    reached: pl.DataFrame, frontier_people_count: int, sharing_rate: float, rules: ExplorationRules
) -> pl.DataFrame:
    """Repositories that a frontier shares enough people with, the most closely associated first.

    Parameters
    ----------
    reached
        ``repo_id``, ``people_count``, ``shared_people_count``: repositories outside the frontier, their people, and
        how many of these are active in the frontier as well.
    frontier_people_count
        People active in the frontier.
    sharing_rate
        `pipelines.graph.association.compute_sharing_rate` of everybody, the frontier counted as one repository.
    rules
        Thresholds.

    Returns
    -------
    pl.DataFrame
        Those above both thresholds, with ``rank`` from 1, ``frontier_people_count``, and ``association``,
        ``expected_people_count`` and ``p_value`` as `pipelines.graph.association.compute_association` defines them
        of the frontier and the repository. Sorted by association, then shared people, then the smaller number of
        the repository. A search finds the first ``limit_per_hop`` of them.

    Examples
    --------
    Of 4 people in the frontier 2 are among the 4 of repository 8 and 1 among the 100 of repository 9.

    >>> import polars as pl
    >>> from pipelines.seeds.parameters import ExplorationRules
    >>> rules = ExplorationRules(hops=1, limit_per_hop=50, least_shared_people=1, largest_p_value=0.1)
    >>> reached = pl.DataFrame({"repo_id": [9, 8], "people_count": [100, 4], "shared_people_count": [1, 2]})
    >>> rank_reached(reached, 4, 0.001, rules).select("rank", "repo_id", "association").rows()
    [(1, 8, 0.5)]
    """
    pairs = reached.rename({"people_count": "people_b_count"}).with_columns(
        people_a_count=pl.lit(frontier_people_count, pl.Int64)
    )
    return (
        compute_association(pairs, sharing_rate)
        .filter(
            pl.col("shared_people_count") >= rules.least_shared_people,
            pl.col("p_value") <= rules.largest_p_value,
        )
        .sort("association", "shared_people_count", "repo_id", descending=[True, True, False])
        .with_row_index("rank", offset=1)
        .select(
            "repo_id",
            pl.col("rank").cast(pl.Int64),
            "shared_people_count",
            people_count="people_b_count",
            frontier_people_count="people_a_count",
            association="association",
            expected_people_count="expected_people_count",
            p_value="p_value",
        )
    )


def choose_parents(links: pl.DataFrame) -> dict[int, int]:
    """Through which repository of the frontier each repository is reached most strongly.

    Parameters
    ----------
    links
        A row for each pair with a shared person: ``repo_id`` and its ``people_b_count``, ``parent_id`` in the
        frontier and its ``people_a_count``, ``shared_people_count``.

    Returns
    -------
    dict of int to int
        Parent by repository: the one with the highest association, then the most shared people, then the smaller
        number.

    Examples
    --------
    Two people of 4 tie a repository of 9 people closer to it than three people of 36 do.

    >>> import polars as pl
    >>> links = pl.DataFrame({"repo_id": [9, 9], "people_b_count": [9, 9], "parent_id": [1, 2],
    ...     "people_a_count": [36, 4], "shared_people_count": [3, 2]})
    >>> choose_parents(links)
    {9: 2}
    """
    strongest_first = compute_association(links, sharing_rate=0.0).sort(
        "repo_id",
        "association",
        "shared_people_count",
        "parent_id",
        descending=[False, True, True, False],
    )
    chosen = strongest_first.unique("repo_id", keep="first", maintain_order=True)
    return dict(chosen.select("repo_id", "parent_id").iter_rows())


def extend_paths(
    paths: Mapping[int, tuple[int, ...]], parents: Mapping[int, int]
) -> dict[int, tuple[int, ...]]:
    """Numbers of the repositories from a seed to each found one, both included.

    Parameters
    ----------
    paths
        Of the frontier; a seed's path is the seed.
    parents
        As `choose_parents`.
    """
    return {repo_id: (*paths[parent_id], repo_id) for repo_id, parent_id in parents.items()}


def stop_after(hop: int, found: Mapping[int, RepositoryKind], hops: int) -> Stop | None:
    """Which rule ends the search after `hop`, if any.

    Parameters
    ----------
    hop
        From 1.
    found
        Kind of each repository that the hop found.
    hops
        As many hops as asked for.
    """
    if not found:
        return Stop.NOTHING_FOUND
    if hop >= hops:
        return Stop.HOPS
    if not any(kind in LEADING_KINDS for kind in found.values()):
        return Stop.NOTHING_LEADS_ON
    return None
