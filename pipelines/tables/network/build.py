"""Builds of the family network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.messages import TEXT, Message, encode, in_english
from pipelines.graph.communities import describe_communities, find_communities
from pipelines.graph.layout import lay_out
from pipelines.graph.network import (
    build_network,
    compute_domain_connectivity,
    compute_measures,
    compute_summary,
)
from pipelines.metrics.rounding import rounded_columns
from pipelines.tables.inputs import CURATED_DOMAINS
from pipelines.tables.network.contract import (
    DomainConnectivity,
    GraphCommunities,
    GraphNodes,
    GraphSummary,
)
from pipelines.tables.table import Frames, Table, private, published

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import dataframely as dy

    from pipelines.seeds import Seeds
    from pipelines.seeds.figures import PublishedNetwork

_NETWORK = ("source", "window_start", "window_end")
"""What tells one network from another."""

_PARTITION = {
    "modularity": pl.Float64,
    "community_partitions_count": pl.Int64,
    "community_agreement_score": pl.Float64,
}
"""What only the search for communities knows of a network."""

_COMMUNITY_SCHEMA = {
    "source": pl.String,
    "window_start": pl.Date,
    "window_end": pl.Date,
    "project_id": pl.String,
    "community": pl.Int64,
    "community_stability_ratio": pl.Float64,
    **_PARTITION,
}


def partition_networks(edges: pl.DataFrame, domains: pl.DataFrame, seeds: Seeds) -> pl.DataFrame:
    """The community of every project of each network, and how far the runs agreed on communities."""
    rows = []
    for key, own in _networks(edges):
        network = build_network(own, domains["project_id"])
        found = find_communities(network, seeds.network.communities)
        rows += [
            (
                *key.row(0),
                one,
                found.number.get(one),
                found.stability.get(one),
                found.modularity,
                found.partitions_count,
                found.agreement,
            )
            for one in compute_measures(network)["project_id"]
        ]
    return pl.DataFrame(rows, schema=_COMMUNITY_SCHEMA, orient="row")


def measure_nodes(
    edges: pl.DataFrame, domains: pl.DataFrame, communities: pl.DataFrame, seeds: Seeds
) -> pl.DataFrame:
    """Measures, community and place of every project."""
    frames = []
    for key, own in _networks(edges):
        network = build_network(own, domains["project_id"])
        places = pl.DataFrame(
            [(one, *place) for one, place in lay_out(network, seeds.network.layout).items()],
            schema={"project_id": pl.String, "x": pl.Float64, "y": pl.Float64},
            orient="row",
        )
        frames.append(
            compute_measures(network)
            .join(_of(communities, key).drop(*_PARTITION), on="project_id", how="left")
            .join(places, on="project_id", how="left")
            .join(key, how="cross")
        )
    return _rows_of(GraphNodes, frames)


def list_communities(
    edges: pl.DataFrame, nodes: pl.DataFrame, projects: pl.DataFrame, domains: pl.DataFrame
) -> pl.DataFrame:
    """What holds each community together."""
    names, domain_of = dict(projects.iter_rows()), _domain_of(domains)
    return _rows_of(
        GraphCommunities,
        (
            describe_communities(_of(nodes, key), own, names, domain_of).join(key, how="cross")
            for key, own in _networks(edges)
        ),
    )


def connect_domains(edges: pl.DataFrame, nodes: pl.DataFrame, domains: pl.DataFrame) -> pl.DataFrame:
    """Core and edge of each network by domain and subdomain."""
    labels = domains.drop("taxonomy_version")
    return _rows_of(
        DomainConnectivity,
        (
            compute_domain_connectivity(_of(nodes, key), own, labels).join(key, how="cross")
            for key, own in _networks(edges)
        ),
    )


def summarize_networks(
    edges: pl.DataFrame, nodes: pl.DataFrame, communities: pl.DataFrame, domains: pl.DataFrame, seeds: Seeds
) -> pl.DataFrame:
    """Size and shape of each network, and the size that a report printed."""
    partitions = communities.select(*_NETWORK, *_PARTITION).unique(maintain_order=True)
    domain_of = _domain_of(domains)
    printed = pl.DataFrame(
        [
            (one.source, one.nodes_count, one.isolated_count, in_english(message), encode(message))
            for one in seeds.published_networks
            for message in [_remark(one)]
        ],
        schema={
            "source": pl.String,
            "published_nodes_count": pl.Int64,
            "published_isolated_count": pl.Int64,
            "published_remark": pl.String,
            "published_remark_message": pl.String,
        },
        orient="row",
    )
    summaries = []
    for key, own in _networks(edges):
        members = _of(nodes, key)
        summary = pl.DataFrame([compute_summary(build_network(own, members["project_id"]), domain_of)])
        summaries.append(
            summary.with_columns(
                communities_count=members["community"].n_unique() - members["community"].has_nulls(),
                community_runs_count=seeds.network.communities.runs_count,
            )
            .join(_of(partitions, key), how="cross")
            .join(printed, on="source", how="left")
        )
    return _rows_of(GraphSummary, summaries)


def _remark(printed: PublishedNetwork) -> Message:
    texts = {name: Message(TEXT, {"text": getattr(printed, name)}) for name in ("report", "where", "remark")}
    return Message("network.remark", texts)


def _networks(edges: pl.DataFrame) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """A row that names each network, and its edges."""
    for part in edges.partition_by(_NETWORK, maintain_order=True):
        yield part.select(_NETWORK).head(1), part.drop(_NETWORK)


def _of(frame: pl.DataFrame, key: pl.DataFrame) -> pl.DataFrame:
    """Rows of one network, without the columns that name it."""
    return frame.join(key, on=_NETWORK, nulls_equal=True, maintain_order="left")


def _domain_of(domains: pl.DataFrame) -> dict[str, str]:
    return dict(domains.select("project_id", "domain").iter_rows())


def _rows_of(contract: type[dy.Schema], frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The rows of every network, or no rows."""
    found = pl.concat([contract.create_empty(), *(contract.cast(frame) for frame in frames)])
    return rounded_columns(found).sort(contract.column_names())


_EDGES = (
    "SELECT source, window_start, window_end, project_a, project_b, shared_people_count"
    " FROM mart.collaboration_edges ORDER BY ALL"
)
_NODES = "FROM mart.graph_nodes ORDER BY ALL"
_COMMUNITIES = "FROM core.network_communities"

TABLES: tuple[Table, ...] = (
    private(
        "core.network_communities",
        "graph",
        Frames(partition_networks, edges=_EDGES, domains=CURATED_DOMAINS),
    ),
    published(
        GraphNodes,
        "graph",
        Frames(measure_nodes, edges=_EDGES, domains=CURATED_DOMAINS, communities=_COMMUNITIES),
    ),
    published(
        GraphCommunities,
        "graph",
        Frames(
            list_communities,
            edges=_EDGES,
            nodes=_NODES,
            projects="SELECT project_id, name FROM mart.projects",
            domains=CURATED_DOMAINS,
        ),
    ),
    published(
        DomainConnectivity,
        "graph",
        Frames(connect_domains, edges=_EDGES, nodes=_NODES, domains=CURATED_DOMAINS),
    ),
    published(
        GraphSummary,
        "graph",
        Frames(
            summarize_networks,
            edges=_EDGES,
            nodes=_NODES,
            communities=_COMMUNITIES,
            domains=CURATED_DOMAINS,
        ),
    ),
)
