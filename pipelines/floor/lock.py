"""Let one writer in at a time, and name it to those who wait."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from pipelines.floor.errors import BusyError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Holder:
    """The holder of the writer's lock."""

    pid: int
    command: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} (`{self.command}`), since {self.since}"


def _lock_path(warehouse_dir: Path) -> Path:
    return warehouse_dir / ".lock"


def _holder_path(warehouse_dir: Path) -> Path:
    return warehouse_dir / ".lock.holder.json"


def current_holder(warehouse_dir: Path) -> Holder | None:
    """Name the present writer of the data folder, without waiting.

    The kernel frees the lock of a killed process, so a leftover note of its holder means nothing.
    """
    if not _lock_path(warehouse_dir).exists():
        return None
    try:
        with FileLock(_lock_path(warehouse_dir), timeout=0):
            return None
    except Timeout:
        return _read_holder(warehouse_dir)
    except OSError:
        return None  # a read-only folder has no writer


def _read_holder(warehouse_dir: Path) -> Holder:
    try:
        return Holder(**json.loads(_holder_path(warehouse_dir).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Holder(pid=0, command="unknown", since="just now")


@contextmanager
def writer_lock(
    warehouse_dir: Path,
    *,
    command: str,
    now: datetime,
    wait_seconds: float,
    on_wait: Callable[[Holder], None],
) -> Iterator[None]:
    """Hold the one writer's lock of a data folder.

    Parameters
    ----------
    warehouse_dir
        Folder of the build file; created if absent.
    command, now
        What the holder shows others about itself.
    wait_seconds
        How long to wait for another writer.
    on_wait
        Called once with the other writer before waiting.

    Raises
    ------
    BusyError
        If the other writer is not done in time.
    StorageError
        If the folder cannot be written.
    """
    try:
        warehouse_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(_lock_path(warehouse_dir))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            on_wait(_read_holder(warehouse_dir))
            lock.acquire(timeout=wait_seconds)
        note = {"pid": os.getpid(), "command": command, "since": f"{now:%Y-%m-%d %H:%M:%S} UTC"}
        _holder_path(warehouse_dir).write_text(json.dumps(note), encoding="utf-8")
    except Timeout:
        raise BusyError(
            f"another run is writing: {_read_holder(warehouse_dir)}",
            where=str(_lock_path(warehouse_dir)),
            hint="wait for it, or raise --wait; never delete the lock, it frees itself when that process ends",
        ) from None
    except OSError as error:
        raise StorageError(
            f"the data folder cannot be written: {error.strerror or error}",
            where=str(warehouse_dir),
            hint="check its permissions and free space, or point LANDSCAPE_DATA_DIR elsewhere",
        ) from error
    try:
        yield
    finally:
        _holder_path(warehouse_dir).unlink(missing_ok=True)
        lock.release()
