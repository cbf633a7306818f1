-- Stars that still stand, by the month they were given, summed over the repositories of a project, up to the last month
-- that was over when the newest weeks were read. Before its first week a whole history has no star; where older pages are
-- still to come, or a week was set aside, a month is partial or unknown.
WITH repositories AS (
    SELECT project_id, count(DISTINCT repository_rank) AS repositories_count FROM core.project_names GROUP BY project_id
),
histories AS (
    SELECT
        n.project_id,
        n.repository_rank,
        h.repo_full_name,
        h.settled_through,
        h.is_whole AND len(h.problems) = 0 AS is_believed
    FROM staging.star_histories AS h
    JOIN core.project_names AS n ON lower(n.repo_full_name) = lower(h.repo_full_name)
    WHERE h.settled_through IS NOT NULL
    -- Where several names of one repository were asked, the current name wins.
    QUALIFY row_number() OVER (
        PARTITION BY n.project_id, n.repository_rank ORDER BY n.name_rank, h.retrieved_at DESC
    ) = 1
),
counted AS (
    SELECT
        h.project_id,
        h.repository_rank,
        date_trunc('month', d.day)::DATE AS month,
        min(d.day) AS first_day,
        count(*) AS days_count,
        sum(d.stars_count) AS value
    FROM staging.star_days AS d
    JOIN histories AS h ON h.repo_full_name = d.repo_full_name
    GROUP BY ALL
),
first_days AS (
    SELECT project_id, repository_rank, min(first_day) AS first_day FROM counted GROUP BY ALL
),
first_months AS (
    SELECT project_id, min(month) AS month FROM counted GROUP BY project_id
),
months AS (
    SELECT
        h.project_id,
        h.repository_rank,
        m.month,
        coalesce(c.value, 0) AS value,
        coalesce(c.days_count, 0) AS days_count,
        greatest(
            0,
            last_day(m.month) + 1
            - if(h.is_believed, greatest(m.month, coalesce(f.first_day, last_day(m.month) + 1)), m.month)
        ) AS needed_days_count
    FROM histories AS h
    JOIN first_months AS s USING (project_id)
    CROSS JOIN LATERAL (
        SELECT unnest(generate_series(s.month::TIMESTAMP, h.settled_through::TIMESTAMP, INTERVAL 1 MONTH))::DATE AS month
    ) AS m
    LEFT JOIN first_days AS f ON f.project_id = h.project_id AND f.repository_rank = h.repository_rank
    LEFT JOIN counted AS c
        ON c.project_id = h.project_id AND c.repository_rank = h.repository_rank AND c.month = m.month
    WHERE last_day(m.month) <= h.settled_through
)
SELECT
    m.project_id,
    m.month,
    sum(m.value)::DOUBLE AS value,
    count(*) / any_value(r.repositories_count) AS coverage_ratio,
    count(*) < any_value(r.repositories_count) OR bool_or(m.days_count < m.needed_days_count) AS is_partial
FROM months AS m
JOIN repositories AS r USING (project_id)
WHERE m.days_count > 0 OR m.needed_days_count = 0
GROUP BY m.project_id, m.month
