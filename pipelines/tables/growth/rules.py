"""Rules of growth that no single row can show."""

from __future__ import annotations

from pipelines.tables.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "scope_openrank_monthly",
        "sums and counts follow from the labels and the values",
        "SELECT s.*, sum(v.openrank) AS recomputed"
        " FROM mart.scope_openrank_monthly AS s LEFT JOIN mart.project_domains AS d"
        "  ON d.assignment = 'curated' AND d.taxonomy_version = s.taxonomy_version AND s.scope_value ="
        "  CASE s.scope WHEN 'layer' THEN d.layer WHEN 'domain' THEN d.domain ELSE d.subdomain END"
        " LEFT JOIN mart.project_openrank_monthly AS v ON v.project_id = d.project_id AND v.month = s.month"
        " GROUP BY ALL"
        " HAVING abs(coalesce(sum(v.openrank), -1) - s.openrank_sum) > 1e-6 OR count(v.openrank) <> s.projects_count"
        "  OR NOT s.projects_count <= s.known_projects_count"
        "  OR NOT s.known_projects_count <= s.existing_projects_count",
    ),
    Rule(
        "domain_growth",
        "a domain or subdomain occurs once per as-of month",
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
        " OR (growth_ratio IS NULL) <> (coalesce(openrank_prior_sum, 0) = 0 OR compared_projects_count <"
        "  (SELECT value FROM staging.thresholds WHERE threshold_id = 'comparable_coverage_ratio') * projects_count)"
        " OR len(uncompared_project_ids) <> projects_count - compared_projects_count"
        " OR abs((growth_ratio + 1) * openrank_prior_sum - openrank_sum) > 1e-6",
    ),
)
