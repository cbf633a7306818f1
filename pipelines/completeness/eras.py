"""States of the event stream by month: healthy, damaged or broken.

A month has the state that its first day has: of May 2025 six days are damaged, and it counts as healthy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.periods import Month

if TYPE_CHECKING:
    from pipelines.seeds.completeness import StreamEra


def first_month_of(era: StreamEra) -> Month | None:
    """The first month that begins in an era; None for the earliest era."""
    if era.first_day is None:
        return None
    month = Month.of(era.first_day)
    return month if month.first_day == era.first_day else month + 1


def last_healthy_month(eras: tuple[StreamEra, ...]) -> Month:
    """The last month that begins healthy.

    Raises
    ------
    StopIteration
        If every era is healthy.
    """
    ends = (first_month_of(era) for era in eras if era.state != "healthy")
    return next(month for month in ends if month is not None) - 1


def first_broken_month(eras: tuple[StreamEra, ...]) -> Month | None:
    """The first month that begins with the event stream broken; None if it never was."""
    return next((first_month_of(era) for era in eras if era.state == "broken"), None)


def state_of_month(eras: tuple[StreamEra, ...]) -> pl.Expr:
    """The state of the event stream in the month of column ``month``, which holds its first day.

    Parameters
    ----------
    eras
        In the order of ``completeness.yml``.
    """
    state = pl.lit(eras[0].state)
    for era in eras[1:]:
        state = pl.when(pl.col("month") >= era.first_day).then(pl.lit(era.state)).otherwise(state)
    return state
