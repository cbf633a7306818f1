"""How complete the event stream is, how capture is measured, and the model that mends OpenRank."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt, model_validator

from pipelines.seeds.entries import Day, Entry, Ratio, Text, Weight, YearMonth

Range = Annotated[tuple[float, float], Field(min_length=2, max_length=2)]
EraState = Literal["healthy", "damaged", "broken"]


class StreamEra(Entry):
    """Days from which on the event stream is in a state, up to the next era."""

    first_day: Day | None
    """First day, UTC; null for the earliest era."""
    state: EraState
    """``healthy``: values are as the source gives them; ``damaged``: a little is lost; ``broken``: a value needs a
    measurement of its capture."""
    reason: Text


class CaptureParameters(Entry):
    """How capture is measured, and from where on a value is believed."""

    interval_level: Ratio
    """Level of the Wilson interval."""
    least_ratio: Ratio
    """Below this capture a published value is not believed."""
    reason: Text


class NowcastRules(Entry):
    """How levels and changes are taken, and what counts as a break in practice; see `pipelines.completeness`."""

    level_months: PositiveInt
    """Healthy months that the level of a project is the mean of, at most."""
    least_level_months: PositiveInt
    """With fewer of them a project has no level."""
    counts_months: PositiveInt
    """Months of counts, up to the month of the value, whose mean enters."""
    pseudo_count: Weight
    """Added to both counts of a ratio, a month."""
    pseudo_share: Ratio
    """Share of a project's counts at its level that is added to both counts of a ratio as well."""
    near_zero_count: Weight
    """Fewer than this a month are near zero."""
    near_zero_share: Ratio
    """Fewer than this share of the other measure are near zero as well."""
    break_ratio: Annotated[float, Field(gt=1)]
    """A measure that changes by this factor more than the other is a break in practice."""
    break_widening: Annotated[float, Field(ge=1)]
    """Factor by which a break widens the interval, in logarithms."""
    range_share: Ratio
    """Share of the changes in the fit that lies inside the range; beyond it a change is capped."""
    inner_level: Ratio
    """Level of the interval that is published."""
    outer_level: Ratio
    """Level of a second, wider interval."""
    vintage_ratio_projects: PositiveInt
    """With fewer projects held in two vintages the ratio of these is not measured."""
    folds_count: Annotated[int, Field(ge=2)]
    """Parts that the projects are divided into: errors of each come from a fit without it."""
    horizons: tuple[PositiveInt, ...] = Field(min_length=1)
    """Months from the last of the level to the value that the model is fitted for."""


class NowcastParameters(NowcastRules):
    """The same, and the periods of fit and back-test."""

    fit_through: YearMonth
    """Last month that the coefficients in use are fitted on."""
    backtest_fit_before: YearMonth
    """The back-test is fitted on values before this month."""
    backtest_from: YearMonth
    """First month that a level of the back-test ends in."""
    backtest_through: YearMonth
    """Last month of a value that is judged."""
    reason: Text


class Completeness(Entry):
    """Eras of the stream, capture and nowcast."""

    stream_eras: tuple[StreamEra, ...] = Field(min_length=1)
    capture: CaptureParameters
    nowcast: NowcastParameters

    @model_validator(mode="after")
    def _eras_follow_each_other(self) -> Self:
        days = [era.first_day for era in self.stream_eras]
        later = [day for day in days[1:] if day is not None]
        if days[0] is not None or len(later) != len(days) - 1 or later != sorted(set(later)):
            raise ValueError(
                "the first era begins with null, each other one on a later day than the one before"
            )
        return self


class CompletenessFile(Entry):
    """``completeness.yml``: what decides how a value that rests on a damaged stream is treated."""

    completeness: Completeness


class ObservedMonth(Entry):
    """Events of a type that GH Archive holds of a month."""

    month: YearMonth
    event_type: Text
    """Type of event; ``all`` for the sum of all types."""
    events_count: PositiveInt


class CaptureMeasurement(Entry):
    """Events of an hour that an archive holds, and those that there were."""

    hour: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}-\d{1,2}$")]
    """Hour, UTC."""
    archive: Literal["gharchive", "open-digger"]
    metric_id: Literal["change_requests", "change_requests_accepted"]
    source_count: NonNegativeInt
    github_count: PositiveInt
    truth: Text
    """Where the true count is from."""


class EventStream(Entry):
    """What is known of the stream as a whole."""

    baseline_months: tuple[YearMonth, ...] = Field(min_length=1)
    """Healthy months that a later month is compared with."""
    source: Text
    reason: Text
    observed_months: tuple[ObservedMonth, ...] = Field(min_length=1)
    capture_measurements: tuple[CaptureMeasurement, ...] = Field(min_length=1)


class EventStreamFile(Entry):
    """``upstreams/event_stream.yml``: how many events GH Archive holds, by month and type, and how many there were."""

    event_stream: EventStream


class BothMeasures(Entry):
    """Logarithm of the change of OpenRank, from those of both measures."""

    intercept: float
    change_requests: float
    issues_new: float


class OneMeasure(Entry):
    """The same from one measure, where the other is near zero or unknown."""

    intercept: float
    slope: float


class IntervalScale(Entry):
    """What the width of the interval grows with, in logarithms."""

    constant: NonNegativeFloat
    size: NonNegativeFloat
    """Per 1/√(1 + counts a month at the level)."""
    change: NonNegativeFloat
    """Per predicted change."""


class ConformalQuantile(Entry):
    """Quantiles of the errors over their scale, for values of a kind."""

    value_months: PositiveInt
    """Months that the value is the mean of."""
    counts_months: PositiveInt
    """Months of counts that it rests on."""
    inner: Weight
    outer: Weight


class HorizonModel(Entry):
    """The model of the change at a distance from the level."""

    months: PositiveInt
    """From the last month of the level to the last month of the value."""
    pairs_count: PositiveInt
    projects_count: PositiveInt
    both: BothMeasures
    change_requests_alone: OneMeasure
    issues_new_alone: OneMeasure
    change_requests_range: Range
    """Range of the logarithm of the change in the fit."""
    issues_new_range: Range
    scale: IntervalScale
    quantiles: tuple[ConformalQuantile, ...] = Field(min_length=1)


class LevelModel(Entry):
    """The population's model of the logarithm of OpenRank from the logarithm of a count plus one, a month."""

    windows_count: PositiveInt
    projects_count: PositiveInt
    sum_of_both: OneMeasure
    change_requests_alone: OneMeasure
    issues_new_alone: OneMeasure
    change_requests_most: Weight
    """Count a month above which nothing was fitted."""
    issues_new_most: Weight
    sum_most: Weight
    inner: Weight
    """Quantile of the errors, in logarithms."""
    outer: Weight


class NowcastModel(Entry):
    """Everything that is fitted."""

    vintage: Text
    """Version of OpenDigger's algorithm that the values of the fit have."""
    horizons: tuple[HorizonModel, ...] = Field(min_length=1)
    level: LevelModel


class NowcastFile(Entry):
    """``nowcast.yml``: coefficients and quantiles, written by ``landscape evaluate --write`` and not by hand."""

    nowcast: NowcastModel
