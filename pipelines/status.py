"""What is fresh, missing and quarantined, read from manifests and the published file alone.

The build file is never opened: while it is written, even a read-only open of it fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from pipelines.floor.errors import NotPublishedError, OtherVersionError, StorageError
from pipelines.floor.lock import Holder, current_holder
from pipelines.floor.periods import Month
from pipelines.generations import public_file
from pipelines.published import open_landscape
from pipelines.sources import registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipelines.floor.settings import Settings
    from pipelines.published import Landscape
    from pipelines.published.provenance import Provenance
    from pipelines.sources.source import SourceState

QUOTED_LINES = 10
"""How many absent things of a source, and quarantined rows of a file, are quoted."""


@dataclass(frozen=True, slots=True)
class PublishedState:
    """The published file, as its own metadata describe it."""

    path: Path
    snapshot_id: str
    as_of: date
    data_profile: str
    written_at: datetime
    completeness: str
    acceptance: str


@dataclass(frozen=True, slots=True)
class Status:
    """Everything `landscape status` prints."""

    published: PublishedState | None
    problem: str
    """Why the published file cannot be read, or is not read by other commands; empty for a good one or none."""
    sources: Mapping[str, SourceState]
    absent: Mapping[str, Sequence[str]]
    lost_events: Sequence[str]
    quarantined: tuple[str, ...]
    writer: Holder | None


def read_status(settings: Settings) -> Status:
    """Read manifests, quarantine, the published file's metadata and the writer's lock."""
    states = {source.name: source.state(settings.bronze_dir) for source in registry.SOURCES}
    landscape, problem = _opened(settings.public_dir)
    return Status(
        published=None if landscape is None else _published(landscape, public_file(settings.public_dir)),
        problem=problem,
        sources=states,
        absent={name: _quoted(state.absent) for name, state in states.items() if state.absent},
        lost_events=() if landscape is None else _quoted(_lost_events(landscape)),
        quarantined=_quarantined(settings.bronze_dir),
        writer=current_holder(settings.warehouse_dir),
    )


def _opened(public_dir: Path) -> tuple[Landscape | None, str]:
    """The published landscape, of whatever version, and what is wrong with it."""
    try:
        landscape = open_landscape(public_dir, any_version=True)
    except NotPublishedError:
        return None, ""
    except StorageError as error:
        return None, str(error)
    try:
        landscape.generation.require_version()
    except OtherVersionError as error:
        return landscape, str(error)
    return landscape, ""


def _published(landscape: Landscape, path: Path) -> PublishedState | None:
    provenance = landscape.provenance
    try:
        metadata = provenance.metadata().frame
        snapshot_id, as_of, data_profile = metadata.select("snapshot_id", "as_of", "data_profile").row(0)
    except (duckdb.Error, pl.exceptions.PolarsError):
        return None  # a file of another version may lack them
    return PublishedState(
        path,
        snapshot_id,
        as_of,
        data_profile,
        datetime.fromtimestamp(path.stat().st_mtime, UTC),
        _completeness(provenance, metadata["as_of_month"][0]),
        _acceptance(metadata.row(0, named=True)),
    )


def _acceptance(metadata: Mapping[str, Any]) -> str:
    """What got worse with this publication, and why a person let it; empty for a file that is as good as before."""
    note = metadata.get("acceptance_note")
    return f"{'; '.join(metadata['regressions'])}. The note: {note}" if note else ""


def _completeness(provenance: Provenance, as_of_month: date) -> str:
    """How complete the newest month is, in one line; empty for a file of an earlier version."""
    try:
        newest = provenance.newest_month().frame
    except duckdb.Error:
        return ""
    if newest.is_empty():
        return "no month has an OpenRank yet"
    row = newest.row(0, named=True)
    unknown = row["existing_projects_count"] - row["known_projects_count"]
    line = (
        f"{row['month']:%Y-%m} is the newest month: {row['known_projects_count']} of"
        f" {row['existing_projects_count']} projects known ({row['published_projects_count']} published,"
        f" {row['nowcast_projects_count']} by nowcast), {unknown} unknown"
    )
    if row["has_doubtful_counts"]:
        line += "; GitHub's counts of it are nearly all 0 and left out"
    if row["month"] > as_of_month:
        line += f"; stale since {Month.of(as_of_month) + 1}: the landscape opens on {as_of_month:%Y-%m}"
    return line


def _lost_events(landscape: Landscape) -> list[str]:
    """What the published file says of the event archives' losses, a line a month."""
    try:
        losses = landscape.provenance.stream_losses().frame
    except duckdb.Error:
        return []  # a file of another version may not say
    return [_loss_of(row) for row in losses.iter_rows(named=True)]


def _loss_of(row: Mapping[str, Any]) -> str:
    parts = [f"{row['gap_hours_count']:,} of {row['hours_count']:,} hours are gaps"]
    if row["partial_hours_count"]:
        parts.append(f"{row['partial_hours_count']:,} are of one archive alone")
    lost = [f"{one['event_type']} {_percent(one['coverage_ratio'])}" for one in row["lost_types"] or ()]
    if lost:
        parts.append(f"against healthy months: {', '.join(lost)}")
    return f"{row['source']} {row['month']}: {'; '.join(parts)}"


def _percent(ratio: float | None) -> str:
    return "unknown" if ratio is None else f"{ratio:.1%}"


def _quoted(absent: Sequence[str]) -> list[str]:
    """The newest of what is absent, after how many more there are."""
    left_out = len(absent) - QUOTED_LINES
    return [*([f"{left_out} earlier, and"] if left_out > 0 else []), *absent[-QUOTED_LINES:]]


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
