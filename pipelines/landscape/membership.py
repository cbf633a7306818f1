"""Who is in the landscape: a profile's rule applied to any as-of month, with a reason in or out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipelines.metrics.panel import OpenrankPanel, compute_window_means, repeated, tiled, window_means
from pipelines.periods import Month, Window, months_between

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


class WindowKind(StrEnum):
    """Which months a profile looks at."""

    YEAR_TO_DATE_MEAN = "year_to_date_mean"
    TRAILING_MEAN = "trailing_mean"
    LATEST_MONTH = "latest_month"


class Comparison(StrEnum):
    """How the mean is held against the threshold."""

    ABOVE = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Profile:
    """A membership rule: mean OpenRank of a window against a threshold.

    Attributes
    ----------
    months_count
        Length of the window of a trailing mean; None for the other kinds.
    """

    profile_id: str
    kind: WindowKind
    comparison: Comparison
    threshold: float
    months_count: int | None = None

    def window(self, as_of: Month) -> Window:
        """Months the rule looks at; none is later than `as_of`."""
        match self.kind:
            case WindowKind.LATEST_MONTH:
                return Window.trailing(as_of, 1)
            case WindowKind.TRAILING_MEAN if self.months_count is not None:
                return Window.trailing(as_of, self.months_count)
            case WindowKind.YEAR_TO_DATE_MEAN:
                return Window.year_to_date(as_of)
        raise ValueError(f"profile {self.profile_id!r}: a trailing mean needs a number of months")

    def windows(self, as_of_months: Sequence[Month]) -> dict[Month, Window]:
        """Window of each as-of month."""
        return {as_of: self.window(as_of) for as_of in as_of_months}

    def passes(self, mean: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each mean meets the threshold; a missing one (NaN) does not."""
        return mean >= self.threshold if self.comparison is Comparison.AT_LEAST else mean > self.threshold

    @property
    def wanted(self) -> str:
        """What the mean must be, in words."""
        words = "at least" if self.comparison is Comparison.AT_LEAST else "above"
        return f"{words} {self.threshold:g}"


_CODE_OF_ANSWER = {
    "loaded": "unknown_to_source",  # a series that begins after the as-of month
    "unknown": "unknown_to_source",
    "malformed": "series_set_aside",
    "failed": "not_answered",
    "no_months": "no_months",
}
_UNKNOWN = (*dict.fromkeys(_CODE_OF_ANSWER.values()), "not_asked", "outside_retrieved_months")


def compute_members(
    candidates: pl.DataFrame,
    panel: OpenrankPanel,
    answers: pl.DataFrame,
    as_of_months: Sequence[Month],
    profile: Profile,
) -> pl.DataFrame:
    """Apply a membership profile to every candidate at every as-of month.

    Parameters
    ----------
    candidates
        ``project_id, created_at`` (null if unknown), one row per project.
    panel
        Monthly OpenRank of the candidates.
    answers
        ``project_id, repo_full_name, answer, detail``: what the source answered when it was asked for the
        series, at most one row per project; none where it was not asked.
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
    The mean is over the months that have a value, as the published landscape counted. Of those out,
    ``too_new`` were created after the first day of the window, so that the rule saw only part of it, and
    ``too_old`` met the same rule as of an earlier month. Unknown are those without a retrieved month up to
    the as-of month, by the source's answer (``unknown_to_source``: it has no series up to the month;
    ``no_months``, ``series_set_aside``, ``not_answered``, ``not_asked``), and those whose retrieved months
    leave the window without a value (``outside_retrieved_months``).
    """
    windows = profile.windows(as_of_months)
    starts = pl.DataFrame(
        [(as_of.first_day, window.start.first_day) for as_of, window in windows.items()],
        schema={"as_of_month": pl.Date, "window_start": pl.Date},
        orient="row",
    )
    created = candidates.select("project_id", created_on=pl.col("created_at").cast(pl.Date))
    members = (
        compute_window_means(panel, windows)
        .join(_past(panel, windows, profile), on=["as_of_month", "project_id"], maintain_order="left")
        .join(starts, on="as_of_month", maintain_order="left")
        .join(created, on="project_id", how="left", maintain_order="left")
        .join(answers, on="project_id", how="left", maintain_order="left")
        .with_columns(profile=pl.lit(profile.profile_id))
    )
    return (
        members.with_columns(reason_code=_reason_code())
        .with_columns(is_member=_verdict(), reason=_sentence(profile))
        .select(
            "as_of_month",
            "profile",
            "project_id",
            "openrank_mean",
            "months_count",
            "window_months_count",
            "retrieved_months_count",
            "is_member",
            "reason_code",
            "reason",
        )
    )


