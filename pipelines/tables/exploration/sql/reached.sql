-- Repositories that the frontier shares people with, but for those known already.
SELECT r.repo_id, r.people_count, s.shared_people_count
FROM (
    SELECT repo_id, count(*) AS shared_people_count
    FROM participations
    SEMI JOIN frontier_people USING (actor_id)
    GROUP BY repo_id
) AS s
JOIN active_repositories AS r USING (repo_id)
ANTI JOIN known USING (repo_id)
