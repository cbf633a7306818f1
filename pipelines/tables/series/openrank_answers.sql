-- What the source answered when it was asked for a project's OpenRank: of its names, the one that says most.
-- Who reads it wants to know why a project has no series, so a name that could not be read says more than one
-- that the source does not know.
SELECT
    n.project_id,
    f.repo_full_name,
    if(f.status = 'renamed', 'no_months', f.status) AS answer,  -- as earlier versions wrote it
    f.detail
FROM core.project_names AS n
JOIN staging.series_files AS f ON lower(f.repo_full_name) = lower(n.repo_full_name)
WHERE f.metric_id = 'openrank'
QUALIFY row_number() OVER (
    PARTITION BY n.project_id
    ORDER BY
        list_position(['loaded', 'malformed', 'failed', 'no_months', 'renamed', 'unknown'], f.status),
        n.repository_rank, n.name_rank, f.repo_full_name
) = 1
ORDER BY n.project_id
