"""What the benches measure on: facts of the machine, and processes that do one thing each."""

from __future__ import annotations

import multiprocessing
import os
import platform
import resource
import sys
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


def machine() -> str:
    """The facts a figure means nothing without."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "polars", "isal", "msgspec"))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{platform.platform()}, {os.cpu_count()} cores, load {load}\n"
        f"Python {platform.python_version()}, {packages}"
    )


def in_own_process(run: Callable[..., Result], *arguments: Any) -> Result:
    """What `run` gives in a new process: nothing is warm, and its memory is its own."""
    with _process() as process:
        return process.submit(run, *arguments).result()


def on_cores(count: int, run: Callable[..., Result], *arguments: Any) -> Result:
    """What `run` gives in a new process that is held to some cores with all it starts, where the system can do that.

    From its start on: Polars begins its threads when it is imported, and they stay on the cores they began on.
    """
    with _process(getattr(os, "sched_setaffinity", None), 0, range(count)) as process:
        return process.submit(run, *arguments).result()


def _process(begin: Callable[..., None] | None = None, *arguments: Any) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), begin, arguments)


def peak_memory_gb() -> float:
    """The largest memory that this process has had."""
    units_per_gb = 1e9 if sys.platform == "darwin" else 1e9 / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / units_per_gb
