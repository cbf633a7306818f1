-- The number of a repository name, where seeds or real observations agree on exactly one.
SELECT lower(repo_full_name) AS name_key, any_value(repo_id) AS repo_id
FROM (
    SELECT repo_full_name, repo_id FROM staging.seed_names
    UNION
    SELECT repo_full_name, repo_id FROM staging.seed_renames
    UNION
    SELECT repo_full_name, repo_id FROM core.name_sightings
)
WHERE repo_id IS NOT NULL
GROUP BY name_key
HAVING count(DISTINCT repo_id) = 1
