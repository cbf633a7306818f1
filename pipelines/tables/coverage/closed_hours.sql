-- Known gaps that make hours unknown whatever was counted in them, for one event type or (NULL) for all.
-- Left to measurement: readable damage (a malformed line, a duplicate), and gaps whose end nobody established. Of
-- those only the collapse of stars is known to last; a file that is missing shows in the manifest.
SELECT
    start_hour,
    if(kind = 'missing_files', coalesce(end_hour, start_hour), end_hour) AS end_hour,
    if(kind = 'watch_collapsed', 'WatchEvent', NULL) AS event_type,
    detail,
    detail_message
FROM staging.seed_archive_gaps
WHERE kind NOT IN ('malformed_line', 'duplicate_event')
  AND (end_hour IS NOT NULL OR kind IN ('missing_files', 'watch_collapsed'))
ORDER BY ALL
