SELECT
    e.source,
    least(a.project_id, b.project_id) AS project_a,
    greatest(a.project_id, b.project_id) AS project_b,
    NULL::DATE AS window_start,
    NULL::DATE AS window_end,
    e.shared_people_count,
    NULL::BIGINT AS people_a_count,
    NULL::BIGINT AS people_b_count,
    NULL::DOUBLE AS jaccard,
    NULL::DOUBLE AS association,
    NULL::DOUBLE AS expected_people_count,
    NULL::DOUBLE AS p_value
FROM staging.published_edges AS e
JOIN core.project_names AS a ON lower(a.repo_full_name) = lower(e.repo_a)
JOIN core.project_names AS b ON lower(b.repo_full_name) = lower(e.repo_b)
WHERE a.project_id <> b.project_id
UNION ALL
SELECT
    e.source,
    e.node_a AS project_a,
    e.node_b AS project_b,
    w.window_start,
    w.window_end,
    e.shared_people_count,
    e.people_a_count,
    e.people_b_count,
    e.jaccard,
    e.association,
    e.expected_people_count,
    e.p_value
FROM core.project_edges AS e
JOIN mart.collaboration_windows AS w ON w.source = e.source AND w.level = 'project'
