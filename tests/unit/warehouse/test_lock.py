"""One writer at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from pipelines.floor.errors import BusyError, StorageError
from pipelines.floor.lock import current_holder, writer_lock

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

HOLD = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from pipelines.floor.lock import writer_lock
with writer_lock(Path(sys.argv[1]), command="landscape build", now=datetime(2026, 1, 1, tzinfo=UTC),
                 wait_seconds=0, on_wait=lambda holder: None):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other_writer(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_waiting_run_names_the_writer_and_gives_up_in_time(tmp_path, other_writer):
    told = []
    with (
        pytest.raises(BusyError) as caught,
        writer_lock(tmp_path, command="second", now=NOW, wait_seconds=0.2, on_wait=told.append),
    ):
        pytest.fail("two writers at once")
    assert [(holder.pid, holder.command, holder.since) for holder in told] == [
        (other_writer.pid, "landscape build", "2026-01-01 00:00:00 UTC")
    ]
    assert str(other_writer.pid) in str(caught.value)
    assert current_holder(tmp_path) == told[0]


def test_killed_writer_holds_nothing(tmp_path, other_writer):
    other_writer.kill()
    other_writer.wait()
    with writer_lock(tmp_path, command="second", now=NOW, wait_seconds=5, on_wait=lambda holder: None):
        assert current_holder(tmp_path).pid == os.getpid()
    assert current_holder(tmp_path) is None


def test_waiting_ends_when_the_other_is_done(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD.replace("sleep(60)", "sleep(1)"), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "held\n"
        began = time.monotonic()
        with writer_lock(tmp_path, command="second", now=NOW, wait_seconds=30, on_wait=lambda holder: None):
            assert time.monotonic() - began < 20


def test_a_folder_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StorageError, match="cannot be written"),
        writer_lock(
            tmp_path / "file" / "x", command="c", now=NOW, wait_seconds=0, on_wait=lambda holder: None
        ),
    ):
        pytest.fail("no lock can stand there")
