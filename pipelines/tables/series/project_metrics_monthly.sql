WITH repositories AS (
    SELECT project_id, count(DISTINCT repository_rank) AS repos_count FROM core.project_names GROUP BY project_id
),
retrieved AS (
    SELECT project_id, month, count(DISTINCT repository_rank) AS retrieved_count
    FROM core.project_extents
    GROUP BY project_id, month
),
opendigger AS (
    SELECT
        s.project_id,
        s.month,
        s.metric_id,
        sum(s.value) AS value,
        'opendigger' AS source,
        s.vintage,
        -- A value proves that its month was retrieved, even where the stated extents do not reach it.
        greatest(coalesce(any_value(t.retrieved_count), 0), count(*)) / any_value(r.repos_count) AS coverage_ratio,
        bool_or(s.is_interpolated) AS is_interpolated
    FROM core.project_series AS s
    JOIN repositories AS r USING (project_id)
    JOIN mart.metric_catalog AS c USING (metric_id)
    LEFT JOIN retrieved AS t USING (project_id, month)
    WHERE c.is_additive_over_repos OR r.repos_count = 1
    GROUP BY s.project_id, s.month, s.metric_id, s.vintage
),
month_starts AS (
    -- A snapshot counts as the start of the month if it was taken in the month's first days.
    SELECT
        project_id,
        date_trunc('month', observed_on)::DATE AS month,
        arg_min(stars_count, observed_on) AS value,
        arg_min(source, observed_on) AS source
    FROM core.project_observations
    WHERE stars_count IS NOT NULL
      AND day(observed_on) <= (SELECT value FROM staging.thresholds WHERE threshold_id = 'month_start_snapshot_days')
    GROUP BY ALL
),
counts AS (
    SELECT
        project_id,
        unnest(generate_series(window_start::TIMESTAMP, window_end::TIMESTAMP, INTERVAL 1 MONTH))::DATE AS month,
        metric_id,
        count / months_count AS value,
        if(months_count = 1, 'github-counts', 'github-window-mean') AS source,
        coverage_ratio,
        months_count
    FROM core.project_count_windows
),
own_counts AS (
    -- Of two windows over a month the shorter one says more.
    SELECT * FROM counts
    QUALIFY row_number() OVER (PARTITION BY project_id, month, metric_id, source ORDER BY months_count) = 1
)
SELECT
    project_id, month, metric_id, value, source, vintage, coverage_ratio,
    coverage_ratio < 1 OR is_interpolated AS is_partial
FROM opendigger
UNION ALL
SELECT project_id, month, 'stars_total', value, source, NULL, 1.0, false
FROM month_starts
UNION ALL
SELECT project_id, month, metric_id, value, source, NULL, coverage_ratio, coverage_ratio < 1 OR months_count > 1
FROM own_counts
UNION ALL
SELECT project_id, month, 'stars', value, 'github-star-history', NULL, coverage_ratio, is_partial
FROM core.project_star_months
