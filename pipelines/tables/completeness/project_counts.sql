-- Issues and pull requests opened in each project by month, without the months in which GitHub's search failed.
-- GitHub's own count of the month comes first; before the event stream broke, OpenDigger's own says what the month held;
-- else the mean month of a longer window.
WITH ranked AS (
    SELECT
        project_id, month, metric_id, value,
        row_number() OVER (
            PARTITION BY project_id, month, metric_id
            ORDER BY list_position(['github-counts', 'opendigger', 'github-window-mean'], source)
        ) AS preference
    FROM mart.project_metrics_monthly
    WHERE metric_id IN ('issues_new', 'change_requests')
        AND coverage_ratio = 1
        AND NOT (source = 'github-counts' AND month IN (SELECT month FROM core.doubtful_count_months))
        AND (source <> 'opendigger' OR month < (SELECT coalesce(min(first_month), 'infinity') FROM mart.stream_eras WHERE state = 'broken'))
)
SELECT
    project_id,
    month,
    any_value(value) FILTER (metric_id = 'change_requests') AS change_requests,
    any_value(value) FILTER (metric_id = 'issues_new') AS issues_new
FROM ranked
WHERE preference = 1
GROUP BY project_id, month
ORDER BY project_id, month
