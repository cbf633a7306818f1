WITH runs AS (
    SELECT
        (SELECT if(profile = 'sample', 'gharchive-simulated', 'gharchive') FROM staging.build_facts) AS source,
        retrieved_at, count(*) AS requested_count,
        count(*) FILTER (WHERE status IN ('loaded', 'damaged')) AS loaded_count,
        count(*) FILTER (WHERE status IN ('missing', 'not_gzip')) AS missing_count,
        coalesce(sum(quarantined), 0)::BIGINT AS quarantined_count,
        coalesce(sum(kept), 0)::BIGINT AS rows_count
    FROM staging.event_files
    GROUP BY retrieved_at
    UNION ALL
    SELECT
        'opendigger', retrieved_at, count(*),
        count(*) FILTER (WHERE status = 'loaded'),
        count(*) FILTER (WHERE status IN ('unknown', 'no_months')),
        count(*) FILTER (WHERE status IN ('malformed', 'failed')),
        coalesce(sum(months_count), 0)::BIGINT
    FROM staging.series_files
    GROUP BY retrieved_at
)
SELECT source || '@' || strftime(retrieved_at, '%Y-%m-%dT%H:%M:%S.%fZ') AS run_id, *
FROM runs
