"""What must hold before anything is published: each table's contract, and rules across tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.warehouse.connection import fetch_row
from pipelines.warehouse.contracts import PUBLISHED
from pipelines.warehouse.ddl import identifier

if TYPE_CHECKING:
    import duckdb
    import polars as pl

SAMPLE_ROWS = 5
"""How many offending rows a result quotes."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule across rows or tables.

    Attributes
    ----------
    table
        Published table the rule protects.
    name
        What must hold, in words.
    violations
        SELECT over schema ``mart`` that returns the rows that break it.
    needs
        Other published tables the SELECT reads.
    """

    table: str
    name: str
    violations: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Outcome of one rule on one table."""

    table: str
    rule: str
    rows_count: int
    failed_count: int
    samples: tuple[dict[str, Any], ...] = ()

    @property
    def has_passed(self) -> bool:
        """True if no row breaks the rule."""
        return self.failed_count == 0

    def __str__(self) -> str:
        verdict = "ok" if self.has_passed else f"{self.failed_count} of {self.rows_count} rows break it"
        lines = [f"{self.table}: {self.rule}: {verdict}"]
        lines += [f"    {sample}" for sample in self.samples]
        return "\n".join(lines)


def _references(table: str, column: str, target: str, key: str) -> Rule:
    return Rule(
        table,
        f"{column} is in {target}",
        f"SELECT * FROM mart.{table} AS t ANTI JOIN mart.{target} AS r ON r.{key} = t.{column}"
        f" WHERE t.{column} IS NOT NULL",
        needs=(target,),
    )


_PROJECT_TABLES = (
    "project_repos",
    "project_metrics_monthly",
    "openrank_parts",
    "project_domains",
    "landscape_members",
    "membership_watch_list",
    "project_rankings",
    "project_rankings_by_scope",
    "project_ranks_monthly",
    "project_status",
    "project_annotations",
    "landscape_changes",
    "graph_nodes",
    "exploration_candidates",
    "published_figures",
)
_SOURCE_TABLES = (
    "projects",
    "project_metrics_monthly",
    "repo_openrank_monthly",
    "openrank_months",
    "openrank_parts",
    "repo_series_extents",
    "collaboration_windows",
    "collaboration_edges",
    "graph_nodes",
    "graph_communities",
    "domain_connectivity",
    "graph_summary",
    "repository_edges",
    "edge_evidence",
    "exploration_candidates",
    "project_annotations",
    "data_coverage",
    "metric_catalog",
    "refresh_runs",
)

_NETWORK = "source, window_start, window_end"
"""What tells one collaboration network from another; unknown days are NULL there."""

