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


def published_columns() -> Query:
    """Columns that the file has, with their types."""
    return Query("""
        SELECT table_name, column_name, data_type
        FROM duckdb_columns() WHERE database_name = 'landscape' ORDER BY table_name, column_index
    """)


def schema_version() -> Query:
    """Of the file's tables."""
    return Query("SELECT schema_version FROM metadata")


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


def vintages() -> Query:
    """Versions of the sources that each monthly metric is published from, and when each source was last asked."""
    return Query("""
        SELECT v.metric_id, s.name, v.vintage, r.retrieved_on
        FROM (SELECT DISTINCT metric_id, source, vintage FROM project_metrics_monthly) AS v
        JOIN data_sources AS s USING (source)
        LEFT JOIN (
            SELECT source, max(retrieved_at)::DATE AS retrieved_on FROM refresh_runs GROUP BY source
        ) AS r USING (source)
        ORDER BY ALL
    """)


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


def cards(as_of: date, profile: str, window_months: int, taxonomy_version: str) -> Query:
    """Every labelled project with its verdict, mean, change and status as of a month.

    The mean is that of the profile's window, so the change is the one of a window of as many months. It is published of
    members of the default profile, for windows that are ranked: of others there is no row, as `is_ranked` says.
    """
    return Query(
        """
        SELECT
            p.project_id, p.name, p.organization, p.repo_full_name, p.description, p.language, p.license_spdx,
            year(p.created_at) AS created_year,
            d.layer, d.domain, d.subdomain, d.assignment,
            m.is_member, m.openrank_mean, m.months_count, m.window_months_count, m.reason_code, m.reason,
            w.openrank_yoy_delta, w.openrank_yoy_ratio, w.project_id IS NOT NULL AS is_ranked,
            coalesce(k.stars_count, if(p.observed_on <= last_day($as_of::DATE), p.stars_count, NULL)) AS stars_count,
            coalesce(s.status, 'unknown') AS status, s.reasons[1] AS status_reason
        FROM landscape_members AS m
        JOIN projects AS p USING (project_id)
        JOIN project_domains AS d ON d.project_id = m.project_id AND d.taxonomy_version = $taxonomy
        LEFT JOIN project_rankings AS k ON k.project_id = m.project_id AND k.as_of_month = m.as_of_month
        LEFT JOIN project_rankings_by_scope AS w
            ON w.project_id = m.project_id AND w.as_of_month = m.as_of_month AND w.window_months = $window
            AND w.scope = 'landscape'
        LEFT JOIN project_status AS s ON s.project_id = m.project_id AND s.as_of = last_day($as_of::DATE)
        WHERE m.as_of_month = $as_of AND m.profile = $profile AND d.domain IS NOT NULL
        ORDER BY m.openrank_mean DESC NULLS LAST, p.name
        """,
        {"as_of": as_of, "profile": profile, "window": window_months, "taxonomy": taxonomy_version},
    )


def facet_values(taxonomy_version: str) -> Query:
    """Languages, licences and years of creation of the labelled projects; NULL where one is unknown."""
    return Query(
        """
        SELECT DISTINCT p.language, p.license_spdx, year(p.created_at) AS created_year
        FROM projects AS p JOIN project_domains AS d USING (project_id)
        WHERE d.taxonomy_version = $taxonomy AND d.domain IS NOT NULL ORDER BY ALL
        """,
        {"taxonomy": taxonomy_version},
    )


