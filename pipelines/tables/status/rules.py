"""Rules of status that no single row can show."""

from __future__ import annotations

from pipelines.tables.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "project_status",
        "every project created by a day has a status on it",
        "SELECT d.as_of, p.project_id FROM (SELECT DISTINCT as_of FROM mart.project_status) AS d"
        " JOIN mart.projects AS p ON p.created_at::DATE <= d.as_of OR p.created_at IS NULL"
        " ANTI JOIN mart.project_status AS s ON s.as_of = d.as_of AND s.project_id = p.project_id",
    ),
    Rule(
        "project_status",
        "no observation it rests on is simulated",
        "SELECT o.* FROM core.project_observations AS o JOIN mart.data_sources AS s USING (source)"
        " WHERE s.kind = 'simulated'",
    ),
    Rule(
        "project_status",
        "recent OpenRank follows from the monthly values",
        "SELECT s.* FROM mart.project_status AS s JOIN (SELECT d.as_of, value::INTEGER AS months,"
        "  date_trunc('month', d.as_of + 1)::DATE AS ended_by FROM staging.thresholds"
        "  CROSS JOIN (SELECT DISTINCT as_of FROM mart.project_status) AS d WHERE threshold_id = 'recent_months') AS l"
        " USING (as_of) WHERE s.has_recent_openrank <> EXISTS (FROM mart.project_openrank_monthly AS v"
        "  WHERE v.project_id = s.project_id AND v.openrank > 0"
        "  AND v.month < l.ended_by AND v.month >= l.ended_by - to_months(l.months))",
    ),
    Rule(
        "survival_curves",
        "survival is the product of the shares that lived on",
        "FROM (SELECT *, product(if(at_risk_count = 0, 1, 1 - ended_count / at_risk_count))"
        "  OVER (PARTITION BY grouping, group_value ORDER BY age_months) AS recomputed FROM mart.survival_curves)"
        " WHERE abs(recomputed - survival_ratio) > 1e-5",
    ),
)
