# ruff: noqa: T201 - a script that speaks to who runs it
"""`make bench`: how long the script of each page runs on the server, cold and warm, against the limits.

On the sample, and on some 20,000 projects over 120 months (`tests.bench.large_landscape`). Cold is the first view of a
page after the app was started; warm is the first view by another session, which finds the answers of the queries. Time
is taken around the run of the script with Streamlit's own test harness, in one process for each page, so what the
browser does with the result is left out; how much it is sent is said. Seconds of the processors, of all threads
together, stand beside those of the clock: on a busy machine they tell a slow page from one that had to wait.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.app.conftest import PAGES
from tests.bench.large_landscape import COPIES_COUNT, write_large_landscape
from tests.bench.machine import in_own_process, machine
from tests.command import run_landscape
from tests.conftest import CHECKOUT

WARM_VIEWS = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds of the clock that a first view may take; None where nothing is asked."""

    cold_s: float | None
    warm_s: float


SAMPLE_LIMITS, LARGE_LIMITS = Limits(cold_s=3.0, warm_s=1.0), Limits(cold_s=None, warm_s=2.0)


@dataclass(frozen=True, slots=True)
class View:
    """One run of the script of a page."""

    wall_s: float
    cpu_s: float
    sent_bytes: int


@dataclass(frozen=True, slots=True)
class Viewed:
    """The first view of a page, and the median of those by later sessions."""

    cold: View
    warm: View


def viewed(page: str, data_dir: str) -> Viewed:
    """Open a page as the first session of a process, and as several later ones."""
    os.environ["LANDSCAPE_DATA_DIR"] = data_dir
    # Outside a server Streamlit warns of each run that there is none.
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").disabled = True
    cold, *warm = (_view(page) for _number in range(1 + WARM_VIEWS))
    return Viewed(cold, sorted(warm, key=lambda view: view.wall_s)[len(warm) // 2])


def report_row(page: str, got: Viewed, limits: Limits) -> str:
    """One line of the table."""
    columns = [
        f"{view.wall_s:>8.2f} s {name} ({view.cpu_s:.2f} s of processors){_verdict(view.wall_s, limit_s)}"
        for name, view, limit_s in (("cold", got.cold, limits.cold_s), ("warm", got.warm, limits.warm_s))
    ]
    return f"{page:<12}{''.join(columns)}{got.warm.sent_bytes / 1e6:>8.1f} MB sent"


def _verdict(seconds: float, limit_s: float | None) -> str:
    return "" if limit_s is None else f", {'within' if seconds <= limit_s else 'over'} {limit_s:g} s"


def _view(page: str) -> View:
    app = AppTest.from_file(str(CHECKOUT / "app" / "streamlit_app.py"), default_timeout=300)
    app.switch_page(f"app_pages/{page}.py")
    begun, used = time.perf_counter(), time.process_time()
    app.run()
    view = View(time.perf_counter() - begun, time.process_time() - used, _sent_bytes(app))
    if app.exception:
        raise RuntimeError(f"{page}: {app.exception[0].value}")
    return view


def _sent_bytes(app: AppTest) -> int:
    """Size of the elements of a page as the browser gets them."""
    return sum(node.proto.ByteSize() for node in app.main if node.proto is not None)


def main() -> None:
    """Build both landscapes and print a table of each."""
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        sample, large = Path(folder, "sample"), Path(folder, "large")
        built = run_landscape("build", "--sample", data_dir=sample)
        if built.returncode:
            raise SystemExit(built.stderr)
        _print_table("the sample", sample, SAMPLE_LIMITS)
        write_large_landscape(sample, large, COPIES_COUNT)
        _print_table(f"the sample {COPIES_COUNT} times, 120 months", large, LARGE_LIMITS)


def _print_table(title: str, data_dir: Path, limits: Limits) -> None:
    print(f"\n{title}")
    for page in PAGES:
        print(report_row(page, in_own_process(viewed, page, str(data_dir)), limits), flush=True)
