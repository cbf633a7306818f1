"""What is fresh, missing and quarantined, read from manifests and the published file alone.

The build file is never opened: while it is written, even a read-only open of it fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from pipelines.errors import NotPublishedError, StorageError
from pipelines.publish import public_file
from pipelines.published import open_landscape
from pipelines.warehouse.lock import Holder, current_holder

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.settings import Settings

QUOTED_LINES = 10
"""How many missing hours and quarantined rows are quoted."""


@dataclass(frozen=True, slots=True)
class PublishedState:
    """The published file, as its own metadata describe it."""

    path: Path
    snapshot_id: str
    as_of: date
    profile: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class SourceState:
    """What bronze holds of a source; None where a count has no meaning for it."""

    name: str
    fresh_as_of: datetime | None
    loaded: int | None = None
    missing: int | None = None
    quarantined: int | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """Everything `landscape status` prints."""

    published: PublishedState | None
    sources: tuple[SourceState, ...]
    gaps: tuple[str, ...]
    quarantined: tuple[str, ...]
    writer: Holder | None


def read_status(settings: Settings) -> Status:
    """Read manifests, quarantine, the published file's metadata and the writer's lock."""
    bronze = settings.bronze_dir
    return Status(
        published=_published(settings.public_dir),
        sources=(_events(bronze), _series(bronze), _observations(bronze)),
        gaps=_gaps(bronze),
        quarantined=_quarantined(bronze),
        writer=current_holder(settings.warehouse_dir),
    )


def _published(public_dir: Path) -> PublishedState | None:
    try:
        metadata = open_landscape(public_dir, any_version=True).provenance.metadata().frame
        snapshot_id, as_of, profile = metadata.select("snapshot_id", "as_of", "profile").row(0)
    except (NotPublishedError, duckdb.Error, IndexError):
        return None
    path = public_file(public_dir)
    return PublishedState(
        path, snapshot_id, as_of, profile, datetime.fromtimestamp(path.stat().st_mtime, UTC)
    )


def _events(bronze: Path) -> SourceState:
    manifest = _read(bronze / "manifest" / "events.parquet")
    if manifest is None:
        return SourceState("gharchive", None)
    loaded = manifest.filter(pl.col("status") == "loaded").height
    return SourceState(
        "gharchive",
        _latest(manifest),
        loaded=loaded,
        missing=manifest.height - loaded,
        quarantined=int(manifest["quarantined"].sum()),
        rows=int(manifest["kept"].sum()),
    )


def _series(bronze: Path) -> SourceState:
    manifest = _read(bronze / "manifest" / "opendigger.parquet")
    if manifest is None:
        return SourceState("opendigger", None)
    statuses = manifest["status"]
    return SourceState(
        "opendigger",
        _latest(manifest),
        loaded=int((statuses == "loaded").sum()),
        missing=int(statuses.is_in(["unknown", "no_months", "renamed"]).sum()),
        quarantined=_rows_count(bronze / "quarantine" / "opendigger.parquet"),
        rows=int(manifest["months_count"].sum()),
    )


def _observations(bronze: Path) -> SourceState:
    observations = _read(bronze / "github" / "observations.parquet")
    if observations is None or observations.is_empty():
        return SourceState("observations", None)
    newest = observations["observed_on"].max()
    fresh = datetime(newest.year, newest.month, newest.day, tzinfo=UTC) if isinstance(newest, date) else None
    return SourceState(
        "observations",
        fresh,
        quarantined=_rows_count(bronze / "quarantine" / "observations.parquet"),
        rows=observations.height,
    )


def _gaps(bronze: Path) -> tuple[str, ...]:
    """Hours that were asked for and are not there, or only in part."""
    manifest = _read(bronze / "manifest" / "events.parquet")
    if manifest is None:
        return ()
    absent = manifest.filter(pl.col("status") != "loaded").sort("hour")
    lines = [
        f"{row['hour']:%Y-%m-%dT%H}: {row['status']}: {row['detail']}"
        for row in absent.tail(QUOTED_LINES).iter_rows(named=True)
    ]
    if absent.height > QUOTED_LINES:
        lines.insert(0, f"{absent.height - QUOTED_LINES} earlier hours, and")
    return tuple(lines)


def _quarantined(bronze: Path) -> tuple[str, ...]:
    lines: list[str] = []
    for path in sorted((bronze / "quarantine").glob("*.parquet")):
        frame = pl.read_parquet(path)
        lines += [f"{_place(row)}: {row['cause']}" for row in frame.head(QUOTED_LINES).iter_rows(named=True)]
        if frame.height > QUOTED_LINES:
            lines.append(f"... and {frame.height - QUOTED_LINES} more rows in {path}")
    return tuple(lines)


def _place(row: dict[str, Any]) -> str:
    """Where a quarantined row was met; an answer that is one object has no lines."""
    return row["source_file"] if row["line_number"] is None else f"{row['source_file']}:{row['line_number']}"


def _rows_count(path: Path) -> int:
    rows = _read(path)
    return 0 if rows is None else rows.height


def _read(path: Path) -> pl.DataFrame | None:
    try:
        return pl.read_parquet(path) if path.exists() else None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise StorageError(
            f"could not read this file: {error}",
            where=str(path),
            hint="delete the folder `bronze` and build again",
        ) from error


def _latest(manifest: pl.DataFrame) -> datetime | None:
    newest = manifest["retrieved_at"].max()
    return newest if isinstance(newest, datetime) else None
