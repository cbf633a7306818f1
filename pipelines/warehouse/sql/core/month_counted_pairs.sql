-- The pairs that count: who merely pushes collaborates with nobody, and without a weight there is no edge.
SELECT repo_id, actor_id, activity
FROM core.month_pairs
WHERE left_out IS NULL AND is_collaboration AND activity > 0
