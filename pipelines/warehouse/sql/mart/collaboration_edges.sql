WITH published AS (
    SELECT
        e.source,
        least(a.project_id, b.project_id) AS project_a,
        greatest(a.project_id, b.project_id) AS project_b,
        NULL::DATE AS window_start,
        NULL::DATE AS window_end,
        e.shared_people_count,
        NULL::DOUBLE AS jaccard
    FROM staging.published_edges AS e
    JOIN core.project_names AS a ON lower(a.repo_full_name) = lower(e.repo_a)
    JOIN core.project_names AS b ON lower(b.repo_full_name) = lower(e.repo_b)
    WHERE a.project_id <> b.project_id
),
people AS (
    SELECT DISTINCT e.source, n.project_id, e.actor_id
    FROM staging.collaborations AS e
    JOIN core.project_names AS n ON lower(n.repo_full_name) = lower(e.repo_full_name)
),
days AS (
    SELECT source, min(created_at)::DATE AS window_start, max(created_at)::DATE AS window_end
    FROM staging.collaborations
    GROUP BY source
),
sizes AS (SELECT source, project_id, count(*) AS people_count FROM people GROUP BY ALL),
shared AS (
    SELECT a.source, a.project_id AS project_a, b.project_id AS project_b, count(*) AS shared_people_count
    FROM people AS a
    JOIN people AS b ON b.source = a.source AND b.actor_id = a.actor_id AND a.project_id < b.project_id
    GROUP BY ALL
)
FROM published
UNION ALL
SELECT
    s.source,
    s.project_a,
    s.project_b,
    d.window_start,
    d.window_end,
    s.shared_people_count,
    s.shared_people_count / (a.people_count + b.people_count - s.shared_people_count) AS jaccard
FROM shared AS s
JOIN days AS d USING (source)
JOIN sizes AS a ON a.source = s.source AND a.project_id = s.project_a
JOIN sizes AS b ON b.source = s.source AND b.project_id = s.project_b
WHERE s.shared_people_count >= (
    SELECT value FROM staging.thresholds
    WHERE threshold_id = CASE WHEN s.source = 'gharchive-simulated' THEN 'sample_edge_cut' ELSE 'published_edge_cut' END
)
