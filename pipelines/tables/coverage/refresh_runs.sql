SELECT source || '@' || strftime(retrieved_at, '%Y-%m-%dT%H:%M:%S.%fZ') AS run_id, *
FROM staging.source_runs
