"""Builds of the family edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.graph.edges import compute_edges
from pipelines.tables.edges.contract import (
    CollaborationEdges,
    CollaborationWindows,
    EdgeEvidence,
    RepositoryEdges,
)
from pipelines.tables.table import Frames, Sql, Table, private, published

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.seeds import Seeds

_SQL = Sql(__package__)
_P_VALUE_DIGITS = 6
"""The last bits of a probability differ between processors; the fingerprint of a snapshot must not."""


def pair_people(people: pl.DataFrame, seeds: Seeds) -> pl.DataFrame:
    """Edges of each source among the nodes that people are active in."""
    return edges_of(
        people,
        {
            "gharchive": int(seeds.threshold("published_edge_cut")),
            "gharchive-simulated": int(seeds.threshold("sample_edge_cut")),
        },
    )


def edges_of(people: pl.DataFrame, least_shared_people: Mapping[str, int]) -> pl.DataFrame:
    """Edges of each source.

    Parameters
    ----------
    people
        ``source, node, actor_id``: who is active where.
    least_shared_people
        Source → people that a pair shares at least, 1 or more.

    Returns
    -------
    pl.DataFrame
        ``source`` and the columns of `pipelines.graph.edges.compute_edges`.
    """
    found = []
    for source, least in least_shared_people.items():
        members = people.filter(source=source).drop("source")
        edges = compute_edges(members, least).select(pl.lit(source).alias("source"), pl.all())
        found.append(edges.with_columns(pl.col("p_value").round_sig_figs(_P_VALUE_DIGITS)))
    return pl.concat(found)


TABLES: tuple[Table, ...] = (
    private("core.candidate_repositories", "graph", _SQL),
    private("core.repository_people", "graph", _SQL),
    private("core.project_people", "graph", _SQL),
    published(CollaborationWindows, "graph", _SQL),
    private(
        "core.project_edges",
        "graph",
        Frames(
            pair_people,
            people="SELECT source, project_id AS node, actor_id FROM core.project_people WHERE NOT is_over_cap",
        ),
    ),
    published(CollaborationEdges, "graph", _SQL),
    private(
        "core.repository_edges",
        "graph",
        Frames(
            pair_people,
            people="SELECT source, repo_id AS node, actor_id FROM core.repository_people WHERE NOT is_over_cap",
        ),
    ),
    published(RepositoryEdges, "graph", _SQL),
    published(EdgeEvidence, "graph", _SQL),
)
