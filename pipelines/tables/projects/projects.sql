-- Each observed column on its own: its newest value by the as-of date, else its earliest later one.
WITH facts AS (SELECT as_of FROM staging.build_facts),
ranked AS (
    SELECT
        o.*,
        o.observed_on > facts.as_of AS is_later,
        -- Orders observations by preference: by the as-of date newest first, then later ones oldest first.
        CASE WHEN o.observed_on <= facts.as_of THEN facts.as_of - o.observed_on
             ELSE 1000000 + (o.observed_on - facts.as_of) END AS preference
    FROM core.project_observations AS o, facts
),
observed AS (
    SELECT
        project_id,
        arg_min(description, preference) FILTER (WHERE description IS NOT NULL) AS description,
        arg_min(language, preference) FILTER (WHERE language IS NOT NULL) AS language,
        arg_min(license_spdx, preference) FILTER (WHERE license_spdx IS NOT NULL) AS license_spdx,
        arg_min(created_at, preference) FILTER (WHERE created_at IS NOT NULL) AS created_at,
        arg_min(pushed_at, preference) FILTER (WHERE pushed_at IS NOT NULL) AS pushed_at,
        arg_min(is_archived, preference) FILTER (WHERE is_archived IS NOT NULL) AS is_archived,
        arg_min(latest_issue_at, preference) FILTER (WHERE latest_issue_at IS NOT NULL) AS latest_issue_at,
        arg_min(latest_pull_request_at, preference)
            FILTER (WHERE latest_pull_request_at IS NOT NULL) AS latest_pull_request_at,
        arg_min(latest_release_at, preference) FILTER (WHERE latest_release_at IS NOT NULL) AS latest_release_at,
        arg_min(stars_count, preference) FILTER (WHERE stars_count IS NOT NULL) AS stars_count,
        arg_min(forks_count, preference) FILTER (WHERE forks_count IS NOT NULL) AS forks_count,
        arg_min(topics, preference) FILTER (WHERE topics IS NOT NULL) AS topics,
        arg_min(observed_on, preference) FILTER (WHERE stars_count IS NOT NULL) AS observed_on,
        arg_min(is_later, preference) FILTER (WHERE stars_count IS NOT NULL) AS is_observed_later,
        arg_min(source, preference) FILTER (WHERE stars_count IS NOT NULL) AS source
    FROM ranked
    GROUP BY project_id
)
SELECT
    p.project_id,
    p.name,
    p.organization,
    n.repo_id,
    n.repo_full_name,
    o.description,
    o.language,
    o.license_spdx,
    o.created_at,
    o.pushed_at,
    o.is_archived,
    o.latest_issue_at,
    o.latest_pull_request_at,
    o.latest_release_at,
    o.stars_count,
    o.forks_count,
    o.observed_on,
    o.is_observed_later,
    o.topics,
    o.source,
    p.origin,
    p.is_candidate
FROM staging.seed_projects AS p
JOIN core.project_names AS n ON n.project_id = p.project_id AND n.repository_rank = 0 AND n.is_current
LEFT JOIN observed AS o ON o.project_id = p.project_id
