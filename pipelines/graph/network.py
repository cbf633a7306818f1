"""The collaboration network of a landscape: which projects are central by which measure, and which are at the edge."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import networkx as nx
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MEASURES = (
    "degree",
    "weighted_degree",
    "betweenness",
    "closeness",
    "pagerank",
    "clustering",
    "core_number",
)
"""Names of the measures of `compute_measures`, which are also columns of ``graph_nodes``."""

_MEASURE_TYPES = {
    "project_id": pl.String,
    "degree": pl.Int64,
    "weighted_degree": pl.Int64,
    "betweenness": pl.Float64,
    "closeness": pl.Float64,
    "pagerank": pl.Float64,
    "clustering": pl.Float64,
    "core_number": pl.Int64,
}

_PAGERANK_TOLERANCE, _PAGERANK_STEPS = 1e-12, 1_000
"""With the usual damping of 0.85 every step shrinks the error to 0.85 of it: 1,000 are far more than needed."""


def build_network(edges: pl.DataFrame, project_ids: Iterable[str]) -> nx.Graph[str]:
    """Projects joined by the people they share.

    Parameters
    ----------
    edges
        ``project_a, project_b, shared_people_count`` (above 0) of one window and source, each pair once.
    project_ids
        Projects that belong to the network even if they share nobody. Every project with an edge belongs to it anyway.

    Returns
    -------
    networkx.Graph
        In the order of the project ids, independent of the order of the rows. Each edge has a ``weight``, the shared
        people, and a ``distance``, one over it.
    """
    pairs = sorted(edges.select("project_a", "project_b", "shared_people_count").iter_rows())
    network: nx.Graph[str] = nx.Graph()
    network.add_nodes_from(sorted({*project_ids, *(one for *pair, _ in pairs for one in pair)}))
    network.add_edges_from((a, b, {"weight": shared, "distance": 1 / shared}) for a, b, shared in pairs)
    return network


def pairs_of(network: nx.Graph[str]) -> list[tuple[str, str, int]]:
    """Every pair that shares people, in order, with its weight."""
    weights: dict[tuple[str, str], int] = nx.get_edge_attributes(network, "weight")
    pairs = ((min(pair), max(pair), shared) for pair, shared in weights.items())
    return sorted(pairs)


def isolated_projects(network: nx.Graph[str]) -> list[str]:
    """Projects that share nobody, in order."""
    return sorted(nx.isolates(network))


def compute_measures(network: nx.Graph[str]) -> pl.DataFrame:
    """Every measure of every project.

    Parameters
    ----------
    network
        As `build_network` gives it.

    Returns
    -------
    pl.DataFrame
        ``project_id`` and `MEASURES`, ordered by project.

    Notes
    -----
    "The core of the network" depends on the measure:

    degree
        Projects it shares people with. Plain edges: 20 people count as much as 800.
    weighted_degree
        Sum of the shared people of its edges; a person shared with two projects counts twice.
    betweenness
        Share of the shortest paths between all other pairs that lead through it; of equal ones each counts in part.
        A strong edge is short: its length is one over the shared people.
    closeness
        One over the mean length, so measured, of the shortest paths to the projects it reaches, times their share
        of all others (Wasserman and Faust), so that two projects that have only each other are not central.
    pagerank
        How often a random walk visits the project: it moves from project to project in proportion to the shared people,
        and with a chance of 0.15 jumps to any project. It sums to 1.
    clustering
        Share of the pairs of its neighbours that share people themselves; unknown with fewer than two neighbours.
        Plain edges.
    core_number
        The largest k such that it belongs to a group in which everybody has k neighbours or more. Plain edges.

    References
    ----------
    Freeman, L. C. (1978). Centrality in social networks: conceptual clarification. Social Networks 1, 215-239.
    Brandes, U. (2001). A faster algorithm for betweenness centrality. J. of Mathematical Sociology 25, 163-177.
    Seidman, S. B. (1983). Network structure and minimum degree. Social Networks 5, 269-287.
    Wasserman, S., Faust, K. (1994). Social network analysis. Cambridge University Press, 201.

    Examples
    --------
    Three projects that all share people, and one that shares 5 with the first of them alone:

    >>> triangle_and_tail = pl.DataFrame(
    ...     {
    ...         "project_a": ["a", "a", "b", "a"],
    ...         "project_b": ["b", "c", "c", "d"],
    ...         "shared_people_count": [10, 10, 10, 5],
    ...     }
    ... )
    >>> measures = compute_measures(build_network(triangle_and_tail, []))
    >>> measures.select("project_id", "degree", "weighted_degree", "betweenness", "clustering", "core_number").rows()
    ... # doctest: +NORMALIZE_WHITESPACE
    [('a', 3, 25, 0.6666666666666666, 0.3333333333333333, 2),
     ('b', 2, 20, 0.0, 1.0, 2),
     ('c', 2, 20, 0.0, 1.0, 2),
     ('d', 1, 5, 0.0, None, 1)]
    """
    degree: dict[str, int] = dict(network.degree())
    clustering = cast("dict[str, float]", nx.clustering(network))
    found: dict[str, Mapping[str, float | None]] = {
        "degree": degree,
        "weighted_degree": dict(network.degree(weight="weight")),
        "betweenness": nx.betweenness_centrality(network, weight="distance"),
        "closeness": nx.closeness_centrality(network, distance="distance"),
        "pagerank": nx.pagerank(network, tol=_PAGERANK_TOLERANCE, max_iter=_PAGERANK_STEPS) if degree else {},
        "clustering": {one: share if degree[one] > 1 else None for one, share in clustering.items()},
        "core_number": nx.core_number(network),
    }
    return pl.DataFrame(
        [(project_id, *(found[name][project_id] for name in MEASURES)) for project_id in sorted(network)],
        schema=_MEASURE_TYPES,
        orient="row",
    )


def compute_ego(network: nx.Graph[str], project_id: str, hops: int) -> nx.Graph[str]:
    """A project, all projects at most `hops` edges away, and every edge among them.

    Returns
    -------
    networkx.Graph
        Each project has a ``hop``, 0 for the one asked for.

    Raises
    ------
    networkx.NodeNotFound
        If there is no such project.
    """
    hop = nx.single_source_shortest_path_length(network, project_id, cutoff=hops)
    ego = network.subgraph(hop).copy()
    nx.set_node_attributes(ego, hop, "hop")
    return ego


def find_path(network: nx.Graph[str], from_id: str, to_id: str) -> list[str]:
    """The strongest way between two projects: the lengths of its edges, one over the shared people, sum to least.

    Returns
    -------
    list of str
        Both ends and the projects between them; empty if no path joins them.

    Raises
    ------
    networkx.NodeNotFound
        If there is no such project.
    """
    try:
        return cast("list[str]", nx.shortest_path(network, from_id, to_id, weight="distance"))
    except nx.NetworkXNoPath:
        return []


def compute_summary(network: nx.Graph[str], domains: Mapping[str, str]) -> dict[str, int | float | None]:
    """Size and shape of a network, by column of ``graph_summary``.

    Parameters
    ----------
    network
        As `build_network` gives it.
    domains
        Domain of each labelled project. Edges of a project without one do not enter ``domain_assortativity``.
    """
    components = [len(found) for found in nx.connected_components(network)]
    isolated_count = len(isolated_projects(network))
    nodes_count, edges_count = network.number_of_nodes(), network.number_of_edges()
    return {
        "nodes_count": nodes_count,
        "edges_count": edges_count,
        "isolated_count": isolated_count,
        "components_count": len(components) - isolated_count,
        "largest_component_count": max((size for size in components if size > 1), default=0),
        "density_ratio": nx.density(network) if nodes_count > 1 else None,
        "domain_assortativity": _assortativity(network, domains),
    }


def _assortativity(network: nx.Graph[str], domains: Mapping[str, str]) -> float | None:
    """Newman's coefficient over the plain edges; unknown if chance alone would join nobody across domains."""
    labelled = network.subgraph(project_id for project_id in network if project_id in domains).copy()
    nx.set_node_attributes(labelled, domains, "domain")
    joined = {domains[project_id] for project_id, degree in labelled.degree() if degree}
    if len(joined) < 2:  # noqa: PLR2004 - with one domain nothing can be mixed
        return None
    return float(nx.attribute_assortativity_coefficient(labelled, "domain"))


