"""Which archive is asked for which hours, and why.

Belongs here: what follows from the archives in the seeds. Must not: requests, or the address of an archive: a setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from pipelines.sources.gharchive.layout import source_file_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.floor.periods import Hour
    from pipelines.seeds.upstreams import Archive, HourSize

MOST_PAGES = 3
"""Pages of a hundred events that GitHub's interface gives of what happened last: an archive that reads fewer loses."""


@dataclass(frozen=True, slots=True)
class AskedHour:
    """An hour file to ask an archive for."""

    archive: Archive
    hour: Hour

    @property
    def source_file(self) -> str:
        """Its name, unlike that of the same hour in another archive."""
        return source_file_of(self.archive.id, self.hour)


def has_hour(archive: Archive, hour: Hour) -> bool:
    """Whether `archive` should have a file of `hour`."""
    day = hour.start.date()
    return archive.first_day <= day and (archive.last_day is None or day <= archive.last_day)


def asked_hours(archives: Sequence[Archive], hours: Iterable[Hour]) -> list[AskedHour]:
    """Every file that the archives should have of `hours`, by hour and then in the order of the archives.

    All archives that have an hour are asked for it: each holds events that no other has.
    """
    return [
        AskedHour(archive, hour) for hour in sorted(hours) for archive in archives if has_hour(archive, hour)
    ]


def hour_size(asked: AskedHour) -> HourSize:
    """About how large a file is."""
    day = asked.hour.start.date()
    return [size for size in asked.archive.hour_sizes if size.first_day <= day][-1]


def explain_plan(archives: Sequence[Archive], hours: Iterable[Hour]) -> tuple[str, ...]:
    """Say which archive is asked for which days, how much that is, and why: a sentence for each stretch of days."""
    asked = asked_hours(archives, hours)
    return tuple(
        _explain(list(stretch), archives)
        for archive in archives
        for _, stretch in groupby(
            (one for one in asked if one.archive == archive),
            key=lambda one: (hour_size(one), _reason(one, archives)),
        )
    )


def _explain(stretch: Sequence[AskedHour], archives: Sequence[Archive]) -> str:
    first, last = stretch[0], stretch[-1]
    size, archive = hour_size(first), first.archive
    events = "" if size.events_count is None else f" and {size.events_count:,} events"
    days = " to ".join(dict.fromkeys(f"{one.hour.start:%Y-%m-%d}" for one in (first, last)))
    return (
        f"{archive.name} ({archive.id}), {days}: {len(stretch):,} hour files of about {size.megabytes:,.0f} MB{events},"
        f" {len(stretch) * size.megabytes / 1000:,.1f} GB. {_reason(first, archives)}"
    )


def _reason(asked: AskedHour, archives: Sequence[Archive]) -> str:
    """Why a file is asked for."""
    archive, day = asked.archive, asked.hour.start.date()
    others = [other.name for other in archives if other != archive and has_hour(other, asked.hour)]
    pages = [entry.pages_read for entry in archive.pages if entry.first_day <= day][-1]
    return " ".join(
        [
            f"{', '.join(others)} is asked too: each holds events that the other lacks."
            if others
            else "No other archive has these days.",
            f"It reads {pages} of {MOST_PAGES} pages of GitHub's public events.",
            *(["Its events go to the hours they were created in."] if archive.filed_by == "seen" else []),
        ]
    )
