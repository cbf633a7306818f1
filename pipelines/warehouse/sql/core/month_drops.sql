-- What each rule left out of the month's activity.
SELECT
    count(DISTINCT actor_id) FILTER (left_out = 'bot') AS bots_count,
    coalesce(sum(actions_count) FILTER (left_out = 'bot'), 0)::BIGINT AS bot_actions_count,
    coalesce(sum(actions_count) FILTER (left_out = 'snyk'), 0)::BIGINT AS snyk_actions_count,
    count(*) FILTER (left_out IS NULL AND NOT is_collaboration) AS push_only_pairs_count,
    count(*) FILTER (left_out IS NULL AND is_collaboration AND activity = 0) AS weightless_pairs_count,
    (SELECT count(*) FROM core.month_crowd) AS crowd_people_count,
    (SELECT coalesce(sum(repositories_count), 0)::BIGINT FROM core.month_crowd) AS crowd_pairs_count,
    count(DISTINCT actor_id) FILTER (left_out = 'agent') AS agents_count,
    coalesce(sum(actions_count) FILTER (left_out = 'agent'), 0)::BIGINT AS agent_actions_count,
    count(DISTINCT actor_id) FILTER (left_out = 'unknown') AS unknown_accounts_count,
    coalesce(sum(actions_count) FILTER (left_out = 'unknown'), 0)::BIGINT AS unknown_account_actions_count
FROM core.month_pairs