CROSS_RULES: tuple[Rule, ...] = (
    *(_references(table, "project_id", "projects", "project_id") for table in _PROJECT_TABLES),
    _references("collaboration_edges", "project_a", "projects", "project_id"),
    _references("collaboration_edges", "project_b", "projects", "project_id"),
    _references("project_metrics_monthly", "metric_id", "metric_catalog", "metric_id"),
    _references("technology_area_annual", "area", "technology_areas", "area"),
    Rule(
        "scope_openrank_monthly",
        "sums and counts follow from the labels and the values",
        "SELECT s.*, sum(v.value) AS recomputed"
        " FROM mart.scope_openrank_monthly AS s LEFT JOIN mart.project_domains AS d"
        "  ON d.assignment = 'curated' AND d.taxonomy_version = s.taxonomy_version AND s.scope_value ="
        "  CASE s.scope WHEN 'layer' THEN d.layer WHEN 'domain' THEN d.domain ELSE d.subdomain END"
        " LEFT JOIN mart.project_metrics_monthly AS v ON v.project_id = d.project_id AND v.month = s.month"
        "  AND v.metric_id = 'openrank' AND v.source = 'opendigger'"
        " GROUP BY ALL"
        " HAVING abs(coalesce(sum(v.value), -1) - s.openrank_sum) > 1e-6 OR count(v.value) <> s.projects_count"
        "  OR NOT s.projects_count <= s.known_projects_count"
        "  OR NOT s.known_projects_count <= s.existing_projects_count",
        needs=("project_domains", "project_metrics_monthly"),
    ),
    *(_references(table, "source", "data_sources", "source") for table in _SOURCE_TABLES),
    Rule(
        "collaboration_edges",
        "a pair stands once per window and source",
        "SELECT source, window_start, window_end, project_a, project_b, count(*) AS copies"
        " FROM mart.collaboration_edges GROUP BY ALL HAVING count(*) > 1",
    ),
    *(
        Rule(
            table,
            f"{key} stands once per window and source",
            f"SELECT source, window_start, window_end, {columns}, count(*) AS copies FROM mart.{table}"
            " GROUP BY ALL HAVING count(*) > 1",
        )
        for table, key, columns in (
            ("graph_nodes", "a project", "project_id"),
            ("graph_nodes", "a place", "x, y"),
            ("graph_communities", "a community", "community"),
            ("domain_connectivity", "a box", "layer, domain, subdomain"),
            ("graph_summary", "a network", "'all' AS whole"),
        )
    ),
    Rule(
        "graph_nodes",
        "degrees follow from the edges",
        f"WITH counted AS (SELECT {_NETWORK}, project_id, count(*) AS degree, sum(shared) AS weighted_degree FROM"
        f" (SELECT {_NETWORK}, unnest([project_a, project_b]) AS project_id, shared_people_count AS shared"
        "  FROM mart.collaboration_edges) GROUP BY ALL)"
        " SELECT n.*, c.degree AS counted FROM mart.graph_nodes AS n FULL JOIN counted AS c"
        "  ON c.source = n.source AND c.project_id = n.project_id"
        "  AND c.window_start IS NOT DISTINCT FROM n.window_start AND c.window_end IS NOT DISTINCT FROM n.window_end"
        " WHERE n.project_id IS NULL OR n.degree <> coalesce(c.degree, 0)"
        "  OR n.weighted_degree <> coalesce(c.weighted_degree, 0)",
        needs=("collaboration_edges",),
    ),
    Rule(
        "graph_nodes",
        "every labelled project stands in every network",
        f"FROM (SELECT DISTINCT {_NETWORK} FROM mart.collaboration_edges) AS e CROSS JOIN"
        " (SELECT project_id FROM mart.project_domains WHERE assignment = 'curated'"
        "  AND taxonomy_version = (SELECT taxonomy_version FROM staging.build_facts)) AS d"
        " SELECT e.*, d.project_id WHERE NOT EXISTS (FROM mart.graph_nodes AS n WHERE n.project_id = d.project_id"
        "  AND n.source = e.source AND n.window_end IS NOT DISTINCT FROM e.window_end"
        "  AND n.window_start IS NOT DISTINCT FROM e.window_start)",
        needs=("collaboration_edges", "project_domains"),
    ),
    Rule(
        "graph_communities",
        "its projects are those of graph_nodes",
        f"WITH counted AS (SELECT {_NETWORK}, community, count(*) AS projects_count FROM mart.graph_nodes"
        "  WHERE community IS NOT NULL GROUP BY ALL),"
        f" stated AS (SELECT {_NETWORK}, community, projects_count FROM mart.graph_communities)"
        " (FROM counted EXCEPT ALL FROM stated) UNION ALL (FROM stated EXCEPT ALL FROM counted)",
        needs=("graph_nodes",),
    ),
    Rule(
        "domain_connectivity",
        "counts and means follow from graph_nodes and the labels",
        f"WITH labelled AS (SELECT {_NETWORK}, layer, domain, unnest(list_distinct([subdomain, '*'])) AS box, degree,"
        "   core_number FROM mart.graph_nodes JOIN mart.project_domains USING (project_id)"
        "  WHERE assignment = 'curated' AND taxonomy_version = (SELECT taxonomy_version FROM staging.build_facts)),"
        f" counted AS (SELECT {_NETWORK}, layer, domain, box, count(*) AS projects_count,"
        "   count(*) FILTER (degree = 0) AS isolated_count, round(avg(degree), 4) AS degree_mean,"
        "   round(avg(core_number), 4) AS core_number_mean FROM labelled GROUP BY ALL),"
        f" stated AS (SELECT {_NETWORK}, layer, domain, coalesce(subdomain, '*') AS box, projects_count,"
        "   isolated_count, round(degree_mean, 4), round(core_number_mean, 4) FROM mart.domain_connectivity)"
        " (FROM counted EXCEPT ALL FROM stated) UNION ALL (FROM stated EXCEPT ALL FROM counted)",
        needs=("graph_nodes", "project_domains"),
    ),
    Rule(
        "graph_summary",
        "its counts are those of graph_nodes",
        f"WITH counted AS (SELECT {_NETWORK}, count(*) AS nodes_count, sum(degree)::BIGINT // 2 AS edges_count,"
        "   count(*) FILTER (degree = 0) AS isolated_count, count(DISTINCT community) AS communities_count"
        "  FROM mart.graph_nodes GROUP BY ALL),"
        f" stated AS (SELECT {_NETWORK}, nodes_count, edges_count, isolated_count, communities_count"
        "  FROM mart.graph_summary)"
        " (FROM counted EXCEPT ALL FROM stated) UNION ALL (FROM stated EXCEPT ALL FROM counted)",
        needs=("graph_nodes",),
    ),
    *(
        Rule(
            table,
            "chance follows from the sizes and the window",
            f"SELECT e.* FROM mart.{table} AS e LEFT JOIN mart.collaboration_windows AS w"
            f" ON w.source = e.source AND w.level = '{level}'"
            " AND (w.window_start, w.window_end) = (e.window_start, e.window_end)"
            " WHERE e.window_start IS NOT NULL AND (w.source IS NULL OR abs(e.expected_people_count"
            " - e.people_a_count * e.people_b_count * (2 * w.meetings_count / w.memberships_count ** 2)) > 1e-6)",
            needs=("collaboration_windows",),
        )
        for table, level in (("collaboration_edges", "project"), ("repository_edges", "repository"))
    ),
    Rule(
        "edge_evidence",
        "every edge of events is opened, by each of its people once",
        "SELECT source, project_a, project_b, e.shared_people_count, v.people_count, v.left_out_count"
        " FROM (FROM mart.collaboration_edges WHERE window_start IS NOT NULL) AS e"
        " FULL JOIN (SELECT source, project_a, project_b, count(DISTINCT actor_id) AS people_count,"
        "  max(rank) AS last_rank, max(left_out_count) AS left_out_count FROM mart.edge_evidence GROUP BY ALL) AS v"
        " USING (source, project_a, project_b)"
        " WHERE e.shared_people_count IS DISTINCT FROM v.people_count + v.left_out_count"
        " OR v.people_count <> v.last_rank",
        needs=("collaboration_edges",),
    ),
    Rule(
        "exploration_candidates",
        "ranks of a hop follow the association",
        "FROM (SELECT *, row_number() OVER (PARTITION BY source, hop"
        "  ORDER BY association DESC, shared_people_count DESC, repo_id) AS expected FROM mart.exploration_candidates)"
        " WHERE rank <> expected",
    ),
    Rule(
        "exploration_candidates",
        "a path leads through what the hop before found and may lead on",
        "FROM mart.exploration_candidates AS c WHERE hop > 1 AND NOT EXISTS (FROM mart.exploration_candidates AS p"
        " WHERE p.source = c.source AND p.hop = c.hop - 1 AND p.path = c.path[:-2]"
        " AND p.kind IN ('software', 'unknown'))",
    ),
    Rule(
        "exploration_candidates",
        "the association follows from the counts",
        "FROM mart.exploration_candidates"
        " WHERE abs(association - shared_people_count / sqrt(people_count * frontier_people_count)) > 1e-9",
    ),
    Rule(
        "project_rankings",
        "ranks follow the mean, without a hole at the top",
        "SELECT * FROM (SELECT *, rank() OVER (PARTITION BY as_of_month ORDER BY openrank_mean DESC) AS expected"
        " FROM mart.project_rankings) WHERE rank <> expected",
    ),
    Rule(
        "project_rankings",
        "exactly the members of the default profile are ranked, with their mean",
        "SELECT coalesce(k.project_id, m.project_id) AS project_id, coalesce(k.as_of_month, m.as_of_month) AS month,"
        " k.openrank_mean AS ranked_mean, m.openrank_mean AS member_mean FROM mart.project_rankings AS k"
        " FULL JOIN (FROM mart.landscape_members WHERE is_member"
        "  AND profile = (SELECT membership_profile FROM staging.build_facts)) AS m"
        "  ON m.as_of_month = k.as_of_month AND m.project_id = k.project_id"
        " WHERE k.openrank_mean IS DISTINCT FROM m.openrank_mean",
        needs=("landscape_members",),
    ),
    Rule(
        "project_rankings",
        "the relative change is the change over the earlier mean",
        "SELECT * FROM mart.project_rankings"
        " WHERE abs(openrank_yoy_ratio * openrank_prior_mean - openrank_yoy_delta) > 1e-6"
        " OR (openrank_yoy_ratio IS NULL) <> (coalesce(openrank_prior_mean, 0) = 0)",
    ),
    Rule(
        "project_rankings_by_scope",
        "the whole landscape over the same window is project_rankings",
        "SELECT s.* FROM (FROM mart.project_rankings_by_scope WHERE scope = 'landscape') AS s"
        " JOIN mart.project_rankings AS k USING (as_of_month, window_start, project_id)"
        " WHERE (s.rank, s.openrank_mean, s.openrank_prior_mean, s.stars_count)"
        "  IS DISTINCT FROM (k.rank, k.openrank_mean, k.openrank_prior_mean, k.stars_count)",
        needs=("project_rankings",),
    ),
    *(
        Rule(
            table,
            "ranks follow the value in each scope",
            f"FROM (SELECT *, rank() OVER (PARTITION BY {period}, scope, scope_value ORDER BY {value} DESC) AS expected"
            f" FROM mart.{table}) WHERE rank <> expected",
        )
        for table, period, value in (
            ("project_rankings_by_scope", "as_of_month, window_months", "openrank_mean"),
            ("project_ranks_monthly", "month", "openrank"),
        )
    ),
    *(
        Rule(
            table,
            "a project of a scope has that label",
            f"FROM mart.{table} AS t WHERE scope <> 'landscape' AND NOT EXISTS (FROM mart.project_domains AS d"
            " WHERE d.assignment = 'curated' AND d.project_id = t.project_id"
            " AND d.taxonomy_version = t.taxonomy_version AND t.scope_value ="
            " CASE t.scope WHEN 'layer' THEN d.layer WHEN 'domain' THEN d.domain ELSE d.subdomain END)",
            needs=("project_domains",),
        )
        for table in ("project_rankings_by_scope", "project_ranks_monthly")
    ),
    Rule(
        "project_ranks_monthly",
        "every monthly value is ranked once in the whole landscape",
        "FROM (FROM mart.project_ranks_monthly WHERE scope = 'landscape') AS r"
        " FULL JOIN (FROM mart.project_metrics_monthly WHERE metric_id = 'openrank' AND source = 'opendigger') AS v"
        " USING (project_id, month) SELECT project_id, month, openrank, value WHERE openrank IS DISTINCT FROM value",
        needs=("project_metrics_monthly",),
    ),
    Rule(
        "domain_growth",
        "a domain or subdomain stands once an as-of month",
        "SELECT as_of_month, domain, subdomain, count(*) AS copies FROM mart.domain_growth"
        " GROUP BY ALL HAVING count(*) > 1",
    ),
    Rule(
        "domain_growth",
        "counts and growth follow from the row and the labels",
        "FROM mart.domain_growth AS g WHERE projects_count <> (SELECT count(*) FROM mart.project_domains AS d"
        " WHERE d.assignment = 'curated' AND d.domain = g.domain"
        " AND d.taxonomy_version = (SELECT taxonomy_version FROM staging.build_facts)"
        " AND (g.subdomain IS NULL OR d.subdomain = g.subdomain))"
        " OR (growth_ratio IS NULL) <> (coalesce(openrank_prior_sum, 0) = 0)"
        " OR abs((growth_ratio + 1) * openrank_prior_sum - openrank_sum) > 1e-6",
        needs=("project_domains",),
    ),
    Rule(
        "project_status",
        "every project created by a day has a status on it",
        "SELECT d.as_of, p.project_id FROM (SELECT DISTINCT as_of FROM mart.project_status) AS d"
        " JOIN mart.projects AS p ON p.created_at::DATE <= d.as_of OR p.created_at IS NULL"
        " ANTI JOIN mart.project_status AS s ON s.as_of = d.as_of AND s.project_id = p.project_id",
        needs=("projects",),
    ),
    Rule(
        "project_status",
        "no observation it rests on is simulated",
        "SELECT o.* FROM core.project_observations AS o JOIN mart.data_sources AS s USING (source)"
        " WHERE s.kind = 'simulated'",
        needs=("data_sources",),
    ),
    Rule(
        "project_status",
        "recent OpenRank follows from the monthly values",
        "SELECT s.* FROM mart.project_status AS s JOIN (SELECT d.as_of, value::INTEGER AS months,"
        "  date_trunc('month', d.as_of + 1)::DATE AS ended_by FROM staging.thresholds"
        "  CROSS JOIN (SELECT DISTINCT as_of FROM mart.project_status) AS d WHERE threshold_id = 'recent_months') AS l"
        " USING (as_of) WHERE s.has_recent_openrank <> EXISTS (FROM mart.project_metrics_monthly AS v"
        "  WHERE v.project_id = s.project_id AND v.metric_id = 'openrank' AND v.source = 'opendigger' AND v.value > 0"
        "  AND v.month < l.ended_by AND v.month >= l.ended_by - to_months(l.months))",
        needs=("project_metrics_monthly",),
    ),
    Rule(
        "survival_curves",
        "survival is the product of the shares that lived on",
        "FROM (SELECT *, product(if(at_risk_count = 0, 1, 1 - ended_count / at_risk_count))"
        "  OVER (PARTITION BY grouping, group_value ORDER BY age_months) AS recomputed FROM mart.survival_curves)"
        " WHERE abs(recomputed - survival_ratio) > 1e-5",
    ),
    Rule(
        "landscape_changes",
        "kept and new are the landscape after, kept and dropped the one before",
        "WITH stated AS ("
        "  SELECT as_of_month_before, as_of_month_after, unnest(CASE kind WHEN 'kept' THEN ['before', 'after']"
        "   WHEN 'new' THEN ['after'] WHEN 'dropped' THEN ['before'] ELSE [] END) AS side, project_id"
        "  FROM mart.landscape_changes),"
        " compared AS (SELECT DISTINCT as_of_month_before, as_of_month_after, profile_before, profile_after"
        "  FROM mart.landscape_changes),"
        " actual AS ("
        "  SELECT as_of_month_before, as_of_month_after, side, project_id FROM compared"
        "  CROSS JOIN (VALUES ('before'), ('after')) AS sides(side)"
        "  JOIN mart.landscape_members AS m ON m.is_member"
        "   AND m.as_of_month = if(side = 'before', as_of_month_before, as_of_month_after)"
        "   AND m.profile = if(side = 'before', profile_before, profile_after))"
        " (FROM stated EXCEPT ALL FROM actual) UNION ALL (FROM actual EXCEPT ALL FROM stated)",
        needs=("landscape_members",),
    ),
    Rule(
        "membership_watch_list",
        "who is watched has that verdict and mean",
        "FROM mart.membership_watch_list AS w ANTI JOIN mart.landscape_members AS m ON m.as_of_month = w.as_of_month"
        " AND m.profile = w.profile AND m.project_id = w.project_id AND m.is_member = w.is_member"
        " AND m.openrank_mean = w.openrank_mean",
        needs=("landscape_members",),
    ),
    Rule(
        "landscape_members",
        "every candidate has a verdict at the as-of month",
        "SELECT p.project_id, d.as_of_month FROM (FROM mart.projects WHERE is_candidate) AS p"
        " CROSS JOIN (SELECT DISTINCT month AS as_of_month FROM mart.project_metrics_monthly"
        "  WHERE metric_id = 'openrank' AND month = (SELECT as_of_month FROM staging.build_facts)) AS d"
        " ANTI JOIN mart.landscape_members AS m ON m.project_id = p.project_id AND m.as_of_month = d.as_of_month"
        "  AND m.profile = (SELECT membership_profile FROM staging.build_facts)",
        needs=("projects", "project_metrics_monthly"),
    ),
    Rule(
        "projects",
        "there are projects",
        "SELECT 'none' AS projects WHERE NOT EXISTS (FROM mart.projects)",
    ),
    Rule(
        "project_repos",
        "each project has a current name",
        "SELECT p.project_id FROM mart.projects AS p"
        " ANTI JOIN (FROM mart.project_repos WHERE is_current) AS r USING (project_id)",
        needs=("projects",),
    ),
    *(
        Rule(
            table,
            "no row is of a simulated source",
            f"SELECT t.* FROM mart.{table} AS t JOIN mart.data_sources AS s USING (source)"
            " WHERE s.kind = 'simulated'",
            needs=("data_sources",),
        )
        for table in ("projects", "repo_series_extents")
    ),
    Rule(
        "project_metrics_monthly",
        "no value is of a simulated source",
        "SELECT m.* FROM mart.project_metrics_monthly AS m JOIN mart.data_sources AS s USING (source)"
        " WHERE s.kind = 'simulated'",
        needs=("data_sources",),
    ),
    Rule(
        "repo_openrank_monthly",
        "values from simulated events stand apart, and have no repository number",
        "SELECT m.* FROM mart.repo_openrank_monthly AS m JOIN mart.data_sources AS s USING (source)"
        " WHERE s.kind = 'simulated' AND (source <> 'computed-simulated' OR repo_id IS NOT NULL)",
        needs=("data_sources",),
    ),
    Rule(
        "repo_openrank_monthly",
        "a computed value is part of a month that was computed from the same kind of events",
        "SELECT r.* FROM mart.repo_openrank_monthly AS r"
        " ANTI JOIN mart.openrank_months AS m ON (m.month, m.source, m.vintage) = (r.month, r.source, r.vintage)"
        "  AND r.openrank BETWEEN m.openrank_min - 1e-6 AND m.openrank_max + 1e-6 WHERE r.source <> 'opendigger'",
        needs=("openrank_months",),
    ),
    Rule(
        "openrank_parts",
        "the parts of a value add up to it",
        "SELECT repo_full_name, month, source, sum(p.openrank) AS parts, any_value(r.openrank) AS value"
        " FROM mart.openrank_parts AS p"
        " LEFT JOIN mart.repo_openrank_monthly AS r USING (repo_full_name, month, source, vintage)"
        " GROUP BY project_id, repo_full_name, month, source HAVING (abs(parts - value) < 1e-5) IS NOT TRUE",
        needs=("repo_openrank_monthly",),
    ),
    Rule(
        "openrank_months",
        "what flows is kept: out-weights sum to 1, and as much flows in as out",
        "FROM mart.openrank_months WHERE greatest(out_weight_error, balance_error)"
        " > (SELECT largest_error FROM staging.openrank_rules)",
    ),
    Rule(
        "openrank_months",
        "a month is carried on from all that were computed before it",
        "SELECT *, row_number() OVER (PARTITION BY source ORDER BY month) - 1 AS before FROM mart.openrank_months"
        " QUALIFY carried_months_count <> before",
    ),
    Rule(
        "openrank_comparison",
        "only months from real events are compared",
        "FROM mart.openrank_comparison ANTI JOIN (FROM mart.openrank_months WHERE source = 'computed')"
        " USING (month, vintage)",
        needs=("openrank_months",),
    ),
    Rule(
        "project_metrics_monthly",
        "one vintage a source and metric",
        "SELECT source, metric_id, count(DISTINCT vintage) AS vintages FROM mart.project_metrics_monthly"
        " GROUP BY ALL HAVING count(DISTINCT vintage) > 1",
    ),
    Rule(
        "project_repos",
        "each project has exactly one current name per repository number",
        "SELECT project_id, repo_id, count(*) AS current_names FROM mart.project_repos"
        " WHERE is_current AND repo_id IS NOT NULL GROUP BY ALL HAVING count(*) > 1",
    ),
    Rule(
        "landscape_members",
        "every mean can be recomputed from real monthly values",
        "SELECT m.project_id, m.as_of_month, m.openrank_mean, avg(v.value) AS recomputed"
        " FROM mart.landscape_members AS m LEFT JOIN mart.project_metrics_monthly AS v"
        "  ON v.project_id = m.project_id AND v.metric_id = 'openrank' AND v.source = 'opendigger'"
        "  AND v.month <= m.as_of_month AND v.month > m.as_of_month - to_months(m.window_months_count::INTEGER)"
        " GROUP BY ALL HAVING abs(coalesce(avg(v.value), -1) - coalesce(m.openrank_mean, -1)) > 1e-6",
        needs=("project_metrics_monthly",),
    ),
    Rule(
        "data_coverage",
        "an hour that was not read is never counted",
        "SELECT * FROM mart.data_coverage WHERE detail LIKE 'missing%' AND observed_count IS NOT NULL",
    ),
    Rule(
        "metadata",
        "one row",
        "SELECT count(*) AS rows FROM mart.metadata HAVING count(*) <> 1",
    ),
)
"""Rules that no single row can show."""