def _past(panel: OpenrankPanel, windows: Mapping[Month, Window], profile: Profile) -> pl.DataFrame:
    """What each as-of month knows of the time up to itself.

    Returns
    -------
    pl.DataFrame
        ``as_of_month, project_id, passes, last_passed_month, last_retrieved_month``: whether the rule holds,
        the last earlier month as of which it held, and the last month retrieved; null without one.
    """
    wanted = sorted(windows)
    last_passed = np.full(len(panel.project_ids), np.datetime64("NaT", "D"))
    last_retrieved = last_passed.copy()
    seen: dict[Month, tuple[NDArray[np.bool_], NDArray[np.datetime64], NDArray[np.datetime64]]] = {}
    for month in months_between(min([panel.first_month, *wanted[:1]]), wanted[-1]) if wanted else ():
        passes = profile.passes(window_means(panel, profile.window(month)).mean)
        row = panel.row_of(month)
        if 0 <= row < len(panel.is_retrieved):
            last_retrieved[panel.is_retrieved[row]] = month.first_day
        if month in windows:
            seen[month] = (passes, last_passed.copy(), last_retrieved.copy())
        last_passed[passes] = month.first_day

    def column(position: int, no_rows: NDArray[Any]) -> pl.Series:
        return pl.Series(np.concatenate([no_rows, *(seen[month][position] for month in wanted)]))

    no_days = np.empty(0, dtype="datetime64[D]")
    return pl.DataFrame(
        {
            "as_of_month": repeated([month.first_day for month in wanted], len(panel.project_ids)),
            "project_id": tiled(panel.project_ids, len(wanted)),
            "passes": column(0, np.empty(0, dtype=np.bool_)),
            "last_passed_month": column(1, no_days),
            "last_retrieved_month": column(2, no_days),
        },
        schema_overrides={"as_of_month": pl.Date},
    )


def _reason_code() -> pl.Expr:
    created = pl.col("created_on")
    has_value = pl.col("openrank_mean").is_not_null()
    is_whole = pl.col("retrieved_months_count") == pl.col("window_months_count")
    return (
        pl.when("passes")
        .then(pl.lit("above_threshold"))
        .when(~has_value & (created > pl.col("as_of_month").dt.month_end()))
        .then(pl.lit("too_new"))
        .when(pl.col("last_retrieved_month").is_null())
        .then(pl.col("answer").replace_strict(_CODE_OF_ANSWER, default="not_asked", return_dtype=pl.String))
        .when(~has_value & ~is_whole)
        .then(pl.lit("outside_retrieved_months"))
        .when(created > pl.col("window_start"))
        .then(pl.lit("too_new"))
        .when(pl.col("last_passed_month").is_not_null())
        .then(pl.lit("too_old"))
        .when(has_value)
        .then(pl.lit("below_threshold"))
        .otherwise(pl.lit("no_activity"))
    )


def _verdict() -> pl.Expr:
    code = pl.col("reason_code")
    return pl.when(~code.is_in(_UNKNOWN)).then(code == "above_threshold")


def _sentence(profile: Profile) -> pl.Expr:
    measured = pl.format(
        "mean OpenRank {} over {} of {} months",
        pl.col("openrank_mean").round(2),
        pl.col("months_count"),
        pl.col("window_months_count"),
    )
    below = pl.coalesce(
        pl.concat_str(measured, pl.lit(f" is not {profile.wanted}")),
        pl.lit("every month of the window was retrieved and none has OpenRank"),
    )
    created = pl.col("created_on").dt.to_string("%Y-%m-%d")
    as_of = pl.col("as_of_month").dt.to_string("%Y-%m")
    later = pl.format("created on {}, after {}", created, as_of)
    name, cause = pl.col("repo_full_name"), pl.col("detail").str.replace_all('"', "'", literal=True)
    inside = pl.concat_str(below, pl.format("; created on {}, after the window began", created))
    sentences = {
        "above_threshold": pl.concat_str(measured, pl.lit(f" is {profile.wanted}")),
        "below_threshold": below,
        "no_activity": below,
        "too_new": pl.when(pl.col("created_on") > pl.col("as_of_month").dt.month_end())
        .then(later)
        .otherwise(inside),
        "too_old": pl.concat_str(
            below,
            pl.format("; it last met the rule as of {}", pl.col("last_passed_month").dt.to_string("%Y-%m")),
        ),
        "unknown_to_source": pl.format(
            "the source has no OpenRank series of any of its names up to {}: unknown, not zero", as_of
        ),
        "series_set_aside": pl.format(
            'the OpenRank series of {} was set aside because of "{}": unknown, not zero', name, cause
        ),
        "not_answered": pl.format(
            'the source gave no usable answer about {} because of "{}": unknown, not zero', name, cause
        ),
        "no_months": pl.format(
            "the source has no complete month of {}: renamed, only yearly data, or just begun;"
            " unknown, not zero",
            name,
        ),
        "not_asked": pl.lit(
            "the source was not asked for OpenRank under any of its names: unknown, not zero"
        ),
        "outside_retrieved_months": pl.format(
            "{} of {} months were retrieved and none has a value; the last retrieved month is {}:"
            " unknown, not zero",
            pl.col("retrieved_months_count"),
            pl.col("window_months_count"),
            pl.col("last_retrieved_month").dt.to_string("%Y-%m"),
        ),
    }
    code = pl.col("reason_code")
    return pl.coalesce([pl.when(code == key).then(text) for key, text in sentences.items()])


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
