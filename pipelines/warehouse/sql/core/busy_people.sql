-- Who is active in more repositories than person_repositories_cap; counted over everything that bronze holds.
WITH cap AS (SELECT value FROM staging.thresholds WHERE threshold_id = 'person_repositories_cap'),
active AS (
    SELECT actor_id FROM staging.collaborations GROUP BY actor_id HAVING count(*) > (SELECT value FROM cap)
)
SELECT source, actor_id, count(DISTINCT repo_id) AS repositories_count
FROM staging.collaborations
SEMI JOIN active USING (actor_id)
GROUP BY ALL
HAVING count(DISTINCT repo_id) > (SELECT value FROM cap)
