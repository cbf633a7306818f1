-- Repositories whose people are looked at, by the number that their events carry: those of the projects, and those
-- that exploration found, which belong to no project yet.
-- A number outlives a name, and a name that was given up can pass to another repository. So an event belongs to a
-- project by the number of its repository, and by the name only where nobody knows that number. In simulated events
-- names alone mean something.
WITH numbered AS (
    SELECT n.project_id, n.repository_rank, coalesce(n.repo_id, i.repo_id) AS repo_id
    FROM core.project_names AS n
    LEFT JOIN core.repo_ids AS i ON i.name_key = lower(n.repo_full_name)
    WHERE n.is_current
),
named AS (
    SELECT n.project_id, lower(n.repo_full_name) AS name_key, k.repo_id IS NOT NULL AS is_numbered
    FROM core.project_names AS n
    JOIN numbered AS k USING (project_id, repository_rank)
)
SELECT 'gharchive' AS source, repo_id, project_id
FROM numbered
WHERE repo_id IS NOT NULL
UNION
SELECT e.source, e.repo_id, n.project_id
FROM staging.collaborations AS e
JOIN named AS n ON n.name_key = lower(e.repo_full_name)
WHERE e.source = 'gharchive-simulated' OR (
    NOT n.is_numbered
    AND NOT EXISTS (
        FROM staging.seed_disputed_observations AS d
        WHERE d.repo_id = e.repo_id AND lower(d.repo_full_name) = lower(e.repo_full_name)
    )
)
UNION
SELECT source, repo_id, NULL AS project_id
FROM mart.exploration_candidates
WHERE project_id IS NULL
