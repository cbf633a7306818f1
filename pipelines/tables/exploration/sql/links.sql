-- People that each found repository shares with each repository of the frontier.
SELECT
    child.repo_id,
    parent.repo_id AS parent_id,
    any_value(c.people_count) AS people_b_count,
    any_value(p.people_count) AS people_a_count,
    count(*) AS shared_people_count
FROM (FROM participations SEMI JOIN found USING (repo_id)) AS child
JOIN (FROM participations SEMI JOIN frontier USING (repo_id)) AS parent USING (actor_id)
JOIN active_repositories AS c ON c.repo_id = child.repo_id
JOIN active_repositories AS p ON p.repo_id = parent.repo_id
GROUP BY child.repo_id, parent.repo_id
