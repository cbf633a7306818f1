"""How much of a month is known, and the newest month that enough is known for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.completeness.basis import NOWCAST, PUBLISHED
from pipelines.floor.periods import Month

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class Enough:
    """When enough of a month is known to open a landscape on it.

    Attributes
    ----------
    known_ratio
        Least share of the projects that existed.
    known_weight_ratio
        Least share of the OpenRank that they had when it was last known.
    """

    known_ratio: float
    known_weight_ratio: float


def compute_month_completeness(
    openrank: pl.DataFrame, known: pl.DataFrame, created: pl.DataFrame, enough: Enough
) -> pl.DataFrame:
    """Say of each month how many projects existed, and how many of them are known.

    Parameters
    ----------
    openrank
        ``project_id, month, basis, openrank``: rows of ``project_openrank_monthly``.
    known
        ``project_id, month``: months of which it is known whether the project has a value.
    created
        ``project_id, created_at``, every project once; null is unknown.
    enough
        What counts as enough.

    Returns
    -------
    pl.DataFrame
        Rows of the contract ``month_completeness``: every month from the first to the newest one of `openrank`. A
        project of unknown creation exists from its first value on.

    Notes
    -----
    A project weighs what its OpenRank was when it was last known, up to the month: so a month without the largest
    projects is not taken for a nearly complete one. Who never had a value weighs nothing and is counted by number.
    """
    if openrank.is_empty():
        return _empty()
    usable = openrank.filter(pl.col("openrank").is_not_null())
    first_value = usable.group_by("project_id").agg(first_month=pl.col("month").min())
    months = openrank.select(
        pl.date_range(pl.col("month").min(), pl.col("month").max(), "1mo").alias("month")
    )
    begun = pl.coalesce(pl.col("created_at").dt.date().dt.month_start(), "first_month")
    grid = (
        created.join(first_value, on="project_id", how="left")
        .join(months, how="cross")
        .filter((begun <= pl.col("month")) | (pl.col("first_month") <= pl.col("month")))
        .select("project_id", "month")
        .join(
            openrank.select("project_id", "month", "basis", "openrank"),
            on=["project_id", "month"],
            how="left",
        )
        .join(known.with_columns(is_known=pl.lit(value=True)), on=["project_id", "month"], how="left")
        .sort("project_id", "month")
        .with_columns(
            is_known=pl.col("is_known").fill_null(value=False),
            weight=pl.col("openrank").forward_fill().over("project_id").fill_null(0.0),
        )
    )
    has_value = pl.col("openrank").is_not_null()
    all_weight = pl.col("weight").sum()
    is_enough = (pl.col("known_projects_count") >= enough.known_ratio * pl.col("existing_projects_count")) & (
        pl.col("known_weight_ratio") >= enough.known_weight_ratio
    )
    return (
        grid.group_by("month")
        .agg(
            existing_projects_count=pl.len().cast(pl.Int64),
            known_projects_count=pl.col("is_known").sum().cast(pl.Int64),
            published_projects_count=(has_value & (pl.col("basis") == PUBLISHED)).sum().cast(pl.Int64),
            nowcast_projects_count=(has_value & (pl.col("basis") == NOWCAST)).sum().cast(pl.Int64),
            known_weight_ratio=pl.when(all_weight > 0).then(
                (pl.col("weight").filter("is_known").sum() / all_weight).round(6)
            ),
        )
        .with_columns(is_enough=is_enough.fill_null(value=False))
        .sort("month")
    )


def _empty() -> pl.DataFrame:
    counts = ("existing", "known", "published", "nowcast")
    return pl.DataFrame(
        schema={
            "month": pl.Date,
            **{f"{name}_projects_count": pl.Int64 for name in counts},
            "known_weight_ratio": pl.Float64,
            "is_enough": pl.Boolean,
        }
    )


def choose_as_of_month(completeness: pl.DataFrame, latest: Month) -> Month:
    """The newest month up to `latest` that enough is known for; `latest` itself if there is none.

    Parameters
    ----------
    completeness
        From `compute_month_completeness`.
    latest
        Last complete month by the clock.
    """
    newest = completeness.filter(pl.col("month") <= latest.first_day, pl.col("is_enough"))["month"].max()
    day: date | None = newest  # type: ignore[assignment]
    return latest if day is None else Month.of(day)
