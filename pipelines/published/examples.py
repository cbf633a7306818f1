"""Queries to begin with, for whoever asks the published file in SQL."""

from __future__ import annotations

EXAMPLES: dict[str, str] = {
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
"""What is asked → one SELECT."""
