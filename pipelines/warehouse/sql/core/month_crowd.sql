-- Who counts in more repositories in a month than people can: left out everywhere.
SELECT actor_id, count(*) AS repositories_count
FROM core.month_counted_pairs
GROUP BY actor_id
HAVING count(*) > (SELECT actor_repositories_cap FROM staging.openrank_rules)
