-- Who works in the candidate repositories, and how often. The cap counts every repository that bronze holds, so all
-- of them are counted in the one reading of the events, which costs more than the rest.
WITH everywhere AS MATERIALIZED (
    SELECT source, repo_id, actor_id, count(*) AS actions_count
    FROM staging.collaborations
    WHERE actor_id IS NOT NULL
    GROUP BY ALL
),
busy AS (
    SELECT actor_id
    FROM everywhere
    GROUP BY actor_id
    HAVING count(*) > (SELECT value FROM staging.thresholds WHERE threshold_id = 'person_repositories_cap')
)
SELECT e.*, e.actor_id IN (FROM busy) AS is_over_cap
FROM everywhere AS e
SEMI JOIN core.candidate_repositories AS c ON c.repo_id = e.repo_id AND c.source = e.source
