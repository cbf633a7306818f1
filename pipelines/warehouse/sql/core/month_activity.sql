-- The input of OpenRank, in the order in which it is summed up.
SELECT repo_id, actor_id, activity
FROM core.month_counted_pairs
ANTI JOIN core.month_crowd USING (actor_id)
ORDER BY repo_id, actor_id
