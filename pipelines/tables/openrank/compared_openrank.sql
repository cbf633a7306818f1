-- Our value beside OpenDigger's, of every repository that both have in a month; simulated and interpolated values
-- are compared with nothing. By number where both have one, otherwise by name.
WITH ours AS (FROM mart.repo_openrank_monthly WHERE source = 'computed'),
theirs AS (FROM mart.repo_openrank_monthly WHERE source = 'opendigger' AND NOT is_interpolated),
matched AS (
    SELECT o.month, o.vintage, t.vintage AS opendigger_vintage, o.repo_full_name, o.openrank, t.repo_full_name AS name,
        t.openrank AS opendigger_openrank, 0 AS preference
    FROM ours AS o
    JOIN theirs AS t USING (month, repo_id)
    UNION ALL
    SELECT o.month, o.vintage, t.vintage, o.repo_full_name, o.openrank, t.repo_full_name, t.openrank, 1
    FROM ours AS o
    JOIN theirs AS t ON t.month = o.month AND lower(t.repo_full_name) = lower(o.repo_full_name)
    WHERE o.repo_id IS NULL OR t.repo_id IS NULL
)
SELECT month, vintage, opendigger_vintage, repo_full_name, openrank, opendigger_openrank
FROM matched
QUALIFY row_number() OVER (
    PARTITION BY month, vintage, opendigger_vintage, repo_full_name ORDER BY preference, name
) = 1
ORDER BY ALL
