-- Who led to each found repository, those first who did most on both sides; people who did the same are told apart
-- by their number.
SELECT repo_id, list(actor_id ORDER BY place) AS actor_ids
FROM (
    SELECT
        p.repo_id,
        p.actor_id,
        row_number() OVER (
            PARTITION BY p.repo_id ORDER BY least(p.events_count, f.events_count) DESC, p.actor_id
        ) AS place
    FROM (FROM participations SEMI JOIN found USING (repo_id)) AS p
    JOIN frontier_people AS f USING (actor_id)
)
WHERE place <= $leading_people
GROUP BY repo_id
