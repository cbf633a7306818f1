-- The newest name of each repository in a month.
SELECT repo_id, arg_max(repo_full_name, staging.moment_of(created_at, event_id)) AS repo_full_name
FROM staging.events
WHERE source = $event_source
GROUP BY repo_id
