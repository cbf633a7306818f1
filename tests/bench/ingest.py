# ruff: noqa: T201 - a script that speaks to who runs it
"""`make bench`: how far reading and storing an hour is from decompressing it alone.

Every route is measured in a process of its own, warm (its second reading of the same file), in CPU seconds of
all its threads, and divided by isal's decompression of that file in the same run: ratios hold where seconds do
not. Repeat on an idle machine; other work on it makes every ratio worse.
"""

from __future__ import annotations

import gzip
import multiprocessing
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isal import igzip

from pipelines.sources.gharchive.events import load_hours
from pipelines.sources.gharchive.parsing import parse_hour
from tests.bench.generator import EVENTS_PER_HOUR, write_hour
from tests.bench.machine import in_own_process, machine, on_cores, peak_memory_gb
from tests.factories import fetched_hour

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.generator import Era

DAYS: dict[Era, str] = {"full": "2025-03-03", "trimmed": "2025-11-03"}
"""A day before and one after GitHub trimmed the payloads. Each route reads its first hour, and two workers share all of
its hours: what a refresh loads at a time."""

PARSING_LIMIT, BRONZE_LIMIT = 3.5, 6.0
"""CPU seconds against isal's decompression alone, at most."""

MEMORY_LIMIT_GB = 1.2
SPEEDUP_LIMIT = 1.6
"""Two workers on two cores against one worker on one core, at least."""

_REPETITIONS = 3
_CHUNK_BYTES = 1 << 20
_RETRIEVED_AT = datetime(2025, 12, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Measured:
    """The best of several readings, and the largest memory of the process."""

    cpu_s: float
    memory_gb: float


def decompress(path: Path) -> None:
    """The limit: no reader of the file can be faster."""
    with igzip.open(path) as content:
        while content.read(_CHUNK_BYTES):
            pass


def load_into_bronze(path: Path) -> None:
    """Read, de-duplicate, sort, write Parquet and manifest, with the file's checksum."""
    with tempfile.TemporaryDirectory() as bronze_dir:
        load_hours([fetched_hour(path)], Path(bronze_dir), _RETRIEVED_AT, lambda *_: None)


def read_with_orjson(path: Path) -> list[Any]:
    """What one would write first: Python's own gzip and the fastest JSON package, line by line."""
    import orjson  # noqa: PLC0415 - only for comparison, and its absence costs its row alone

    rows = []
    with gzip.open(path) as lines:
        for line in lines:
            event = orjson.loads(line)
            payload, org = event["payload"], event.get("org") or {}
            part = payload.get("pull_request") or payload.get("issue") or {}
            rows.append(
                (
                    int(event["id"]), event["type"], payload.get("action"), event["created_at"],
                    event["actor"]["id"], event["actor"]["login"], event["repo"]["id"], event["repo"]["name"],
                    org.get("id"), org.get("login"), part.get("number"), part.get("id"), payload.get("push_id"),
                )
            )  # fmt: skip
    return rows


def read_with_pandas(path: Path) -> Any:
    """What a notebook does."""
    import pandas as pd  # noqa: PLC0415

    chunks = pd.read_json(path, lines=True, compression="gzip", chunksize=20_000)
    return pd.concat(chunk[["id", "type", "actor", "repo", "created_at"]] for chunk in chunks)


ROUTES: dict[str, tuple[Callable[[Path], Any], float | None]] = {
    "isal alone": (decompress, None),
    "parsing": (parse_hour, PARSING_LIMIT),
    "into bronze": (load_into_bronze, BRONZE_LIMIT),
    "Python gzip + orjson": (read_with_orjson, None),
    "pandas": (read_with_pandas, None),
}
"""The measured steps, and how many times as long as isal alone each may take."""


def measured(route: str, path: Path, repetitions: int = _REPETITIONS) -> Measured:
    """Run a route several times in this process and keep the best."""
    run, _ = ROUTES[route]
    run(path)
    times = []
    for _ in range(repetitions):
        began = time.process_time()
        run(path)
        times.append(time.process_time() - began)
    return Measured(min(times), peak_memory_gb())


def report_row(route: str, got: Measured, alone: Measured) -> str:
    """One line of the table: CPU seconds, ratio, memory, and whether the limits are kept."""
    ratio, limit = got.cpu_s / alone.cpu_s, ROUTES[route][1]
    if limit is None:
        verdict = ""
    else:
        memory = _verdict(got.memory_gb <= MEMORY_LIMIT_GB)
        verdict = f"{_verdict(ratio <= limit)} {limit}x, {memory} {MEMORY_LIMIT_GB} GB"
    return f"  {route:<24}{got.cpu_s:>8.2f} s{ratio:>8.2f}x{got.memory_gb:>8.2f} GB  {verdict}".rstrip()


def speedup(paths: list[Path]) -> float:
    """How many times as fast two workers on two cores load hours as one worker on one core."""
    return on_cores(1, loading_s, paths, 1) / on_cores(2, loading_s, paths, 2)


def loading_s(paths: list[Path], workers: int) -> float:
    """Seconds that so many workers take to load hours, starting them included."""
    fetched = [fetched_hour(path) for path in paths]
    with tempfile.TemporaryDirectory() as bronze_dir:
        began = time.perf_counter()
        load_hours(fetched, Path(bronze_dir), _RETRIEVED_AT, lambda *_: None, workers)
        return time.perf_counter() - began


def ceiling(paths: list[Path]) -> float:
    """How many times as much two cores do as one when two processes share nothing but the machine.

    Near 2 on two cores of their own; where they are two threads of one core, far less, and then no way of
    sharing hours can be faster.
    """
    return 2 * on_cores(1, parsing_s, paths, 1) / on_cores(2, parsing_s, paths, 2)


def parsing_s(paths: list[Path], processes: int) -> float:
    """Seconds that so many processes take when each reads all hours, and each is warm before."""
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(_parse_all, [paths[:1]] * processes))
        began = time.perf_counter()
        list(pool.map(_parse_all, [paths] * processes))
        return time.perf_counter() - began


def main() -> None:
    """Generate hours of both eras, measure every route on them and print the table."""
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        for era, day in DAYS.items():
            paths = [Path(folder) / f"{day}-{hour}.json.gz" for hour in range(24)]
            with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as generating:
                list(generating.map(write_hour, paths, [era] * len(paths)))
            size = f"{paths[0].stat().st_size / 1e6:.0f} MB gzipped"
            print(f"\n{era} payloads: {EVENTS_PER_HOUR:,} events, {size}")
            alone: Measured | None = None
            for route in ROUTES:
                try:
                    got = in_own_process(measured, route, paths[0])
                except ImportError as error:
                    print(f"  {route:<24}left out: {error}")
                    continue
                alone = alone or got
                print(report_row(route, got, alone), flush=True)
            gain, most = speedup(paths), ceiling(paths[:2])
            print(
                f"  two workers against one {gain:>8.2f}x  {_verdict(gain >= SPEEDUP_LIMIT)} {SPEEDUP_LIMIT}x at least;"
                f" two processes that share nothing: {most:.2f}x"
            )


def _parse_all(paths: list[Path]) -> None:
    for path in paths:
        parse_hour(path)


def _verdict(is_kept: bool) -> str:
    return "within" if is_kept else "over"
