"""Where the event rows are: a file a day, and for a folded month one file in their place.

Belongs here: names of folders and files, of the archives' too. Must not: opening any of them.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipelines.floor.periods import Days, Month

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.floor.periods import Hour

ALL_DAYS = Days(date.min, date.max)

GHARCHIVE = "gharchive"
"""Id of the archive that every row without another is of: the only one when the first rows were stored."""

GITHUB_FACTS = "github-facts"
"""``archive`` of a row that comes from GitHub's own API, for the projects' repositories alone."""

LOWEST_FACT_ID = 2**62
"""From here on ``event_id`` is of a fact that GitHub gives no event number for; GitHub's own are about 10¹¹."""


def source_file_of(archive: str, hour: Hour) -> str:
    """Name an hour file of an archive, unlike that of any other archive.

    Examples
    --------
    >>> hour = Hour.parse("2026-09-15T05")
    >>> source_file_of("gharchive", hour), source_file_of("opendigger-archive", hour)
    ('2026-09-15-5.json.gz', 'opendigger-archive/2026-09-15-5.json.gz')
    """
    return hour.file_name if archive == GHARCHIVE else f"{archive}/{hour.file_name}"


def day_path(bronze_dir: Path, day: date) -> Path:
    """The file of the events created on `day`, in UTC, while its month is not folded."""
    return bronze_dir / "events" / f"day={day}" / "events.parquet"


def month_path(bronze_dir: Path, month: Month) -> Path:
    """The file of the events of a whole month, sorted by repository, once it is folded."""
    return bronze_dir / "events" / f"month={month}" / "events.parquet"


def event_files(bronze_dir: Path, days: Days = ALL_DAYS) -> list[Path]:
    """The files that together hold every event of `days` once, in order: ask here rather than by a pattern.

    Where a month has a file, its days are in it, and a day's file that is still there was left
    by a killed process. The file of a month holds its other days as well.
    """
    months = {
        Month.parse(path.parent.name.removeprefix("month=")): path
        for path in sorted(bronze_dir.glob("events/month=*/events.parquet"))
    }
    return [
        path for month, path in months.items() if Month.of(days.first) <= month <= Month.of(days.last)
    ] + [
        path
        for month, paths in day_files(bronze_dir).items()
        if month not in months
        for path in paths
        if days.first <= _day_of(path) <= days.last
    ]


def event_months(bronze_dir: Path) -> list[Month]:
    """The months that `event_files` hold events of, in order."""
    folded = [
        path.parent.name.removeprefix("month=") for path in bronze_dir.glob("events/month=*/events.parquet")
    ]
    return sorted({*map(Month.parse, folded), *day_files(bronze_dir)})


def day_files(bronze_dir: Path) -> dict[Month, list[Path]]:
    """The files of days, by month, both in order; leftovers of a folded month included."""
    by_month: dict[Month, list[Path]] = {}
    for path in sorted(bronze_dir.glob("events/day=*/events.parquet")):
        by_month.setdefault(Month.of(_day_of(path)), []).append(path)
    return by_month


def _day_of(path: Path) -> date:
    return date.fromisoformat(path.parent.name.removeprefix("day="))
