-- GitHub's own counts of each project over the windows that were asked for, summed over its repositories. Where
-- several names of one repository were asked, the current name wins; of two answers the newer one counts.
WITH repositories AS (
    SELECT project_id, count(DISTINCT repository_rank) AS repositories_count FROM core.project_names GROUP BY project_id
),
by_repository AS (
    SELECT
        n.project_id,
        n.repository_rank,
        w.metric_id,
        w.window_start,
        w.window_end,
        arg_min(w.count, (n.name_rank, -epoch_us(w.retrieved_at))) AS count
    FROM staging.repository_count_windows AS w
    JOIN core.project_names AS n ON lower(n.repo_full_name) = lower(w.repo_full_name)
    GROUP BY ALL
)
SELECT
    c.project_id,
    c.metric_id,
    c.window_start,
    c.window_end,
    datediff('month', c.window_start, c.window_end) + 1 AS months_count,
    sum(c.count)::BIGINT AS count,
    count(*) / any_value(r.repositories_count) AS coverage_ratio
FROM by_repository AS c
JOIN repositories AS r USING (project_id)
GROUP BY ALL
