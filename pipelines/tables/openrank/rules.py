"""Rules of openrank that no single row can show."""

from __future__ import annotations

from pipelines.tables.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "repo_openrank_monthly",
        "values from simulated events have a source of their own and no repository number",
        "SELECT m.* FROM mart.repo_openrank_monthly AS m JOIN mart.data_sources AS s USING (source)"
        " WHERE s.kind = 'simulated' AND (source <> 'computed-simulated' OR repo_id IS NOT NULL)",
    ),
    Rule(
        "repo_openrank_monthly",
        "a computed value is part of a month that was computed from the same kind of events",
        "SELECT r.* FROM mart.repo_openrank_monthly AS r"
        " ANTI JOIN mart.openrank_months AS m ON (m.month, m.source, m.vintage) = (r.month, r.source, r.vintage)"
        "  AND r.openrank BETWEEN m.openrank_min - 1e-6 AND m.openrank_max + 1e-6 WHERE r.source <> 'opendigger'",
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
        "openrank_parts",
        "the parts of a value add up to it",
        "SELECT repo_full_name, month, source, sum(p.openrank) AS parts, any_value(r.openrank) AS value"
        " FROM mart.openrank_parts AS p"
        " LEFT JOIN mart.repo_openrank_monthly AS r USING (repo_full_name, month, source, vintage)"
        " GROUP BY project_id, repo_full_name, month, source HAVING (abs(parts - value) < 1e-5) IS NOT TRUE",
    ),
    Rule(
        "openrank_comparison",
        "only months from real events are compared",
        "FROM mart.openrank_comparison ANTI JOIN (FROM mart.openrank_months WHERE source = 'computed')"
        " USING (month, vintage)",
    ),
)
