-- Who did how much where in a month, by what leaves an action out. The amount is rounded as OpenDigger does.
SELECT
    a.repo_id,
    a.actor_id,
    a.left_out,
    round(sum(CASE a.kind
        WHEN 'issue_opened' THEN r.issue_opened
        WHEN 'issue_comment' THEN r.issue_comment
        WHEN 'issue_closed' THEN r.issue_closed
        WHEN 'review_comment' THEN r.review_comment
        WHEN 'pull_request_opened' THEN r.pull_request_opened
        WHEN 'push' THEN r.push
        ELSE 0
    END), 3) AS activity,
    count(*)::INTEGER AS actions_count,
    bool_or(a.kind <> 'push') AS is_collaboration
FROM core.month_actions AS a
CROSS JOIN staging.openrank_rules AS r
GROUP BY a.repo_id, a.actor_id, a.left_out
