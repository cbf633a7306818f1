-- Observations of each project's main repository, under any of its names or by its number.
SELECT DISTINCT n.project_id, o.*
FROM staging.observations AS o
JOIN core.project_names AS n ON n.repository_rank = 0 AND lower(n.repo_full_name) = lower(o.repo_full_name)
