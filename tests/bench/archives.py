# ruff: noqa: T201 - a script that speaks to who runs it
"""`python -m tests.bench archives`: hours of 600,000 events, and two archives of an hour against one.

The second archive has three times as many events an hour as the first ever had. Each step is measured in a process of
its own, in CPU seconds of all its threads, beside isal's decompression of the same files: ratios hold where seconds do
not.
"""

from __future__ import annotations

import math
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.sources.gharchive.events import load_hours
from pipelines.sources.gharchive.manifest import read_manifest
from tests.bench.generator import EVENTS_PER_HOUR, hour_lines
from tests.bench.ingest import decompress
from tests.bench.machine import in_own_process, machine, peak_memory_gb
from tests.factories import fetched_hour, write_hour

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HOUR = "2026-09-15-15"
LARGE_HOUR = 600_000
"""Events of an hour of the second archive."""

SHARED, FIRST_ALONE = 127_195 / 553_349, 13_767 / 553_349
"""Of one hour of September 2026, as shares of the second archive's events: what both hold, what only the first does."""

RUNS = 3
"""Each load is measured so often; the shortest counts."""

MEMORY_LIMIT_GB, EXPONENT_LIMIT, UNITED_LIMIT = 1.5, 1.05, 1.3
_RETRIEVED_AT = datetime(2026, 9, 20, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A load: its CPU seconds, the largest memory of its process, and the rows that it kept."""

    cpu_s: float
    memory_gb: float
    kept_count: int


@dataclass(frozen=True, slots=True)
class Hours:
    """Files of one hour."""

    small: Path
    second: Path
    first: Path

    @classmethod
    def write(cls, folder: Path, small_count: int, large_count: int) -> Hours:
        """Write them: an hour as large as one before 2025, one of the second archive, and the first archive's part."""
        hour = "2026-09-15T15"
        lines = list(hour_lines("trimmed", large_count, hour=hour))
        alone = hour_lines("trimmed", round(large_count * FIRST_ALONE), hour=hour, seed=2)
        shared = [int(number / SHARED) for number in range(round(large_count * SHARED))]
        return cls(
            write_hour(folder / "small" / f"{HOUR}.json.gz", lines[:small_count]),
            write_hour(folder / "second" / f"{HOUR}.json.gz", lines),
            write_hour(
                folder / "first" / f"{HOUR}.json.gz", chain((lines[place] for place in shared), alone)
            ),
        )


def load(second: Path, first: Path | None = None) -> Loaded:
    """Load an hour of the second archive into an empty bronze, with that of the first if there is one."""
    fetched = [replace(fetched_hour(second), archive="opendigger-archive")]
    fetched += [] if first is None else [fetched_hour(first)]
    with tempfile.TemporaryDirectory() as bronze_dir:
        began = time.process_time()
        load_hours(fetched, Path(bronze_dir), _RETRIEVED_AT, lambda *_: None)
        cpu_s = time.process_time() - began
        return Loaded(cpu_s, peak_memory_gb(), int(read_manifest(Path(bronze_dir))["kept"].sum()))


def decompressed(path: Path) -> float:
    """CPU seconds of isal alone."""
    began = time.process_time()
    decompress(path)
    return time.process_time() - began


def exponent(small: float, large: float, growth: float) -> float:
    """The power of the size that a time grows with."""
    return math.log(large / small) / math.log(growth)


def report(hours: Hours, growth: float, run: Callable[..., Loaded] = load) -> list[str]:
    """The table, with a verdict for each limit."""
    alone = [in_own_process(decompressed, path) for path in (hours.small, hours.second)]
    small, large, united = (
        _best(in_own_process(run, *paths) for _ in range(RUNS))
        for paths in ((hours.small,), (hours.second,), (hours.second, hours.first))
    )
    grown = exponent(small.cpu_s, large.cpu_s, growth)
    time_ratio, memory_ratio = united.cpu_s / large.cpu_s, united.memory_gb / large.memory_gb
    return [
        f"isal alone          {alone[0]:>7.2f} s {alone[1]:>7.2f} s; exponent {exponent(*alone, growth):.2f}",
        f"small hour          {small.cpu_s:>7.2f} s {small.memory_gb:>6.2f} GB {small.kept_count:>9,} rows",
        f"large hour          {large.cpu_s:>7.2f} s {large.memory_gb:>6.2f} GB {large.kept_count:>9,} rows;"
        f" {_verdict(large.memory_gb, MEMORY_LIMIT_GB)} GB; exponent {_verdict(grown, EXPONENT_LIMIT)}",
        f"two archives united {united.cpu_s:>7.2f} s {united.memory_gb:>6.2f} GB {united.kept_count:>9,} rows;"
        f" time {_verdict(time_ratio, UNITED_LIMIT)} x, memory {_verdict(memory_ratio, UNITED_LIMIT)} x",
    ]


def _best(loads: Iterable[Loaded]) -> Loaded:
    """The load that other work on the machine disturbed least."""
    return min(loads, key=lambda one: one.cpu_s)


def _verdict(value: float, limit: float) -> str:
    return f"{value:.2f} {'within' if value <= limit else 'over'} {limit}"


def main() -> None:
    """Generate the hours, load them and print the table."""
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        # Elsewhere: a process begins with the largest memory that its parent ever had.
        hours = in_own_process(Hours.write, Path(folder), EVENTS_PER_HOUR, LARGE_HOUR)
        print(*report(hours, LARGE_HOUR / EVENTS_PER_HOUR), sep="\n")
