"""Steps that load the collaboration network: its projects, communities, domains and size."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import polars as pl

from pipelines.graph.communities import CommunityParameters, describe_communities, find_communities
from pipelines.graph.layout import LayoutParameters, lay_out
from pipelines.graph.network import (
    build_network,
    compute_domain_connectivity,
    compute_measures,
    compute_summary,
)
from pipelines.messages import TEXT, Message, encode, in_english
from pipelines.metrics.rounding import rounded_columns
from pipelines.tables.contracts import PUBLISHED
from pipelines.tables.frames import read_curated_domains, read_frame
from pipelines.warehouse.load import load_frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb

    from pipelines.build import Build
    from pipelines.seeds import Seeds
    from pipelines.seeds.figures import PublishedNetwork

_NETWORK = ("source", "window_start", "window_end")
"""What tells one network from another."""

_PARTITIONS = {
    "source": pl.String,
    "window_start": pl.Date,
    "window_end": pl.Date,
    "modularity": pl.Float64,
    "community_partitions_count": pl.Int64,
    "community_agreement_score": pl.Float64,
}
"""Columns of the private table of what only the search for communities knows."""


def load_graph_nodes(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Measures, community and place of every project, and how far the runs agreed on communities."""
    seeds, labelled = build.seeds, read_curated_domains(build, connection)["project_id"]
    communities = CommunityParameters(
        seeds.network.communities.runs_count, seeds.network.communities.resolution
    )
    nodes, partitions = [], []
    for key, edges in _networks(connection):
        network = build_network(edges, labelled)
        found = find_communities(network, communities)
        places = lay_out(network, _layout_parameters(seeds))
        measures = compute_measures(network)
        ids = measures["project_id"]
        nodes.append(
            measures.with_columns(
                community=pl.Series([found.number.get(one) for one in ids], dtype=pl.Int64),
                community_stability_ratio=pl.Series(
                    [found.stability.get(one) for one in ids], dtype=pl.Float64
                ),
                x=pl.Series([places[one][0] for one in ids], dtype=pl.Float64),
                y=pl.Series([places[one][1] for one in ids], dtype=pl.Float64),
            ).join(key, how="cross")
        )
        partitions.append((*key.row(0), found.modularity, found.partitions_count, found.agreement))
    load_frame(
        connection, "core", "network_partitions", pl.DataFrame(partitions, schema=_PARTITIONS, orient="row")
    )
    return _load(connection, "graph_nodes", nodes)


def load_graph_communities(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """What holds each community together."""
    nodes = read_frame(connection, "FROM mart.graph_nodes ORDER BY ALL")
    names = dict(read_frame(connection, "SELECT project_id, name FROM mart.projects").iter_rows())
    domains = _domain_of(build, connection)
    return _load(
        connection,
        "graph_communities",
        (
            describe_communities(_of(nodes, key), edges, names, domains).join(key, how="cross")
            for key, edges in _networks(connection)
        ),
    )


def load_domain_connectivity(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Core and edge of each network by domain and subdomain."""
    nodes = read_frame(connection, "FROM mart.graph_nodes ORDER BY ALL")
    domains = read_curated_domains(build, connection).drop("taxonomy_version")
    return _load(
        connection,
        "domain_connectivity",
        (
            compute_domain_connectivity(_of(nodes, key), edges, domains).join(key, how="cross")
            for key, edges in _networks(connection)
        ),
    )


def load_graph_summary(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Size and shape of each network, beside what a report printed."""
    nodes = read_frame(connection, "FROM mart.graph_nodes ORDER BY ALL")
    partitions = read_frame(connection, "FROM core.network_partitions")
    domains = _domain_of(build, connection)
    published = pl.DataFrame(
        [
            (
                printed.source,
                printed.nodes_count,
                printed.isolated_count,
                in_english(message),
                encode(message),
            )
            for printed in build.seeds.published_networks
            for message in [_remark(printed)]
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
    for key, edges in _networks(connection):
        members = _of(nodes, key)
        summary = pl.DataFrame([compute_summary(build_network(edges, members["project_id"]), domains)])
        summaries.append(
            summary.with_columns(
                communities_count=members["community"].n_unique() - members["community"].has_nulls(),
                community_runs_count=build.seeds.network.communities.runs_count,
            )
            .join(_of(partitions, key), how="cross")
            .join(published, on="source", how="left")
        )
    return _load(connection, "graph_summary", summaries)


def _remark(printed: PublishedNetwork) -> Message:
    said = {name: Message(TEXT, {"text": getattr(printed, name)}) for name in ("report", "where", "remark")}
    return Message("network.remark", said)


def _networks(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """A row that names each network, and its edges."""
    edges = read_frame(
        connection,
        "SELECT source, window_start, window_end, project_a, project_b, shared_people_count"
        " FROM mart.collaboration_edges ORDER BY ALL",
    )
    for part in edges.partition_by(_NETWORK, maintain_order=True):
        yield part.select(_NETWORK).head(1), part.drop(_NETWORK)


def _of(frame: pl.DataFrame, key: pl.DataFrame) -> pl.DataFrame:
    """Rows of one network."""
    return frame.join(key, on=_NETWORK, nulls_equal=True, maintain_order="left")


def _domain_of(build: Build, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(read_curated_domains(build, connection).select("project_id", "domain").iter_rows())


def _layout_parameters(seeds: Seeds) -> LayoutParameters:
    layout = seeds.network.layout
    return LayoutParameters(**{field.name: getattr(layout, field.name) for field in fields(LayoutParameters)})


def _load(connection: duckdb.DuckDBPyConnection, table: str, frames: Iterable[pl.DataFrame]) -> int:
    """Replace a table by the rows of every network, or by no rows."""
    contract = PUBLISHED[table]
    found = pl.concat([contract.create_empty(), *(contract.cast(frame) for frame in frames)])
    return load_frame(connection, "mart", table, rounded_columns(found).sort(contract.column_names()))
