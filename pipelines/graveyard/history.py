"""The status of every project on every requested day, from the observations up to that day."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.floor.messages import Message, encode, in_english
from pipelines.floor.periods import Month, Window, last_month_by, months_between
from pipelines.graveyard.assessment import ENDED, Rule, Status, Verdict, assess_status
from pipelines.graveyard.evidence import Evidence, Limits, MonthValue, OpenrankTrend
from pipelines.graveyard.trends import compute_trends
from pipelines.metrics.absence import ABOUT_ANSWER, absence_codes
from pipelines.metrics.rounding import rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from pipelines.metrics.panel import OpenrankPanel
    from pipelines.seeds.rules import Graveyard

_STATUS_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "as_of": pl.Date,
    "project_id": pl.String,
    "status": pl.String,
    "policy": pl.String,
    "rule": pl.String,
    "flagged_by": pl.List(pl.String),
    "is_single_source": pl.Boolean,
    "reasons": pl.List(pl.String),
    "reason_messages": pl.List(pl.String),
    "confidence": pl.Float64,
    "first_flagged_month": pl.Date,
    "ended_on": pl.Date,
    "openrank_peak": pl.Float64,
    "peak_month": pl.Date,
    "openrank_latest_mean": pl.Float64,
    "openrank_latest_high": pl.Float64,
    "latest_months_count": pl.Int64,
    "openrank_drawdown_ratio": pl.Float64,
    "since_peak_months": pl.Int64,
    "openrank_slope_ratio": pl.Float64,
    "has_recent_openrank": pl.Boolean,
}


@dataclass(frozen=True, slots=True)
class Remark:
    """What people said about a project from a day on, with its source."""

    project_id: str
    since: date
    message: Message


def assessment_days(first: Month, last_day: date, extra: Sequence[date]) -> list[date]:
    """The last day of each month from `first` to `last_day`, that day, and the extra days; in order."""
    month_ends = [month.last_day for month in months_between(first, last_month_by(last_day))]
    return sorted({*month_ends, last_day, *extra})


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that was written down about the projects, of any time.

    Attributes
    ----------
    created
        ``project_id, created_at`` (null if unknown), one row per project.
    observations
        ``project_id, observed_on, stars_count, pushed_at, is_archived, source``; null is unknown.
    panel
        Monthly OpenRank of the projects.
    answers
        ``project_id, repo_full_name, answer, detail``: the source's answer to the request for the series, at most one
        row per project; none if it was not asked.
    announcements, exceptions
        Official ends, and projects that people listed.
    """

    created: pl.DataFrame
    observations: pl.DataFrame
    panel: OpenrankPanel
    answers: pl.DataFrame
    announcements: tuple[Remark, ...] = ()
    exceptions: tuple[Remark, ...] = ()


def compute_status(record: Record, days: Sequence[date], policies: Graveyard, limits: Limits) -> pl.DataFrame:
    """Assess every project that existed on every day.

    Parameters
    ----------
    record
        For a day, only observations, statements and complete months up to that day count.
    days
        Days to assess on.
    policies, limits
        The rules of the graveyard.

    Returns
    -------
    pl.DataFrame
        Rows of the contract ``project_status``, by day and project. A project created after a day has no row
        of that day.
    """
    rows = []
    pasts: dict[str, _Past] = {}
    for project_id, evidence in _evidence(record, days, limits):
        past = pasts.setdefault(project_id, _Past())
        verdict = past.resurrected(evidence, assess_status(evidence, policies, limits), limits)
        past.follow(evidence, verdict)
        rows.append(_row(project_id, evidence, verdict, past.first_flagged, policies))
    return pl.DataFrame(rows, schema=_STATUS_SCHEMA, orient="row")


@dataclass(slots=True)
class _Past:
    """The verdicts on a project up to a day, in order of their days."""

    first_flagged: Month | None = None
    last_flagged: date | None = None

    def resurrected(self, evidence: Evidence, verdict: Verdict, limits: Limits) -> Verdict:
        """`verdict`, or that the project came back if it is active and was flagged not long ago."""
        if verdict.status is not Status.ACTIVE or self.last_flagged is None:
            return verdict
        if (
            last_month_by(evidence.as_of).months_since(last_month_by(self.last_flagged))
            > limits.resurrected_months
        ):
            return verdict
        reason = Message("status.returned", {"as_of": str(self.last_flagged)})
        return Verdict(
            Status.RESURRECTED, Rule.RETURNED, None, (), (reason, *verdict.reasons), verdict.confidence
        )

    def follow(self, evidence: Evidence, verdict: Verdict) -> None:
        """Take a verdict into account. An unknown does not end a run of flags: only a sign of life does."""
        if verdict.status in ENDED:
            self.first_flagged = self.first_flagged or Month.of(evidence.as_of)
            self.last_flagged = evidence.as_of
        elif verdict.status is not Status.UNKNOWN:
            self.first_flagged = None


