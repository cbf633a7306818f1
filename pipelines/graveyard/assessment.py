"""What is known of a project on a day, who says that it lives or ended, and the status that follows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pipelines.floor.messages import TEXT, Message, Value
from pipelines.metrics.absence import UNKNOWN_TO_SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pipelines.floor.periods import Month
    from pipelines.seeds.rules import Graveyard


class Status(StrEnum):
    """How a project lives."""

    ACTIVE = "active"
    DECLINING = "declining"
    DORMANT = "dormant"
    GRAVEYARD = "graveyard"
    ARCHIVED = "archived"
    RESURRECTED = "resurrected"
    UNKNOWN = "unknown"


ENDED = (Status.GRAVEYARD, Status.ARCHIVED)
"""A project with such a status lies in the graveyard."""


class Origin(StrEnum):
    """Who says so. What has the same origin can be wrong for the same reason."""

    GITHUB = "github"
    OPENDIGGER = "opendigger"
    OWNER = "owner"


class Rule(StrEnum):
    """Which condition gave the status."""

    ARCHIVED_FLAG = "archived_flag"
    ANNOUNCED_END = "announced_end"
    SUDDEN_ATTENTION = "sudden_attention"
    ORIGINS_AGREE = "origins_agree"
    CURATED_EXCEPTION = "curated_exception"
    RETURNED = "returned"
    RECENT_OPENRANK = "recent_openrank"
    FALLEN_FROM_PEAK = "fallen_from_peak"
    FINISHED = "finished"
    RECENT_PUSH = "recent_push"
    ONE_ORIGIN = "one_origin"
    NO_EVIDENCE = "no_evidence"


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a signal counts; the reason for each number stands in ``thresholds.yml``.

    Attributes
    ----------
    recent_months
        Complete months whose OpenRank says that a project lives.
    observation_fresh_days
        Age up to which an observation of GitHub says when the last push was.
    push_silent_days
        Days since the last push from which on GitHub says that it ended.
    openrank_evidence_months
        Age up to which the last retrieved months say anything about today.
    fallen_drawdown_ratio, declining_drawdown_ratio
        Fall from the peak that counts as an end where recent months are unknown, and as a decline.
    declining_months
        Months since the peak, at least, for a decline.
    steady_ratio
        Share of the mean of a year before from which on a project has found its level.
    slope_months
        Length of the window of the slope.
    resurrected_months
        How long a return is worth mentioning.
    """

    recent_months: int
    observation_fresh_days: int
    push_silent_days: int
    openrank_evidence_months: int
    fallen_drawdown_ratio: float
    declining_drawdown_ratio: float
    declining_months: int
    steady_ratio: float
    slope_months: int
    resurrected_months: int


@dataclass(frozen=True, slots=True)
class MonthValue:
    """OpenRank of a month: a value, none although the month was retrieved, or unknown."""

    month: Month
    value: float | None
    is_retrieved: bool

    @property
    def message(self) -> Message:
        """The month with its value, or why it has none."""
        if self.value is not None:
            return Message("fact.month_value", {"month": str(self.month), "openrank": self.value})
        code = "fact.month_without_value" if self.is_retrieved else "fact.month_unknown"
        return Message(code, {"month": str(self.month)})


_NO_SERIES = Message(f"fact.{UNKNOWN_TO_SOURCE}")


