"""The as-of months of a build, from the input `AS_OF_RANGE`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.floor.periods import Month, months_between

if TYPE_CHECKING:
    import polars as pl


def as_of_months(as_of_range: pl.DataFrame) -> list[Month]:
    """Every month from the first to the last; none where the range is NULL."""
    first, last = as_of_range.row(0)
    return [] if first is None else list(months_between(Month.of(first), Month.of(last)))
