-- What the newest value of each repository of a project is made of. By number where it is one of GitHub's, else by name;
-- numbers of simulated repositories are nobody's.
WITH owned AS (
    SELECT DISTINCT project_id, repo_id, lower(repo_full_name) AS name_key FROM core.project_names
)
SELECT DISTINCT
    o.project_id,
    p.repo_full_name,
    p.month,
    p.source,
    m.vintage,
    p.part,
    p.people_count,
    p.actions_count,
    round(p.openrank, 6) AS openrank
FROM staging.openrank_parts AS p
JOIN mart.openrank_months AS m USING (month, source)
JOIN owned AS o ON o.name_key = lower(p.repo_full_name) OR (p.source = 'computed' AND o.repo_id = p.repo_id)
-- A name that was taken over within the month has one value, which is the younger repository's.
QUALIFY rank() OVER (PARTITION BY p.month, p.source, p.repo_full_name ORDER BY p.repo_id DESC) = 1
