-- `core.event_coverage` holds the archive's hours against their expectation; a file that is not there is a gap,
-- never a row of zeros.
WITH archive AS (
    SELECT
        source,
        strftime(hour, '%Y-%m-%dT%H') AS period,
        event_type,
        hour AS period_start,
        observed_count,
        expected_count,
        coverage_ratio,
        is_gap,
        is_partial,
        detail,
        detail_messages
    FROM core.event_coverage
),
-- From the month on in which the stream breaks: a loss of two fifths of every hour is no gap of any one of them.
archive_months AS (
    SELECT
        source,
        strftime(month, '%Y-%m'),
        event_type,
        month,
        observed_count,
        expected_count,
        coverage_ratio,
        is_gap,
        is_partial,
        detail,
        detail_messages
    FROM core.event_coverage_monthly
),
known_gaps AS (
    SELECT
        'gharchive',
        strftime(start_hour, '%Y-%m-%dT%H') || '/' || coalesce(strftime(end_hour, '%Y-%m-%dT%H'), '..'),
        'all', start_hour, NULL::BIGINT, NULL::BIGINT, NULL::DOUBLE, true, false, detail,
        [detail_message]
    FROM staging.seed_archive_gaps
),
-- OpenDigger: of the repositories that have a series by then, how many were retrieved for the month? The stated
-- extents are those of OpenRank; of the other metrics nobody wrote down what was retrieved.
series AS (
    SELECT metric_id, repo_full_name, min(month) AS first_month
    FROM staging.current_series
    WHERE metric_id = 'openrank'
    GROUP BY ALL
),
months AS (
    SELECT DISTINCT unnest(generate_series(extent_from::TIMESTAMP, extent_through::TIMESTAMP, INTERVAL 1 MONTH))::DATE
        AS month
    FROM staging.current_extents
),
retrieved AS (
    SELECT s.metric_id, m.month, count(*) AS observed_count
    FROM months AS m
    JOIN series AS s ON s.first_month <= m.month
    SEMI JOIN staging.current_extents AS e
        ON e.repo_full_name = s.repo_full_name AND m.month BETWEEN e.extent_from AND e.extent_through
    GROUP BY ALL
),
existing AS (
    SELECT s.metric_id, m.month, count(*) AS expected_count
    FROM months AS m
    JOIN series AS s ON s.first_month <= m.month
    GROUP BY ALL
),
opendigger AS (
    SELECT
        'opendigger',
        strftime(x.month, '%Y-%m'),
        x.metric_id,
        x.month::TIMESTAMP,
        coalesce(r.observed_count, 0),
        x.expected_count,
        coalesce(r.observed_count, 0) / x.expected_count AS coverage_ratio,
        coalesce(r.observed_count, 0) / x.expected_count
            < (SELECT value FROM staging.thresholds WHERE threshold_id = 'coverage_gap_ratio'),
        false,
        NULL::VARCHAR,
        NULL::VARCHAR[]
    FROM existing AS x
    LEFT JOIN retrieved AS r USING (metric_id, month)
)
FROM archive
UNION ALL FROM archive_months
UNION ALL FROM known_gaps
UNION ALL FROM opendigger
