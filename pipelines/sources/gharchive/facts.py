"""Fact rows of events: a list a column, never an object a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.sources.gharchive.decoding import NO_ISSUE, NO_NUMBERED, NO_ORG, NO_PULL_REQUEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.sources.gharchive.decoding import Event, Payload

EVENT_SCHEMA = pl.Schema(
    {
        "event_id": pl.Int64(),
        "event_type": pl.String(),
        "action": pl.String(),
        "created_at": pl.Datetime("us"),
        "actor_id": pl.Int64(),
        "actor_login": pl.String(),
        "repo_id": pl.Int64(),
        "repo_full_name": pl.String(),
        "org_id": pl.Int64(),
        "org_login": pl.String(),
        "number": pl.Int64(),
        "issue_id": pl.Int64(),
        "pull_request_id": pl.Int64(),
        "comment_id": pl.Int64(),
        "review_id": pl.Int64(),
        "push_id": pl.Int64(),
        "is_pull_request": pl.Boolean(),
        "is_merged": pl.Boolean(),
        "is_snyk": pl.Boolean(),
        "source_file": pl.String(),
        "archive": pl.String(),
    }
)
"""The columns of a fact row, in order. Bodies, e-mail addresses and commits are not among them.

``archive`` is the one that ``source_file`` is of; files of earlier versions lack it.
"""


def event_columns(
    events: Sequence[Event], seconds: Sequence[float], payloads: Sequence[Payload]
) -> pl.DataFrame:
    """What most events have, a row each."""
    orgs = [event.org or NO_ORG for event in events]
    text, number = pl.String(), pl.Int64()
    return pl.DataFrame(
        [
            pl.Series("event_id", [event.id for event in events], number),
            pl.Series("event_type", [event.type for event in events], text),
            pl.Series("action", [payload.action for payload in payloads], text),
            # As seconds: Polars takes six times as long for datetime objects with a zone.
            pl.Series("created_s", seconds, pl.Float64()),
            pl.Series("actor_id", [event.actor.id for event in events], number),
            pl.Series("actor_login", [event.actor.login for event in events], text),
            pl.Series("repo_id", [event.repo.id for event in events], number),
            pl.Series("repo_full_name", [event.repo.name for event in events], text),
            pl.Series("org_id", [org.id for org in orgs], number),
            pl.Series("org_login", [org.login for org in orgs], text),
            pl.Series("push_id", [payload.push_id for payload in payloads], number),
        ]
    )


def subject_columns(payloads: Sequence[Payload], first_row: int) -> pl.DataFrame:
    """What only events about an issue, a pull request or a comment have, a row each of those."""
    about = [
        (row, payload)
        for row, payload in enumerate(payloads, first_row)
        if payload.push_id is None  # asked first: half of all events are pushes
        and (
            payload.issue
            or payload.pull_request
            or payload.comment
            or payload.review
            or payload.number is not None
        )
    ]
    subjects = [payload for _, payload in about]
    issues = [payload.issue or NO_ISSUE for payload in subjects]
    pull_requests = [payload.pull_request or NO_PULL_REQUEST for payload in subjects]
    text, number, flag = pl.String(), pl.Int64(), pl.Boolean()
    return pl.DataFrame(
        [
            pl.Series("row", [row for row, _ in about], pl.UInt32()),
            pl.Series("payload_number", [payload.number for payload in subjects], number),
            pl.Series("issue_number", [issue.number for issue in issues], number),
            pl.Series("issue_id", [issue.id for issue in issues], number),
            pl.Series("issue_title", [issue.title for issue in issues], text),
            pl.Series("issue_is_pull", [issue.pull_request is not None for issue in issues], flag),
            pl.Series("pull_request_number", [pull.number for pull in pull_requests], number),
            pl.Series("pull_request_id", [pull.id for pull in pull_requests], number),
            pl.Series("pull_request_title", [pull.title for pull in pull_requests], text),
            pl.Series("pull_request_merged", [pull.merged for pull in pull_requests], flag),
            pl.Series("has_pull_request", [pull is not NO_PULL_REQUEST for pull in pull_requests], flag),
            pl.Series("comment_id", [(payload.comment or NO_NUMBERED).id for payload in subjects], number),
            pl.Series("review_id", [(payload.review or NO_NUMBERED).id for payload in subjects], number),
        ]
    )


def fact_rows(
    fields: Sequence[pl.DataFrame], subjects: Sequence[pl.DataFrame], source_file: str, archive: str
) -> pl.DataFrame:
    """Rows of `EVENT_SCHEMA`: what all events of a file have, joined with what those about a subject have."""
    event_type, action = pl.col("event_type"), pl.col("action")
    merged = (action == "merged") | ((action == "closed") & pl.col("pull_request_merged"))
    return (
        pl.concat(fields, rechunk=True)
        .with_row_index("row")
        .join(_with_findings(pl.concat(subjects)), on="row", how="left", maintain_order="left")
        .with_columns(
            created_at=pl.from_epoch((pl.col("created_s") * 1e6).round().cast(pl.Int64), time_unit="us"),
            is_pull_request=event_type.str.starts_with("PullRequest")
            | pl.col("is_about_pull_request").fill_null(value=False),
            is_merged=((event_type == "PullRequestEvent") & merged).fill_null(value=False),
            is_snyk=pl.col("is_snyk").fill_null(value=False),
            source_file=pl.lit(source_file),
            archive=pl.lit(archive),
        )
        .select(EVENT_SCHEMA.names())
    )


def _with_findings(subjects: pl.DataFrame) -> pl.DataFrame:
    """What follows from a subject alone, and no column that it follows from: every one is spread over all events."""
    title = pl.coalesce("issue_title", "pull_request_title")
    return subjects.select(
        "row",
        "issue_id",
        "pull_request_id",
        "pull_request_merged",
        "comment_id",
        "review_id",
        number=pl.coalesce("pull_request_number", "issue_number", "payload_number"),
        is_about_pull_request=pl.col("has_pull_request") | pl.col("issue_is_pull"),
        is_snyk=title.str.contains(r"^(?i)\[snyk\]"),
    )
