-- Who did how much where in a month, by what leaves an action out. The amount is rounded as OpenDigger does.
SELECT
    a.repo_id,
    a.actor_id,
    a.left_out,
    round(sum(staging.weight_of(a.kind)), 3) AS activity,
    count(*)::INTEGER AS actions_count,
    bool_or(a.kind <> 'push') AS is_collaboration
FROM core.month_actions AS a
GROUP BY a.repo_id, a.actor_id, a.left_out
