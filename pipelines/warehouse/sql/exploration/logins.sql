-- The newest login of each of some people in the days looked at.
SELECT actor_id, arg_max(actor_login, (created_at, event_id)) AS actor_login
FROM followed_events
SEMI JOIN leaders USING (actor_id)
GROUP BY actor_id
