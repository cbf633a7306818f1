"""What is known of the upstreams: gaps, disputed observations, vintages, data sources."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import (
    Field,
    PositiveInt,
    model_validator,
)

from pipelines.seeds.entries import ArchiveHour, Day, Entry, Identifier, RepositoryName, Text, Url


class ArchiveGap(Entry):
    """Hours of GH Archive that are missing, damaged or thin."""

    start_hour: ArchiveHour
    """First hour, UTC."""
    end_hour: ArchiveHour | None
    """Last hour, UTC, included; null where no end is known."""
    kind: Literal[
        "missing_file",
        "missing_files",
        "bad_gzip",
        "one_event_hour",
        "malformed_line",
        "duplicate_event",
        "low_volume",
        "watch_degraded",
        "watch_collapsed",
    ]
    detail: Text
    source: Text

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end_hour is not None and self.end_hour < self.start_hour:
            raise ValueError(f"the gap ends ({self.end_hour}) before it starts ({self.start_hour})")
        return self


class DisputedObservation(Entry):
    """A name and a number that a source put together although they belong to different repositories."""

    repo_full_name: RepositoryName
    repo_id: PositiveInt
    reason: Text


class DisputedObservationsFile(Entry):
    """``upstreams/disputed_observations.yml``: observations of the wrong repository."""

    disputed_observations: tuple[DisputedObservation, ...]


class ArchiveGapsFile(Entry):
    """``upstreams/archive_gaps.yml``: what GH Archive is known to lack."""

    archive_gaps: tuple[ArchiveGap, ...]


class Vintage(Entry):
    """A version of OpenDigger's algorithm; values of two vintages are not comparable."""

    id: Identifier
    since: Day | None
    """First day on which pulled values have this vintage; null for the earliest."""
    change: Text


class OpenDiggerVintagesFile(Entry):
    """``upstreams/opendigger_vintages.yml``: when OpenDigger recomputed its history."""

    opendigger_vintages: tuple[Vintage, ...] = Field(min_length=1)


class DataSource(Entry):
    """Where rows come from, and whether they were observed, derived or simulated."""

    id: Identifier
    name: Text
    kind: Literal["real", "derived", "simulated"]
    url: Url | None = None
    licence: Text
    """SPDX identifier, or `unknown`."""
    description: Text


class DataSourcesFile(Entry):
    """``upstreams/data_sources.yml``: every value of a column `source`."""

    data_sources: tuple[DataSource, ...] = Field(min_length=1)
