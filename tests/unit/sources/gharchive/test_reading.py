"""Hours come in order with any number of processes, and an unreadable hour costs no other."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.floor.errors import StorageError
from pipelines.floor.periods import Hour
from pipelines.sources.gharchive.client import FetchedHour
from pipelines.sources.gharchive.reading import hour_reader
from pipelines.sources.gharchive.worker import begin
from tests import factories

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.sources.gharchive.reading import ReadHour


def hours_of_day(folder: Path, count: int) -> list[FetchedHour]:
    """Hours of one push each, whose id is one more than the hour."""
    return [
        factories.fetched_hour(
            factories.write_hour(
                folder / f"2025-03-03-{hour}.json.gz", [factories.push_event(event_id=hour + 1)]
            )
        )
        for hour in range(count)
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_hours_come_in_the_order_given(tmp_path: Path, workers: int):
    fetched = hours_of_day(tmp_path, 5)
    fetched.insert(2, factories.absent_hour("2025-03-03-7"))
    with hour_reader(workers, tmp_path / "rows") as read:
        hours = list(read(fetched))
    assert [hour.fetched for hour in hours] == fetched
    assert [hour.status for hour in hours] == ["loaded", "loaded", "missing", "loaded", "loaded", "loaded"]
    ids = [hour.parsed and hour.parsed.events["event_id"].to_list() for hour in hours]
    assert ids == [[1], [2], None, [3], [4], [5]]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_hour_that_cannot_be_read_costs_none_before_it_and_leaves_no_file(tmp_path: Path, workers: int):
    rows_dir = tmp_path / "rows"
    fetched = hours_of_day(tmp_path, 12)
    gone = fetched[3].path
    assert gone is not None
    gone.unlink()
    given: list[ReadHour] = []
    with pytest.raises(StorageError, match="No such file") as raised, hour_reader(workers, rows_dir) as read:
        given.extend(read(fetched))
    assert raised.value.where == str(gone)
    assert [hour.fetched for hour in given] == fetched[:3]
    assert not rows_dir.exists()


def test_what_a_killed_process_laid_down_is_removed(tmp_path: Path):
    rows_dir = tmp_path / "rows"
    rows_dir.mkdir()
    (rows_dir / "2025-03-03-9.json.gz.arrow").write_bytes(b"of another time")
    with hour_reader(2, rows_dir):
        assert list(rows_dir.iterdir()) == []


def test_a_worker_takes_one_thread():
    """Polars reads the setting at import, so the start of a worker must not import it."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn, initializer=begin) as pool:
        assert pool.submit(pl.thread_pool_size).result() == 1


def never_ending_hour(folder: Path) -> FetchedHour:
    """An hour that a worker waits for as long as nobody writes it."""
    path = folder / "2025-03-03-7.json.gz"
    os.mkfifo(path)
    return FetchedHour(Hour.parse("2025-03-03T07"), factories.ARCHIVE_URL, "fetched", path)


def test_a_worker_that_dies_silently_is_reported(tmp_path: Path):
    hour = never_ending_hour(tmp_path)
    with (
        pytest.raises(StorageError, match="ended without a word") as raised,
        hour_reader(2, tmp_path / "rows") as read,
    ):
        waiting = threading.Thread(target=kill_a_child)
        waiting.start()
        list(read([hour]))
    waiting.join()
    assert "LANDSCAPE_WORKERS=1" in raised.value.hint


def kill_a_child() -> None:
    while not multiprocessing.active_children():
        time.sleep(0.01)
    multiprocessing.active_children()[0].kill()


PARENT = """
import multiprocessing, sys, threading, time
from pathlib import Path
from pipelines.sources.gharchive.reading import hour_reader
from pipelines.floor.periods import Hour
from pipelines.sources.gharchive.client import FetchedHour

folder = Path(sys.argv[1])
hour = FetchedHour(Hour.parse("2025-03-03T07"), "", "fetched", folder / "2025-03-03-7.json.gz")
with hour_reader(2, folder / "rows") as read:
    threading.Thread(target=lambda: list(read([hour, hour]))).start()
    while len(multiprocessing.active_children()) < 2:
        time.sleep(0.01)
    time.sleep(1)  # until both have begun
    print("two workers wait", flush=True)
    time.sleep(60)
"""


def test_workers_do_not_outlive_a_parent_that_was_killed(tmp_path: Path):
    never_ending_hour(tmp_path)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "two workers wait\n"
    parent.kill()
    # The output of a command ends when nobody holds it any more: a worker that lives on keeps who reads it waiting.
    assert parent.communicate(timeout=300) == ("", None)
