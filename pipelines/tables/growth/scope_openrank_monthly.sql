-- Curated labels of the default taxonomy alone: no sum rests on a prediction. A project counts from the month of its
-- creation, or from its first value if that is earlier or creation is unknown: a repository may be younger than the
-- project, which moved into it with its past.
WITH labelled AS (
    SELECT
        d.project_id,
        d.taxonomy_version,
        unnest(['layer', 'domain', 'subdomain']) AS scope,
        unnest([d.layer, d.domain, d.subdomain]) AS scope_value,
        least(date_trunc('month', p.created_at)::DATE, f.first_month) AS first_month
    FROM mart.project_domains AS d
    JOIN mart.projects AS p USING (project_id)
    LEFT JOIN (
        SELECT project_id, min(month) AS first_month FROM mart.project_openrank_monthly
        WHERE openrank IS NOT NULL GROUP BY project_id
    ) AS f USING (project_id)
    WHERE d.assignment = 'curated'
      AND d.taxonomy_version = (SELECT taxonomy_version FROM staging.build_facts)
),
openrank AS (
    SELECT project_id, month, openrank AS value, openrank_low, openrank_high, basis
    FROM mart.project_openrank_monthly WHERE openrank IS NOT NULL
),
months AS (SELECT DISTINCT month FROM openrank),
retrieved AS (FROM core.known_months)
SELECT
    m.month,
    l.scope,
    l.scope_value,
    any_value(l.taxonomy_version) AS taxonomy_version,
    sum(o.value ORDER BY l.project_id) AS openrank_sum,
    sum(o.openrank_low ORDER BY l.project_id) AS openrank_low,
    sum(o.openrank_high ORDER BY l.project_id) AS openrank_high,
    count(o.value) AS projects_count,
    count(*) FILTER (WHERE o.value IS NOT NULL OR r.project_id IS NOT NULL) AS known_projects_count,
    count(*) AS existing_projects_count,
    count(*) FILTER (WHERE o.basis = 'nowcast') AS nowcast_projects_count
FROM labelled AS l
JOIN months AS m ON m.month >= l.first_month
LEFT JOIN openrank AS o ON o.project_id = l.project_id AND o.month = m.month
LEFT JOIN retrieved AS r ON r.project_id = l.project_id AND r.month = m.month
WHERE l.scope_value IS NOT NULL
GROUP BY m.month, l.scope, l.scope_value
HAVING count(o.value) > 0
