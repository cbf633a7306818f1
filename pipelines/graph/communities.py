"""Groups of projects that share people with each other more than with the rest, and how sure the groups are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import polars as pl

from pipelines.graph.network import pairs_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pipelines.seeds.parameters import CommunityParameters

_LEADERS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Communities:
    """The partition that is most like what all runs found.

    Attributes
    ----------
    number
        Community of each project that shares people with any, from 1, the largest; of equal ones the one with the
        smallest project id comes first.
    stability
        Of each of these projects: how like its community in this partition is to its community in the other runs,
        as the mean over those runs of the members in both over the members in either.
    modularity
        Of the partition; None without edges.
    agreement
        Mean adjusted Rand index of the partition with those of the other runs: 1 if all are alike, about 0 if they
        agree by chance alone; None without edges.
    partitions_count
        Different partitions that the runs found.
    """

    number: Mapping[str, int]
    stability: Mapping[str, float]
    modularity: float | None
    agreement: float | None
    partitions_count: int


def find_communities(network: nx.Graph[str], parameters: CommunityParameters) -> Communities:
    """Partition a network by modularity, once for each of several seeds, and measure how far the runs agree.

    Parameters
    ----------
    network
        Projects, joined with a ``weight``. Isolated ones belong to no community.
    parameters
        Number of runs, and resolution.

    Notes
    -----
    The Louvain method visits projects in random order, so one run shows one of several partitions that are almost
    equally good. Of all runs the one with the highest mean adjusted Rand index with the others is kept; of equal
    ones, that with the higher modularity.

    References
    ----------
    Blondel, V. D., Guillaume, J.-L., Lambiotte, R., Lefebvre, E. (2008). Fast unfolding of communities in large
    networks. J. Stat. Mech. P10008. Hubert, L., Arabie, P. (1985). Comparing partitions. J. of Classification 2.
    """
    joined = sorted(project_id for project_id, degree in network.degree() if degree)
    if not joined:
        return Communities({}, {}, None, None, 0)
    # Numbered projects: sets of numbers have the same order in every process, sets of strings have not.
    place = {project_id: index for index, project_id in enumerate(joined)}
    numbered: nx.Graph[int] = nx.Graph()
    numbered.add_nodes_from(range(len(joined)))
    numbered.add_weighted_edges_from((place[a], place[b], weight) for a, b, weight in pairs_of(network))
    runs = Counter(_partition(numbered, seed, parameters.resolution) for seed in _seeds(parameters))
    kept, agreement = _most_alike(runs, numbered, parameters.resolution)
    stability = _stability(kept, runs)
    return Communities(
        number={project_id: kept[index] + 1 for project_id, index in place.items()},
        stability={project_id: float(stability[index]) for project_id, index in place.items()},
        modularity=_modularity(numbered, kept, parameters.resolution),
        agreement=agreement,
        partitions_count=len(runs),
    )


_Partition = tuple[int, ...]
"""Community of each numbered project: 0 is the largest, of equal ones that with the smallest member."""


def _seeds(parameters: CommunityParameters) -> range:
    return range(1, parameters.runs_count + 1)


def _partition(network: nx.Graph[int], seed: int, resolution: float) -> _Partition:
    found = nx.community.louvain_communities(network, weight="weight", resolution=resolution, seed=seed)
    community = [0] * len(network)
    for number, members in enumerate(sorted(found, key=lambda members: (-len(members), min(members)))):
        for member in members:
            community[member] = number
    return tuple(community)


def _most_alike(
    runs: Counter[_Partition], network: nx.Graph[int], resolution: float
) -> tuple[_Partition, float]:
    """The partition most like those of all other runs, and its mean adjusted Rand index with them."""
    partitions = sorted(runs)
    copies = np.array([runs[partition] for partition in partitions])
    likeness = np.ones((len(partitions), len(partitions)))
    for (row, one), (column, other) in combinations(enumerate(map(np.array, partitions)), 2):
        likeness[row, column] = likeness[column, row] = adjusted_rand_index(one, other)
    # A run is not compared with itself.
    means = (likeness @ copies - 1) / (copies.sum() - 1)
    best = max(
        range(len(partitions)),
        key=lambda index: (means[index], _modularity(network, partitions[index], resolution)),
    )
    return partitions[best], float(means[best])


def adjusted_rand_index(one: NDArray[np.int_], other: NDArray[np.int_]) -> float:
    """How far two partitions of the same members agree beyond chance: 1 for equal ones, about 0 for random ones.

    Parameters
    ----------
    one, other
        Community of each member, numbered from 0.

    Notes
    -----
    The same numbers as ``sklearn.metrics.adjusted_rand_score``, which spends a hundred times as long on checks.

    Examples
    --------
    >>> adjusted_rand_index(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
    1.0
    >>> adjusted_rand_index(np.array([0, 0, 1, 2]), np.array([0, 0, 1, 1]))
    0.5714285714285714
    """

    def squares(counts: NDArray[np.int_]) -> int:
        return int(counts @ counts)

    together = squares(np.bincount(one * (int(other.max()) + 1) + other))
    only_one, only_other = squares(np.bincount(one)) - together, squares(np.bincount(other)) - together
    if not only_one and not only_other:
        return 1.0
    both = together - len(one)
    neither = len(one) ** 2 - only_one - only_other - together
    return (
        2.0
        * (both * neither - only_one * only_other)
        / ((both + only_one) * (only_one + neither) + (both + only_other) * (only_other + neither))
    )


def _modularity(network: nx.Graph[int], partition: _Partition, resolution: float) -> float:
    members: dict[int, set[int]] = {}
    for member, number in enumerate(partition):
        members.setdefault(number, set()).add(member)
    return float(nx.community.modularity(network, members.values(), weight="weight", resolution=resolution))


def _stability(kept: _Partition, runs: Counter[_Partition]) -> NDArray[np.float64]:
    """Likeness of each member's community with its communities in the runs other than the one kept."""
    in_kept = _companions(kept)
    total = -np.ones(len(kept))
    for partition, copies in sorted(runs.items()):
        in_run = _companions(partition)
        total += copies * (in_kept & in_run).sum(axis=1) / (in_kept | in_run).sum(axis=1)
    return total / (runs.total() - 1)


def _companions(partition: _Partition) -> NDArray[np.bool_]:
    """For each pair of members whether they are in one community."""
    numbers = np.array(partition)
    together: NDArray[np.bool_] = np.equal.outer(numbers, numbers)
    return together


def describe_communities(
    nodes: pl.DataFrame, edges: pl.DataFrame, names: Mapping[str, str], domains: Mapping[str, str]
) -> pl.DataFrame:
    """What holds each community of one network together.

    Parameters
    ----------
    nodes
        ``project_id, community, community_stability_ratio, weighted_degree`` of a network.
    edges
        ``project_a, project_b, shared_people_count`` of the same network.
    names
        Name of each project, as people write it.
    domains
        Domain of each labelled project.

    Returns
    -------
    pl.DataFrame
        ``community``; ``name``, the projects with the highest weighted degree, three at most; ``projects_count``;
        ``domain``, the commonest among its projects (of equally common ones the first by name), and
        ``domain_ratio``, the share of its projects that are labelled with it, null where none is labelled;
        ``inside_weight_ratio``, the share of its projects' weighted degree that stays inside; ``stability_ratio``,
        the mean of its projects. Ordered by community.
    """
    members: dict[int, list[str]] = {}
    strength = dict(nodes.select("project_id", "weighted_degree").iter_rows())
    stability = dict(nodes.select("project_id", "community_stability_ratio").iter_rows())
    community = dict(nodes.select("project_id", "community").drop_nulls().sort("project_id").iter_rows())
    for project_id, number in community.items():
        members.setdefault(number, []).append(project_id)
    inside: Counter[int] = Counter()
    for a, b, shared in edges.select("project_a", "project_b", "shared_people_count").iter_rows():
        if community[a] == community[b]:
            inside[community[a]] += 2 * shared
    rows = []
    for number, ids in sorted(members.items()):
        leaders = sorted(ids, key=lambda project_id: (-strength[project_id], project_id))[:_LEADERS_NAMED]
        domain, share = _commonest([domains[one] for one in ids if one in domains], len(ids))
        rows.append(
            (
                number,
                ", ".join(names[leader] for leader in leaders),
                len(ids),
                domain,
                share,
                inside[number] / sum(strength[one] for one in ids),
                sum(stability[one] for one in ids) / len(ids),
            )
        )
    return pl.DataFrame(
        rows,
        schema={
            "community": pl.Int64,
            "name": pl.String,
            "projects_count": pl.Int64,
            "domain": pl.String,
            "domain_ratio": pl.Float64,
            "inside_weight_ratio": pl.Float64,
            "stability_ratio": pl.Float64,
        },
        orient="row",
    )


def _commonest(labels: Sequence[str], members_count: int) -> tuple[str | None, float | None]:
    if not labels:
        return None, None
    domain, count = min(Counter(labels).items(), key=lambda found: (-found[1], found[0]))
    return domain, count / members_count
