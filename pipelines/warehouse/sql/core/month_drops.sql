-- What each rule left out of the month's activity.
SELECT
    (SELECT count(DISTINCT actor_id) FROM core.month_pairs WHERE left_out = 'bot') AS bots_count,
    coalesce(sum(actions_count) FILTER (left_out = 'bot'), 0)::BIGINT AS bot_actions_count,
    coalesce(sum(actions_count) FILTER (left_out = 'snyk'), 0)::BIGINT AS snyk_actions_count,
    count(*) FILTER (left_out IS NULL AND NOT is_collaboration) AS push_only_pairs_count,
    count(*) FILTER (left_out IS NULL AND is_collaboration AND activity = 0) AS weightless_pairs_count,
    (SELECT count(*) FROM core.month_crowd) AS crowd_people_count,
    (SELECT coalesce(sum(repositories_count), 0)::BIGINT FROM core.month_crowd) AS crowd_pairs_count
FROM core.month_pairs
