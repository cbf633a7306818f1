-- GitHub's own facts of each project. Its feed of events forgets, so only the lists of issues, comments and review
-- comments can be whole; a repository is complete once all three were read to their end.
WITH lists AS (
    SELECT
        lower(repo_full_name) AS name_key,
        count(*) FILTER (endpoint <> 'events' AND complete_through IS NOT NULL) = 3 AS is_complete,
        max(read_from) FILTER (endpoint <> 'events') AS read_from,
        min(complete_through) FILTER (endpoint <> 'events') AS complete_through,
        sum(rows_count) AS facts_count
    FROM staging.fact_reads
    GROUP BY name_key
),
repositories AS (
    SELECT n.project_id, coalesce(l.is_complete, false) AS is_complete, l.read_from, l.complete_through, l.facts_count
    FROM staging.seed_names AS n
    LEFT JOIN lists AS l ON l.name_key = lower(n.repo_full_name)
    WHERE n.name_rank = 0
)
SELECT
    project_id,
    count(*) AS repositories_count,
    count(*) FILTER (is_complete) AS complete_repositories_count,
    bool_and(is_complete) AS is_complete,
    CASE WHEN bool_and(is_complete) THEN max(read_from) END AS complete_from,
    CASE WHEN bool_and(is_complete) THEN min(complete_through) END AS complete_until_at,
    coalesce(sum(facts_count), 0)::BIGINT AS facts_count
FROM repositories
GROUP BY project_id
