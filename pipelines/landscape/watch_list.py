"""Projects near the line of a membership profile, and where they are heading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from pipelines.seeds.rules import Profile


@dataclass(frozen=True, slots=True)
class WatchBand:
    """How near the line is watched, and which change is one.

    Attributes
    ----------
    width_ratio
        Distance of the mean from the threshold, over the threshold, up to which a project is watched.
    steady_ratio
        Change of the last month over the one before it up to which its direction is steady.
    """

    width_ratio: float
    steady_ratio: float


def compute_watch_list(
    members: pl.DataFrame, openrank: pl.DataFrame, profile: Profile, band: WatchBand
) -> pl.DataFrame:
    """Projects near the line, on either side, with the direction they move in.

    Parameters
    ----------
    members
        Rows of ``landscape_members`` of `profile`.
    openrank
        ``project_id, month, value``.
    profile
        Gives the threshold.
    band
        How near is near.

    Returns
    -------
    pl.DataFrame
        Rows of the contract ``membership_watch_list``. ``direction`` compares the as-of month with the
        month before it and is unknown where either has no value.
    """
    threshold, latest, previous = profile.threshold, pl.col("openrank_latest"), pl.col("openrank_previous")
    monthly = openrank.select("project_id", "month", "value")
    change = latest / previous - 1
    return (
        members.filter(
            ((pl.col("openrank_mean") - threshold) / threshold).abs() <= band.width_ratio,
            pl.col("is_member").is_not_null(),
        )
        .join(
            monthly.select("project_id", as_of_month="month", openrank_latest="value"),
            on=["project_id", "as_of_month"],
            how="left",
        )
        .join(
            monthly.select(
                "project_id", as_of_month=pl.col("month").dt.offset_by("1mo"), openrank_previous="value"
            ),
            on=["project_id", "as_of_month"],
            how="left",
        )
        .select(
            "as_of_month",
            "profile",
            "project_id",
            "is_member",
            "openrank_mean",
            "months_count",
            "window_months_count",
            threshold=pl.lit(threshold, dtype=pl.Float64),
            margin_ratio=(pl.col("openrank_mean") - threshold) / threshold,
            openrank_latest=latest,
            openrank_previous=previous,
            direction=pl.when(change.is_null() | change.is_nan())
            .then(pl.lit("unknown"))
            .when(change > band.steady_ratio)
            .then(pl.lit("rising"))
            .when(change < -band.steady_ratio)
            .then(pl.lit("falling"))
            .otherwise(pl.lit("steady")),
        )
        .sort("as_of_month", "profile", "project_id")
    )
