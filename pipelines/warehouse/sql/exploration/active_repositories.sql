-- A row per repository: its newest name, when it was seen under any, and how many people count. Two names of one
-- moment are told apart by their letters.
SELECT s.*, coalesce(p.people_count, 0) AS people_count
FROM (
    SELECT
        repo_id,
        arg_max(repo_full_name, (last_seen_at, repo_full_name)) AS repo_full_name,
        min(first_seen_at) AS first_seen_at,
        max(last_seen_at) AS last_seen_at
    FROM repository_sightings
    GROUP BY repo_id
) AS s
LEFT JOIN (SELECT repo_id, count(*) AS people_count FROM participations GROUP BY repo_id) AS p USING (repo_id)
