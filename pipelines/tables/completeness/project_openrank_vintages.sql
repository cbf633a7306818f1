-- OpenRank of each project in every vintage that is held, summed over its repositories. Where several names of one
-- repository carry the month, the current name wins, then the most recent former one. A month in which a repository of
-- the project has no value is the sum of the others; months of the current vintage say in project_metrics_monthly how
-- many repositories were retrieved.
WITH by_name AS (
    SELECT s.repo_full_name, s.month, s.value AS openrank, s.vintage, s.vintage = c.vintage AS is_current
    FROM staging.series AS s
    CROSS JOIN (SELECT any_value(vintage) AS vintage FROM staging.current_series WHERE metric_id = 'openrank') AS c
    WHERE s.metric_id = 'openrank'
    UNION ALL
    SELECT repo_full_name, month, openrank, vintage, false
    FROM staging.recorded_openrank
),
by_repository AS (
    SELECT
        n.project_id, n.repository_rank, v.month, v.vintage, v.is_current, arg_min(v.openrank, n.name_rank) AS openrank
    FROM by_name AS v
    JOIN core.project_names AS n ON lower(n.repo_full_name) = lower(v.repo_full_name)
    GROUP BY ALL
)
SELECT project_id, month, vintage, is_current, sum(openrank) AS openrank
FROM by_repository
GROUP BY ALL
ORDER BY project_id, month, vintage
