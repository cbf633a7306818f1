from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from pipelines.floor.errors import StorageError
from pipelines.floor.files import remove_leftovers, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_new_content_replaces_the_old_and_leaves_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "made" / "file.bin"
    write_whole(path, [b"old and longer"])
    write_whole(path, [b"n", memoryview(b"ew"), b""])
    assert path.read_bytes() == b"new"
    assert names_in(path.parent) == ["file.bin"]


def test_an_error_of_the_producer_passes_through_and_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")

    def chunks() -> Iterator[bytes]:
        yield b"half of the ne"
        raise requests.ConnectionError("the line went dead")  # an OSError too, yet no fault of the disk

    with pytest.raises(requests.ConnectionError):
        write_whole(path, chunks())
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["file.bin"]


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EACCES, "right to write"),
        (errno.EROFS, "mounted read-only"),
        (errno.EIO, "check the disk"),
    ],
)
def test_a_disk_that_refuses_is_reported_with_a_hint(
    number: int, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")

    def refuse(descriptor: int, content: memoryview) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(StorageError) as caught:
        write_whole(path, [b"new"])
    assert os.strerror(number) in caught.value.what
    assert caught.value.where == str(path)
    assert hint in caught.value.hint
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["file.bin"]


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "bronze").write_bytes(b"")
    for path in (tmp_path / "bronze" / "file.bin", tmp_path / "bronze" / "deeper" / "file.bin"):
        with pytest.raises(StorageError, match="there is a file where a folder is needed"):
            write_whole(path, [b"new"])


def test_a_folder_where_the_file_should_be(tmp_path: Path) -> None:
    (tmp_path / "file.bin").mkdir()
    with pytest.raises(StorageError, match="there is a folder where a file is needed"):
        write_whole(tmp_path / "file.bin", [b"new"])
    assert names_in(tmp_path) == ["file.bin"]


def test_a_disk_that_takes_a_few_bytes_at_a_time_still_gets_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole_write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: whole_write(descriptor, content[:3]))
    write_whole(tmp_path / "file.bin", [b"0123456789", b"abcdef"])
    assert (tmp_path / "file.bin").read_bytes() == b"0123456789abcdef"


def test_the_content_is_on_disk_before_the_name_and_the_name_before_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    whole_fsync, whole_replace = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        steps.append("sync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync file")
        whole_fsync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        steps.append("rename")
        return whole_replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    write_whole(tmp_path / "file.bin", [b"new"])
    assert steps == ["sync file", "rename", "sync folder"]


def test_a_killed_run_keeps_the_old_file_and_its_leftover_is_found(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "file.bin"
    write_whole(path, [b"old"])
    bystanders = [tmp_path / ".gitkeep", tmp_path / ".cache.tmp", tmp_path / "file.bin.12.tmp"]
    for bystander in bystanders:
        bystander.touch()
    killed_midway = """
import os, pathlib, signal, sys
from pipelines.floor.files import write_whole
def chunks():
    yield b"half of the ne"
    os.kill(os.getpid(), signal.SIGKILL)
    yield b"w"
write_whole(pathlib.Path(sys.argv[1]), chunks())
"""
    run = subprocess.run([sys.executable, "-c", killed_midway, str(path)], check=False)
    assert run.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    assert len(names_in(path.parent)) == 2

    assert [leftover.parent for leftover in remove_leftovers(tmp_path)] == [path.parent]
    assert names_in(path.parent) == ["file.bin"]
    assert all(bystander.exists() for bystander in bystanders)
    assert remove_leftovers(tmp_path) == ()
    assert remove_leftovers(tmp_path / "never made") == ()
