-- Names that the wanted repositories had in the days looked at.
SELECT repo_id, repo_full_name, min(created_at) AS first_seen_at, max(created_at) AS last_seen_at
FROM wanted_events
GROUP BY repo_id, repo_full_name
