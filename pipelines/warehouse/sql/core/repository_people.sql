-- Who works in the candidate repositories, and how often.
SELECT
    e.source,
    e.repo_id,
    e.actor_id,
    count(*) AS actions_count,
    e.actor_id IN (SELECT actor_id FROM core.busy_people) AS is_over_cap
FROM staging.collaborations AS e
SEMI JOIN core.candidate_repositories AS c ON c.repo_id = e.repo_id AND c.source = e.source
WHERE e.actor_id IS NOT NULL
GROUP BY ALL
