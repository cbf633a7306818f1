SELECT
    project_id,
    taxonomy_version,
    layer,
    domain,
    subdomain,
    'curated' AS assignment,
    NULL::DOUBLE AS confidence,
    ['label: ' || label_source] AS reasons
FROM staging.seed_labels
