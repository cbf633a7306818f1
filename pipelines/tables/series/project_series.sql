-- Monthly values per project, repository and metric. Where several names of one repository carry the month,
-- the current name wins, then the most recent former one: a renamed repository is never counted twice.
SELECT
    n.project_id,
    n.repository_rank,
    s.metric_id,
    s.month,
    arg_min(s.value, n.name_rank) AS value,
    arg_min(s.is_interpolated, n.name_rank) AS is_interpolated,
    s.vintage
FROM staging.current_series AS s
JOIN core.project_names AS n ON lower(n.repo_full_name) = lower(s.repo_full_name)
GROUP BY n.project_id, n.repository_rank, s.metric_id, s.month, s.vintage
