WITH people AS (
    SELECT source, 'project' AS level, actor_id, is_over_cap, count(*) AS places_count
    FROM core.project_people
    GROUP BY ALL
    UNION ALL
    SELECT source, 'repository' AS level, actor_id, is_over_cap, count(*) AS places_count
    FROM core.repository_people
    GROUP BY ALL
),
days AS (
    SELECT source, min(created_at)::DATE AS window_start, max(created_at)::DATE AS window_end
    FROM staging.collaborations
    GROUP BY source
)
SELECT
    p.source,
    p.level,
    d.window_start,
    d.window_end,
    count(*) FILTER (NOT is_over_cap) AS people_count,
    coalesce(sum(places_count) FILTER (NOT is_over_cap), 0)::BIGINT AS memberships_count,
    coalesce(sum(places_count * (places_count - 1) // 2) FILTER (NOT is_over_cap), 0)::BIGINT AS meetings_count,
    count(*) FILTER (is_over_cap) AS dropped_people_count,
    coalesce(sum(places_count) FILTER (is_over_cap), 0)::BIGINT AS dropped_memberships_count,
    coalesce(sum(places_count * (places_count - 1) // 2) FILTER (is_over_cap), 0)::BIGINT AS dropped_meetings_count
FROM people AS p
JOIN days AS d USING (source)
GROUP BY ALL
