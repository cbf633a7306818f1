-- Events of each hour file that was read, by origin and type; `all` for every type together.
SELECT e.source, h.hour, coalesce(e.event_type, 'all') AS event_type, count(*) AS observed_count
FROM staging.events AS e
JOIN staging.event_files AS h USING (source_file)
GROUP BY GROUPING SETS ((e.source, h.hour, e.event_type), (e.source, h.hour))
ORDER BY ALL
