"""Rules of members that no single row can show."""

from __future__ import annotations

from pipelines.tables.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "landscape_members",
        "every candidate has a verdict at the as-of month",
        "SELECT p.project_id, d.as_of_month FROM (FROM mart.projects WHERE is_candidate) AS p"
        " CROSS JOIN (SELECT DISTINCT month AS as_of_month FROM mart.project_openrank_monthly"
        "  WHERE openrank IS NOT NULL AND month = (SELECT as_of_month FROM staging.build_facts)) AS d"
        " ANTI JOIN mart.landscape_members AS m ON m.project_id = p.project_id AND m.as_of_month = d.as_of_month"
        "  AND m.profile = (SELECT membership_profile FROM staging.build_facts)",
    ),
    Rule(
        "landscape_members",
        "every mean can be recomputed from monthly values",
        "SELECT m.project_id, m.as_of_month, m.openrank_mean, avg(v.openrank) AS recomputed"
        " FROM mart.landscape_members AS m LEFT JOIN mart.project_openrank_monthly AS v"
        "  ON v.project_id = m.project_id AND m.basis <> 'unknown'"
        "  AND v.month <= m.as_of_month AND v.month > m.as_of_month - to_months(m.window_months_count::INTEGER)"
        " GROUP BY ALL HAVING abs(coalesce(avg(v.openrank), -1) - coalesce(m.openrank_mean, -1)) > 1e-6",
    ),
    Rule(
        "membership_watch_list",
        "who is watched has that verdict and mean",
        "FROM mart.membership_watch_list AS w ANTI JOIN mart.landscape_members AS m ON m.as_of_month = w.as_of_month"
        " AND m.profile = w.profile AND m.project_id = w.project_id AND m.is_member = w.is_member"
        " AND m.openrank_mean = w.openrank_mean",
    ),
    Rule(
        "landscape_changes",
        "kept and new are the landscape after, kept and dropped the one before",
        "WITH stated AS ("
        "  SELECT as_of_month_before, as_of_month_after, unnest(CASE kind WHEN 'kept' THEN ['before', 'after']"
        "   WHEN 'new' THEN ['after'] WHEN 'became_known' THEN ['after']"
        "   WHEN 'dropped' THEN ['before'] WHEN 'became_unknown' THEN ['before'] ELSE [] END) AS side, project_id"
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
    ),
)
