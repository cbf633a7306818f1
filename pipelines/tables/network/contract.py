"""Contracts of the family network."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from pipelines.tables import column


class GraphNodes(dy.Schema):
    """Every project of each collaboration network: its place by several measures, its community, where it is drawn.

    A network has a window and a source, as in collaboration_edges. It holds every project with a curated domain in
    the default taxonomy, isolated or not, and whoever else has an edge. Which projects are its core depends on the
    measure: rank by each (`landscape network core --by …`). docs/network.md explains them.
    """

    source = column.source("Source of the edges, as in data_sources")
    window_start = dy.Date(nullable=True, description="First day counted; NULL if the source does not say")
    window_end = dy.Date(nullable=True, description="Last day counted; NULL if the source does not say")
    project_id = column.project()
    degree = column.count("Projects it shares people with; 0 is isolated")
    weighted_degree = column.count("Sum of shared_people_count over its edges")
    betweenness = column.ratio(
        "Share of the shortest paths between all other pairs that lead through it; an edge is as long as one over its"
        " shared_people_count"
    )
    closeness = dy.Float64(
        min=0,
        description="One over the mean length of the shortest paths to the projects it reaches, times their share of"
        " all others; lengths as in betweenness",
    )
    pagerank = column.ratio(
        "PageRank with the shared people as weights, damping 0.85; sums to 1 over the network"
    )
    clustering = column.ratio(
        "Share of the pairs of its neighbours that share people themselves; NULL with fewer than two neighbours",
        nullable=True,
    )
    core_number = column.count(
        "Largest k such that it is in a group in which everybody has k neighbours or more"
    )
    community = dy.Int64(
        min=1, nullable=True, description="Community, as in graph_communities; NULL if isolated"
    )
    community_stability_ratio = column.ratio(
        "How like its community is to those it has in runs with other seeds: members in both over members in either,"
        " mean over the runs; NULL if isolated",
        nullable=True,
    )
    x = dy.Float64(min=-1, max=1, description="Where it is drawn, from left to right")
    y = dy.Float64(min=-1, max=1, description="Where it is drawn, from bottom to top")

    @dy.rule()
    def isolated_belong_nowhere(cls) -> pl.Expr:
        """Who shares nobody has no community, no core and no weight; everybody else has all of them."""
        is_isolated = pl.col("degree") == 0
        return (
            (pl.col("community").is_null() == is_isolated)
            & (pl.col("community_stability_ratio").is_null() == is_isolated)
            & ((pl.col("core_number") == 0) == is_isolated)
            & ((pl.col("weighted_degree") == 0) == is_isolated)
        )


class GraphCommunities(dy.Schema):
    """Communities of each collaboration network: projects that share people with each other more than with the rest.

    Found by modularity (Louvain) over shared people in several runs with different seeds; kept is the partition most
    like all others. A community is a finding, not a domain: one may hold projects of many domains.
    """

    source = column.source("Source of the edges, as in data_sources")
    window_start = dy.Date(nullable=True, description="First day counted; NULL if the source does not say")
    window_end = dy.Date(nullable=True, description="Last day counted; NULL if the source does not say")
    community = dy.Int64(min=1, description="Number: 1 is the largest, ties by the smallest project_id")
    name = dy.String(description="Its projects with the highest weighted degree, three at most")
    projects_count = dy.Int64(min=2, description="Projects in it")
    domain = dy.String(
        nullable=True,
        description="Commonest curated domain of its projects, ties by name; NULL if none has one",
    )
    domain_ratio = column.ratio("Share of its projects with that domain", nullable=True)
    inside_weight_ratio = column.ratio("Share of its projects' weighted degree that leads to projects in it")
    stability_ratio = column.ratio("Mean community_stability_ratio of its projects")


class DomainConnectivity(dy.Schema):
    """Core and edge of each collaboration network by domain and subdomain of the default taxonomy.

    A row whose subdomain is NULL holds the whole domain, those of its subdomains included. Only curated labels count.
    """

    source = column.source("Source of the edges, as in data_sources")
    window_start = dy.Date(nullable=True, description="First day counted; NULL if the source does not say")
    window_end = dy.Date(nullable=True, description="Last day counted; NULL if the source does not say")
    layer = dy.String(description="Layer, English name")
    domain = dy.String(description="Domain, English name")
    subdomain = dy.String(nullable=True, description="Subdomain, English name; NULL for the whole domain")
    projects_count = dy.Int64(min=1, description="Projects with that label")
    isolated_count = column.count("Of these, projects that share nobody")
    degree_mean = dy.Float64(min=0, description="Mean degree of its projects, isolated ones included")
    core_number_mean = dy.Float64(min=0, description="Mean core number of its projects")
    innermost_core_ratio = column.ratio(
        "Share of its projects whose core number is the highest of the network"
    )
    inside_weight_ratio = column.ratio(
        "Share of its projects' weighted degree that leads to projects of the same row; NULL if that degree is 0",
        nullable=True,
    )


class GraphSummary(dy.Schema):
    """Size and shape of each collaboration network, and the size that a report printed of it."""

    source = column.source("Source of the edges, as in data_sources")
    window_start = dy.Date(nullable=True, description="First day counted; NULL if the source does not say")
    window_end = dy.Date(nullable=True, description="Last day counted; NULL if the source does not say")
    nodes_count = dy.Int64(min=2, description="Projects, isolated ones included")
    edges_count = dy.Int64(min=1, description="Pairs that share people")
    isolated_count = column.count("Projects that share nobody")
    components_count = dy.Int64(min=1, description="Connected components of two projects or more")
    largest_component_count = dy.Int64(min=2, description="Projects in the largest of them")
    density_ratio = column.ratio("Pairs that share people over all pairs")
    communities_count = dy.Int64(min=1, description="Communities")
    modularity = dy.Float64(
        min=-1,
        max=1,
        description="Weight inside communities beyond what chance would put there with the same weighted degrees",
    )
    community_runs_count = dy.Int64(
        min=2, description="Runs that looked for communities, each with its own seed"
    )
    community_partitions_count = dy.Int64(min=1, description="Different partitions they found")
    community_agreement_score = dy.Float64(
        min=-1,
        max=1,
        description="Mean adjusted Rand index of the partition with those of the other runs: 1 if all are alike, about"
        " 0 if they agree by chance alone",
    )
    domain_assortativity = dy.Float64(
        nullable=True,
        min=-1,
        max=1,
        description="Newman's coefficient over the edges of labelled projects: 1 if edges stay inside domains, 0 if"
        " they ignore them; NULL if fewer than two domains have edges",
    )
    published_nodes_count = column.count(
        "Projects that the report counts; NULL if no report does", nullable=True
    )
    published_isolated_count = column.count(
        "Isolated projects that it counts; NULL if no report does", nullable=True
    )
    published_remark = dy.String(
        nullable=True,
        description="Where the report prints those counts, and why they differ; NULL if no report has them",
    )
    published_remark_message = dy.String(nullable=True, description=f"The same, {column.MESSAGE}")
