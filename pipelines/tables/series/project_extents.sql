-- Months retrieved for each repository of a project, under any of its names.
SELECT DISTINCT n.project_id, n.repository_rank, m.month::DATE AS month
FROM staging.current_extents AS e
JOIN core.project_names AS n ON lower(n.repo_full_name) = lower(e.repo_full_name)
CROSS JOIN LATERAL (
    SELECT unnest(generate_series(e.extent_from::TIMESTAMP, e.extent_through::TIMESTAMP, INTERVAL 1 MONTH)) AS month
) AS m
