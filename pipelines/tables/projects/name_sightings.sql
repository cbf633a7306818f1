-- When a repository name was really seen, by number where the row carries one. Simulated rows are no sighting.
SELECT lower(repo_full_name) AS name_key, repo_full_name, repo_id, min(seen_at) AS first_seen_at, max(seen_at) AS last_seen_at
FROM (
    SELECT repo_full_name, repo_id, observed_on::TIMESTAMP AS seen_at FROM staging.observations
    UNION ALL
    SELECT repo_full_name, repo_id, retrieved_at AS seen_at FROM staging.series_files WHERE repo_id IS NOT NULL
    UNION ALL
    SELECT repo_full_name, repo_id, created_at AS seen_at FROM staging.events WHERE source = 'gharchive'
)
GROUP BY ALL
