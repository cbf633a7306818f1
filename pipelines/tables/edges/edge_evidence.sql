WITH shared AS (
    SELECT
        e.source,
        e.window_start,
        e.window_end,
        e.project_a,
        e.project_b,
        a.actor_id,
        a.actions_count AS actions_a_count,
        b.actions_count AS actions_b_count,
        row_number() OVER (
            PARTITION BY e.source, e.project_a, e.project_b
            ORDER BY
                least(a.actions_count, b.actions_count) DESC, a.actions_count + b.actions_count DESC, a.actor_id
        ) AS rank,
        e.shared_people_count
    FROM mart.collaboration_edges AS e
    JOIN core.project_people AS a ON a.source = e.source AND a.project_id = e.project_a
    JOIN core.project_people AS b
        ON b.source = e.source AND b.project_id = e.project_b AND b.actor_id = a.actor_id
    WHERE NOT a.is_over_cap
),
strongest AS (
    FROM shared
    WHERE rank <= (SELECT value FROM staging.thresholds WHERE threshold_id = 'edge_evidence_cap')
),
logins AS (
    SELECT e.source, e.actor_id, arg_max(e.actor_login, (e.created_at, e.event_id)) AS actor_login
    FROM staging.collaborations AS e
    SEMI JOIN strongest USING (source, actor_id)
    GROUP BY ALL
)
SELECT
    s.source,
    s.window_start,
    s.window_end,
    s.project_a,
    s.project_b,
    s.rank,
    s.actor_id,
    l.actor_login,
    s.actions_a_count,
    s.actions_b_count,
    s.shared_people_count - count(*) OVER (PARTITION BY s.source, s.project_a, s.project_b) AS left_out_count
FROM strongest AS s
JOIN logins AS l USING (source, actor_id)
