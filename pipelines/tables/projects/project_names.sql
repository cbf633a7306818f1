-- Every name a project's repositories are known by: from the seeds, and other names that real rows carry
-- for the same repository number. `name_rank` 0 is the current name; lower ranks win when series overlap.
-- GitHub finds a repository whatever the case of its name, so names join in lower case everywhere.
WITH numbered AS (
    SELECT DISTINCT project_id, repository_rank, repo_id FROM staging.seed_names WHERE repo_id IS NOT NULL
),
sighted AS (
    SELECT DISTINCT n.project_id, n.repository_rank, n.repo_id, s.repo_full_name
    FROM core.name_sightings AS s
    JOIN numbered AS n ON n.repo_id = s.repo_id
    ANTI JOIN staging.seed_names AS known ON lower(known.repo_full_name) = lower(s.repo_full_name)
)
SELECT project_id, repository_rank, repo_id, repo_full_name, name_rank, name_rank = 0 AS is_current
FROM staging.seed_names
UNION ALL
SELECT
    project_id,
    repository_rank,
    repo_id,
    repo_full_name,
    1000 + row_number() OVER (PARTITION BY project_id ORDER BY repo_full_name) AS name_rank,
    false AS is_current
FROM sighted
ORDER BY project_id, repository_rank, name_rank
