"""Rules of edges that no single row can show."""

from __future__ import annotations

from pipelines.tables.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "collaboration_edges",
        "a pair occurs once per window and source",
        "SELECT source, window_start, window_end, project_a, project_b, count(*) AS copies"
        " FROM mart.collaboration_edges GROUP BY ALL HAVING count(*) > 1",
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
    ),
)
