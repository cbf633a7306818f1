SELECT s.repo_full_name, i.repo_id, s.month, s.value AS openrank, 'opendigger' AS source, s.vintage, s.is_interpolated
FROM staging.series AS s
LEFT JOIN core.repo_ids AS i ON i.name_key = lower(s.repo_full_name)
WHERE s.metric_id = 'openrank'
