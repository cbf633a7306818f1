"""Contracts of the family coverage."""

from __future__ import annotations

import dataframely as dy

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
