-- Who works in the candidate repositories, and how often. The cap counts every repository that bronze holds; but who
-- has no more events than that has no more repositories, so that only the few others are counted one by one. The
-- events are read once, and logins, the costly part, are judged where the answer matters.
WITH cap AS (
    SELECT value FROM staging.thresholds WHERE threshold_id = 'person_repositories_cap'
),
events AS MATERIALIZED (
    SELECT repo_id, actor_id, login_key FROM staging.collaborating_events WHERE actor_id IS NOT NULL
),
suspected AS (
    SELECT actor_id FROM events GROUP BY actor_id HAVING count(*) > (FROM cap)
),
busy AS (
    SELECT actor_id
    FROM events SEMI JOIN suspected USING (actor_id)
    WHERE staging.is_person(actor_id, login_key)
    GROUP BY actor_id
    HAVING count(DISTINCT repo_id) > (FROM cap)
),
active AS (
    SELECT repo_id, actor_id, count(*) AS actions_count
    FROM events SEMI JOIN core.candidate_repositories USING (repo_id)
    WHERE staging.is_person(actor_id, login_key)
    GROUP BY repo_id, actor_id
)
SELECT c.source, a.repo_id, a.actor_id, a.actions_count, a.actor_id IN (FROM busy) AS is_over_cap
FROM active AS a
JOIN (SELECT DISTINCT source, repo_id FROM core.candidate_repositories) AS c
    ON c.repo_id = a.repo_id AND c.source = staging.source_of(a.actor_id)
