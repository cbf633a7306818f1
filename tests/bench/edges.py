# ruff: noqa: T201 - a script that speaks to who runs it
"""`make bench`: edges among the 20,000 largest repositories of a month of 20 million events.

Seconds are wall clock, each part in the same process. The limit next to them is the least that any reader needs:
DuckDB reading the columns that say who did what where and when. Repeat on an idle machine.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.build import prepare
from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.gharchive.layout import month_path
from pipelines.tables.ground import load_ground_floor
from pipelines.warehouse.connection import open_scratch
from tests.bench.generator import USUAL_MIX
from tests.bench.machine import machine, peak_memory_gb
from tests.bench.months import MONTH, write_month
from tests.unit.tables.edges_among import read_edges_among

if TYPE_CHECKING:
    import polars as pl

EVENTS_COUNT, CANDIDATES_COUNT = 20_000_000, 20_000
SECONDS_LIMIT = 2.0
LEAST_SHARED_PEOPLE = 5
"""A made-up month has no circles of friends, so that none shares 20; the work is the same."""

_REPETITIONS = 3
_READ = """
    SELECT
        max(repo_id + actor_id), max(created_at + INTERVAL 1 SECOND), max(length(actor_login)),
        count(*) FILTER (event_type = 'IssuesEvent')
    FROM staging.event_rows
"""
_LARGEST = """
    SELECT repo_id FROM staging.collaborations
    GROUP BY repo_id ORDER BY count(DISTINCT actor_id) DESC, repo_id LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """The best of several runs, in seconds."""

    reading_s: float
    edges_s: float
    edges: pl.DataFrame


def measured(data_dir: Path, candidates_count: int) -> Measured:
    """Read the month below `data_dir` alone, then find the edges among its largest repositories."""
    build = prepare(
        Settings(data_dir=data_dir, data_profile=DataProfile.LIVE), datetime(2025, 5, 1, tzinfo=UTC)
    )
    with open_scratch(data_dir / "scratch") as connection:
        load_ground_floor(build, connection)
        repo_ids = connection.sql(_LARGEST, params=[candidates_count]).pl()["repo_id"]
        reading, finding = [], []
        for _ in range(_REPETITIONS):
            begun = time.perf_counter()
            connection.execute(_READ).fetchall()
            read = time.perf_counter()
            edges = read_edges_among(build, connection, repo_ids, LEAST_SHARED_PEOPLE)
            reading.append(read - begun)
            finding.append(time.perf_counter() - read)
    return Measured(min(reading), min(finding), edges)


def main() -> None:
    """Make the month up, and print seconds, ratio and memory."""
    print(f"{machine()}\n")
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        path = month_path(data_dir / "bronze", MONTH)
        write_month(path, EVENTS_COUNT, seed=1, percent_by_type=USUAL_MIX)
        print(f"{EVENTS_COUNT:,} events, {path.stat().st_size / 1e6:.0f} MB", flush=True)
        got = measured(data_dir, CANDIDATES_COUNT)
    verdict = "within" if got.edges_s <= SECONDS_LIMIT else "over"
    print(
        f"  reading the columns{got.reading_s:>10.2f} s\n"
        f"  edges among {CANDIDATES_COUNT:,}{got.edges_s:>10.2f} s{got.edges_s / got.reading_s:>8.2f}x"
        f"  {verdict} {SECONDS_LIMIT:g} s; {got.edges.height:,} edges, {peak_memory_gb():.1f} GB with making the month up"
    )
