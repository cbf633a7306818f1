"""The published file as the pure functions take it: frames, and what may be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import typer

from pipelines.errors import NotPublishedError
from pipelines.landscape.rankings import SCOPES, WHOLE_LANDSCAPE, scopes_of
from pipelines.metrics.panel import OpenrankPanel, panel_of
from pipelines.periods import Month
from pipelines.seeds.problems import did_you_mean
from pipelines.warehouse.connection import fetch_row

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the published file opens on."""

    as_of: Month
    profile_id: str
    taxonomy_version: str


def read_defaults(connection: duckdb.DuckDBPyConnection) -> Defaults:
    """As-of month, profile and taxonomy of the file."""
    as_of, profile_id, taxonomy_version = fetch_row(
        connection, "SELECT as_of_month, membership_profile, taxonomy_version FROM metadata"
    )
    return Defaults(Month.of(as_of), profile_id, taxonomy_version)


def read_frame(connection: duckdb.DuckDBPyConnection, sql: str, **params: object) -> pl.DataFrame:
    """Rows of one SELECT with named parameters.

    Raises
    ------
    NotPublishedError
        If the file has no such table: an earlier version of the software published it.
    """
    try:
        frame: pl.DataFrame = connection.sql(sql, params=params or None).pl()
    except duckdb.CatalogException as error:
        raise NotPublishedError(
            f"the published file is of an earlier version: {str(error).splitlines()[0]}",
            hint="run `landscape build` again",
        ) from error
    return frame


def chosen_month(
    connection: duckdb.DuckDBPyConnection, text: str | None, default: Month, option: str
) -> Month:
    """The as-of month a person asked for, or `default`.

    Raises
    ------
    typer.BadParameter
        If it is no month, or no landscape of that month is published; the message names those that are.
    """
    try:
        month = Month.parse(text) if text else default
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None
    first, last = fetch_row(connection, "SELECT min(as_of_month), max(as_of_month) FROM landscape_members")
    if first is None:
        raise typer.BadParameter("no month is published: no OpenRank was retrieved", param_hint=option)
    if month < Month.of(first):
        problem = "is before the first month with OpenRank"
    elif month > Month.of(last):
        problem = "is after the last month with OpenRank"
    else:
        return month
    raise typer.BadParameter(
        f"{month} {problem}; published are {Month.of(first)} to {Month.of(last)}", param_hint=option
    )


def chosen_one(known: Sequence[str], text: str | None, default: str, option: str) -> str:
    """The name a person asked for, or `default`.

    Raises
    ------
    typer.BadParameter
        If it is not one of `known`, which the message lists.
    """
    name = text or default
    if name not in known:
        raise typer.BadParameter(
            f'there is no "{name}"{did_you_mean(name, known)}; there are {", ".join(known)}',
            param_hint=option,
        )
    return name


def chosen_project(connection: duckdb.DuckDBPyConnection, text: str, option: str) -> str:
    """Id of the project a person asked for by id, name or any repository name, in any case.

    Raises
    ------
    typer.BadParameter
        If there is none; the message offers the closest name.
    """
    known = dict(
        connection.execute(
            "SELECT lower(repo_full_name), project_id FROM project_repos UNION ALL"
            " SELECT lower(name), project_id FROM projects UNION ALL SELECT project_id, project_id FROM projects"
        ).fetchall()
    )
    key = text.strip().lower()
    if key not in known:
        raise typer.BadParameter(
            f'there is no project "{text}"{did_you_mean(key, sorted(known))}', param_hint=option
        )
    found: str = known[key]
    return found


def names_in(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> list[str]:
    """Distinct values of a column of names."""
    rows = connection.table(table).aggregate(column).order(column).fetchall()
    return [name for (name,) in rows]


def read_panel(connection: duckdb.DuckDBPyConnection) -> OpenrankPanel:
    """Monthly OpenRank of every project, with the months that were retrieved."""
    retrieved = read_frame(
        connection,
        "SELECT DISTINCT r.project_id, unnest(generate_series(e.extent_from::TIMESTAMP, e.extent_through::TIMESTAMP,"
        " INTERVAL 1 MONTH))::DATE AS month FROM repo_series_extents AS e"
        " JOIN project_repos AS r ON lower(r.repo_full_name) = lower(e.repo_full_name)"
        " SEMI JOIN project_metrics_monthly AS m ON m.metric_id = 'openrank' AND m.vintage = e.vintage",
    )
    return panel_of(read_created(connection)["project_id"], read_openrank(connection), retrieved)


def read_openrank(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """``project_id, month, value``."""
    return read_frame(
        connection,
        "SELECT project_id, month, value FROM project_metrics_monthly"
        " WHERE metric_id = 'openrank' AND source = 'opendigger' ORDER BY ALL",
    )


def read_created(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """``project_id, created_at``."""
    return read_frame(connection, "SELECT project_id, created_at FROM projects ORDER BY project_id")


def read_domains(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """``project_id, taxonomy_version, layer, domain, subdomain`` as curated, of every version."""
    return read_frame(
        connection,
        "SELECT project_id, taxonomy_version, layer, domain, subdomain FROM project_domains"
        " WHERE assignment = 'curated' ORDER BY ALL",
    )


def projects_in_scope(domains: pl.DataFrame, project_ids: pl.Series, text: str) -> pl.Series:
    """Projects of a scope written as ``landscape``, or as ``domain=Serving``.

    Raises
    ------
    typer.BadParameter
        If there is no such scope; the message names those there are.
    """
    scope, _, value = text.partition("=")
    chosen_one(SCOPES, scope, WHOLE_LANDSCAPE, "--scope")
    if scope == WHOLE_LANDSCAPE:
        return project_ids
    labelled = scopes_of(domains).filter(pl.col("scope") == scope)
    known = labelled["scope_value"].unique().sort().to_list()
    chosen_one(known, value or "=", value, "--scope")
    return labelled.filter(pl.col("scope_value") == value)["project_id"]
