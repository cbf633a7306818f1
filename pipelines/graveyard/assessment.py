"""The policies that judge whether a project lives or ended, and the status that follows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pipelines.floor.messages import TEXT, Message, Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pipelines.graveyard.evidence import Evidence, Limits, OpenrankTrend
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
    """Where a claim comes from. Claims of the same origin can be wrong for the same reason."""

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
class Verdict:
    """The status of a project on a day.

    Attributes
    ----------
    policy
        The policy that put it into the graveyard, the first of `flagged_by`; None for any other status.
    flagged_by
        Every policy that does. If only one origin agrees, the flag depends on a single source.
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
    """Derive the status of a project from the evidence known on a day.

    Parameters
    ----------
    evidence
        The evidence known of the project.
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
    is_nowcast = openrank.latest_high != openrank.latest_mean
    code = "fact.trend_silent" if openrank.is_silent else "fact.trend_nowcast" if is_nowcast else "fact.trend"
    values: dict[str, Value] = {
        "month": str(openrank.last_retrieved),
        "drawdown_ratio": openrank.drawdown_ratio,
        "peak": openrank.peak,
        "peak_month": str(openrank.peak_month),
    }
    if not openrank.is_silent and openrank.latest_mean is not None:
        values["mean"] = openrank.latest_mean
        if is_nowcast and openrank.latest_high is not None:
            values["high"] = openrank.latest_high
    if openrank.year_earlier_mean is not None:
        code, values["year_earlier_mean"] = f"{code}_with_year", openrank.year_earlier_mean
    yield Message(code, values)
