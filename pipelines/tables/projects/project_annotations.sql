-- One row an event. A new name is dated by its first real sighting, and only where a former name was seen before:
-- otherwise the day says when we began to look and not when the name changed.
SELECT
    project_id,
    created_at::DATE AS happened_on,
    'created' AS kind,
    'created on GitHub' AS text,
    to_json({code: 'event.created'})::VARCHAR AS message,
    'https://github.com/' || repo_full_name AS url,
    source
FROM mart.projects
WHERE created_at IS NOT NULL AND source IS NOT NULL
UNION ALL
SELECT
    n.project_id,
    r.first_seen_at::DATE,
    'renamed',
    'first seen as ' || n.repo_full_name || ', formerly ' || array_to_string(former.names, ', '),
    to_json({code: 'event.renamed', name: n.repo_full_name, former_names: former.names})::VARCHAR,
    'https://github.com/' || n.repo_full_name,
    'curated'
FROM core.project_names AS n
JOIN mart.project_repos AS r USING (project_id, repo_full_name)
JOIN (
    SELECT project_id, repository_rank, list(repo_full_name ORDER BY name_rank) AS names
    FROM core.project_names
    WHERE NOT is_current
    GROUP BY ALL
) AS former USING (project_id, repository_rank)
WHERE n.is_current AND r.first_seen_at IS NOT NULL
  AND EXISTS (
      FROM core.project_names AS f
      JOIN mart.project_repos AS seen USING (project_id, repo_full_name)
      WHERE f.project_id = n.project_id AND f.repository_rank = n.repository_rank AND NOT f.is_current
        AND seen.first_seen_at < r.first_seen_at
  )
UNION ALL
SELECT project_id, happened_on, kind, text, to_json({code: 'text', text: text})::VARCHAR, url, 'curated'
FROM staging.seed_events
