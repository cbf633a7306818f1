-- Newest logins of those who led to each found repository, those first who did most on both sides; people who did the
-- same are told apart by their number.
SELECT l.repo_id, list(w.actor_login ORDER BY l.place) AS leading_people
FROM (
    SELECT
        p.repo_id,
        p.actor_id,
        row_number() OVER (
            PARTITION BY p.repo_id ORDER BY least(p.events_count, f.events_count) DESC, p.actor_id
        ) AS place
    FROM (FROM participations SEMI JOIN found USING (repo_id)) AS p
    JOIN frontier_people AS f USING (actor_id)
) AS l
JOIN (
    SELECT actor_id, arg_max(actor_login, staging.moment_of(created_at, event_id)) AS actor_login
    FROM wanted_events
    GROUP BY actor_id
) AS w USING (actor_id)
WHERE l.place <= $leading_people
GROUP BY l.repo_id
