-- In how many repositories each person is active, the frontier counted as one.
SELECT a.repositories_count - coalesce(f.repositories_count - 1, 0) AS repositories_count
FROM active_people AS a
LEFT JOIN frontier_people AS f USING (actor_id)
WHERE NOT a.is_above_cap
