-- Who is active in the frontier: in how many of its repositories, and how often.
SELECT actor_id, count(*) AS repositories_count, sum(events_count)::BIGINT AS events_count
FROM participations
SEMI JOIN frontier USING (repo_id)
GROUP BY actor_id