def rules_of(table: str) -> tuple[Rule, ...]:
    """Cross rules that protect `table`."""
    return tuple(rule for rule in CROSS_RULES if rule.table == table)


def check_contract(frame: pl.DataFrame, table: str) -> list[CheckResult]:
    """Hold `frame` against the contract of `table`: one result per broken rule, or one that says all hold."""
    contract = PUBLISHED[table]
    missing = [name for name in contract.column_names() if name not in frame.columns]
    if missing:
        return [CheckResult(table, f"columns {', '.join(missing)} are there", frame.height, frame.height)]
    _, failures = contract.filter(frame, cast=True)
    counts = failures.counts()
    if not counts:
        return [CheckResult(table, "every row keeps the contract", frame.height, 0)]
    details = failures.details()
    return [
        CheckResult(
            table,
            rule,
            frame.height,
            count,
            tuple(
                details.filter(details[rule] == "invalid")
                .select(contract.column_names())
                .head(SAMPLE_ROWS)
                .to_dicts()
            ),
        )
        for rule, count in sorted(counts.items())
    ]


def check_rule(connection: duckdb.DuckDBPyConnection, rule: Rule) -> CheckResult:
    """Run a cross rule on the build file."""
    violations = connection.sql(rule.violations).pl()
    rows_count = fetch_row(connection, f"SELECT count(*) FROM mart.{identifier(rule.table)}")[0]
    return CheckResult(
        rule.table,
        rule.name,
        rows_count,
        violations.height,
        tuple(violations.head(SAMPLE_ROWS).to_dicts()),
    )


def check_table(connection: duckdb.DuckDBPyConnection, table: str) -> list[CheckResult]:
    """Every check of one table of schema ``mart``."""
    frame = connection.sql(f"SELECT * FROM mart.{identifier(table)}").pl()
    return [*check_contract(frame, table), *(check_rule(connection, rule) for rule in rules_of(table))]


def check_all(connection: duckdb.DuckDBPyConnection) -> list[CheckResult]:
    """Every check of every published table, in the order of the data dictionary."""
    return [result for table in PUBLISHED for result in check_table(connection, table)]
