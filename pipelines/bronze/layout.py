"""Where the event rows stand: a file a day, and for a folded month one file in their place.

Belongs here: names of folders and files. Must not: opening any of them.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipelines.periods import Month

if TYPE_CHECKING:
    from pathlib import Path


def day_path(bronze_dir: Path, day: date) -> Path:
    """The file of the events created on `day`, in UTC, while its month is not folded."""
    return bronze_dir / "events" / f"day={day}" / "events.parquet"


def month_path(bronze_dir: Path, month: Month) -> Path:
    """The file of the events of a whole month, sorted by repository, once it is folded."""
    return bronze_dir / "events" / f"month={month}" / "events.parquet"


def event_files(bronze_dir: Path) -> list[Path]:
    """The files that together hold every event once, in order: ask here rather than by a pattern.

    Where a month has a file, its days are in it, and a day's file beside it is what a killed process left.
    """
    months = sorted(bronze_dir.glob("events/month=*/events.parquet"))
    folded = {Month.parse(path.parent.name.removeprefix("month=")) for path in months}
    return months + [
        path for month, days in day_files(bronze_dir).items() if month not in folded for path in days
    ]


def day_files(bronze_dir: Path) -> dict[Month, list[Path]]:
    """The files of days, by month, both in order; leftovers beside the file of a month included."""
    by_month: dict[Month, list[Path]] = {}
    for path in sorted(bronze_dir.glob("events/day=*/events.parquet")):
        day = date.fromisoformat(path.parent.name.removeprefix("day="))
        by_month.setdefault(Month.of(day), []).append(path)
    return by_month
