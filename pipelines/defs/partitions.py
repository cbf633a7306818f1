"""How live bronze is cut: events by day, metrics by month. Ranges run as one, in order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.floor.periods import FIRST_HOUR, Hour, hours_between

if TYPE_CHECKING:
    from collections.abc import Sequence

_START = f"{FIRST_HOUR.start:%Y-%m-%d}"

event_days = dg.DailyPartitionsDefinition(start_date=_START)
metric_months = dg.MonthlyPartitionsDefinition(start_date=_START)

whole_range = dg.BackfillPolicy.single_run()
"""A backfill of many partitions is one run: 120 of them take as long as 8 runs of one."""


def hours_of_day(partition_key: str) -> list[Hour]:
    """The hours of a daily partition."""
    day = datetime.strptime(partition_key, "%Y-%m-%d").replace(tzinfo=UTC)
    return list(hours_between(Hour(day), Hour(day.replace(hour=23))))


def hours_of_days(partition_keys: Sequence[str]) -> list[Hour]:
    """The hours of several daily partitions, in order."""
    return [hour for key in sorted(partition_keys) for hour in hours_of_day(key)]