def compute_domain_connectivity(
    nodes: pl.DataFrame, edges: pl.DataFrame, domains: pl.DataFrame
) -> pl.DataFrame:
    """How central the projects of each domain and subdomain are in one network, and how much it keeps to itself.

    Parameters
    ----------
    nodes
        ``project_id, degree, weighted_degree, core_number`` of a network.
    edges
        ``project_a, project_b, shared_people_count`` of the same network.
    domains
        ``project_id, layer, domain, subdomain``, each project at most once. Projects without one are in no row.

    Returns
    -------
    pl.DataFrame
        ``layer, domain, subdomain`` (null for the whole domain), ``projects_count, isolated_count, degree_mean,
        core_number_mean, innermost_core_ratio``, the share of its projects whose core number is the highest of the
        network (null where nobody shares people), and ``inside_weight_ratio``, the share of its projects'
        weighted degree that leads to projects of the same box (null where that degree is 0).
    """
    innermost = nodes["core_number"].max()
    labelled = nodes.join(domains, on="project_id")
    boxes = pl.concat(
        [
            labelled.with_columns(subdomain=pl.lit(None, pl.String)),
            labelled.filter(pl.col("subdomain").is_not_null()),
        ]
    )
    inside = _inside_weights(edges, boxes)
    is_innermost = (pl.col("core_number") == innermost).mean() if innermost else pl.lit(None, pl.Float64)
    keys = ["layer", "domain", "subdomain"]
    return (
        boxes.sort("project_id")
        .group_by(keys)
        .agg(
            projects_count=pl.len().cast(pl.Int64),
            isolated_count=(pl.col("degree") == 0).sum().cast(pl.Int64),
            degree_mean=pl.col("degree").mean(),
            core_number_mean=pl.col("core_number").mean(),
            innermost_core_ratio=is_innermost,
            weight=pl.col("weighted_degree").sum(),
        )
        .join(inside, on=keys, how="left", nulls_equal=True)
        .with_columns(
            inside_weight_ratio=pl.when(pl.col("weight") > 0).then(
                2 * pl.col("inside").fill_null(0) / pl.col("weight")
            )
        )
        .drop("weight", "inside")
        .sort(keys, nulls_last=False)
    )


def _inside_weights(edges: pl.DataFrame, boxes: pl.DataFrame) -> pl.DataFrame:
    """``layer, domain, subdomain, inside``: shared people of the edges that stay within each box."""
    keys = ["layer", "domain", "subdomain"]
    members = boxes.select("project_id", *keys)
    return (
        edges.select("project_a", "project_b", "shared_people_count")
        .join(members, left_on="project_a", right_on="project_id")
        .join(
            members,
            left_on=["project_b", *keys],
            right_on=["project_id", *keys],
            nulls_equal=True,
        )
        .group_by(keys)
        .agg(inside=pl.col("shared_people_count").sum())
    )
