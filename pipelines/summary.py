"""What a person should see first of a published landscape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.publish import attach_published
from pipelines.warehouse.connection import fetch_row

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import duckdb

TOP_COUNT = 10


@dataclass(frozen=True, slots=True)
class RankedProject:
    """A line of the ranking; `yoy_delta` is None where the earlier year is unknown."""

    rank: int
    name: str
    openrank_mean: float
    yoy_delta: float | None
    domain: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """Size, top and honesty of a landscape."""

    projects_count: int
    domains_count: int
    as_of: date
    as_of_month: date
    top: tuple[RankedProject, ...]
    sources_by_kind: dict[str, list[tuple[str, int]]]


def read_summary(public_dir: Path) -> Summary:
    """Read the summary from the published file.

    Raises
    ------
    NotPublishedError
        If there is no published file.
    """
    with attach_published(public_dir) as connection:
        as_of, as_of_month = fetch_row(connection, "SELECT as_of, as_of_month FROM metadata")
        projects_count, domains_count = fetch_row(
            connection,
            "SELECT (SELECT count(*) FROM projects), (SELECT count(DISTINCT domain) FROM project_domains"
            " WHERE taxonomy_version = (SELECT taxonomy_version FROM metadata))",
        )
        top = connection.execute(
            "SELECT k.rank, p.name, k.openrank_mean, k.openrank_yoy_delta, d.domain"
            " FROM project_rankings AS k JOIN projects AS p USING (project_id)"
            " LEFT JOIN project_domains AS d ON d.project_id = k.project_id"
            "  AND d.taxonomy_version = (SELECT taxonomy_version FROM metadata)"
            " WHERE k.as_of_month = ? ORDER BY k.rank, k.project_id LIMIT ?",
            [as_of_month, TOP_COUNT],
        ).fetchall()
        return Summary(
            projects_count,
            domains_count,
            as_of,
            as_of_month,
            tuple(RankedProject(*row) for row in top),
            _sources_by_kind(connection),
        )


def _sources_by_kind(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, int]]]:
    """Published rows of each source, by real, derived and simulated."""
    tables = ("project_metrics_monthly", "repo_openrank_monthly", "collaboration_edges", "projects")
    counted = " UNION ALL ".join(f"SELECT source FROM {table}" for table in tables)  # noqa: S608 - own names
    rows = connection.execute(
        f"SELECT kind, source, count(*) FROM ({counted}) JOIN data_sources USING (source)"  # noqa: S608
        " GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    kinds: dict[str, list[tuple[str, int]]] = {}
    for kind, source, rows_count in rows:
        kinds.setdefault(kind, []).append((source, rows_count))
    return kinds
