"""Contracts of the family coverage."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from pipelines.tables import column


class DataCoverage(dy.Schema):
    """What was observed of each source in each period, against what was expected; a gap is unknown, not zero."""

    source = column.source(primary_key=True)
    period = dy.String(
        primary_key=True, description="Month 2025-04, hour 2025-04-30T05, or first/last hour of a known gap"
    )
    event_type = dy.String(
        primary_key=True, description="Event type or metric; `all` for every type together"
    )
    period_start = dy.Datetime(description="Start of the period, UTC")
    observed_count = column.count(
        "Events, or repositories with a retrieved month; NULL if nothing was read", nullable=True
    )
    expected_count = column.count("What a complete period would hold; NULL without a baseline", nullable=True)
    coverage_ratio = dy.Float64(nullable=True, min=0, description="observed_count over expected_count")
    is_gap = dy.Bool(description="True if the period must be read as unknown")
    is_partial = dy.Bool(
        description="True if an archive that should have the hour, or one of the month, has not"
    )
    detail = dy.String(nullable=True, description="What is known about the gap, and from where")
    detail_messages = dy.List(dy.String(), nullable=True, description=f"The same, {column.MESSAGE}")


class FactCoverage(dy.Schema):
    """How far GitHub's own facts of each project are held: its issues, pull requests, comments and reviews.

    Within its complete days a project's network, exploration and OpenRank rest on everything that people did in its
    repositories; outside them, on what the event archives did not lose.
    """

    project_id = column.project(primary_key=True)
    repositories_count = column.count("Repositories of the project")
    complete_repositories_count = column.count("Of these, repositories whose lists were read to their end")
    is_complete = dy.Bool(description="True if all of them were")
    complete_from = dy.Date(
        nullable=True, description="First day of which all facts are held, UTC; NULL unless complete"
    )
    complete_until_at = dy.Datetime(
        nullable=True, description="Until when all facts are held, UTC; NULL unless complete"
    )
    facts_count = column.count("Facts held, those of incomplete lists included")

    @dy.rule()
    def complete_is_all_of_it(cls) -> pl.Expr:
        """A project is complete if all its repositories are, and then says from when to when."""
        is_complete = pl.col("complete_repositories_count") == pl.col("repositories_count")
        has_days = pl.col("complete_from").is_not_null() & pl.col("complete_until_at").is_not_null()
        return (pl.col("is_complete") == is_complete) & (pl.col("is_complete") == has_days)


class RefreshRuns(dy.Schema):
    """What each refresh retrieved of each source; the sample carries the fixed date of its own retrieval."""

    run_id = dy.String(primary_key=True, description="Source and time of the retrieval")
    source = column.source()
    retrieved_at = dy.Datetime(description="When it was retrieved, UTC")
    requested_count = column.count("Files asked for")
    loaded_count = column.count("Files loaded")
    missing_count = column.count("Files the source does not have")
    quarantined_count = column.count("Rows set aside as unreadable")
    rows_count = column.count("Rows kept")
