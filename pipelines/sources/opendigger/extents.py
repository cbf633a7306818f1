"""Which months a pull speaks for: inside an extent a missing month is absent, outside it is unknown.

Belongs here: extents of names, from one pull and the earlier ones. Must not: when a repository was created;
bronze knows one source at a time, so that the order in which sources are fetched changes nothing.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.periods import last_complete_month
from pipelines.sources.opendigger.client import FIRST_MONTH
from pipelines.sources.opendigger.held import EXTENTS_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from pipelines.sources.opendigger.lists import Extent

PUBLICATION_DAY = 6
"""Day of the month from which on OpenDigger has exported the month before."""

WITNESSES_COUNT = 20
"""So many series without a month prove that it was not exported yet; fewer may all have been inactive."""


def stated_extents(extents: Iterable[Extent], vintage: str) -> pl.DataFrame:
    """The extents that a table states."""
    rows = [
        (extent.repo_full_name, extent.first.first_day, extent.last.first_day, vintage)
        for extent in sorted(extents)
    ]
    return pl.DataFrame(rows, schema=EXTENTS_SCHEMA, orient="row")


def live_extents(
    vouched: pl.DataFrame, held: pl.DataFrame, incomplete: Mapping[str, date], retrieved_at: datetime
) -> pl.DataFrame:
    """From the first value through the last month that was exported.

    A name without an answer in this pull keeps its earlier extent.

    Parameters
    ----------
    vouched
        ``repo_full_name``, ``vintage``, ``month`` of every value of the series that OpenDigger has.
    held
        Earlier extents.
    incomplete
        Repository name → first month that its file holds in part only: the extent ends before.
    retrieved_at
        Time of the pull.
    """
    if vouched.is_empty():
        return held
    newest_month = vouched.select(pl.col("month").max()).item()
    through = published_through(newest_month, vouched["repo_full_name"].n_unique(), retrieved_at)
    before = held.group_by("repo_full_name", "vintage").agg(
        pl.col("extent_from").min(), pl.col("extent_through").max()
    )
    whole_through = pl.DataFrame(
        {"repo_full_name": list(incomplete), "whole_through": list(incomplete.values())},
        schema={"repo_full_name": pl.String, "whole_through": pl.Date},
    ).with_columns(pl.col("whole_through").dt.offset_by("-1mo"))
    pulled = (
        vouched.group_by("repo_full_name", "vintage")
        .agg(first=pl.col("month").min())
        .join(before, on=["repo_full_name", "vintage"], how="left")
        .join(whole_through, on="repo_full_name", how="left")
        .select(
            "repo_full_name",
            pl.max_horizontal(pl.min_horizontal("first", "extent_from"), pl.lit(FIRST_MONTH.first_day)).alias(
                "extent_from"
            ),
            pl.min_horizontal(pl.max_horizontal(pl.lit(through), "extent_through"), "whole_through").alias(
                "extent_through"
            ),
            "vintage",
        )
    )
    others = held.join(pulled, on=["repo_full_name", "vintage"], how="anti")
    return pl.concat([others, pulled]).sort("repo_full_name", "vintage", "extent_from")


def published_through(newest_month: date, series_count: int, retrieved_at: datetime) -> date:
    """The last month that a pull can speak for, as its first day.

    Parameters
    ----------
    newest_month
        First day of the newest month in any answer.
    series_count
        Series that were answered.
    retrieved_at
        Time of the pull, with a time zone.

    Returns
    -------
    datetime.date
        The last complete month; but not a month that OpenDigger had no time to export, nor one that so many
        series lack that it must have been missing: its absence would read as no activity.
    """
    complete = last_complete_month(retrieved_at)
    if newest_month >= complete.first_day:
        return complete.first_day
    if series_count >= WITNESSES_COUNT:
        return newest_month
    is_too_early = retrieved_at.astimezone(UTC).day < PUBLICATION_DAY
    return max(newest_month, (complete - 1 if is_too_early else complete).first_day)
