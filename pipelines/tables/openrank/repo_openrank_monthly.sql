-- OpenDigger's values, and our own of every repository that is watched or whose value once exceeded the floor: a
-- repository is shown in all its months or in none. Numbers of simulated repositories are nobody's.
WITH active AS (
    SELECT v.month, v.source, m.vintage, v.id, v.repo_full_name, v.openrank
    FROM staging.openrank_values AS v
    JOIN mart.openrank_months AS m USING (month, source)
    WHERE v.kind = 'repo' AND v.last_month = v.month
),
watched_ids AS (
    SELECT repo_id FROM core.project_names WHERE repo_id IS NOT NULL
    UNION
    SELECT i.repo_id FROM core.repo_ids AS i JOIN staging.watched_repositories AS w USING (name_key)
),
shown AS (
    SELECT DISTINCT source, id
    FROM active
    WHERE openrank > (SELECT published_floor FROM staging.openrank_rules)
        OR id IN (SELECT repo_id FROM watched_ids)
        OR lower(repo_full_name) IN (SELECT lower(repo_full_name) FROM core.project_names)
        OR lower(repo_full_name) IN (SELECT name_key FROM staging.watched_repositories)
        OR split_part(lower(repo_full_name), '/', 1) IN (SELECT owner_key FROM staging.watched_owners)
),
computed AS (
    SELECT
        a.repo_full_name,
        CASE WHEN a.source = 'computed' THEN a.id END AS repo_id,
        a.month,
        round(a.openrank, 6) AS openrank,
        a.source,
        a.vintage,
        false AS is_interpolated
    FROM active AS a
    SEMI JOIN shown USING (source, id)
    -- A name that was taken over within the month belongs to the younger repository.
    QUALIFY row_number() OVER (PARTITION BY a.month, a.source, a.repo_full_name ORDER BY a.id DESC) = 1
)
SELECT s.repo_full_name, i.repo_id, s.month, s.value AS openrank, 'opendigger' AS source, s.vintage, s.is_interpolated
FROM staging.series AS s
LEFT JOIN core.repo_ids AS i ON i.name_key = lower(s.repo_full_name)
WHERE s.metric_id = 'openrank'
UNION ALL
SELECT r.repo_full_name, r.repo_id, r.month, r.openrank, 'opendigger', r.vintage, false
FROM staging.recorded_openrank AS r
UNION ALL FROM computed
