"""Membership of the landscape: apply a profile's rule to any as-of month, with a reason for each verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipelines.floor.messages import Message, Value
from pipelines.floor.periods import Month, Window, months_between
from pipelines.metrics.absence import ABOUT_ANSWER, ABSENCES, absence_codes
from pipelines.metrics.chance import Certainty, probability_above
from pipelines.metrics.panel import (
    OpenrankPanel,
    WindowMeans,
    compute_window_means,
    repeated,
    tiled,
    window_means,
)
from pipelines.metrics.sentences import filled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from pipelines.seeds.rules import Profile


def window_of(profile: Profile, as_of: Month) -> Window:
    """Months that a profile looks at; none is later than `as_of`."""
    match profile.kind:
        case "latest_month":
            return Window.trailing(as_of, 1)
        case "trailing_mean" if profile.months is not None:
            return Window.trailing(as_of, profile.months)
        case "year_to_date_mean":
            return Window.year_to_date(as_of)
    raise ValueError(f"profile {profile.id!r}: a trailing mean needs a number of months")


def windows_of(profile: Profile, as_of_months: Sequence[Month]) -> dict[Month, Window]:
    """Window of each as-of month."""
    return {as_of: window_of(profile, as_of) for as_of in as_of_months}


def _probability(profile: Profile, means: WindowMeans, interval_level: float) -> NDArray[np.float64]:
    """Probability that each mean meets the threshold: 0 or 1 where it is published, NaN where it is unknown."""
    chance = probability_above(means.mean, means.low, means.high, profile.threshold, interval_level)
    is_met = (means.mean == profile.threshold) & (means.low == means.high) & (profile.comparison == ">=")
    return np.where(is_met, 1.0, chance)


_SHOWN_DECIMALS = 2
_COMPARED = {
    ">": ("member.is_above", "member.not_above"),
    ">=": ("member.is_at_least", "member.not_at_least"),
}
"""Words for a mean that meets the threshold, and for one that does not."""

_LIKELY = {
    ">": ("member.likely_above", "member.likely_not_above"),
    ">=": ("member.likely_at_least", "member.likely_not_at_least"),
}
"""The same where the mean rests on a nowcast."""

_UNKNOWN = (*ABSENCES, "outside_retrieved_months", "undecided")


def compute_members(  # noqa: PLR0917 - a table, and everything that decides it
    candidates: pl.DataFrame,
    panel: OpenrankPanel,
    answers: pl.DataFrame,
    as_of_months: Sequence[Month],
    profile: Profile,
    certainty: Certainty,
) -> pl.DataFrame:
    """Apply a membership profile to every candidate at every as-of month.

    Parameters
    ----------
    candidates
        ``project_id, created_at`` (null if unknown), one row per project.
    panel
        Monthly OpenRank of the candidates.
    answers
        ``project_id, repo_full_name, answer, detail``: the source's answer to the request for the series, at most one
        row per project; none if it was not asked.
    as_of_months
        Months to look from; each sees only months up to itself.
    profile
        The rule.
    certainty
        When a mean that rests on a nowcast is sure enough.

    Returns
    -------
    pl.DataFrame
        Rows of the contract ``landscape_members``. ``is_member`` is null where nothing is known, and where a nowcast
        is not sure enough: a source that does not know a project says nothing about it.

    Notes
    -----
    The mean is over the months that have a value, as the published landscape counted. Of those out,
    ``too_new`` were created after the first day of the window, so that the rule saw only part of it, and
    ``too_old`` met the same rule as of an earlier month. Unknown are those without a retrieved month up to
    the as-of month, each with the source's answer (`pipelines.metrics.absence`), those whose retrieved months leave
    the window without a value (``outside_retrieved_months``), and those whose nowcast lies on both sides of the line
    (``undecided``).
    """
    windows = windows_of(profile, as_of_months)
    starts = pl.DataFrame(
        [(as_of.first_day, window.start.first_day) for as_of, window in windows.items()],
        schema={"as_of_month": pl.Date, "window_start": pl.Date},
        orient="row",
    )
    created = candidates.select("project_id", created_on=pl.col("created_at").cast(pl.Date))
    members = (
        compute_window_means(panel, windows)
        .join(
            _past(panel, windows, profile, certainty), on=["as_of_month", "project_id"], maintain_order="left"
        )
        .join(starts, on="as_of_month", maintain_order="left")
        .join(created, on="project_id", how="left", maintain_order="left")
        .join(answers, on="project_id", how="left", maintain_order="left")
        .with_columns(profile=pl.lit(profile.id))
    )
    return (
        members.with_columns(reason_code=_reason_code(certainty.least_probability))
        .with_columns(is_member=_verdict(), reason=_sentence(profile))
        .select(
            "as_of_month",
            "profile",
            "project_id",
            "openrank_mean",
            "months_count",
            "window_months_count",
            "retrieved_months_count",
            "openrank_low",
            "openrank_high",
            "nowcast_months_count",
            "membership_probability",
            pl.when(pl.col("openrank_mean").is_null())
            .then(pl.lit("unknown"))
            .when(pl.col("nowcast_months_count") > 0)
            .then(pl.lit("nowcast"))
            .otherwise(pl.lit("published"))
            .alias("basis"),
            "is_member",
            "reason_code",
            "reason",
            "last_passed_month",
            "last_retrieved_month",
            asked_repo_full_name=pl.when(_is_about_answer()).then("repo_full_name"),
            answer_detail=pl.when(_is_about_answer()).then("detail"),
        )
    )


def _past(
    panel: OpenrankPanel, windows: Mapping[Month, Window], profile: Profile, certainty: Certainty
) -> pl.DataFrame:
    """The months that each as-of month knows, up to itself.

    Returns
    -------
    pl.DataFrame
        ``as_of_month, project_id, membership_probability, last_passed_month, last_retrieved_month``: the probability
        that the rule holds, the last earlier month as of which it held for sure, and the last month retrieved; null
        without one.
    """
    wanted = sorted(windows)
    last_passed = np.full(len(panel.project_ids), np.datetime64("NaT", "D"))
    last_retrieved = last_passed.copy()
    seen: dict[Month, tuple[NDArray[np.float64], NDArray[np.datetime64], NDArray[np.datetime64]]] = {}
    for month in months_between(min([panel.first_month, *wanted[:1]]), wanted[-1]) if wanted else ():
        means = window_means(panel, window_of(profile, month))
        chance = _probability(profile, means, certainty.interval_level)
        row = panel.row_of(month)
        if 0 <= row < len(panel.is_retrieved):
            last_retrieved[panel.is_retrieved[row]] = month.first_day
        if month in windows:
            seen[month] = (chance, last_passed.copy(), last_retrieved.copy())
        last_passed[chance >= certainty.least_probability] = month.first_day

    def column(position: int, no_rows: NDArray[Any]) -> pl.Series:
        parts = [no_rows, *(seen[month][position] for month in wanted)]
        return pl.Series(np.concatenate(parts), nan_to_null=True)

    no_days = np.empty(0, dtype="datetime64[D]")
    return pl.DataFrame(
        {
            "as_of_month": repeated([month.first_day for month in wanted], len(panel.project_ids)),
            "project_id": tiled(panel.project_ids, len(wanted)),
            "membership_probability": column(0, np.empty(0)),
            "last_passed_month": column(1, no_days),
            "last_retrieved_month": column(2, no_days),
        },
        schema_overrides={"as_of_month": pl.Date},
    )


def _reason_code(least_probability: float) -> pl.Expr:
    chance = pl.col("membership_probability")
    created = pl.col("created_on")
    has_value = pl.col("openrank_mean").is_not_null()
    is_whole = pl.col("retrieved_months_count") == pl.col("window_months_count")
    return (
        pl.when(chance >= least_probability)
        .then(pl.lit("above_threshold"))
        .when(chance > 1 - least_probability)
        .then(pl.lit("undecided"))
        .when(~has_value & _is_created_later())
        .then(pl.lit("too_new"))
        .when(pl.col("last_retrieved_month").is_null())
        .then(absence_codes())
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
    """The reason of each row in English."""
    is_likely = pl.col("nowcast_months_count") > 0
    numbers = {
        "mean": pl.col("openrank_mean").round(_SHOWN_DECIMALS),
        "months_count": pl.col("months_count"),
        "window_months_count": pl.col("window_months_count"),
        "retrieved_months_count": pl.col("retrieved_months_count"),
        "threshold": pl.lit(f"{profile.threshold:g}"),
        "created_on": pl.col("created_on").dt.to_string("%Y-%m-%d"),
        "as_of_month": pl.col("as_of_month").dt.to_string("%Y-%m"),
        "last_passed_month": pl.col("last_passed_month").dt.to_string("%Y-%m"),
        "last_retrieved_month": pl.col("last_retrieved_month").dt.to_string("%Y-%m"),
        "name": pl.col("repo_full_name"),
        "cause": pl.col("detail"),
        "low": pl.col("openrank_low").round(_SHOWN_DECIMALS),
        "high": pl.col("openrank_high").round(_SHOWN_DECIMALS),
        "percent": _percent(pl.col("membership_probability")),
    }
    held, missed = (
        pl.when(is_likely).then(filled(likely, **numbers)).otherwise(filled(compared, **numbers))
        for likely, compared in zip(_LIKELY[profile.comparison], _COMPARED[profile.comparison], strict=True)
    )
    below = pl.coalesce(missed, filled("member.no_activity"))
    numbers["verdict"] = below
    sentences = {
        "above_threshold": held,
        "undecided": filled("member.undecided", **numbers),
        "below_threshold": below,
        "no_activity": below,
        "too_new": pl.when(_is_created_later())
        .then(filled("member.created_later", **numbers))
        .otherwise(filled("member.too_new", **numbers)),
        "too_old": filled("member.too_old", **numbers),
        **{code: filled(f"member.{code}", **numbers) for code in ABSENCES},
        "outside_retrieved_months": filled("member.outside_retrieved_months", **numbers),
    }
    code = pl.col("reason_code")
    return pl.coalesce([pl.when(code == key).then(text) for key, text in sentences.items()])


def _percent(probability: pl.Expr) -> pl.Expr:
    return (probability * 100).round().cast(pl.Int64)


def _is_about_answer() -> pl.Expr:
    return pl.col("reason_code").is_in(ABOUT_ANSWER)


def _is_created_later() -> pl.Expr:
    return pl.col("created_on") > pl.col("as_of_month").dt.month_end()


REASON_COLUMNS = (
    "reason_code",
    "as_of_month",
    "openrank_mean",
    "months_count",
    "window_months_count",
    "retrieved_months_count",
    "openrank_low",
    "openrank_high",
    "nowcast_months_count",
    "membership_probability",
    "created_on",
    "last_passed_month",
    "last_retrieved_month",
    "asked_repo_full_name",
    "answer_detail",
    "comparison",
    "threshold",
)
"""What `reason_message` reads of a row."""


def reason_message(row: Mapping[str, Any]) -> Message:
    """The reason of a row of ``landscape_members``, for readers of any language.

    Parameters
    ----------
    row
        `REASON_COLUMNS`: those of ``landscape_members``; ``created_on``, None if unknown; ``comparison`` and
        ``threshold`` of the profile. In English the message is the column ``reason``.
    """
    code = row["reason_code"]
    values: dict[str, Value] = {}
    match code:
        case "too_new" if row["created_on"] > Month.of(row["as_of_month"]).last_day:
            code = "created_later"
            values = {"created_on": str(row["created_on"]), "as_of_month": _named(row["as_of_month"])}
        case "too_new":
            values = {"verdict": _verdict_message(row), "created_on": str(row["created_on"])}
        case "too_old":
            values = {
                "verdict": _verdict_message(row),
                "last_passed_month": _named(row["last_passed_month"]),
            }
        case "unknown_to_source":
            values = {"as_of_month": _named(row["as_of_month"])}
        case "no_months":
            values = {"name": row["asked_repo_full_name"]}
        case "series_set_aside" | "not_answered":
            values = {"name": row["asked_repo_full_name"], "cause": row["answer_detail"]}
        case "outside_retrieved_months":
            values = {
                "retrieved_months_count": row["retrieved_months_count"],
                "window_months_count": row["window_months_count"],
                "last_retrieved_month": _named(row["last_retrieved_month"]),
            }
        case "above_threshold" | "below_threshold" | "no_activity":
            return _verdict_message(row)
        case "undecided":
            values = _estimate(row)
    return Message(f"member.{code}", values)


def _verdict_message(row: Mapping[str, Any]) -> Message:
    """How to compare the mean with the threshold."""
    if row["openrank_mean"] is None:
        return Message("member.no_activity")
    is_likely = row["nowcast_months_count"] > 0
    held, missed = (_LIKELY if is_likely else _COMPARED)[row["comparison"]]
    code = held if row["reason_code"] == "above_threshold" else missed
    if is_likely:
        return Message(code, _estimate(row))
    return Message(
        code,
        {
            "mean": _shown(row["openrank_mean"]),
            "months_count": row["months_count"],
            "window_months_count": row["window_months_count"],
            "threshold": row["threshold"],
        },
    )


def _estimate(row: Mapping[str, Any]) -> dict[str, Value]:
    """The values of a sentence about a mean that rests on a nowcast."""
    return {
        "mean": _shown(row["openrank_mean"]),
        "low": _shown(row["openrank_low"]),
        "high": _shown(row["openrank_high"]),
        "threshold": row["threshold"],
        "percent": pl.Series([row["membership_probability"] * 100]).round().cast(pl.Int64).item(),
    }


def _shown(value: float) -> float:
    return float(pl.Series([value]).round(_SHOWN_DECIMALS).item())


def _named(first_day: date) -> str:
    return str(Month.of(first_day))