@dataclass(frozen=True, slots=True)
class OpenrankTrend:
    """Where the series was by the last complete month; `pipelines.graveyard.trends` defines each value.

    Attributes
    ----------
    absence
        Why there is no series at all; only said without a retrieved month.
    """

    recent: tuple[MonthValue, ...] = ()
    last_retrieved: Month | None = None
    latest_mean: float | None = None
    is_latest_whole: bool = False
    year_earlier_mean: float | None = None
    peak: float | None = None
    peak_month: Month | None = None
    slope_ratio: float | None = None
    absence: Message = _NO_SERIES

    @property
    def has_recent_value(self) -> bool:
        """Something happened in a recent month."""
        return any(month.value for month in self.recent)

    @property
    def is_silent(self) -> bool:
        """The last retrieved months have no value, although there was one before."""
        return self.is_latest_whole and not self.latest_mean and bool(self.peak)

    @property
    def drawdown_ratio(self) -> float | None:
        """Fall of the latest mean from the peak, over the peak; 1 if silent, None if unknown."""
        if self.is_silent:
            return 1.0
        return 1 - self.latest_mean / self.peak if self.peak and self.latest_mean is not None else None

    @property
    def months_since_peak(self) -> int | None:
        """From the month of the peak to the last retrieved month."""
        if self.peak_month is None or self.last_retrieved is None:
            return None
        return self.last_retrieved.months_since(self.peak_month)

    def is_declining(self, limits: Limits) -> bool:
        """Far below a peak that is some time ago, and still falling: one that found its level is not."""
        drawdown, since_peak = self.drawdown_ratio, self.months_since_peak
        return (
            drawdown is not None
            and since_peak is not None
            and drawdown >= limits.declining_drawdown_ratio
            and since_peak >= limits.declining_months
            and not self.is_steady(limits)
        )

    def is_steady(self, limits: Limits) -> bool:
        """The latest mean keeps most of that of a year before."""
        if self.year_earlier_mean is None or self.latest_mean is None:
            return False
        return self.latest_mean >= limits.steady_ratio * self.year_earlier_mean


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was known of a project on a day; None is unknown.

    Attributes
    ----------
    created_on
        Also if it was observed later: the day of a creation does not change.
    stars_count, pushed_on, is_archived
        Newest values observed by `as_of`, on the days of the same names with ``_observed_on``.
    announced_on
        Day on which the owner announced the end.
    remarks
        What people wrote about the project by `as_of`, with day and source.
    is_exception
        People listed it in the graveyard by `as_of`.
    """

    as_of: date
    created_on: date | None = None
    stars_count: int | None = None
    stars_observed_on: date | None = None
    pushed_on: date | None = None
    push_observed_on: date | None = None
    is_archived: bool | None = None
    archived_observed_on: date | None = None
    openrank: OpenrankTrend = OpenrankTrend()
    announced_on: date | None = None
    is_exception: bool = False
    remarks: tuple[Message, ...] = ()

    @property
    def silent_days(self) -> int | None:
        """From the last push to the day it was observed; what came after that day is not known."""
        if self.pushed_on is None or self.push_observed_on is None:
            return None
        return (self.push_observed_on - self.pushed_on).days

    def has_fresh_push(self, limits: Limits) -> bool:
        """The last push is known from an observation that still says something about `as_of`."""
        return (
            self.push_observed_on is not None
            and (self.as_of - self.push_observed_on).days <= limits.observation_fresh_days
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """The status of a project on a day.

    Attributes
    ----------
    policy
        The policy that put it into the graveyard, the first of `flagged_by`; None for any other status.
    flagged_by
        Every policy that does. Without the agreement of origins, the flag rests on a single source.
    reasons
        The conclusion, then each fact looked at with its value.
    confidence
        ``(agreeing + 1) / (voting + 2)`` over the origins that say something; 1 for an official end, whose
        owner must know; None if nothing is known. It orders verdicts and is no calibrated probability.
    ended_on
        Last sign of life of a project in the graveyard: the announcement of an official end, otherwise the
        last push; None outside, and where neither is known.
    """

    status: Status
    rule: Rule
    policy: str | None
    flagged_by: tuple[str, ...]
    reasons: tuple[Message, ...]
    confidence: float | None
    ended_on: date | None = None


def compute_votes(evidence: Evidence, limits: Limits) -> dict[Origin, bool]:
    """Whether each origin says that the project ended (True) or lives (False).

    An origin that does not know the project, or whose last word is too old, has no vote.
    """
    votes: dict[Origin, bool] = {}
    if evidence.silent_days is not None and evidence.has_fresh_push(limits):
        votes[Origin.GITHUB] = evidence.silent_days >= limits.push_silent_days
    openrank = evidence.openrank
    if openrank.has_recent_value:
        votes[Origin.OPENDIGGER] = False
    elif openrank.last_retrieved is not None:
        last_complete = openrank.recent[-1].month
        is_known_still = (
            last_complete.months_since(openrank.last_retrieved) <= limits.openrank_evidence_months
        )
        drawdown = openrank.drawdown_ratio
        if is_known_still and drawdown is not None and drawdown >= limits.fallen_drawdown_ratio:
            votes[Origin.OPENDIGGER] = True
    if evidence.is_archived or evidence.announced_on is not None:
        votes[Origin.OWNER] = True
    return votes


def assess_status(evidence: Evidence, policies: Graveyard, limits: Limits) -> Verdict:
    """The status that follows from what was known on a day.

    Parameters
    ----------
    evidence
        What was known of the project.
    policies
        The rules of the graveyard. What more than one flags is named by the first in this order: official
        end, sudden attention, agreement of origins, curated exception.
    limits
        From where on a signal counts.

    Notes
    -----
    Fresh OpenRank keeps a project out of the graveyard unless its owner ended it: a project that nobody
    pushes to while people still come is finished and ``dormant``, not dead. Without any signal the status
    is ``unknown``. ``resurrected`` needs the past and is given by `pipelines.graveyard.history`.
    """
    votes = compute_votes(evidence, limits)
    flags = dict(_flags(evidence, votes, policies))
    if flags:
        policy, rule = next(iter(flags.items()))
        status = Status.ARCHIVED if rule is Rule.ARCHIVED_FLAG else Status.GRAVEYARD
    else:
        policy = None
        status, rule = _living(evidence, votes, limits)
    is_official = policy == policies.official_end.id
    says_ended = status in (*ENDED, Status.DORMANT)
    agreeing = sum(ended is says_ended for ended in votes.values())
    confidence = 1.0 if is_official else (agreeing + 1) / (len(votes) + 2) if votes else None
    conclusion = _conclusion(rule, evidence, policies, limits)
    if policy:
        conclusion = Message(
            "status.by_policy", {"policy": Message(TEXT, {"text": policy}), "conclusion": conclusion}
        )
    return Verdict(
        status,
        rule,
        policy,
        tuple(flags),
        (conclusion, *_facts(evidence, limits)),
        confidence,
        (evidence.announced_on or evidence.pushed_on) if flags else None,
    )


def _flags(evidence: Evidence, votes: dict[Origin, bool], policies: Graveyard) -> Iterator[tuple[str, Rule]]:
    """Each policy that flags the project, with the rule it does so by."""
    if evidence.is_archived:
        yield policies.official_end.id, Rule.ARCHIVED_FLAG
    elif evidence.announced_on is not None:
        yield policies.official_end.id, Rule.ANNOUNCED_END
    if votes.get(Origin.GITHUB) and _had_sudden_attention(evidence, policies):
        yield policies.sudden_attention.id, Rule.SUDDEN_ATTENTION
    if all(votes.values()) and len(votes) >= policies.agreement.origins_at_least:
        yield policies.agreement.id, Rule.ORIGINS_AGREE
    if evidence.is_exception and not evidence.openrank.has_recent_value:
        yield policies.curated.id, Rule.CURATED_EXCEPTION


def _had_sudden_attention(evidence: Evidence, policies: Graveyard) -> bool:
    return (
        evidence.created_on is not None
        and evidence.created_on >= policies.sudden_attention.created_from
        and evidence.stars_count is not None
        and evidence.stars_count >= policies.sudden_attention.stars_at_least
        and evidence.pushed_on is not None
        and evidence.pushed_on.year < evidence.as_of.year
        and not evidence.openrank.has_recent_value
    )


def _living(evidence: Evidence, votes: dict[Origin, bool], limits: Limits) -> tuple[Status, Rule]:
    """Status and rule of a project that no policy flags."""
    github, opendigger = votes.get(Origin.GITHUB), votes.get(Origin.OPENDIGGER)
    if opendigger is False:
        if evidence.openrank.is_declining(limits):
            return Status.DECLINING, Rule.FALLEN_FROM_PEAK
        if github:
            return Status.DORMANT, Rule.FINISHED
        return Status.ACTIVE, Rule.RECENT_OPENRANK
    if github is False:
        return Status.ACTIVE, Rule.RECENT_PUSH
    if votes:
        return Status.DORMANT, Rule.ONE_ORIGIN
    return Status.UNKNOWN, Rule.NO_EVIDENCE


def _conclusion(rule: Rule, evidence: Evidence, policies: Graveyard, limits: Limits) -> Message:
    """What the rule says, with its limits; each rule has one template."""
    values: dict[Rule, dict[str, Value]] = {
        Rule.SUDDEN_ATTENTION: {
            "created_from": str(policies.sudden_attention.created_from),
            "stars_count": policies.sudden_attention.stars_at_least,
            "year": evidence.as_of.year,
            "silent_days": limits.push_silent_days,
            "months_count": limits.recent_months,
        },
        Rule.ORIGINS_AGREE: {"origins_count": policies.agreement.origins_at_least},
        Rule.RECENT_OPENRANK: {"months_count": limits.recent_months},
        Rule.FALLEN_FROM_PEAK: {
            "drawdown_ratio": limits.declining_drawdown_ratio,
            "months_count": limits.declining_months,
            "steady_ratio": limits.steady_ratio,
        },
        Rule.FINISHED: {"silent_days": limits.push_silent_days},
        Rule.RECENT_PUSH: {"silent_days": limits.push_silent_days},
    }
    return Message(f"status.{rule}", values.get(rule, {}))


def _facts(evidence: Evidence, limits: Limits) -> Iterator[Message]:
    """Each fact that was looked at, with its value and its day."""
    as_of = {"day": str(evidence.as_of)}
    if evidence.created_on is None:
        yield Message("fact.created_unknown")
    else:
        yield Message("fact.created", {"day": str(evidence.created_on)})
    if evidence.stars_count is None:
        yield Message("fact.stars_unknown", as_of)
    else:
        yield Message(
            "fact.stars", {"stars_count": evidence.stars_count, "day": str(evidence.stars_observed_on)}
        )
    if evidence.pushed_on is None:
        yield Message("fact.push_unknown", as_of)
    else:
        days = {"pushed_on": str(evidence.pushed_on), "day": str(evidence.push_observed_on)}
        yield (
            Message("fact.push", days)
            if evidence.has_fresh_push(limits)
            else Message("fact.push_stale", {**days, "age_days": limits.observation_fresh_days})
        )
    if evidence.is_archived is not None:
        code = "fact.archived" if evidence.is_archived else "fact.not_archived"
        yield Message(code, {"day": str(evidence.archived_observed_on)})
    yield from _openrank_facts(evidence.openrank)
    yield from evidence.remarks


def _openrank_facts(openrank: OpenrankTrend) -> Iterator[Message]:
    if openrank.last_retrieved is None:
        yield openrank.absence
        return
    yield Message("fact.openrank", {"months": tuple(month.message for month in openrank.recent)})
    if openrank.drawdown_ratio is None or openrank.peak is None:
        return
    code = "fact.trend_silent" if openrank.is_silent else "fact.trend"
    values: dict[str, Value] = {
        "month": str(openrank.last_retrieved),
        "drawdown_ratio": openrank.drawdown_ratio,
        "peak": openrank.peak,
        "peak_month": str(openrank.peak_month),
    }
    if not openrank.is_silent and openrank.latest_mean is not None:
        values["mean"] = openrank.latest_mean
    if openrank.year_earlier_mean is not None:
        code, values["year_earlier_mean"] = f"{code}_with_year", openrank.year_earlier_mean
    yield Message(code, values)
