-- Who was active in which repository, people in too many of them left out.
FROM all_participations
ANTI JOIN (FROM active_people WHERE is_above_cap) USING (actor_id)
