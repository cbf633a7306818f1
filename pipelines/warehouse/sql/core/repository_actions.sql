-- What the people of one repository did in it, by kind.
SELECT actor_id, kind::VARCHAR AS kind, count(*) AS actions_count
FROM core.month_actions
WHERE repo_id = $repo_id AND left_out IS NULL
GROUP BY ALL
ORDER BY ALL