def other_verdicts(as_of: date, profile: str) -> Query:
    """Whether each project is a member as of another month, and why; NULL where that is unknown."""
    return Query(
        """
        SELECT project_id, is_member AS is_other_member, reason_code AS other_reason_code
        FROM landscape_members WHERE as_of_month = $as_of AND profile = $profile
        """,
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
        LEFT JOIN (FROM project_domains WHERE taxonomy_version = (SELECT taxonomy_version FROM metadata)) AS d
            ON d.project_id = k.project_id
        WHERE k.as_of_month = $as_of AND k.window_months = $window
            AND k.scope = $scope AND k.scope_value = $scope_value AND k.rank <= $top
        ORDER BY k.rank, p.name
        """,
        {"as_of": as_of, "window": window_months, "scope": scope, "scope_value": scope_value, "top": top},
    )


def movers(as_of: date, window_months: int, scope: str, scope_value: str, most: int) -> Query:
    """Who of a whole scope rose most and fell most against the same months a year before, and how many can be told."""
    return Query(
        """
        WITH ranked AS (
            SELECT
                k.project_id, p.name, k.openrank_mean, k.openrank_yoy_delta, k.openrank_yoy_ratio, k.window_start,
                k.window_end, count(k.openrank_yoy_delta) OVER () AS compared_count, count(*) OVER () AS ranked_count
            FROM project_rankings_by_scope AS k
            JOIN projects AS p USING (project_id)
            WHERE k.as_of_month = $as_of AND k.window_months = $window
                AND k.scope = $scope AND k.scope_value = $scope_value
        )
        FROM ranked
        WHERE openrank_yoy_delta <> 0
        QUALIFY row_number() OVER (
            PARTITION BY openrank_yoy_delta > 0 ORDER BY abs(openrank_yoy_delta) DESC, project_id
        ) <= $most
        ORDER BY openrank_yoy_delta DESC, project_id
        """,
        {"as_of": as_of, "window": window_months, "scope": scope, "scope_value": scope_value, "most": most},
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
            AND project_id IN (SELECT unnest($projects::VARCHAR[])) AND month BETWEEN $first AND $last
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
            AND r.project_id IN (SELECT unnest($projects::VARCHAR[])) AND r.month BETWEEN $first AND $last
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


def found_projects(text: str, top: int) -> Query:
    """Projects whose name or repository holds a text: those with most OpenRank, by name, and how many there are."""
    return Query(
        """
        SELECT project_id, name, found_count
        FROM (
            SELECT p.project_id, p.name, count(*) OVER () AS found_count
            FROM projects AS p CROSS JOIN metadata AS f
            LEFT JOIN landscape_members AS m
                ON m.project_id = p.project_id AND m.as_of_month = f.as_of_month AND m.profile = f.membership_profile
            WHERE contains(lower(p.name || ' ' || p.repo_full_name), lower($text))
            ORDER BY m.openrank_mean DESC NULLS LAST, p.project_id LIMIT $top
        )
        ORDER BY lower(name), project_id
        """,
        {"text": text, "top": top},
    )


def named_projects(project_ids: Sequence[str]) -> Query:
    """Which of some ids are projects, with their names."""
    return Query(
        """
        SELECT project_id, name FROM projects
        WHERE project_id IN (SELECT unnest($projects::VARCHAR[])) ORDER BY lower(name), project_id
        """,
        {"projects": tuple(project_ids)},
    )


def leading_project() -> Query:
    """The project of the first rank; none where nothing is ranked."""
    return Query("""
        SELECT k.project_id FROM project_rankings AS k JOIN metadata AS m ON k.as_of_month = m.as_of_month
        ORDER BY k.rank, k.project_id LIMIT 1
    """)


def project(project_id: str) -> Query:
    """What is known of a project."""
    return Query("FROM projects WHERE project_id = $project", {"project": project_id})


def project_names(project_id: str) -> Query:
    """Every name a project's repositories had."""
    return Query(
        """
        SELECT repo_full_name, repo_id, is_current, first_seen_at, last_seen_at
        FROM project_repos WHERE project_id = $project
        ORDER BY is_current DESC, last_seen_at DESC NULLS LAST, repo_full_name
        """,
        {"project": project_id},
    )


def project_domain(project_id: str) -> Query:
    """The box of a project under each version of the taxonomy, the default one first."""
    return Query(
        """
        SELECT d.*, coalesce(b.layer_zh, d.layer) AS layer_zh, coalesce(b.domain_zh, d.domain) AS domain_zh,
            coalesce(b.subdomain_zh, d.subdomain) AS subdomain_zh
        FROM project_domains AS d
        LEFT JOIN taxonomy_boxes AS b
            ON b.taxonomy_version = d.taxonomy_version AND b.domain = d.domain
            AND b.subdomain IS NOT DISTINCT FROM d.subdomain
        WHERE d.project_id = $project
        ORDER BY d.taxonomy_version = (SELECT taxonomy_version FROM metadata) DESC, d.taxonomy_version
        """,
        {"project": project_id},
    )


def newest_status(project_id: str) -> Query:
    """The last assessment of a project by the file's as-of day, or the first one after it."""
    return Query(
        """
        SELECT s.* FROM project_status AS s CROSS JOIN metadata AS m
        WHERE s.project_id = $project
        ORDER BY s.as_of <= m.as_of DESC, abs(s.as_of - m.as_of) LIMIT 1
        """,
        {"project": project_id},
    )


def membership(project_id: str) -> Query:
    """The verdict of each rule on a project, as of the file's month."""
    return Query(
        """
        SELECT p.*, m.openrank_mean, m.months_count, m.window_months_count, m.retrieved_months_count,
            m.is_member, m.reason_code, m.reason
        FROM landscape_members AS m JOIN membership_profiles AS p USING (profile)
        WHERE m.project_id = $project AND m.as_of_month = (SELECT as_of_month FROM metadata)
        ORDER BY p.profile = (SELECT membership_profile FROM metadata) DESC, p.profile
        """,
        {"project": project_id},
    )


def metric_values(project_id: str, metric_id: str) -> Query:
    """A metric of a project month by month."""
    return Query(
        """
        SELECT month, value, source, vintage, coverage_ratio, is_partial
        FROM project_metrics_monthly WHERE project_id = $project AND metric_id = $metric
        ORDER BY month
        """,
        {"project": project_id, "metric": metric_id},
    )


def metrics_of(project_id: str) -> Query:
    """Metrics of which a project has a value."""
    return Query(
        """
        SELECT c.metric_id, c.name, c.name_zh, c.unit
        FROM metric_catalog AS c
        SEMI JOIN (FROM project_metrics_monthly WHERE project_id = $project) AS m ON m.metric_id = c.metric_id
        ORDER BY c.metric_id = 'openrank' DESC, c.metric_id
        """,
        {"project": project_id},
    )


def dated_events(project_ids: Sequence[str]) -> Query:
    """Dated events of some projects."""
    return Query(
        """
        SELECT a.project_id, p.name, a.happened_on, a.kind, a.text, a.url, a.source
        FROM project_annotations AS a JOIN projects AS p USING (project_id)
        WHERE list_contains($projects, a.project_id) ORDER BY a.happened_on, a.project_id
        """,
        {"projects": tuple(project_ids)},
    )


def rank_history(project_id: str) -> Query:
    """Rank in the whole landscape and in the domain, month by month."""
    return Query(
        """
        SELECT scope, scope_value, month, rank, openrank FROM project_ranks_monthly
        WHERE project_id = $project AND scope IN ('landscape', 'domain')
        ORDER BY scope DESC, month
        """,
        {"project": project_id},
    )


def openrank_parts(project_id: str) -> Query:
    """What the newest computed value of a project is made of, the largest part first.

    Of real events where there are any; of several repositories that with the highest value.
    """
    return Query(
        """
        WITH valued AS (
            SELECT p.repo_full_name, p.month, p.source, s.kind, sum(p.openrank) AS value
            FROM openrank_parts AS p
            JOIN data_sources AS s USING (source)
            WHERE p.project_id = $project
            GROUP BY ALL
        ),
        shown AS (
            FROM valued ORDER BY kind = 'simulated', month DESC, value DESC, repo_full_name LIMIT 1
        )
        SELECT p.part, p.people_count, p.actions_count, p.openrank, v.value, p.repo_full_name, p.month, p.source,
            v.kind, p.vintage, m.hours_loaded_count, m.hours_expected_count
        FROM openrank_parts AS p
        JOIN shown AS v USING (repo_full_name, month, source)
        JOIN openrank_months AS m USING (month, source, vintage)
        WHERE p.project_id = $project
        ORDER BY p.openrank DESC, p.part
        """,
        {"project": project_id},
    )


def found_from_seeds() -> Query:
    """Repositories that following people from the seeds leads to, with the way to each, hop by hop."""
    return Query(
        """
        SELECT e.source, s.kind, e.repo_full_name, e.project_id, e.hop, e.rank, e.path, e.shared_people_count,
            e.people_count, e.association, e.expected_people_count, e.p_value, e.window_start, e.window_end
        FROM exploration_candidates AS e
        JOIN data_sources AS s USING (source)
        ORDER BY s.kind = 'simulated', e.source, e.hop, e.rank
        """
    )


def neighbours(project_id: str, top: int) -> Query:
    """Who shares most people with a project, per source."""
    return Query(
        """
        SELECT e.source, s.kind, n.project_id, n.name, d.domain, e.shared_people_count, e.jaccard,
            e.window_start, e.window_end
        FROM collaboration_edges AS e
        JOIN projects AS n
            ON n.project_id = if(e.project_a = $project, e.project_b, e.project_a)
        JOIN data_sources AS s ON s.source = e.source
        LEFT JOIN (FROM project_domains WHERE taxonomy_version = (SELECT taxonomy_version FROM metadata)) AS d
            ON d.project_id = n.project_id
        WHERE $project IN (e.project_a, e.project_b)
        QUALIFY row_number() OVER (PARTITION BY e.source ORDER BY e.shared_people_count DESC, n.project_id) <= $top
        ORDER BY s.kind = 'simulated', e.source, e.shared_people_count DESC, n.project_id
        """,
        {"project": project_id, "top": top},
    )


def similar(project_id: str, top: int) -> Query:
    """Members of the same box, the nearest in OpenRank first."""
    return Query(
        """
        WITH placed AS (
            SELECT d.project_id, d.domain, d.subdomain, m.openrank_mean
            FROM (FROM project_domains WHERE taxonomy_version = (SELECT taxonomy_version FROM metadata)) AS d
            LEFT JOIN (
                FROM landscape_members WHERE as_of_month = (SELECT as_of_month FROM metadata)
                    AND profile = (SELECT membership_profile FROM metadata)
            ) AS m USING (project_id)
        )
        SELECT p.project_id, p.name, other.domain, other.subdomain, other.openrank_mean
        FROM (FROM placed WHERE project_id = $project) AS here
        JOIN placed AS other ON other.domain = here.domain AND other.project_id <> here.project_id
        JOIN projects AS p ON p.project_id = other.project_id
        ORDER BY other.subdomain IS NOT DISTINCT FROM here.subdomain DESC,
            abs(coalesce(other.openrank_mean, 0) - coalesce(here.openrank_mean, 0)), p.project_id
        LIMIT $top
        """,
        {"project": project_id, "top": top},
    )


def series(project_ids: Sequence[str], metric_id: str) -> Query:
    """A metric of some projects, month by month; a month without a value has no row."""
    return Query(
        """
        SELECT m.project_id AS series, p.name, m.month, m.value, m.source, m.vintage, m.coverage_ratio, m.is_partial
        FROM project_metrics_monthly AS m JOIN projects AS p USING (project_id)
        WHERE m.metric_id = $metric AND m.project_id IN (SELECT unnest($projects::VARCHAR[]))
        QUALIFY row_number() OVER (PARTITION BY m.project_id, m.month ORDER BY m.source <> 'opendigger', m.source) = 1
        ORDER BY m.project_id, m.month
        """,
        {"projects": tuple(project_ids), "metric": metric_id},
    )


def retrieved_extents(project_ids: Sequence[str]) -> Query:
    """Unbroken runs of months that were retrieved for some projects, in the vintage that their values are of."""
    return Query(
        """
        SELECT DISTINCT n.project_id AS series, e.extent_from, e.extent_through
        FROM project_repos AS n
        JOIN repo_series_extents AS e ON lower(e.repo_full_name) = lower(n.repo_full_name)
        WHERE list_contains($projects, n.project_id)
            AND e.vintage = (
                SELECT max(vintage) FROM project_metrics_monthly
                WHERE metric_id = 'openrank' AND project_id IN (SELECT unnest($projects::VARCHAR[]))
            )
        ORDER BY ALL
        """,
        {"projects": tuple(project_ids)},
    )


def creation_months(project_ids: Sequence[str]) -> Query:
    """Month of creation of some projects; NULL where it is unknown."""
    return Query(
        """
        SELECT project_id AS series, date_trunc('month', created_at)::DATE AS created_month
        FROM projects WHERE list_contains($projects, project_id) ORDER BY project_id
        """,
        {"projects": tuple(project_ids)},
    )


def scope_series(scopes: Sequence[str]) -> Query:
    """Summed OpenRank of some layers, domains or subdomains, each as ``scope:name``, month by month."""
    return Query(
        """
        SELECT scope || ':' || scope_value AS series, month, openrank_sum AS value,
            projects_count, known_projects_count, existing_projects_count,
            known_projects_count < existing_projects_count AS is_partial
        FROM scope_openrank_monthly
        WHERE list_contains($scopes, scope || ':' || scope_value) ORDER BY series, month
        """,
        {"scopes": tuple(scopes)},
    )


def areas() -> Query:
    """Technology areas that have a year, with their names."""
    return Query(
        "FROM technology_areas SEMI JOIN technology_area_annual USING (area) ORDER BY area",
    )


def area_years(area_ids: Sequence[str]) -> Query:
    """OpenRank of some technology areas year by year, with how many of their repositories it covers."""
    return Query(
        """
        SELECT area AS series, make_date(year::INTEGER, 1, 1) AS month, openrank_sum AS value, months_count,
            repos_count, covered_repos_count,
            covered_repos_count / repos_count
                < (SELECT value FROM thresholds WHERE threshold_id = 'comparable_coverage_ratio') AS is_partial
        FROM technology_area_annual WHERE list_contains($areas, area) ORDER BY area, year
        """,
        {"areas": tuple(area_ids)},
    )


def compared_projects(project_ids: Sequence[str], as_of: date) -> Query:
    """Identity, standing and status of some projects as of a month, side by side."""
    return Query(
        """
        SELECT
            p.project_id, p.name, p.organization, p.repo_full_name, p.description, p.language, p.license_spdx,
            p.created_at, d.layer, d.domain, d.subdomain,
            m.openrank_mean, m.months_count, m.window_months_count, m.is_member, m.reason_code, m.reason,
            k.window_start, k.window_end, k.openrank_prior_mean, k.openrank_yoy_delta, k.openrank_yoy_ratio,
            k.rank, g.rank AS domain_rank, g.ranked_count AS domain_ranked_count, k.ranked_count,
            k.stars_count, k.stars_observed_on, k.stars_basis,
            s.status, s.reasons AS status_reasons
        FROM projects AS p
        LEFT JOIN project_domains AS d
            ON d.project_id = p.project_id AND d.taxonomy_version = (SELECT taxonomy_version FROM metadata)
        LEFT JOIN landscape_members AS m
            ON m.project_id = p.project_id AND m.as_of_month = $as_of
            AND m.profile = (SELECT membership_profile FROM metadata)
        LEFT JOIN (
            SELECT *, count(*) OVER () AS ranked_count FROM project_rankings WHERE as_of_month = $as_of
        ) AS k ON k.project_id = p.project_id
        LEFT JOIN (
            SELECT project_id, scope_value, rank, count(*) OVER (PARTITION BY scope_value) AS ranked_count
            FROM project_rankings_by_scope
            WHERE as_of_month = $as_of AND scope = 'domain' AND window_months = month($as_of::DATE)
        ) AS g ON g.project_id = p.project_id AND g.scope_value = d.domain
        LEFT JOIN project_status AS s ON s.project_id = p.project_id AND s.as_of = last_day($as_of::DATE)
        WHERE list_contains($projects, p.project_id)
        ORDER BY list_position($projects, p.project_id)
        """,
        {"projects": tuple(project_ids), "as_of": as_of},
    )


def shared_people(project_ids: Sequence[str]) -> Query:
    """People that some projects share, per pair and source; pairs without a row are below the source's cut."""
    return Query(
        """
        SELECT a.name AS name_a, b.name AS name_b, e.shared_people_count, e.jaccard, e.source, s.kind,
            e.window_start, e.window_end
        FROM collaboration_edges AS e
        JOIN projects AS a ON a.project_id = e.project_a
        JOIN projects AS b ON b.project_id = e.project_b
        JOIN data_sources AS s ON s.source = e.source
        WHERE list_contains($projects, e.project_a) AND list_contains($projects, e.project_b)
        ORDER BY s.kind = 'simulated', e.source, e.shared_people_count DESC, e.project_a, e.project_b
        """,
        {"projects": tuple(project_ids)},
    )


def closest_pair() -> Query:
    """The two projects that share most people, by sources that are not simulated."""
    return Query("""
        SELECT e.project_a, a.name AS name_a, e.project_b, b.name AS name_b, e.shared_people_count
        FROM collaboration_edges AS e
        JOIN data_sources AS s ON s.source = e.source AND s.kind <> 'simulated'
        JOIN projects AS a ON a.project_id = e.project_a
        JOIN projects AS b ON b.project_id = e.project_b
        ORDER BY e.shared_people_count DESC, e.project_a, e.project_b LIMIT 1
    """)


def figures_about(project_ids: Sequence[str]) -> Query:
    """What reports printed about some projects, beside what the tables give."""
    return Query(
        """
        SELECT f.*, p.name FROM published_figures AS f JOIN projects AS p USING (project_id)
        WHERE list_contains($projects, f.project_id)
        ORDER BY list_position($projects, f.project_id), f.figure_id
        """,
        {"projects": tuple(project_ids)},
    )


def figures_told() -> Query:
    """Every published figure of the story, with the name of its project, in the order of its section."""
    return Query("""
        SELECT f.*, p.name FROM published_figures AS f LEFT JOIN projects AS p USING (project_id)
        WHERE f.section IS NOT NULL ORDER BY f.section, abs(f.number) DESC NULLS LAST, f.figure_id
    """)


def source_freshness() -> Query:
    """Every source with its kind and what its last retrieval brought; NULL where it is not retrieved by a run."""
    return Query("""
        SELECT s.source, s.name, s.kind, s.license, s.url, s.description, r.retrieved_at,
            r.requested_count, r.loaded_count, r.missing_count, r.quarantined_count, r.rows_count
        FROM data_sources AS s
        LEFT JOIN (
            FROM refresh_runs QUALIFY row_number() OVER (PARTITION BY source ORDER BY retrieved_at DESC) = 1
        ) AS r USING (source)
        ORDER BY s.kind = 'simulated', s.kind = 'derived', r.retrieved_at IS NULL, s.source
    """)


def monthly_coverage() -> Query:
    """Coverage of each source month by month: what it says itself, or the share of the month's hours that are held."""
    return Query("""
        SELECT source, event_type, period_start::DATE AS month, coverage_ratio, observed_count, expected_count, is_gap
        FROM data_coverage WHERE regexp_full_match(period, '\\d{4}-\\d{2}')
        UNION ALL BY NAME
        SELECT source, 'hours' AS event_type, month, held_count / hours_count AS coverage_ratio,
            held_count AS observed_count, hours_count AS expected_count, has_gap AS is_gap
        FROM (
            SELECT source, date_trunc('month', period_start)::DATE AS month,
                count(*) FILTER (observed_count > 0) AS held_count,
                24 * date_part('day', last_day(any_value(period_start))) AS hours_count,
                bool_or(is_gap) AS has_gap
            FROM data_coverage
            WHERE event_type = 'all' AND regexp_full_match(period, '\\d{4}-\\d{2}-\\d{2}T\\d{2}')
            GROUP BY ALL
        )
        ORDER BY source, event_type, month
    """)


def archive_gaps() -> Query:
    """Stretches that a source is known not to have, or to have in part."""
    return Query("""
        SELECT c.source, s.name, c.period, c.period_start, c.event_type, c.coverage_ratio, c.detail
        FROM data_coverage AS c JOIN data_sources AS s USING (source)
        WHERE c.is_gap AND c.detail IS NOT NULL
        ORDER BY c.period_start, c.source, c.event_type
    """)


def thresholds() -> Query:
    """Every threshold with its reason."""
    return Query("FROM thresholds ORDER BY threshold_id")


def table_comments() -> Query:
    """Each published table with its own comment."""
    return Query("""
        SELECT table_name, comment, estimated_size AS rows_count, column_count FROM duckdb_tables()
        WHERE database_name = 'landscape' ORDER BY table_name
    """)


def column_comments(table: str) -> Query:
    """Each column of a table with its type and comment."""
    return Query(
        """
        SELECT column_name, data_type, is_nullable, comment FROM duckdb_columns()
        WHERE database_name = 'landscape' AND table_name = $table ORDER BY column_index
        """,
        {"table": table},
    )


CONSOLE_EXAMPLES = {
    "ranking": """SELECT k.rank, p.name, round(k.openrank_mean) AS openrank, round(k.openrank_yoy_delta) AS change
FROM project_rankings AS k JOIN projects AS p USING (project_id)
WHERE k.as_of_month = (SELECT as_of_month FROM metadata)
ORDER BY k.rank LIMIT 20""",
    "out": """SELECT p.name, m.openrank_mean, m.reason
FROM landscape_members AS m JOIN projects AS p USING (project_id)
WHERE m.as_of_month = (SELECT as_of_month FROM metadata)
    AND m.profile = (SELECT membership_profile FROM metadata)
    AND m.is_member IS DISTINCT FROM true
ORDER BY m.openrank_mean DESC NULLS LAST, p.name""",
    "neighbours": """SELECT e.source, s.kind, if(e.project_a = 'vllm', e.project_b, e.project_a) AS neighbour,
    e.shared_people_count
FROM collaboration_edges AS e JOIN data_sources AS s USING (source)
WHERE 'vllm' IN (e.project_a, e.project_b)
ORDER BY e.source, e.shared_people_count DESC LIMIT 20""",
    "statuses": """SELECT status, count(*) AS projects_count, list(project_id ORDER BY project_id)[:5] AS some
FROM project_status
WHERE as_of = (SELECT max(as_of) FROM project_status WHERE as_of <= (SELECT as_of FROM metadata))
GROUP BY status ORDER BY projects_count DESC, status""",
    "growth": """SELECT domain, subdomain, round(openrank_sum) AS openrank, growth_ratio, compared_projects_count
FROM domain_growth
WHERE as_of_month = (SELECT as_of_month FROM metadata)
ORDER BY growth_ratio DESC NULLS LAST""",
    "comments": """SELECT table_name, column_name, comment
FROM duckdb_columns() WHERE database_name = 'landscape' AND comment ILIKE '%simulated%'
ORDER BY ALL""",
}
"""Queries to begin with in the console."""


@dataclass(frozen=True, slots=True)
class Network:
    """A published network: its source, and its window where the source states one."""

    source: str
    window_start: date | None
    window_end: date | None

    @property
    def params(self) -> dict[str, object]:
        """Of every query on one network."""
        return {"source": self.source, "window_start": self.window_start, "window_end": self.window_end}


_OF_NETWORK = (
    "source = $source AND window_start IS NOT DISTINCT FROM $window_start::DATE"
    " AND window_end IS NOT DISTINCT FROM $window_end::DATE"
)


def networks() -> Query:
    """Every published network with its size, the newest real one first."""
    return Query("""
        SELECT g.*, s.name, s.kind
        FROM graph_summary AS g JOIN data_sources AS s USING (source)
        ORDER BY s.kind = 'simulated', g.window_end DESC NULLS LAST, g.window_start NULLS LAST, g.source
    """)


_NETWORK_NODES = f"""
    SELECT n.*, p.name, d.layer, d.domain, d.subdomain, c.name AS community_name,
        m.openrank_mean, p.stars_count
    FROM (FROM graph_nodes WHERE {_OF_NETWORK}) AS n
    CROSS JOIN metadata AS f
    JOIN projects AS p USING (project_id)
    LEFT JOIN project_domains AS d
        ON d.project_id = n.project_id AND d.taxonomy_version = f.taxonomy_version AND d.assignment = 'curated'
    LEFT JOIN (FROM graph_communities WHERE {_OF_NETWORK}) AS c ON c.community = n.community
    LEFT JOIN landscape_members AS m
        ON m.project_id = n.project_id AND m.as_of_month = f.as_of_month AND m.profile = f.membership_profile
"""  # noqa: S608 - put together from constants

_DRAWN_NODES = f"""
    SELECT n.*
    FROM ({_NETWORK_NODES}) AS n
    LEFT JOIN (
        SELECT if(list_contains($first, project_a), project_b, project_a) AS project_id,
            max(shared_people_count) AS shared_people_count
        FROM collaboration_edges
        WHERE {_OF_NETWORK} AND (list_contains($first, project_a) OR list_contains($first, project_b))
        GROUP BY ALL
    ) AS tied USING (project_id)
    ORDER BY list_contains($first, n.project_id) DESC, tied.shared_people_count DESC NULLS LAST,
        n.openrank_mean DESC NULLS LAST, n.weighted_degree DESC, n.project_id
    LIMIT $most_nodes
"""  # noqa: S608 - put together from constants


def network_nodes(network: Network, first: Sequence[str], most_nodes: int) -> Query:
    """Projects of a network that are drawn, with their measures, community, box and mean OpenRank.

    Where there are too many: those that are named first, who shares most people with them, and then by OpenRank.
    """
    return Query(
        f"FROM ({_DRAWN_NODES}) ORDER BY project_id",
        {**network.params, "first": tuple(first), "most_nodes": most_nodes},
    )


def network_edges(
    network: Network, first: Sequence[str], least: int, most_nodes: int, most_edges: int
) -> Query:
    """Pairs of the drawn projects from some shared people on, those with most first, and how many pairs that are.

    Where there are too many, those of the projects that are named stay, whatever they share.
    """
    return Query(
        f"""
        WITH drawn AS (SELECT project_id FROM ({_DRAWN_NODES}))
        FROM (
            SELECT e.*, count(*) OVER () AS pairs_count
            FROM (FROM collaboration_edges WHERE {_OF_NETWORK} AND shared_people_count >= $least) AS e
            SEMI JOIN drawn AS a ON a.project_id = e.project_a
            SEMI JOIN drawn AS b ON b.project_id = e.project_b
            ORDER BY list_contains($first, e.project_a) OR list_contains($first, e.project_b) DESC,
                e.shared_people_count DESC, e.project_a, e.project_b
            LIMIT $most_edges
        )
        ORDER BY shared_people_count DESC, project_a, project_b
        """,  # noqa: S608 - put together from constants
        {
            **network.params,
            "first": tuple(first),
            "least": least,
            "most_nodes": most_nodes,
            "most_edges": most_edges,
        },
    )


def in_network(network: Network, project_ids: Sequence[str]) -> Query:
    """Which of some projects stand in a network."""
    return Query(
        f"SELECT project_id FROM graph_nodes WHERE {_OF_NETWORK} AND list_contains($projects, project_id) ORDER BY ALL",  # noqa: S608
        {**network.params, "projects": tuple(project_ids)},
    )


def network_cuts(network: Network) -> Query:
    """Numbers of shared people that pairs of a network have."""
    return Query(
        f"SELECT DISTINCT shared_people_count FROM collaboration_edges WHERE {_OF_NETWORK} ORDER BY ALL",  # noqa: S608
        network.params,
    )


def network_core(network: Network, measure: str, top: int) -> Query:
    """Projects of a network with the highest value of a measure, which is a column of ``graph_nodes``."""
    return Query(
        f"{_NETWORK_NODES} ORDER BY {measure} DESC NULLS LAST, n.project_id LIMIT $top",
        {**network.params, "top": top},
    )


def found_in_network(network: Network, text: str, top: int) -> Query:
    """As `found_projects`, among those of a network."""
    return Query(
        f"""
        SELECT project_id, name, found_count
        FROM (
            SELECT n.project_id, n.name, count(*) OVER () AS found_count
            FROM ({_NETWORK_NODES}) AS n JOIN projects AS p USING (project_id)
            WHERE contains(lower(p.name || ' ' || p.repo_full_name), lower($text))
            ORDER BY n.openrank_mean DESC NULLS LAST, n.project_id LIMIT $top
        )
        ORDER BY lower(name), project_id
        """,  # noqa: S608 - put together from constants
        {**network.params, "text": text, "top": top},
    )


def network_communities(network: Network) -> Query:
    """Communities of a network with what is common to them and how stable they are."""
    return Query(f"FROM graph_communities WHERE {_OF_NETWORK} ORDER BY community", network.params)


def domain_connectivity(network: Network) -> Query:
    """How central each domain and subdomain is, the best connected first."""
    return Query(
        f"FROM domain_connectivity WHERE {_OF_NETWORK}"
        " ORDER BY degree_mean DESC, domain, subdomain NULLS FIRST",
        network.params,
    )


def edge_evidence(network: Network, project_a: str, project_b: str) -> Query:
    """Who ties two projects of a network, in the published order."""
    return Query(
        f"FROM edge_evidence WHERE {_OF_NETWORK} AND project_a = $project_a AND project_b = $project_b ORDER BY rank",
        {**network.params, "project_a": min(project_a, project_b), "project_b": max(project_a, project_b)},
    )


def assessed_days() -> Query:
    """Days on which every project was assessed, the newest first."""
    return Query("SELECT DISTINCT as_of FROM project_status ORDER BY as_of DESC")


def graveyard_policies() -> Query:
    """The policies of the graveyard."""
    return Query("FROM graveyard_policies ORDER BY position")


def threshold(threshold_id: str) -> Query:
    """One of the numbers that decide something."""
    return Query("SELECT value FROM thresholds WHERE threshold_id = $threshold", {"threshold": threshold_id})


def assessments(as_of: date) -> Query:
    """Every project's status on a day with what the rule of sudden attention looks at, as far as known by that day.

    Stars and the last push are NULL where they were only observed later, or too long before to say anything.
    """
    return Query(
        """
        WITH limits AS (
            SELECT value AS fresh_days FROM thresholds WHERE threshold_id = 'observation_fresh_days'
        )
        SELECT
            s.*, p.name, p.repo_full_name, p.created_at::DATE AS created_on,
            if(p.observed_on <= s.as_of, p.stars_count, NULL) AS stars_count,
            if(p.observed_on BETWEEN s.as_of - l.fresh_days::INT AND s.as_of, p.pushed_at::DATE, NULL) AS pushed_on,
            p.observed_on
        FROM project_status AS s
        JOIN projects AS p USING (project_id)
        CROSS JOIN limits AS l
        WHERE s.as_of = $as_of
        ORDER BY s.ended_on DESC NULLS LAST, s.openrank_drawdown_ratio DESC NULLS LAST, p.name
        """,
        {"as_of": as_of},
    )


def survival_groups() -> Query:
    """Groups with a survival curve."""
    return Query("""
        SELECT grouping, group_value, max(projects_count) AS projects_count
        FROM survival_curves GROUP BY ALL ORDER BY grouping, group_value
    """)


def survival(groups: Sequence[str]) -> Query:
    """Survival curves of some groups, each named as grouping:value."""
    return Query(
        """
        FROM survival_curves
        WHERE list_contains($groups, grouping || ':' || group_value)
        ORDER BY grouping, group_value, age_months
        """,
        {"groups": tuple(groups)},
    )


def published_changes(before: date, after: date, profile: str) -> Query:
    """Changes between two as-of months under one rule, where they are published."""
    return Query(
        """
        SELECT c.*, p.name FROM landscape_changes AS c JOIN projects AS p USING (project_id)
        WHERE c.as_of_month_before = $before AND c.as_of_month_after = $after
            AND c.profile_before = $profile AND c.profile_after = $profile
        """,
        {"before": before, "after": after, "profile": profile},
    )


def verdicts(months: Sequence[date], profiles: Sequence[str]) -> Query:
    """Every project's verdict as of some months under some rules."""
    return Query(
        """
        SELECT m.*, p.name FROM landscape_members AS m JOIN projects AS p USING (project_id)
        WHERE list_contains($months, m.as_of_month) AND list_contains($profiles, m.profile)
        ORDER BY m.as_of_month, m.profile, m.project_id
        """,
        {"months": tuple(months), "profiles": tuple(profiles)},
    )


def all_domains() -> Query:
    """The box of every project under every taxonomy."""
    return Query("FROM project_domains ORDER BY project_id, taxonomy_version")


def main_repository_names() -> Query:
    """Names of the main repositories with the day each was first seen."""
    return Query("""
        SELECT r.project_id, r.repo_full_name, r.first_seen_at::DATE AS first_seen_on
        FROM project_repos AS r JOIN projects AS p USING (project_id)
        WHERE r.repo_id = p.repo_id ORDER BY ALL
    """)


def publication(as_of: date, profile: str) -> Query:
    """What a publication says of every project as of a month: verdict, mean, status."""
    return Query(
        """
        SELECT p.project_id, p.name, m.is_member, m.openrank_mean, m.reason, s.status
        FROM projects AS p
        LEFT JOIN landscape_members AS m
            ON m.project_id = p.project_id AND m.as_of_month = $as_of AND m.profile = $profile
        LEFT JOIN project_status AS s ON s.project_id = p.project_id AND s.as_of = last_day($as_of::DATE)
        ORDER BY p.project_id
        """,
        {"as_of": as_of, "profile": profile},
    )


def making() -> Query:
    """What a publication was made from: code, seeds and the newest retrieval of any source."""
    return Query("""
        SELECT f.snapshot_id, f.as_of, f.schema_version, f.code_version, f.seeds_hash,
            (SELECT max(retrieved_at) FROM refresh_runs) AS retrieved_at
        FROM metadata AS f
    """)
