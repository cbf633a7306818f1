-- What accounts did in repositories in a month, each subject once: an issue that one person closes twice is closed
-- once. Where an event lacks its subject's number it stands for itself, by its own number below zero, where no
-- subject is. A pull request that is closed weighs nothing, but shows that more than pushing happens; `merged` is how
-- GitHub calls the closing of a merged one since October 2025.
SELECT DISTINCT
    repo_id,
    actor_id,
    -- Each name is cast by itself, once, and not row by row.
    CASE event_type
        WHEN 'PushEvent' THEN 'push'::core.ACTION_KIND
        WHEN 'IssueCommentEvent' THEN 'issue_comment'::core.ACTION_KIND
        WHEN 'PullRequestReviewCommentEvent' THEN 'review_comment'::core.ACTION_KIND
        WHEN 'IssuesEvent' THEN CASE action
            WHEN 'opened' THEN 'issue_opened'::core.ACTION_KIND
            WHEN 'closed' THEN 'issue_closed'::core.ACTION_KIND
        END
        WHEN 'PullRequestEvent' THEN CASE action
            WHEN 'opened' THEN 'pull_request_opened'::core.ACTION_KIND
            WHEN 'closed' THEN 'pull_request_closed'::core.ACTION_KIND
            WHEN 'merged' THEN 'pull_request_closed'::core.ACTION_KIND
        END
    END AS kind,
    coalesce(
        CASE event_type
            WHEN 'PushEvent' THEN push_id
            WHEN 'IssuesEvent' THEN issue_id
            WHEN 'PullRequestEvent' THEN pull_request_id
            ELSE comment_id
        END,
        -1 - event_id
    ) AS subject,
    CASE staging.class_of(actor_id, login_key)
        WHEN 'bot' THEN 'bot'::core.LEFT_OUT
        WHEN 'agent' THEN 'agent'::core.LEFT_OUT
        WHEN 'unknown' THEN 'unknown'::core.LEFT_OUT
        ELSE CASE WHEN is_snyk THEN 'snyk'::core.LEFT_OUT END
    END AS left_out
FROM staging.month_events
WHERE kind IS NOT NULL
