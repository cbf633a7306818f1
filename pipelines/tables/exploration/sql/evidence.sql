-- What is known of each found repository: its newest name, its project, what was observed of it on GitHub, and the
-- largest repository of the same name under another owner that has people in common with it. Two names of one moment
-- are told apart by their letters.
WITH named AS (
    SELECT
        repo_id,
        arg_max(repo_full_name, (last_seen_at, repo_full_name)) AS repo_full_name,
        min(first_seen_at) AS first_seen_at,
        max(last_seen_at) AS last_seen_at
    FROM sightings
    GROUP BY repo_id
),
child AS (FROM named SEMI JOIN found USING (repo_id) JOIN active_repositories USING (repo_id)),
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
kin AS (
    SELECT
        c.repo_id,
        n.repo_id AS original_id,
        any_value(n.repo_full_name) AS original_name,
        any_value(r.people_count) AS original_people_count,
        count(*) AS original_shared_people_count
    FROM child AS c
    JOIN same_names AS n
        ON split_part(n.repo_full_name, '/', 2) = split_part(c.repo_full_name, '/', 2)
        AND lower(split_part(n.repo_full_name, '/', 1)) <> lower(split_part(c.repo_full_name, '/', 1))
    JOIN active_repositories AS r ON r.repo_id = n.repo_id AND r.people_count > c.people_count
    JOIN participations AS mine ON mine.repo_id = c.repo_id
    JOIN participations AS theirs ON theirs.repo_id = n.repo_id AND theirs.actor_id = mine.actor_id
    GROUP BY c.repo_id, n.repo_id
),
namesake AS (
    FROM kin
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
