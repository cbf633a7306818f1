"""The folder ``public``: the published file, the generations that are kept, and what killed publications left.

Belongs here: names and ages in that folder, and removing from it. Must not: writing a publication.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb

from pipelines.warehouse.connection import attach_read_only, fetch_row

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

GENERATIONS_KEPT = 3
"""So many different landscapes can be opened, the current one included, unless a person asks for fewer."""

UNFINISHED = ".unfinished-"
"""Beginning of the name of a generation that is not whole."""


def public_file(public_dir: Path) -> Path:
    """The file readers open."""
    return public_dir / "landscape.duckdb"


def read_snapshot_id(public_dir: Path) -> str | None:
    """Snapshot of the published file, or None if there is none that can be read."""
    path = public_file(public_dir)
    if not path.exists():
        return None
    try:
        with attach_read_only(path, "landscape") as connection:
            return str(fetch_row(connection, "SELECT snapshot_id FROM metadata")[0])
    except (duckdb.Error, IndexError):
        return None


def newest_generation(public_dir: Path) -> Path | None:
    """The file that was published last, as its generation keeps it; None if there is none.

    Nobody but us opens that one: the published file itself may be held or changed by a reader.
    """
    named = (read_snapshot_id(public_dir), (public_dir / "parquet").resolve().parent.name)
    paths = (public_dir / "generations" / str(snapshot_id) / "landscape.duckdb" for snapshot_id in named)
    return next((path for path in paths if path.exists()), None)


def read_generations(public_dir: Path) -> dict[str, int]:
    """Snapshots that can still be opened → when each was written, in nanoseconds since 1970.

    The folder of each holds a published file as `public_dir` itself does.
    """
    return {
        path.name: path.stat().st_mtime_ns
        for path in (public_dir / "generations").glob("*")
        if not path.name.startswith(UNFINISHED)
    }


def superseded_generations(public_dir: Path, kept_count: int) -> tuple[Path, ...]:
    """Folders of the generations beyond the newest `kept_count`, the oldest first.

    What readers open is never among them: the generation of the published file, and the one that the link to
    the export names, which differ when a publication was killed in between.
    """
    written_at = read_generations(public_dir)
    in_use = {str(read_snapshot_id(public_dir)), (public_dir / "parquet").resolve().parent.name}
    return tuple(
        public_dir / "generations" / snapshot_id
        for snapshot_id in choose_superseded(written_at, in_use & written_at.keys(), kept_count)
    )


def choose_superseded(
    written_at: Mapping[str, int], in_use: Collection[str], kept_count: int
) -> tuple[str, ...]:
    """Which snapshots to give up, the oldest first.

    Parameters
    ----------
    written_at
        Snapshot id → when it was written, in any unit.
    in_use
        Snapshots that stay and count as the newest, whatever their dates say.
    kept_count
        How many stay; more if more are in use.

    Examples
    --------
    >>> choose_superseded({"a": 1, "b": 2, "c": 3, "d": 4}, {"a"}, 2)
    ('b', 'c')
    """
    newest_first = sorted(written_at, key=lambda one: (one in in_use, written_at[one], one), reverse=True)
    return tuple(reversed(newest_first[max(kept_count, len(in_use)) :]))


def remove_generation(generation: Path) -> None:
    """Remove the folder of a generation; killed in between, it counts as unfinished and not as a generation.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    unfinished = generation
    if not generation.name.startswith(UNFINISHED):
        unfinished = generation.with_name(f"{UNFINISHED}{generation.name}")
        generation.rename(unfinished)
    shutil.rmtree(unfinished)


def unfinished_publications(public_dir: Path) -> tuple[Path, ...]:
    """What killed publications left, sorted; the caller holds the writer's lock, or one may be at work."""
    patterns = (f"generations/{UNFINISHED}*", ".landscape.duckdb.*", ".parquet.*")
    return tuple(sorted(path for pattern in patterns for path in public_dir.glob(pattern)))
