"""Edges among any set of repositories, by the builds of the edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.tables.edges.build import edges_of
from pipelines.tables.registry import TABLES_BY_NAME
from pipelines.tables.runner import Runner
from pipelines.warehouse.load import load_frame

if TYPE_CHECKING:
    import duckdb

    from pipelines.build import Build


def read_edges_among(
    build: Build, connection: duckdb.DuckDBPyConnection, repo_ids: pl.Series, least_shared_people: int
) -> pl.DataFrame:
    """Edges among these repositories, from real events alone; replaces tables of schema ``core``."""
    repositories = repo_ids.to_frame("repo_id").with_columns(source=pl.lit("gharchive"))
    load_frame(connection, "core", "candidate_repositories", repositories)
    Runner(build, connection).load(TABLES_BY_NAME["core.repository_people"])
    people = connection.sql(TABLES_BY_NAME["core.repository_edges"].build.inputs["people"]).pl()
    return edges_of(people, {"gharchive": least_shared_people})
