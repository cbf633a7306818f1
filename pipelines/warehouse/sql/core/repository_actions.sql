-- What people did in the repositories that are opened, by kind.
SELECT repo_id, actor_id, kind::VARCHAR AS kind, count(*) AS actions_count
FROM core.month_actions
SEMI JOIN core.month_repositories USING (repo_id)
WHERE left_out IS NULL
GROUP BY ALL
ORDER BY ALL
