-- The newest login of each account in a month.
SELECT actor_id, arg_max(actor_login, staging.moment_of(created_at, event_id)) AS actor_login
FROM staging.month_events
GROUP BY actor_id
