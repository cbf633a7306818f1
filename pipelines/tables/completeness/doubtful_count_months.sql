-- Months in which GitHub's search gave 0 issues and 0 pull requests for most of the projects that it counted in other
-- months: then the search failed, and not the projects.
WITH counted AS (
    SELECT project_id, window_start AS month, sum(count) AS count
    FROM core.project_count_windows
    WHERE months_count = 1 AND metric_id IN ('issues_new', 'change_requests')
    GROUP BY ALL
),
alive AS (SELECT project_id FROM counted GROUP BY project_id HAVING max(count) > 0)
SELECT month, count(*) AS counted_projects_count, count(*) FILTER (count = 0) AS zero_projects_count
FROM counted
SEMI JOIN alive USING (project_id)
GROUP BY month
HAVING counted_projects_count >= (SELECT value FROM staging.thresholds WHERE threshold_id = 'doubtful_counts_projects')
    AND zero_projects_count > counted_projects_count
        * (SELECT value FROM staging.thresholds WHERE threshold_id = 'doubtful_counts_ratio')
ORDER BY month
