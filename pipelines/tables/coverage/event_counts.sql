-- Events of each hour, by origin and type; `all` for every type together. An archive that files events by the time it
-- saw them says by its file little about the hour: of those, the hour they were created in counts.
WITH files AS (
    SELECT f.source_file, f.hour, a.filed_by = 'seen' AS is_seen
    FROM staging.event_files AS f
    LEFT JOIN staging.seed_archives AS a ON a.archive = f.archive
),
placed AS (
    SELECT e.source, e.event_type, if(f.is_seen, date_trunc('hour', e.created_at), f.hour) AS hour
    FROM staging.events AS e
    JOIN files AS f USING (source_file)
)
SELECT source, hour, coalesce(event_type, 'all') AS event_type, count(*) AS observed_count
FROM placed
GROUP BY GROUPING SETS ((source, hour, event_type), (source, hour))
ORDER BY ALL
