-- A curated label wins; the classifier speaks only where there is none.
SELECT
    project_id,
    taxonomy_version,
    layer,
    domain,
    subdomain,
    'curated' AS assignment,
    NULL::DOUBLE AS confidence,
    [reason] AS reasons,
    [reason_message] AS reason_messages
FROM staging.seed_labels
UNION ALL BY NAME
SELECT p.* FROM core.predicted_domains AS p
ANTI JOIN staging.seed_labels USING (project_id, taxonomy_version)
