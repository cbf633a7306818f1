-- Who works in the projects, and how often, over all repositories of a project.
SELECT source, project_id, actor_id, sum(actions_count)::BIGINT AS actions_count, is_over_cap
FROM core.repository_people
JOIN core.candidate_repositories USING (source, repo_id)
WHERE project_id IS NOT NULL
GROUP BY ALL
