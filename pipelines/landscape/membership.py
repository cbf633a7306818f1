"""Who is in the landscape: a profile's rule applied to any as-of month, with a reason in or out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from pipelines.periods import Month, Window

if TYPE_CHECKING:
    from collections.abc import Sequence


class WindowKind(StrEnum):
    """Which months a profile looks at."""

    YEAR_TO_DATE_MEAN = "year_to_date_mean"
    LATEST_MONTH = "latest_month"


class Comparison(StrEnum):
    """How the mean is held against the threshold."""

    ABOVE = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Profile:
    """A membership rule: mean OpenRank of a window against a threshold."""

    profile_id: str
    kind: WindowKind
    comparison: Comparison
    threshold: float

    def window(self, as_of: Month) -> Window:
        """Months the rule looks at; none is later than `as_of`."""
        if self.kind is WindowKind.LATEST_MONTH:
            return Window(as_of, as_of)
        return Window.year_to_date(as_of)

    def passes(self, mean: pl.Expr) -> pl.Expr:
        """Boolean expression that says whether `mean` meets the threshold."""
        return mean >= self.threshold if self.comparison is Comparison.AT_LEAST else mean > self.threshold


def as_of_windows(as_of_months: Sequence[Month], profile: Profile, years_earlier: int = 0) -> pl.DataFrame:
    """Months each as-of month looks at under `profile`.

    Parameters
    ----------
    as_of_months
        The as-of months.
    profile
        Decides the window.
    years_earlier
        Shift of the window into the past, in years.

    Returns
    -------
    pl.DataFrame
        ``as_of_month, month`` (dates), one row per as-of month and month of its window.
    """
    rows = [
        (as_of.first_day, month.first_day)
        for as_of in as_of_months
        for month in profile.window(as_of).years_earlier(years_earlier).months
    ]
    return pl.DataFrame(rows, schema={"as_of_month": pl.Date, "month": pl.Date}, orient="row")


def compute_members(
    candidates: pl.DataFrame,
    openrank: pl.DataFrame,
    retrieved: pl.DataFrame,
    as_of_months: Sequence[Month],
    profile: Profile,
) -> pl.DataFrame:
    """Apply a membership profile to every candidate at every as-of month.

    Parameters
    ----------
    candidates
        ``project_id``, one row per project.
    openrank
        ``project_id, month, value``: monthly OpenRank; a missing month is absent or unknown.
    retrieved
        ``project_id, month``: months in which the source was asked; outside them nothing is known.
    as_of_months
        Months to look from; each sees only months up to itself.
    profile
        The rule.

    Returns
    -------
    pl.DataFrame
        Rows of the contract ``landscape_members``. ``is_member`` is null where nothing is known: a source
        that does not know a project says nothing about it.

    Notes
    -----
    The mean is over the months that have a value, as the published landscape counted.
    """
    windows = as_of_windows(as_of_months, profile)
    known = openrank.select("project_id").unique().with_columns(is_known=True)
    counted = (
        candidates.select("project_id")
        .join(windows, how="cross")
        .join(openrank.select("project_id", "month", "value"), on=["project_id", "month"], how="left")
        .join(
            retrieved.select("project_id", "month").unique().with_columns(is_retrieved=True),
            on=["project_id", "month"],
            how="left",
        )
        # A sum of floats depends on its order: sorted months give equal means on every run.
        .sort("as_of_month", "project_id", "month")
        .group_by("as_of_month", "project_id", maintain_order=True)
        .agg(
            openrank_mean=pl.col("value").mean(),
            months_count=pl.col("value").count().cast(pl.Int64),
            window_months_count=pl.len().cast(pl.Int64),
            # A value proves that its month was retrieved.
            retrieved_months_count=(pl.col("is_retrieved").is_not_null() | pl.col("value").is_not_null())
            .sum()
            .cast(pl.Int64),
        )
        .join(known, on="project_id", how="left")
    )
    return (
        counted.with_columns(profile=pl.lit(profile.profile_id), reason_code=_reason_code(profile))
        .with_columns(is_member=_verdict(), reason=_sentence(profile))
        .drop("is_known")
        .sort("as_of_month", "profile", "project_id")
    )


def _reason_code(profile: Profile) -> pl.Expr:
    mean = pl.col("openrank_mean")
    return (
        pl.when(mean.is_not_null() & profile.passes(mean))
        .then(pl.lit("above_threshold"))
        .when(mean.is_not_null())
        .then(pl.lit("below_threshold"))
        .when(pl.col("is_known").is_null())
        .then(pl.lit("unknown_to_source"))
        .when(pl.col("retrieved_months_count") < pl.col("window_months_count"))
        .then(pl.lit("outside_retrieved_months"))
        .otherwise(pl.lit("no_activity"))
    )


def _verdict() -> pl.Expr:
    code = pl.col("reason_code")
    return (
        pl.when(code == "above_threshold")
        .then(statement=True)
        .when(code.is_in(["below_threshold", "no_activity"]))
        .then(statement=False)
        .otherwise(pl.lit(None, dtype=pl.Boolean))
    )


def _sentence(profile: Profile) -> pl.Expr:
    threshold = f"{profile.threshold:g}"
    wanted = f"at least {threshold}" if profile.comparison is Comparison.AT_LEAST else f"above {threshold}"
    measured = pl.format(
        "mean OpenRank {} over {} of {} months",
        pl.col("openrank_mean").round(2),
        pl.col("months_count"),
        pl.col("window_months_count"),
    )
    retrieved = pl.format(
        "{} of {} months were retrieved",
        pl.col("retrieved_months_count"),
        pl.col("window_months_count"),
    )
    sentences = {
        "above_threshold": pl.concat_str(measured, pl.lit(f" is {wanted}")),
        "below_threshold": pl.concat_str(measured, pl.lit(f" is not {wanted}")),
        "unknown_to_source": pl.lit(
            "the source has no OpenRank series for any of its names: unknown, not zero"
        ),
        "outside_retrieved_months": pl.concat_str(
            retrieved, pl.lit(" and none has a value: unknown, not zero")
        ),
        "no_activity": pl.lit("every month of the window was retrieved and none has OpenRank"),
    }
    code = pl.col("reason_code")
    return pl.coalesce([pl.when(code == key).then(text) for key, text in sentences.items()])
