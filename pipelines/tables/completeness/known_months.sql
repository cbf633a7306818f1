-- Months of each project of which it is known whether it has a value. Since the event stream broke, a month that was
-- retrieved without a value says nothing: the stream may have lost the project.
SELECT DISTINCT project_id, month
FROM core.project_extents
WHERE month < (SELECT coalesce(min(first_month), 'infinity') FROM mart.stream_eras WHERE state = 'broken')
UNION
SELECT project_id, month FROM mart.project_openrank_monthly WHERE openrank IS NOT NULL
