"""The evidence known of a project on a day, and the limits from which a signal counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.floor.messages import Message
from pipelines.metrics.absence import UNKNOWN_TO_SOURCE

if TYPE_CHECKING:
    from datetime import date

    from pipelines.floor.periods import Month


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a signal counts; ``thresholds.yml`` gives the reason for each number.

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
    """OpenRank of a month: a value, published or by nowcast, none although the month was retrieved, or unknown."""

    month: Month
    value: float | None
    is_retrieved: bool
    is_nowcast: bool = False

    @property
    def message(self) -> Message:
        """The month with its value, or why it has none."""
        if self.value is not None:
            code = "fact.month_nowcast" if self.is_nowcast else "fact.month_value"
            return Message(code, {"month": str(self.month), "openrank": self.value})
        code = "fact.month_without_value" if self.is_retrieved else "fact.month_unknown"
        return Message(code, {"month": str(self.month)})


_NO_SERIES = Message(f"fact.{UNKNOWN_TO_SOURCE}")


@dataclass(frozen=True, slots=True)
class OpenrankTrend:
    """Where the series was by the last complete month; `pipelines.graveyard.trends` defines each value.

    Attributes
    ----------
    latest_high
        Upper end of the interval of `latest_mean`; the mean itself where every month of it is published.
    latest_months_count
        Months of `latest_mean` that have a value.
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
    latest_high: float | None = None
    latest_months_count: int = 0
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
        return _fall(self.peak, self.latest_mean)

    @property
    def months_since_peak(self) -> int | None:
        """From the month of the peak to the last retrieved month."""
        if self.peak_month is None or self.last_retrieved is None:
            return None
        return self.last_retrieved.months_since(self.peak_month)

    def is_declining(self, limits: Limits) -> bool:
        """Far below a peak that is some time ago, and still falling: one that found its level is not.

        Where the latest mean rests on a nowcast, the whole of its interval must say so.
        """
        since_peak = self.months_since_peak
        drawdown = self.drawdown_ratio if self.is_silent else _fall(self.peak, self.latest_high)
        return (
            drawdown is not None
            and since_peak is not None
            and drawdown >= limits.declining_drawdown_ratio
            and since_peak >= limits.declining_months
            and not self.is_steady(limits)
        )

    def is_steady(self, limits: Limits) -> bool:
        """The latest mean keeps most of that of a year before, or may do so."""
        if self.year_earlier_mean is None or self.latest_high is None:
            return False
        return self.latest_high >= limits.steady_ratio * self.year_earlier_mean


def _fall(peak: float | None, value: float | None) -> float | None:
    return 1 - value / peak if peak and value is not None else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence known of a project on a day; None is unknown.

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
