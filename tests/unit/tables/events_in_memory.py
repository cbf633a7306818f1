"""Events in a database of their own, as the warehouse shows them, without files."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.periods import Days, Month
from pipelines.floor.settings import CHECKOUT
from pipelines.seeds import load_seeds
from pipelines.sources.gharchive.facts import EVENT_SCHEMA
from pipelines.tables.exploration.search import INPUTS, gather_participations
from pipelines.tables.workspace import Workspace
from pipelines.warehouse.connection import open_scratch
from pipelines.warehouse.load import load_frame
from pipelines.warehouse.seed_frames import BuildFacts
from pipelines.warehouse.staging import load_collaboration_days, load_staging

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import duckdb

SEEDS = load_seeds(CHECKOUT / "seeds")
DAYS = Days(date(2025, 3, 1), date(2025, 3, 31))


@contextmanager
def open_without_events(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the committed seeds and no bronze, looking at March 2025."""
    facts = BuildFacts(date(2025, 4, 1), Month(2025, 3), "live", "0", "0")
    with open_scratch(folder / "spilt") as connection:
        load_staging(connection, SEEDS, facts, folder / "bronze")
        load_collaboration_days(connection, DAYS)
        yield connection


def hold_events(connection: duckdb.DuckDBPyConnection, rows: Iterable[dict[str, object]]) -> Workspace:
    """Let the views show these events, and gather who was active where.

    A row has at least ``repo_id`` and ``actor_id``; what it leaves out is a usual comment.
    """
    frame = pl.DataFrame(
        [usual_event(index, row) for index, row in enumerate(rows)], schema=EVENT_SCHEMA, orient="row"
    )
    load_frame(connection, "staging", "no_event_rows", frame)  # the table that the view over no files shows
    events = Workspace(connection, INPUTS)
    gather_participations(events, "gharchive")
    return events


def usual_event(index: int, row: dict[str, object]) -> dict[str, object]:
    """An issue comment on the second of March."""
    return {
        "event_id": index,
        "event_type": "IssueCommentEvent",
        "created_at": datetime(2025, 3, 2, 12),  # noqa: DTZ001 - UTC, as bronze keeps it
        "actor_login": f"person-{row['actor_id']}",
        "repo_full_name": f"owner/repository-{row['repo_id']}",
    } | row
