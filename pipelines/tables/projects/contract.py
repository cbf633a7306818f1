"""Contracts of the family projects."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from pipelines.tables import column


class Projects(dy.Schema):
    """Projects of the field, with what was observed of each project's main repository.

    Each observed column holds the newest value observed by the as-of date of `metadata`; where only a later
    observation exists, the earliest of those, and is_observed_later says so. NULL is unknown, not zero.
    """

    project_id = dy.String(
        min_length=1,
        primary_key=True,
        description="Short name of the project in the seeds; the key of every other table",
    )
    name = dy.String(description="Name as people write it")
    organization = dy.String(description="Organisation that runs it, from the seeds")
    repo_id = dy.Int64(
        nullable=True, description="GitHub's number of the main repository; NULL until resolved"
    )
    repo_full_name = dy.String(description="Current owner/name of the main repository")
    description = dy.String(
        nullable=True, description="Description on GitHub, as its owners wrote it: plain text"
    )
    language = dy.String(nullable=True, description="Main programming language, as GitHub measured it")
    license_spdx = dy.String(nullable=True, description="SPDX identifier of the licence; NULL if unknown")
    created_at = dy.Datetime(nullable=True, description="When the repository was created, UTC")
    pushed_at = dy.Datetime(nullable=True, description="Last push known at observed_on, UTC")
    is_archived = dy.Bool(nullable=True, description="Archived on GitHub; NULL if unknown")
    latest_issue_at = dy.Datetime(
        nullable=True,
        description="Newest update of an issue when it was observed, UTC; NULL if unknown or none",
    )
    latest_pull_request_at = dy.Datetime(nullable=True, description="The same of a pull request")
    latest_release_at = dy.Datetime(
        nullable=True, description="When its newest release was published, UTC; NULL if unknown or none"
    )
    stars_count = column.count("Stars at observed_on", nullable=True)
    forks_count = column.count("Forks at observed_on", nullable=True)
    observed_on = dy.Date(nullable=True, description="Day of the observation that stars_count is from")
    is_observed_later = dy.Bool(nullable=True, description="True if observed_on is after the as-of date")
    topics = dy.List(dy.String(), nullable=True, description="Topics on GitHub; NULL if unknown")
    source = column.source(
        "Origin of the observation, as in data_sources; NULL if never observed", nullable=True
    )
    origin = dy.String(description="How the project entered the seeds")
    is_candidate = dy.Bool(description="True if the project may be a member; False if it is only watched")

    @dy.rule()
    def observed_on_goes_with_source(cls) -> pl.Expr:
        """An observation has a date and an origin, or there is none."""
        return pl.col("observed_on").is_null() == pl.col("source").is_null()


class ProjectRepos(dy.Schema):
    """Every repository name ever known for a project: current, former, and seen in events."""

    project_id = column.project(primary_key=True)
    repo_full_name = dy.String(
        primary_key=True, regex=r"^[^/\s]+/[^/\s]+$", description="owner/name, case kept"
    )
    repo_id = dy.Int64(nullable=True, description="GitHub's number of the repository; NULL until resolved")
    first_seen_at = dy.Datetime(nullable=True, description="First real observation under this name, UTC")
    last_seen_at = dy.Datetime(nullable=True, description="Last real observation under this name, UTC")
    is_current = dy.Bool(description="True for the name in use today")

    @dy.rule()
    def seen_in_order(cls) -> pl.Expr:
        """A name is last seen no earlier than first seen."""
        return pl.col("first_seen_at").is_null() | (pl.col("first_seen_at") <= pl.col("last_seen_at"))


class ProjectAnnotations(dy.Schema):
    """Dated events of projects, each with a link: what a chart may mark."""

    project_id = column.project(primary_key=True)
    happened_on = dy.Date(primary_key=True, description="Day of the event, or on which it was first seen")
    kind = column.one_of(
        ["created", "renamed", "official_end", "listed_in_graveyard"],
        "created on GitHub; first seen under a new name; its owner announced the end; on a published graveyard list",
        primary_key=True,
    )
    text = dy.String(description="What happened, as a sentence", primary_key=True)
    message = dy.String(description=f"The same, {column.MESSAGE}")
    url = dy.String(regex=r"^https?://\S+$", description="Where it can be read up")
    source = column.source("Origin as in data_sources; `curated` for what people wrote down")
