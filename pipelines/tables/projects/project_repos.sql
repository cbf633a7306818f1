SELECT
    n.project_id,
    coalesce(n.repo_id, i.repo_id) AS repo_id,
    n.repo_full_name,
    min(s.first_seen_at) AS first_seen_at,
    max(s.last_seen_at) AS last_seen_at,
    n.is_current
FROM core.project_names AS n
LEFT JOIN core.repo_ids AS i ON i.name_key = lower(n.repo_full_name)
LEFT JOIN core.name_sightings AS s ON s.name_key = lower(n.repo_full_name)
GROUP BY ALL
