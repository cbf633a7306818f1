# ruff: noqa: T201 - a script that speaks to who runs it
"""`make bench`: OpenRank of a month, from 1 to 29 million pairs of a person and a repository.

Against ``networkx.pagerank`` on the same network in the same run, and from bronze to the stored month with all of
GitHub's size. Every measurement is made in a process of its own, with wall seconds and the largest memory of the
process; ratios hold where seconds do not. NetworkX gets its graph for nothing: building it takes longer still.
"""

from __future__ import annotations

import math
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import networkx as nx
import polars as pl

from pipelines.build import prepare
from pipelines.floor.settings import DataProfile, Settings
from pipelines.graph.openrank import solve_openrank
from pipelines.openrank.events import open_events
from pipelines.openrank.months import compute_months
from pipelines.sources.gharchive.layout import month_path
from pipelines.warehouse.activity import load_month_pairs, read_activity
from pipelines.warehouse.openrank_store import read_month, store_dir
from tests.bench.machine import in_own_process, machine, peak_memory_gb
from tests.bench.months import MONTH, write_month

PAIRS_AGAINST_NETWORKX = 3_000_000
SPEEDUP_LIMIT = 20.0
EVENTS = (1_840_000, 53_300_000)
"""About 1 and 29 million pairs of these count."""

SECONDS_LIMIT, MEMORY_LIMIT_GB, EXPONENT_LIMIT = 60, 6.0, 1.15

_NOTHING = pl.DataFrame(schema={"kind": pl.String, "id": pl.Int64, "openrank": pl.Float64})


@dataclass(frozen=True, slots=True)
class Measured:
    """Wall time, the largest memory of the process, and how many pairs counted."""

    seconds: float
    memory_gb: float
    pairs_count: int


def month_measured(data_dir: Path) -> Measured:
    """From the events of bronze to the stored month."""
    build = prepare(Settings(data_dir=data_dir, data_profile=DataProfile.LIVE), datetime.now(UTC))
    begun = time.perf_counter()
    compute_months(build, [MONTH], lambda *_: None)
    seconds = time.perf_counter() - begun
    stored = read_month(store_dir(build.settings.warehouse_dir), MONTH, "computed")
    return Measured(seconds, peak_memory_gb(), stored.pairs_count if stored else 0)


def activity_measured(data_dir: Path) -> Measured:
    """From the events of bronze to the pairs alone."""
    build = prepare(Settings(data_dir=data_dir, data_profile=DataProfile.LIVE), datetime.now(UTC))
    begun = time.perf_counter()
    with open_events(build, data_dir / "spill") as connection:
        load_month_pairs(connection, build.settings.bronze_dir, MONTH, "gharchive")
        pairs = read_activity(connection)
    pairs.write_parquet(_activity_path(data_dir))
    return Measured(time.perf_counter() - begun, peak_memory_gb(), pairs.height)


def openrank_measured(data_dir: Path) -> Measured:
    """From the pairs to the values."""
    build = prepare(Settings(data_dir=data_dir, data_profile=DataProfile.LIVE), datetime.now(UTC))
    pairs = pl.read_parquet(_activity_path(data_dir))
    begun = time.perf_counter()
    solve_openrank(pairs, _NOTHING, build.seeds.openrank)
    return Measured(time.perf_counter() - begun, peak_memory_gb(), pairs.height)


def networkx_measured(data_dir: Path) -> Measured:
    """``networkx.pagerank`` over the same pairs, both ways, with its own tolerance, which is far laxer than ours."""
    pairs = pl.read_parquet(_activity_path(data_dir))
    graph = nx.Graph()
    graph.add_weighted_edges_from(
        (repo_id, -actor_id, activity) for repo_id, actor_id, activity in pairs.iter_rows()
    )
    pairs_count = pairs.height
    del pairs
    begun = time.perf_counter()
    nx.pagerank(graph, weight="weight")
    return Measured(time.perf_counter() - begun, peak_memory_gb(), pairs_count)


def made_up(data_dir: Path, events_count: int) -> None:
    """A month of events in the bronze of `data_dir`."""
    write_month(month_path(data_dir / "bronze", MONTH), events_count, seed=1)


def main() -> None:
    """Measure the month of both sizes, and OpenRank against NetworkX."""
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for events_count in EVENTS:
            data_dir = Path(folder) / str(events_count)
            in_own_process(made_up, data_dir, events_count)
            found.append(in_own_process(month_measured, data_dir))
            got = found[-1]
            print(
                f"{events_count:,} events, {got.pairs_count:,} pairs: {got.seconds:.1f} s, {got.memory_gb:.2f} GB"
            )
        small, large = found
        exponent = math.log(large.seconds / small.seconds) / math.log(large.pairs_count / small.pairs_count)
        is_within = large.seconds <= SECONDS_LIMIT and large.memory_gb <= MEMORY_LIMIT_GB
        print(
            f"growth exponent {exponent:.2f}, {_verdict(exponent <= EXPONENT_LIMIT)} {EXPONENT_LIMIT};"
            f" {_verdict(is_within)} {SECONDS_LIMIT} s and {MEMORY_LIMIT_GB:g} GB"
        )
        data_dir = Path(folder) / "networkx"
        ratio = EVENTS[1] / large.pairs_count
        in_own_process(made_up, data_dir, int(PAIRS_AGAINST_NETWORKX * ratio))
        activity = in_own_process(activity_measured, data_dir)
        ours, theirs = (
            in_own_process(openrank_measured, data_dir),
            in_own_process(networkx_measured, data_dir),
        )
        print(
            f"{activity.pairs_count:,} pairs: OpenRank {ours.seconds:.2f} s, networkx.pagerank {theirs.seconds:.1f} s:"
            f" {theirs.seconds / ours.seconds:.0f} times as fast,"
            f" {_verdict(theirs.seconds / ours.seconds >= SPEEDUP_LIMIT)} {SPEEDUP_LIMIT:g}"
        )


def _activity_path(data_dir: Path) -> Path:
    return data_dir / "activity.parquet"


def _verdict(is_kept: bool) -> str:
    return "within" if is_kept else "NOT within"
