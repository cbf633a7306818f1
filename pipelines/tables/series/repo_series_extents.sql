SELECT repo_full_name, 'opendigger' AS source, vintage, extent_from, extent_through
FROM staging.series_extents
