"""A file of ours appears whole or not at all.

Belongs here: the one way any room writes or removes a file, and the words for a disk that refuses. Must not:
what is in a file.
"""

from __future__ import annotations

import errno
import os
import re
import shlex
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pipelines.floor.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_TEMPORARY_NAME = re.compile(r"\..+\.\d+\.tmp")

_NOT_PERMITTED = "give the user who runs this the right to write there, or set LANDSCAPE_DATA_DIR elsewhere"
_FILE_FOR_FOLDER = (
    "there is a file where a folder is needed: move it away, or set LANDSCAPE_DATA_DIR elsewhere"
)
_HINTS = {
    errno.ENOSPC: "free some space on this disk (`df -h` shows how much is left) and run the command again",
    errno.EDQUOT: "your disk quota is used up: free some of it and run the command again",
    errno.EACCES: _NOT_PERMITTED,
    errno.EPERM: _NOT_PERMITTED,
    errno.EROFS: "this disk is mounted read-only: set LANDSCAPE_DATA_DIR to a folder that can be written",
    errno.ENOTDIR: _FILE_FOR_FOLDER,
    errno.EEXIST: _FILE_FOR_FOLDER,
    errno.EISDIR: "there is a folder where a file is needed: move it away",
}


def write_whole(path: Path, chunks: Iterable[bytes | memoryview]) -> None:
    """Replace `path` by the bytes of `chunks`, so that a reader sees the old file or the new one.

    The bytes go to ``.<name>.<pid>.tmp`` next to `path`, are forced to disk, and the name is moved onto
    `path`. If anything fails, the temporary file is removed and `path` is as it was; only a killed process
    leaves one behind, and `remove_leftovers` finds it.

    Parameters
    ----------
    path
        The file to replace; its folder is made when absent.
    chunks
        The content, in order. What this iterable raises passes through unchanged: a lost connection is not
        a full disk.

    Raises
    ------
    StorageError
        If the disk refuses: full, read-only, not permitted, or a file where a folder should be.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with _refusals_of(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Unbuffered, so that closing never has bytes left to write and hence no error of its own.
        file = temporary.open("wb", buffering=0)
    try:
        with file:
            for chunk in chunks:
                with _refusals_of(path):
                    _write_all(file.fileno(), chunk)
            with _refusals_of(path):
                os.fsync(file.fileno())
        with _refusals_of(path):
            temporary.replace(path)
            _sync_folder(path.parent)
    finally:
        with suppress(OSError):  # it must not hide the error that brought us here
            temporary.unlink()


def aside_hint(path: Path, lost: str) -> str:
    """How to handle an unreadable file of ours: move it aside, and know what is lost without it."""
    kept = path.with_name(f"{path.name}.aside")
    return (
        f"move it aside and run the command again: mv {shlex.quote(str(path))} {shlex.quote(str(kept))}\n"
        f"Without it: {lost}"
    )


def leftovers(folder: Path) -> tuple[Path, ...]:
    """The temporary files anywhere under `folder`, sorted; a living process may be writing one of them."""
    return tuple(sorted(path for path in folder.rglob(".*.tmp") if _TEMPORARY_NAME.fullmatch(path.name)))


def remove_leftovers(folder: Path) -> tuple[Path, ...]:
    """Remove the temporary files that killed runs left anywhere under `folder`.

    Call it while holding the writer's lock: then no temporary file belongs to a living process.

    Returns
    -------
    tuple of Path
        The removed files, sorted; empty if `folder` does not exist.

    Raises
    ------
    StorageError
        If a file cannot be removed.
    """
    found = leftovers(folder)
    for path in found:
        remove_file(path)
    return found


def remove_file(path: Path) -> None:
    """Remove a file of ours.

    Raises
    ------
    StorageError
        If the disk refuses.
    """
    with _refusals_of(path):
        path.unlink()


@contextmanager
def _refusals_of(path: Path) -> Iterator[None]:
    """Turn an error of the operating system about `path` into words a person can act on."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"could not change this file: {error.strerror or error}",
            where=str(path),
            hint=_HINTS.get(error.errno or 0, "check the disk that holds it and run the command again"),
        ) from error


def _write_all(descriptor: int, chunk: bytes | memoryview) -> None:
    """Write every byte of `chunk`; one call may take only part of it."""
    remaining = memoryview(chunk)
    while remaining:
        remaining = remaining[os.write(descriptor, remaining) :]


def _sync_folder(folder: Path) -> None:
    """Force the folder's list of names to disk: a rename is lost in a power cut without it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
