"""GitHub's own facts among the events of the archives, each fact once.

Belongs here: when two rows are the same fact. Must not: which files there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sources.gharchive.layout import ALL_DAYS, LOWEST_FACT_ID

if TYPE_CHECKING:
    from pipelines.floor.periods import Days

SAME_CLOSING_SECONDS = 60
"""Two closings of an issue by one account that are apart by at most so much are one: an event has its own clock."""

_KIND = """CASE
    WHEN event_type = 'IssuesEvent' AND action IN ('opened', 'closed') THEN 'issue ' || action
    WHEN event_type = 'PullRequestEvent' AND is_merged THEN 'pull merged'
    WHEN event_type = 'PullRequestEvent' AND action IN ('opened', 'closed') THEN 'pull ' || action
    WHEN event_type = 'IssueCommentEvent' AND action = 'created' THEN 'issue comment'
    WHEN event_type = 'PullRequestReviewCommentEvent' AND action = 'created' THEN 'review comment'
    WHEN event_type = 'PullRequestReviewEvent' AND action = 'created' THEN 'review'
END"""

_SUBJECT = """CASE event_type
    WHEN 'IssuesEvent' THEN number
    WHEN 'PullRequestEvent' THEN number
    WHEN 'PullRequestReviewEvent' THEN review_id
    ELSE comment_id
END"""


def select_added_facts(archived: str, facts: str, repo_ids: list[int], days: Days = ALL_DAYS) -> str:
    """The rows of `facts` that no archive has, each fact once, as a SELECT.

    An event of the feed has GitHub's own number, so it is in an archive if that number and time are. A fact without a
    number is the same as an event of the same kind about the same issue, pull request, comment or review in the same
    repository: each is opened, merged or written once. A closing can happen again, so there the account and, but for
    `SAME_CLOSING_SECONDS`, the time must agree; an account that one side does not know agrees with any. From October to
    December 2025 an event says of a merged pull request only that it was closed: then that is the same as its merge.

    Parameters
    ----------
    archived, facts
        What follows FROM: event rows of the archives and of GitHub's facts.
    repo_ids
        The repositories of the facts. Spelt out: only a literal lets DuckDB skip the other ones in a folded month.
    days
        The days that are looked at, in UTC; `archived` holds the days next to them as well.
    """
    listed = ", ".join(map(str, sorted(repo_ids))) or "NULL"
    looked_at = (
        "true"
        if days == ALL_DAYS
        else f"created_at >= TIMESTAMP '{days.first}' AND created_at <= TIMESTAMP '{days.last} 23:59:59.999999'"
    )
    return f"""
        WITH archived AS (SELECT * FROM {archived} WHERE repo_id IN ({listed})),
        fed AS (
            SELECT f.* FROM {facts} AS f ANTI JOIN archived AS a USING (event_id, created_at)
            WHERE f.event_id < {LOWEST_FACT_ID}
        ),
        known AS (
            SELECT repo_id, actor_id, created_at,
                {_KIND} AS kind, {_SUBJECT} AS subject, split_part(kind, ' ', 1) AS topic
            FROM (FROM archived UNION ALL BY NAME FROM fed)
        ),
        stated AS (
            SELECT *, {_KIND} AS kind, {_SUBJECT} AS subject, split_part(kind, ' ', 1) AS topic
            FROM {facts} WHERE event_id >= {LOWEST_FACT_ID}
        ),
        unknown AS (
            SELECT s.* EXCLUDE (kind, subject, topic) FROM stated AS s
            ANTI JOIN known AS k ON k.repo_id = s.repo_id AND k.topic = s.topic AND k.subject = s.subject
                AND (k.kind = s.kind OR (k.kind = 'pull closed' AND s.kind = 'pull merged'))
                AND (NOT ends_with(k.kind, 'closed') OR (
                    abs(epoch(k.created_at) - epoch(s.created_at)) <= {SAME_CLOSING_SECONDS}
                    AND coalesce(k.actor_id = s.actor_id, true)
                ))
        )
        FROM (FROM fed UNION ALL BY NAME FROM unknown) WHERE {looked_at}
    """