def _row(
    project_id: str, evidence: Evidence, verdict: Verdict, first_flagged: Month | None, policies: Graveyard
) -> tuple[Any, ...]:
    openrank = evidence.openrank
    is_flagged = verdict.status in ENDED
    is_single_source = verdict.policy == policies.sudden_attention.id and (
        policies.agreement.id not in verdict.flagged_by
    )
    return (
        evidence.as_of,
        project_id,
        verdict.status.value,
        verdict.policy,
        verdict.rule.value,
        list(verdict.flagged_by),
        is_single_source if is_flagged else None,
        [in_english(reason) for reason in verdict.reasons],
        [encode(reason) for reason in verdict.reasons],
        verdict.confidence,
        first_flagged.first_day if is_flagged and first_flagged else None,
        verdict.ended_on,
        openrank.peak,
        openrank.peak_month and openrank.peak_month.first_day,
        rounded(openrank.latest_mean),
        rounded(openrank.latest_high),
        openrank.latest_months_count if openrank.latest_mean is not None else None,
        rounded(openrank.drawdown_ratio),
        openrank.months_since_peak,
        rounded(openrank.slope_ratio),
        openrank.has_recent_value,
    )


def _evidence(record: Record, days: Sequence[date], limits: Limits) -> Iterator[tuple[str, Evidence]]:
    """Project and evidence, by day and project."""
    months = {day: last_month_by(day) for day in sorted(set(days))}
    trends = compute_trends(record.panel, list(months.values()), limits.recent_months, limits.slope_months)
    calendar = pl.DataFrame(
        {"as_of": list(months), "month": [month.first_day for month in months.values()]},
        schema={"as_of": pl.Date, "month": pl.Date},
    )
    known = (
        calendar.join(
            record.created.select("project_id", created_on=pl.col("created_at").cast(pl.Date)), how="cross"
        )
        .filter(pl.col("created_on").is_null() | (pl.col("created_on") <= pl.col("as_of")))
        .sort("as_of", "project_id")
    )
    for column, value in (
        ("stars", pl.col("stars_count")),
        ("push", pl.col("pushed_at").cast(pl.Date)),
        ("archived", pl.col("is_archived")),
    ):
        newest = (
            record.observations.select("project_id", "observed_on", "source", value.alias(column))
            .filter(pl.col(column).is_not_null())
            .sort("project_id", "observed_on", "source", column)
            .unique(["project_id", "observed_on"], keep="last", maintain_order=True)
            .select("project_id", column, pl.col("observed_on").alias(f"{column}_observed_on"))
            .sort(f"{column}_observed_on", "project_id")
        )
        known = known.join_asof(
            newest,
            left_on="as_of",
            right_on=f"{column}_observed_on",
            by="project_id",
            coalesce=False,
            check_sortedness=False,
        )
    announced, listed = _by_project(record.announcements), _by_project(record.exceptions)
    known = (
        known.join(trends, on=["month", "project_id"], how="left")
        .join(record.answers, on="project_id", how="left")
        .with_columns(absence=absence_codes())
        .sort("as_of", "project_id")
    )
    for row in known.iter_rows(named=True):
        project_id, as_of = row["project_id"], row["as_of"]
        announcement, listing = (_said_by(remarks.get(project_id), as_of) for remarks in (announced, listed))
        yield (
            project_id,
            Evidence(
                as_of,
                row["created_on"],
                row["stars"],
                row["stars_observed_on"],
                row["push"],
                row["push_observed_on"],
                row["archived"],
                row["archived_observed_on"],
                _trend(row, months[as_of], limits.recent_months),
                announcement.since if announcement else None,
                listing is not None,
                tuple(remark.message for remark in (announcement, listing) if remark),
            ),
        )


def _by_project(remarks: Sequence[Remark]) -> dict[str, Remark]:
    """The earliest remark about each project."""
    return {
        remark.project_id: remark for remark in sorted(remarks, key=lambda remark: remark.since, reverse=True)
    }


def _said_by(remark: Remark | None, as_of: date) -> Remark | None:
    return remark if remark is not None and remark.since <= as_of else None


def _trend(row: Mapping[str, Any], as_of_month: Month, recent_months: int) -> OpenrankTrend:
    if row["last_retrieved_month"] is None:
        about = (
            {"name": row["repo_full_name"], "cause": row["detail"]} if row["absence"] in ABOUT_ANSWER else {}
        )
        return OpenrankTrend(absence=Message(f"fact.{row['absence']}", about))
    recent = Window.trailing(as_of_month, recent_months).months
    return OpenrankTrend(
        tuple(
            MonthValue(month, None if isnan(value) else value, is_retrieved, is_nowcast)
            for month, value, is_retrieved, is_nowcast in zip(
                recent, row["recent_values"], row["recent_retrieved"], row["recent_nowcast"], strict=True
            )
        ),
        Month.of(row["last_retrieved_month"]),
        row["openrank_latest_mean"],
        row["is_latest_whole"],
        row["openrank_year_earlier_mean"],
        row["openrank_peak"],
        row["peak_month"] and Month.of(row["peak_month"]),
        row["openrank_slope_ratio"],
        row["openrank_latest_high"],
        row["latest_months_count"] or 0,
    )
