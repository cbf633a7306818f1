-- Who was active in which repository in the days looked at, and how often.
SELECT repo_id, actor_id, count(*) AS events_count
FROM followed_events
GROUP BY repo_id, actor_id
