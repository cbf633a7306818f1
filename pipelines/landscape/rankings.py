"""The members in order, with the change against the same months one year before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.landscape.membership import Profile, as_of_windows
from pipelines.periods import Month

if TYPE_CHECKING:
    from collections.abc import Sequence


def compute_prior_means(
    openrank: pl.DataFrame,
    retrieved: pl.DataFrame,
    created: pl.DataFrame,
    as_of_months: Sequence[Month],
    profile: Profile,
) -> pl.DataFrame:
    """Mean OpenRank of the same window one year before, where it is known.

    Parameters
    ----------
    openrank, retrieved
        As in `pipelines.landscape.membership.compute_members`.
    created
        ``project_id, created_at`` (null if unknown).
    as_of_months, profile
        The windows.

    Returns
    -------
    pl.DataFrame
        ``as_of_month, project_id, openrank_prior_mean``: 0 for a project created after the earlier window;
        no row where the project existed and not every month of the earlier window was retrieved, or where
        it was and holds no value.
    """
    windows = as_of_windows(as_of_months, profile, years_earlier=1)
    window_ends = windows.group_by("as_of_month").agg(
        prior_end=pl.col("month").max().dt.month_end(), window_months_count=pl.len()
    )
    values = (
        windows.join(retrieved.select("project_id", "month").unique(), on="month")
        .join(openrank.select("project_id", "month", "value"), on=["project_id", "month"], how="left")
        .sort("as_of_month", "project_id", "month")
        .group_by("as_of_month", "project_id", maintain_order=True)
        .agg(openrank_prior_mean=pl.col("value").mean(), retrieved_months_count=pl.len())
        .join(window_ends, on="as_of_month")
        .filter(
            pl.col("retrieved_months_count") == pl.col("window_months_count"),
            pl.col("openrank_prior_mean").is_not_null(),
        )
        .select("as_of_month", "project_id", "openrank_prior_mean")
    )
    born_later = (
        created.join(window_ends, how="cross")
        .filter(pl.col("created_at").dt.date() > pl.col("prior_end"))
        .select("as_of_month", "project_id", openrank_prior_mean=pl.lit(0.0))
        .join(values, on=["as_of_month", "project_id"], how="anti")
    )
    return pl.concat([values, born_later])


def stars_by(observations: pl.DataFrame, as_of_months: Sequence[Month]) -> pl.DataFrame:
    """Stars observed by the end of each as-of month.

    Parameters
    ----------
    observations
        ``project_id, observed_on, stars_count``; rows without stars are ignored.
    as_of_months
        Months to look from.

    Returns
    -------
    pl.DataFrame
        ``as_of_month, project_id, stars_count, stars_observed_on, stars_basis``. Where only a later
        observation exists the count stays null and the day of that observation is given.
    """
    starred = observations.filter(pl.col("stars_count").is_not_null()).sort("observed_on")
    asked = (
        starred.select("project_id")
        .unique()
        .join(
            pl.DataFrame(
                {"as_of_month": [month.first_day for month in as_of_months]}, schema={"as_of_month": pl.Date}
            ),
            how="cross",
        )
        .with_columns(as_of_day=pl.col("as_of_month").dt.month_end())
        .sort("as_of_day")
    )
    seen = starred.select("project_id", "stars_count", seen_on="observed_on")
    later = starred.select("project_id", later_on="observed_on")
    found = asked.join_asof(
        seen,
        left_on="as_of_day",
        right_on="seen_on",
        by="project_id",
        strategy="backward",
        check_sortedness=False,
    ).join_asof(
        later,
        left_on="as_of_day",
        right_on="later_on",
        by="project_id",
        strategy="forward",
        check_sortedness=False,
    )
    return found.select(
        "as_of_month",
        "project_id",
        "stars_count",
        stars_observed_on=pl.coalesce("seen_on", "later_on"),
        stars_basis=pl.when(pl.col("seen_on").is_not_null())
        .then(pl.lit("observed"))
        .otherwise(pl.lit("observed_later_only")),
    )


def rank_members(
    members: pl.DataFrame, prior_means: pl.DataFrame, stars: pl.DataFrame, profile: Profile
) -> pl.DataFrame:
    """Rank the members of each as-of month by their mean OpenRank.

    Parameters
    ----------
    members
        Rows of ``landscape_members`` of `profile`.
    prior_means
        From `compute_prior_means`.
    stars
        From `stars_by`.
    profile
        Gives the window that is printed beside each row.

    Returns
    -------
    pl.DataFrame
        Rows of the contract ``project_rankings``, ordered by as-of month and rank.
    """
    current, prior = pl.col("openrank_mean"), pl.col("openrank_prior_mean")
    as_of_months = [Month.of(day) for day in members["as_of_month"].unique().sort()]
    windows = (
        as_of_windows(as_of_months, profile)
        .group_by("as_of_month")
        .agg(window_start=pl.col("month").min(), window_end=pl.col("month").max())
    )
    return (
        members.filter("is_member")
        .join(windows, on="as_of_month")
        .join(prior_means, on=["as_of_month", "project_id"], how="left")
        .join(stars, on=["as_of_month", "project_id"], how="left")
        .select(
            "as_of_month",
            "window_start",
            "window_end",
            rank=current.rank("min", descending=True).over("as_of_month").cast(pl.Int64),
            project_id="project_id",
            openrank_mean=current,
            months_count="months_count",
            openrank_prior_mean=prior,
            openrank_yoy_delta=current - prior,
            openrank_yoy_ratio=pl.when(prior > 0).then((current - prior) / prior),
            stars_count="stars_count",
            stars_observed_on="stars_observed_on",
            stars_basis=pl.col("stars_basis").fill_null("unknown"),
        )
        .sort("as_of_month", "rank", "project_id")
    )
