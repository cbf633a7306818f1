# ruff: noqa: T201 - a script that speaks to who runs it
"""`make bench`: two hops from ten seeds over a month of 20 million events.

The same process measures what bounds it: reading the columns that exploration reads, once, and grouping them by
person and repository, which no way of following people can do without. Each size runs in a process of its own.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.floor.periods import Days
from pipelines.floor.settings import CHECKOUT
from pipelines.seeds import load_seeds
from pipelines.seeds.parameters import ExplorationRules
from pipelines.sources.gharchive.layout import month_path
from pipelines.tables.exploration.search import INPUTS, explore, gather_participations
from pipelines.tables.workspace import Workspace
from pipelines.warehouse.connection import open_scratch
from pipelines.warehouse.seed_frames import BuildFacts
from pipelines.warehouse.staging import load_staging, look_at_days
from tests.bench.machine import in_own_process, machine, peak_memory_gb
from tests.bench.months import MONTH, write_month

if TYPE_CHECKING:
    import duckdb

EVENTS_COUNT = 20_000_000
SECONDS_LIMIT = 10
SEEDS_COUNT = 10

RULES = ExplorationRules(hops=2, limit_per_hop=50, least_shared_people=5, largest_p_value=1.0)
"""Everything passes that shares five people, so that the second hop starts from repositories of hundreds."""
_SCAN = (
    "SELECT count(*), bit_xor(repo_id), bit_xor(actor_id), max(created_at), max(actor_login), max(repo_full_name)"
    " FROM staging.event_rows"
)
_GROUPING = (
    "SELECT count(*), max(events_count) FROM"
    " (SELECT count(*) AS events_count FROM staging.event_rows GROUP BY repo_id, actor_id)"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Wall seconds of the whole and of its bounds, largest memory of the process, and what was found."""

    scan_s: float
    grouping_s: float
    gathering_s: float
    hops_s: float
    memory_gb: float
    people_counts: tuple[int, ...]
    found_counts: tuple[int, ...]

    @property
    def total_s(self) -> float:
        return self.gathering_s + self.hops_s


def measured(bronze_dir: Path, rules: ExplorationRules) -> Measured:
    """Explore two hops from ten repositories of middling size."""
    seeds = load_seeds(CHECKOUT / "seeds")
    facts = BuildFacts(MONTH.last_day, MONTH, "live", "0", "0")
    with tempfile.TemporaryDirectory() as folder, open_scratch(Path(folder) / "spilt") as connection:
        load_staging(connection, seeds, facts, bronze_dir)
        look_at_days(connection, bronze_dir, Days(MONTH.first_day, MONTH.last_day))
        began = time.perf_counter()
        events = Workspace(connection, INPUTS)
        gather_participations(events, "gharchive")
        gathered = time.perf_counter()
        found = explore(events, "gharchive", _some_seeds(connection), seeds, rules)
        ended = time.perf_counter()
        memory_gb = peak_memory_gb()
        return Measured(
            _seconds_of(connection, _SCAN),
            _seconds_of(connection, _GROUPING),
            gathered - began,
            ended - gathered,
            memory_gb,
            tuple(hop.people_count for hop in found.hops),
            tuple(hop.found_count for hop in found.hops),
        )


def _some_seeds(connection: duckdb.DuckDBPyConnection) -> list[int]:
    """Repositories of some hundred people: as many as well-known projects have in a month."""
    rows = connection.execute(
        "SELECT repo_id FROM active_repositories WHERE people_count <= 500"
        " ORDER BY people_count DESC, repo_id LIMIT ?",
        [SEEDS_COUNT],
    ).fetchall()
    return [repo_id for (repo_id,) in rows]


def _seconds_of(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    began = time.perf_counter()
    connection.execute(sql).fetchall()
    return time.perf_counter() - began


def main() -> None:
    """Make a month up, explore it, and print seconds, ratios and memory."""
    print(f"{machine()}\n")
    with tempfile.TemporaryDirectory() as folder:
        in_own_process(write_month, month_path(Path(folder), MONTH), EVENTS_COUNT, 1)
        got: Measured = in_own_process(measured, Path(folder), RULES)
    hops = "; ".join(
        f"{people:,} people to {found:,} repositories"
        for people, found in zip(got.people_counts, got.found_counts, strict=True)
    )
    print(f"{SEEDS_COUNT} seeds over {EVENTS_COUNT:,} events: {hops}")
    print(f"  reading the columns once {got.scan_s:>6.1f} s")
    print(f"  grouping them once       {got.grouping_s:>6.1f} s")
    print(f"  who was active where     {got.gathering_s:>6.1f} s")
    print(f"  both hops                {got.hops_s:>6.1f} s")
    verdict = "within" if got.total_s <= SECONDS_LIMIT else "over"
    print(
        f"  together                 {got.total_s:>6.1f} s, {got.total_s / got.scan_s:.1f}x reading,"
        f" {got.total_s / got.grouping_s:.1f}x grouping, {got.memory_gb:.2f} GB: {verdict} {SECONDS_LIMIT} s"
    )
