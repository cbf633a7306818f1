"""Copies of an event: which one stays, and which ones are conflicts."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from pipelines.sources.gharchive.conflicts import find_conflicts, find_copies
from pipelines.sources.gharchive.facts import EVENT_SCHEMA


def rows(*found: tuple[int, str, str, str]) -> pl.DataFrame:
    """Rows of one moment: id, file, archive, login."""
    return pl.DataFrame(
        [
            {
                "event_id": event_id,
                "created_at": datetime(2026, 9, 15, 12),  # noqa: DTZ001 - UTC, as bronze keeps it
                "source_file": source_file,
                "archive": archive,
                "actor_login": login,
            }
            for event_id, source_file, archive, login in found
        ],
        schema=EVENT_SCHEMA,
    )


def test_the_copy_of_the_smallest_file_stays_and_in_it_the_first():
    found = rows(
        (7, "b/1", "b", "x"), (5, "a", "a", "x"), (7, "a", "a", "x"), (7, "a", "a", "x"), (7, "c/1", "c", "x")
    )
    copies = find_copies(found)
    assert sorted(zip(copies.goes.tolist(), copies.stays.tolist(), strict=True)) == [(0, 2), (3, 2), (4, 2)]


def test_without_copies_nothing_goes():
    for found in (rows(), rows((1, "a", "a", "x"), (2, "a", "a", "x"))):
        assert find_copies(found).goes.size == 0


def test_a_conflict_is_of_another_archive_and_differs():
    found = rows(
        (7, "a", "a", "ada"), (7, "a", "a", "other"), (7, "b/1", "b", "ada"), (7, "c/1", "c", "bob"), (8, "b/1", "b", "x")
    )  # fmt: skip
    conflicts = find_conflicts(found, find_copies(found))
    assert conflicts.select("archive", "actor_login").rows() == [("c", "bob")]
