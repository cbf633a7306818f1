"""The steps that say who works with whom: pairs of projects and of repositories, and the people between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.graph.edges import compute_edges
from pipelines.warehouse.load import load_frame, load_sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from pipelines.build import Build


_REAL = "gharchive"
_P_VALUE_DIGITS = 6
"""The last bits of a probability differ between processors; the fingerprint of a snapshot must not."""


def load_windows(build: Build, connection: duckdb.DuckDBPyConnection) -> int:  # noqa: ARG001
    """Who works where, which all edges rest on, and what of it was dropped."""
    load_sql(connection, "core", "candidate_repositories")
    load_sql(connection, "core", "repository_people")
    load_sql(connection, "core", "project_people")
    return load_sql(connection, "mart", "collaboration_windows")


def load_project_edges(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """The published network of projects, and those of the events."""
    edges = _edges_of(connection, _PROJECT_PEOPLE, _least_shared_people(build))
    load_frame(connection, "core", "project_edges", edges)
    return load_sql(connection, "mart", "collaboration_edges")


def load_repository_edges(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """The network of the candidate repositories."""
    edges = _edges_of(connection, _REPOSITORY_PEOPLE, _least_shared_people(build))
    load_frame(connection, "core", "repository_edges", edges)
    return load_sql(connection, "mart", "repository_edges")


def read_edges_among(
    connection: duckdb.DuckDBPyConnection, repo_ids: pl.Series, least_shared_people: int
) -> pl.DataFrame:
    """Edges among a set of repositories, from the real events alone.

    Parameters
    ----------
    connection
        Holds ``staging`` as `pipelines.tables.warehouse.load_ground_floor` loads it: the build file, or a database
        in memory. Tables of schema ``core`` are replaced.
    repo_ids
        Numbers of the repositories, each once; one without events has no edges.
    least_shared_people
        People that a pair shares at least, 1 or more.

    Returns
    -------
    pl.DataFrame
        ``source`` and the columns of `pipelines.graph.edges.compute_edges`, with numbers of repositories as nodes.
        Who is active in more than `person_repositories_cap` repositories of any kind is left out.
    """
    repositories = repo_ids.to_frame("repo_id").with_columns(source=pl.lit(_REAL))
    load_frame(connection, "core", "candidate_repositories", repositories)
    load_sql(connection, "core", "repository_people")
    return _edges_of(connection, _REPOSITORY_PEOPLE, {_REAL: least_shared_people})


_PROJECT_PEOPLE = (
    "SELECT project_id AS node, actor_id FROM core.project_people WHERE source = $source AND NOT is_over_cap"
)
_REPOSITORY_PEOPLE = (
    "SELECT repo_id AS node, actor_id FROM core.repository_people WHERE source = $source AND NOT is_over_cap"
)


def _least_shared_people(build: Build) -> dict[str, int]:
    """People that a pair shares at least, by source."""
    return {
        _REAL: int(build.seeds.threshold("published_edge_cut")),
        "gharchive-simulated": int(build.seeds.threshold("sample_edge_cut")),
    }


def _edges_of(
    connection: duckdb.DuckDBPyConnection, people: str, least_shared_people: Mapping[str, int]
) -> pl.DataFrame:
    """Edges of each source among the nodes that the SELECT `people` shows of it."""
    found = []
    for source, least in least_shared_people.items():
        members = connection.sql(people, params={"source": source}).pl()
        edges = compute_edges(members, least).select(pl.lit(source).alias("source"), pl.all())
        found.append(edges.with_columns(pl.col("p_value").round_sig_figs(_P_VALUE_DIGITS)))
    return pl.concat(found)
