WITH ends AS (
    SELECT source, node_a AS repo_id FROM core.repository_edges
    UNION
    SELECT source, node_b AS repo_id FROM core.repository_edges
),
names AS (
    SELECT e.source, e.repo_id, arg_max(e.repo_full_name, (e.created_at, e.event_id)) AS repo_full_name
    FROM staging.collaborations AS e
    SEMI JOIN ends USING (source, repo_id)
    GROUP BY ALL
)
SELECT
    e.source,
    w.window_start,
    w.window_end,
    e.node_a AS repo_a_id,
    e.node_b AS repo_b_id,
    a.repo_full_name AS repo_a,
    b.repo_full_name AS repo_b,
    e.shared_people_count,
    e.people_a_count,
    e.people_b_count,
    e.jaccard,
    e.association,
    e.expected_people_count,
    e.p_value
FROM core.repository_edges AS e
JOIN mart.collaboration_windows AS w ON w.source = e.source AND w.level = 'repository'
JOIN names AS a ON a.source = e.source AND a.repo_id = e.node_a
JOIN names AS b ON b.source = e.source AND b.repo_id = e.node_b
