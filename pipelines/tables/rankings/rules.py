"""Rules of rankings that no single row can show."""

from __future__ import annotations

from pipelines.tables.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "project_rankings",
        "ranks follow the mean, without a hole at the top",
        "SELECT * FROM (SELECT *, rank() OVER (PARTITION BY as_of_month ORDER BY openrank_mean DESC) AS expected"
        " FROM mart.project_rankings) WHERE rank <> expected",
    ),
    Rule(
        "project_rankings",
        "exactly the members of the default profile are listed, with their mean",
        "SELECT coalesce(k.project_id, m.project_id) AS project_id, coalesce(k.as_of_month, m.as_of_month) AS month,"
        " k.openrank_mean AS ranked_mean, m.openrank_mean AS member_mean FROM mart.project_rankings AS k"
        " FULL JOIN (FROM mart.landscape_members WHERE is_member"
        "  AND profile = (SELECT membership_profile FROM staging.build_facts)) AS m"
        "  ON m.as_of_month = k.as_of_month AND m.project_id = k.project_id"
        " WHERE k.openrank_mean IS DISTINCT FROM m.openrank_mean",
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
        )
        for table in ("project_rankings_by_scope", "project_ranks_monthly")
    ),
    Rule(
        "project_ranks_monthly",
        "every monthly value is listed once in the whole landscape",
        "FROM (FROM mart.project_ranks_monthly WHERE scope = 'landscape') AS r"
        " FULL JOIN (FROM mart.project_openrank_monthly WHERE openrank IS NOT NULL) AS v"
        " USING (project_id, month) SELECT project_id, month, r.openrank, v.openrank AS value"
        " WHERE r.openrank IS DISTINCT FROM v.openrank",
    ),
    *(
        Rule(
            table,
            "who is ranked is ranked among enough known ones",
            f"FROM mart.{table} WHERE known_projects_count > existing_projects_count OR (rank IS NULL) <>"
            " (known_projects_count < existing_projects_count"
            "  * (SELECT value FROM staging.thresholds WHERE threshold_id = 'rank_known_ratio'))",
        )
        for table in ("project_rankings", "project_rankings_by_scope", "project_ranks_monthly")
    ),
)
