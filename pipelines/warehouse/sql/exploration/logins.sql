-- The newest login of each leading person in the wanted repositories.
SELECT actor_id, arg_max(actor_login, (created_at, event_id)) AS actor_login
FROM wanted_events
SEMI JOIN leaders USING (actor_id)
GROUP BY actor_id
