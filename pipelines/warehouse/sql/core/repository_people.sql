-- Who works in the candidate repositories, and how often. The cap counts every repository that bronze holds; but who
-- has no more events than that has no more repositories, so that only the few others are counted one by one. The
-- events are read once, and logins, the costly part, are judged where the answer matters.
WITH cap AS (
    SELECT value FROM staging.thresholds WHERE threshold_id = 'person_repositories_cap'
),
events AS MATERIALIZED (
    SELECT repo_id, actor_id, login_key FROM staging.collaborating_events WHERE actor_id IS NOT NULL
),
suspected AS MATERIALIZED (
    SELECT actor_id FROM events GROUP BY actor_id HAVING count(*) > (FROM cap)
),
everywhere AS MATERIALIZED (
    SELECT repo_id, actor_id, count(*) AS actions_count
    FROM events
    WHERE
        (repo_id IN (SELECT repo_id FROM core.candidate_repositories) OR actor_id IN (FROM suspected))
        AND NOT staging.is_bot(login_key)
    GROUP BY repo_id, actor_id
),
busy AS (
    SELECT actor_id FROM everywhere SEMI JOIN suspected USING (actor_id) GROUP BY actor_id HAVING count(*) > (FROM cap)
)
SELECT c.source, e.repo_id, e.actor_id, e.actions_count, e.actor_id IN (FROM busy) AS is_over_cap
FROM everywhere AS e
JOIN (SELECT DISTINCT source, repo_id FROM core.candidate_repositories) AS c
    ON c.repo_id = e.repo_id AND c.source = staging.source_of(e.actor_id)
