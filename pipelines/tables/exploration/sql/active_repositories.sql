-- How many people count in each repository.
SELECT repo_id, count(*) AS people_count
FROM participations
GROUP BY repo_id
