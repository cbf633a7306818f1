"""What is known of the upstreams: archives, gaps, disputed observations, vintages, data sources."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from pipelines.seeds.entries import ArchiveHour, Day, Entry, Identifier, RepositoryName, Slug, Text, Url


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


class RatioOfVintages(Entry):
    """Values of a vintage over those of the one before it."""

    median: PositiveFloat
    spread: NonNegativeFloat
    """Half the width, in logarithms, that holds 80 % of the projects around the median."""
    reason: Text


class Vintage(Entry):
    """A version of OpenDigger's algorithm; values of two vintages are not comparable."""

    id: Identifier
    since: Day | None
    """First day on which pulled values have this vintage; null for the earliest."""
    change: Text
    ratio_to_previous: RatioOfVintages | None = None
    """Null where it was not measured with its spread."""


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


class PagesRead(Entry):
    """How many of GitHub's pages of public events an archive reads, from a day on."""

    first_day: Day
    pages_read: PositiveInt


class HourSize(Entry):
    """About how large an hour file is, from a day on."""

    first_day: Day
    megabytes: PositiveFloat
    """As it is served, rounded up, in MB."""
    events_count: PositiveInt | None
    """Null where nobody wrote it down."""


class Archive(Entry):
    """An archive of GitHub's public events: a gzip file an hour, in the layout of GH Archive."""

    id: Slug
    """Kept with each event. Its address is the setting ``LANDSCAPE_<ID>_URL``, with ``_`` for ``-``."""
    name: Text
    first_day: Day
    """First day that it has files of, UTC."""
    last_day: Day | None
    """Last day; null while it goes on."""
    filed_by: Literal["created", "seen"]
    """Which time of an event names its file: when it was created, or when the archive saw it."""
    late_hours: NonNegativeInt
    """By how many hours the file of an event may be later than the event."""
    has_manifest: bool
    """Whether ``YYYY-MM-DD-H.manifest.json`` next to a file says its size, digest and number of events."""
    licence: Text
    pages: tuple[PagesRead, ...] = Field(min_length=1)
    hour_sizes: tuple[HourSize, ...] = Field(min_length=1)
    reason: Text

    @model_validator(mode="after")
    def _days_follow_each_other(self) -> Self:
        if self.last_day is not None and self.last_day < self.first_day:
            raise ValueError(f"the archive ends ({self.last_day}) before it begins ({self.first_day})")
        for name, entries in (("pages", self.pages), ("hour_sizes", self.hour_sizes)):
            days = [entry.first_day for entry in entries]
            if days != sorted(set(days)) or days[0] != self.first_day:
                raise ValueError(f"{name} begin on {self.first_day}, each later one on a later day")
        return self


class ArchivesFile(Entry):
    """``upstreams/archives.yml``: the archives of GitHub's public events."""

    archives: tuple[Archive, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _archives_differ(self) -> Self:
        ids = [archive.id for archive in self.archives]
        if len(ids) != len(set(ids)):
            raise ValueError("two archives have the same id")
        return self
