"""What several steps read from the build file, as the pure functions take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.panel import OpenrankPanel, panel_of
from pipelines.periods import Month, months_between
from pipelines.warehouse.connection import fetch_row

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from pipelines.build import Build


def read_frame(connection: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    """Rows of a SELECT."""
    frame: pl.DataFrame = connection.sql(sql).pl()
    return frame


def read_openrank(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """``project_id, month, value`` of OpenDigger, every project."""
    return read_frame(
        connection,
        "SELECT project_id, month, value FROM mart.project_metrics_monthly"
        " WHERE metric_id = 'openrank' AND source = 'opendigger'",
    )


def read_openrank_answers(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """What OpenDigger answered when it was asked for the OpenRank of a project."""
    return read_frame(connection, "FROM core.openrank_answers")


def read_panel(connection: duckdb.DuckDBPyConnection, projects: pl.DataFrame) -> OpenrankPanel:
    """Monthly OpenRank of `projects`, with the months that were retrieved."""
    retrieved = read_frame(connection, "SELECT DISTINCT project_id, month FROM core.project_extents")
    return panel_of(projects["project_id"], read_openrank(connection), retrieved)


def read_created(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """``project_id, created_at`` of every project."""
    return read_frame(connection, "SELECT project_id, created_at FROM mart.projects ORDER BY project_id")


def read_candidates(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Of these, who may be a member of the landscape."""
    return read_frame(
        connection, "SELECT project_id, created_at FROM mart.projects WHERE is_candidate ORDER BY project_id"
    )


def read_members(connection: duckdb.DuckDBPyConnection, profile_id: str) -> pl.DataFrame:
    """Rows of ``landscape_members`` of a profile."""
    members: pl.DataFrame = connection.sql(
        "FROM mart.landscape_members WHERE profile = $profile", params={"profile": profile_id}
    ).pl()
    return members


def read_curated_domains(build: Build, connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Curated domains under the default version of the taxonomy: no rank or sum rests on a prediction."""
    domains: pl.DataFrame = connection.sql(
        "SELECT project_id, taxonomy_version, layer, domain, subdomain FROM mart.project_domains"
        " WHERE taxonomy_version = $version AND assignment = 'curated' ORDER BY project_id",
        params={"version": build.seeds.field.taxonomy},
    ).pl()
    return domains


def read_main_names(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Names of each project's main repository, with the day each was first seen."""
    return read_frame(
        connection,
        "SELECT n.project_id, n.repo_full_name, r.first_seen_at::DATE AS first_seen_on FROM core.project_names AS n"
        " JOIN mart.project_repos AS r USING (project_id, repo_full_name) WHERE n.repository_rank = 0",
    )


def read_as_of_months(connection: duckdb.DuckDBPyConnection) -> list[Month]:
    """Every month from the first to the last that holds a value and was retrieved for some project."""
    first, last = fetch_row(
        connection,
        "SELECT min(month), max(month) FROM mart.project_metrics_monthly SEMI JOIN core.project_extents"
        " USING (project_id, month) WHERE metric_id = 'openrank'",
    )
    return [] if first is None else list(months_between(Month.of(first), Month.of(last)))
