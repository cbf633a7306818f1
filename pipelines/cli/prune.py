"""``landscape prune``: give back the disk that old generations and stopped runs take. Bronze facts always stay."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.console import Wait, say, writing
from pipelines.floor.errors import StorageError
from pipelines.floor.files import leftovers
from pipelines.floor.settings import Settings, load_settings
from pipelines.generations import (
    GENERATIONS_KEPT,
    remove_generation,
    superseded_generations,
    unfinished_publications,
)
from pipelines.sources.gharchive.compaction import scratch_dir
from pipelines.warehouse.connection import abandoned_files

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Removal:
    """A file or folder that nobody needs.

    Attributes
    ----------
    path
        What to remove.
    reason
        Why it can go.
    bytes_count
        Size of its files.
    """

    path: Path
    reason: str
    bytes_count: int


def prune(
    *,
    keep: Annotated[
        int, typer.Option("--keep", help="Published generations to keep, the current one included.", min=1)
    ] = GENERATIONS_KEPT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    wait: Wait = 600,
) -> None:
    """Remove old published generations and what stopped runs left, and say how much space that frees.

    The current generation and every fact in bronze stay, older vintages included: an upstream that recomputed
    its history does not serve them any more. Safe to repeat and to stop at any moment.

    Example: landscape prune --keep 1 --dry-run
    """
    settings = load_settings()
    if not settings.data_dir.exists():
        say("Nothing to remove: nothing was built yet.")
        return
    with writing(settings, datetime.now(UTC), wait):
        removals = find_removals(settings, keep)
        for removal in removals:
            if not dry_run:
                _remove(removal.path)
            say(f"{removal.path}: {removal.reason}, {removal.bytes_count:,} bytes")
    freed = sum(removal.bytes_count for removal in removals)
    verb = "would be removed" if dry_run else "removed"
    say(f"{len(removals)} {verb}, {freed:,} bytes freed." if removals else "Nothing to remove.")


def find_removals(settings: Settings, keep: int) -> tuple[Removal, ...]:
    """What can go, with the reason; nothing is touched.

    Parameters
    ----------
    settings
        The folders. The writer's lock on them must be held: what another run is writing looks unfinished.
    keep
        How many generations stay at least.
    """
    scratch = scratch_dir(settings.bronze_dir)
    paths = [
        # First: the removal of a generation that was stopped makes way for the next one of that snapshot.
        (unfinished_publications(settings.public_dir), "left by a publication that was stopped"),
        (superseded_generations(settings.public_dir, keep), "superseded generation"),
        (leftovers(settings.bronze_dir), "left by a fetch that was stopped"),
        ([scratch] if scratch.exists() else [], "left by a fold of a month that was stopped"),
        (abandoned_files(settings.warehouse_dir), "damaged or left build file, rebuilt since"),
    ]
    return tuple(Removal(path, reason, _size(path)) for found, reason in paths for path in found)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() and not path.is_symlink() else [path]
    return sum(file.lstat().st_size for file in files if not file.is_dir())


def _remove(path: Path) -> None:
    try:
        if path.parent.name == "generations":
            remove_generation(path)
        elif path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError as error:
        raise StorageError(
            f"could not remove this: {error.strerror or error}",
            where=str(path),
            hint="give the user who runs this the right to write there and run the command again",
        ) from error
