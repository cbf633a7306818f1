-- What OpenDigger counts of a project next to what GitHub counts, for every month or window that GitHub was asked about.
-- Of a window of several months the source's count is the sum of its months, known only if each of them is. A month
-- without a row is 0 between the first and the last value of the metric; the extents say which months of OpenRank were
-- retrieved, and other metrics of a project may end earlier, so after the last value it is unknown.
WITH asked AS (
    SELECT
        project_id, metric_id, window_start, months_count, count AS github_count,
        unnest(generate_series(window_start::TIMESTAMP, window_end::TIMESTAMP, INTERVAL 1 MONTH))::DATE AS month
    FROM core.project_count_windows
    WHERE coverage_ratio = 1
),
counted AS (
    FROM mart.project_metrics_monthly WHERE source = 'opendigger' AND metric_id IN (SELECT metric_id FROM asked)
),
known AS (
    SELECT s.project_id, s.metric_id, e.month
    FROM (SELECT project_id, metric_id, min(month) AS first_month, max(month) AS last_month FROM counted GROUP BY ALL) AS s
    JOIN (SELECT DISTINCT project_id, month FROM core.project_extents) AS e
        ON e.project_id = s.project_id AND e.month BETWEEN s.first_month AND s.last_month
),
by_window AS (
    SELECT
        a.project_id, a.metric_id, a.window_start, a.months_count, any_value(a.github_count) AS github_count,
        coalesce(sum(v.value), 0)::BIGINT AS source_count
    FROM asked AS a
    JOIN known AS k USING (project_id, metric_id, month)
    LEFT JOIN counted AS v USING (project_id, metric_id, month)
    GROUP BY ALL
    HAVING count(*) = a.months_count AND NOT coalesce(bool_or(v.is_partial), false)
)
SELECT w.project_id, a.month, w.metric_id, w.months_count, w.source_count, w.github_count
FROM by_window AS w
JOIN asked AS a USING (project_id, metric_id, window_start, months_count)
-- Of two windows over a month the shorter one says more.
QUALIFY row_number() OVER (PARTITION BY w.project_id, a.month, w.metric_id ORDER BY w.months_count) = 1
ORDER BY ALL
