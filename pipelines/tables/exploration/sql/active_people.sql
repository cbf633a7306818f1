-- In how many repositories each person was active, and whether those are too many to say who works with whom.
SELECT
    actor_id,
    count(*) AS repositories_count,
    count(*) > (SELECT value FROM staging.thresholds WHERE threshold_id = 'person_repositories_cap') AS is_above_cap
FROM all_participations
GROUP BY actor_id
