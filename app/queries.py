"""All SQL of the app, each query with what it asks for; a page shows the SQL beside its figure.

Belongs here: SELECTs over the published tables, and their parameters. Must not: running them, or widgets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date


@dataclass(frozen=True, slots=True)
class Query:
    """One SELECT and its named parameters."""

    sql: str
    params: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def __hash__(self) -> int:
        return hash((self.sql, tuple(sorted(self.params.items(), key=lambda item: item[0]))))


def published_tables() -> Query:
    """Names of the tables that the file has."""
    return Query(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'landscape' ORDER BY table_name"
    )


def metadata() -> Query:
    """What the file is: snapshot, as-of, field, defaults."""
    return Query("FROM metadata")


def freshness() -> Query:
    """When each source was last asked, and what kind it is."""
    return Query("""
        SELECT r.source, s.name, s.kind, max(r.retrieved_at) AS retrieved_at
        FROM refresh_runs AS r JOIN data_sources AS s USING (source)
        GROUP BY ALL ORDER BY r.source
    """)


def last_retrieval() -> Query:
    """When any source was last asked."""
    return Query("SELECT max(retrieved_at)::DATE AS retrieved_on FROM refresh_runs")


def metrics() -> Query:
    """Every definition of the catalogue."""
    return Query("FROM metric_catalog ORDER BY metric_id")


def profiles() -> Query:
    """The rules of membership."""
    return Query("FROM membership_profiles ORDER BY profile")


def as_of_months() -> Query:
    """Months of which a landscape with members is published."""
    return Query("""
        SELECT DISTINCT as_of_month FROM landscape_members WHERE is_member ORDER BY as_of_month
    """)


def ranked_months() -> Query:
    """Months as of which projects are ranked."""
    return Query("SELECT DISTINCT as_of_month FROM project_rankings ORDER BY as_of_month")


def boxes(taxonomy_version: str) -> Query:
    """Layers, domains and subdomains in the order they are drawn."""
    return Query(
        "FROM taxonomy_boxes WHERE taxonomy_version = $taxonomy ORDER BY position",
        {"taxonomy": taxonomy_version},
    )


def cards(as_of: date, profile: str, taxonomy_version: str) -> Query:
    """Every labelled project with its verdict, mean, change and status as of a month."""
    return Query(
        """
        SELECT
            p.project_id, p.name, p.organization, p.repo_full_name, p.description, p.language, p.license_spdx,
            year(p.created_at) AS created_year,
            d.layer, d.domain, d.subdomain, d.assignment,
            m.is_member, m.openrank_mean, m.months_count, m.window_months_count, m.reason_code, m.reason,
            k.openrank_yoy_delta, k.openrank_yoy_ratio, coalesce(k.stars_count, p.stars_count) AS stars_count,
            coalesce(s.status, 'unknown') AS status, s.reasons[1] AS status_reason
        FROM landscape_members AS m
        JOIN projects AS p USING (project_id)
        JOIN project_domains AS d ON d.project_id = m.project_id AND d.taxonomy_version = $taxonomy
        LEFT JOIN project_rankings AS k ON k.project_id = m.project_id AND k.as_of_month = m.as_of_month
        LEFT JOIN project_status AS s ON s.project_id = m.project_id AND s.as_of = last_day($as_of::DATE)
        WHERE m.as_of_month = $as_of AND m.profile = $profile AND d.domain IS NOT NULL
        ORDER BY m.openrank_mean DESC NULLS LAST, p.name
        """,
        {"as_of": as_of, "profile": profile, "taxonomy": taxonomy_version},
    )


def members(as_of: date, profile: str) -> Query:
    """Ids of the members of a landscape."""
    return Query(
        "SELECT project_id FROM landscape_members WHERE as_of_month = $as_of AND profile = $profile AND is_member",
        {"as_of": as_of, "profile": profile},
    )


def rankings(as_of: date, window_months: int, scope: str, scope_value: str, top: int) -> Query:
    """The first ranks of a scope, with the change against a year before."""
    return Query(
        """
        SELECT
            k.rank, k.project_id, p.name, p.organization, p.language, p.created_at, p.repo_full_name,
            d.layer, d.domain, d.subdomain, k.openrank_mean, k.months_count, k.openrank_yoy_delta,
            k.openrank_yoy_ratio, k.stars_count, k.stars_basis, k.stars_observed_on, k.window_start, k.window_end
        FROM project_rankings_by_scope AS k
        JOIN projects AS p USING (project_id)
        LEFT JOIN project_domains AS d
            ON d.project_id = k.project_id AND d.taxonomy_version = (SELECT taxonomy_version FROM metadata)
        WHERE k.as_of_month = $as_of AND k.window_months = $window
            AND k.scope = $scope AND k.scope_value = $scope_value AND k.rank <= $top
        ORDER BY k.rank, p.name
        """,
        {"as_of": as_of, "window": window_months, "scope": scope, "scope_value": scope_value, "top": top},
    )


def windows(as_of: date) -> Query:
    """Lengths of the windows that are published for a month."""
    return Query(
        "SELECT DISTINCT window_months FROM project_rankings_by_scope WHERE as_of_month = $as_of ORDER BY ALL",
        {"as_of": as_of},
    )


def monthly_openrank(project_ids: Sequence[str], first: date, last: date) -> Query:
    """OpenRank of some projects, month by month; a month without a value has no row."""
    return Query(
        """
        SELECT project_id, month, value, vintage, is_partial
        FROM project_metrics_monthly
        WHERE metric_id = 'openrank' AND source = 'opendigger'
            AND list_contains($projects, project_id) AND month BETWEEN $first AND $last
        ORDER BY project_id, month
        """,
        {"projects": tuple(project_ids), "first": first, "last": last},
    )


def monthly_ranks(project_ids: Sequence[str], scope: str, scope_value: str, first: date, last: date) -> Query:
    """Rank of some projects within a scope, month by month."""
    return Query(
        """
        SELECT r.project_id, p.name, r.month, r.rank, r.openrank
        FROM project_ranks_monthly AS r JOIN projects AS p USING (project_id)
        WHERE r.scope = $scope AND r.scope_value = $scope_value
            AND list_contains($projects, r.project_id) AND r.month BETWEEN $first AND $last
        ORDER BY r.project_id, r.month
        """,
        {
            "projects": tuple(project_ids),
            "scope": scope,
            "scope_value": scope_value,
            "first": first,
            "last": last,
        },
    )


def domain_growth(as_of: date) -> Query:
    """Growth of each domain against the year before."""
    return Query(
        "FROM domain_growth WHERE as_of_month = $as_of AND subdomain IS NULL"
        " ORDER BY openrank_sum DESC NULLS LAST, domain",
        {"as_of": as_of},
    )
