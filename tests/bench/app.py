# ruff: noqa: T201 - a script that speaks to who runs it
"""`make bench`: how long the script of each page runs on the server, cold and warm, against the limits.

Cold is the first view of a page after the app was started; warm is the first view by another session, which finds the
answers of the queries. Time is taken around the run of the script with Streamlit's own test harness, in one process
for each page, so what the browser does with the result is left out.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.app.conftest import PAGES
from tests.bench.ingest import machine
from tests.command import run_landscape
from tests.conftest import CHECKOUT

COLD_LIMIT_S, WARM_LIMIT_S = 3.0, 1.0
WARM_VIEWS = 5


@dataclass(frozen=True, slots=True)
class Viewed:
    """Seconds of the first view, and the median of those by later sessions."""

    cold_s: float
    warm_s: float


def viewed(page: str, data_dir: str) -> Viewed:
    """Open a page as the first session of a process, and as several later ones."""
    os.environ["LANDSCAPE_DATA_DIR"] = data_dir
    # Outside a server Streamlit warns of each run that there is none.
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").disabled = True
    cold, *warm = (_view_s(page) for _view in range(1 + WARM_VIEWS))
    return Viewed(cold, statistics.median(warm))


def report_row(page: str, got: Viewed) -> str:
    """One line of the table."""
    verdicts = [
        f"{'within' if seconds <= limit else 'over'} {limit:g} s"
        for seconds, limit in ((got.cold_s, COLD_LIMIT_S), (got.warm_s, WARM_LIMIT_S))
    ]
    return f"{page:<12}{got.cold_s:>8.2f} s cold, {verdicts[0]}{got.warm_s:>8.2f} s warm, {verdicts[1]}"


def _view_s(page: str) -> float:
    app = AppTest.from_file(str(CHECKOUT / "app" / "streamlit_app.py"), default_timeout=60)
    app.switch_page(f"app_pages/{page}.py")
    begun = time.perf_counter()
    app.run()
    seconds = time.perf_counter() - begun
    if app.exception:
        raise RuntimeError(f"{page}: {app.exception[0].value}")
    return seconds


def main() -> None:
    """Build the sample and print the table."""
    print(f"{machine()}\n")
    with tempfile.TemporaryDirectory() as data_dir:
        built = run_landscape("build", "--sample", data_dir=Path(data_dir))
        if built.returncode:
            raise SystemExit(built.stderr)
        for page in PAGES:
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
                print(report_row(page, process.submit(viewed, page, data_dir).result()))


if __name__ == "__main__":
    main()
