-- What is known of each found repository: its project, what was observed of it on GitHub, and the largest repository
-- of the same name under another owner that has people in common with it.
WITH child AS (
    SELECT *, lower(split_part(repo_full_name, '/', 1)) AS owner, lower(split_part(repo_full_name, '/', 2)) AS own_name
    FROM active_repositories
    SEMI JOIN found USING (repo_id)
),
project AS (
    SELECT c.repo_id, min(n.project_id) AS project_id
    FROM child AS c
    JOIN staging.seed_names AS n
        ON n.repo_id = c.repo_id OR (n.repo_id IS NULL AND lower(n.repo_full_name) = lower(c.repo_full_name))
    GROUP BY c.repo_id
),
observed AS (
    SELECT
        c.repo_id,
        arg_max(o.description, (o.observed_on, o.source, o.detail)) FILTER (WHERE o.description IS NOT NULL) AS description,
        arg_max(o.topics, (o.observed_on, o.source, o.detail)) FILTER (WHERE o.topics IS NOT NULL) AS topics,
        arg_max(o.language, (o.observed_on, o.source, o.detail)) FILTER (WHERE o.language IS NOT NULL) AS language
    FROM child AS c
    JOIN staging.observations AS o
        ON o.repo_id = c.repo_id OR (o.repo_id IS NULL AND lower(o.repo_full_name) = lower(c.repo_full_name))
    GROUP BY c.repo_id
),
same_name AS (
    SELECT c.repo_id, n.repo_id AS original_id, n.repo_full_name AS original_name, n.people_count AS original_people_count
    FROM child AS c
    JOIN active_repositories AS n ON lower(split_part(n.repo_full_name, '/', 2)) = c.own_name
    WHERE lower(split_part(n.repo_full_name, '/', 1)) <> c.owner AND n.people_count > c.people_count
),
akin AS (
    SELECT s.repo_id, s.original_id, s.original_name, s.original_people_count, count(*) AS original_shared_people_count
    FROM same_name AS s
    JOIN participations AS mine ON mine.repo_id = s.repo_id
    JOIN participations AS theirs ON theirs.repo_id = s.original_id AND theirs.actor_id = mine.actor_id
    GROUP BY ALL
),
namesake AS (
    FROM akin
    QUALIFY row_number() OVER (PARTITION BY repo_id ORDER BY original_people_count DESC, original_id) = 1
)
SELECT
    c.repo_id,
    c.repo_full_name,
    c.people_count,
    c.first_seen_at,
    c.last_seen_at,
    p.project_id,
    o.description,
    o.topics,
    o.language,
    n.original_name,
    n.original_people_count,
    n.original_shared_people_count
FROM child AS c
LEFT JOIN project AS p USING (repo_id)
LEFT JOIN observed AS o USING (repo_id)
LEFT JOIN namesake AS n USING (repo_id)
ORDER BY c.repo_id
