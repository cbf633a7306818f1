"""What decides: thresholds, membership profiles, and the policies of the graveyard."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import (
    Field,
    PositiveInt,
    model_validator,
)

from pipelines.seeds.entries import Day, Entry, Identifier, Slug, Text, Url

ThresholdId = Literal[
    "published_edge_cut",
    "sample_edge_cut",
    "month_start_snapshot_days",
    "coverage_gap_ratio",
    "coverage_baseline_reach_days",
    "coverage_comparable_hours",
    "watch_list_width_ratio",
    "watch_list_steady_ratio",
    "spike_ratio",
    "spike_openrank",
    "plateau_months",
    "plateau_spread_ratio",
    "domain_confidence",
    "recent_months",
    "observation_fresh_days",
    "push_silent_days",
    "openrank_evidence_months",
    "fallen_drawdown_ratio",
    "declining_drawdown_ratio",
    "declining_months",
    "steady_ratio",
    "slope_months",
    "resurrected_months",
    "lifetime_silence_months",
    "person_repositories_cap",
    "edge_evidence_cap",
    "comparable_coverage_ratio",
    "counts_since_year",
    "rank_known_ratio",
    "verdict_probability",
    "as_of_known_ratio",
    "as_of_known_weight_ratio",
    "doubtful_counts_ratio",
    "doubtful_counts_projects",
    "regression_lost_members_ratio",
    "regression_common_factor_ratio",
    "regression_lost_values_ratio",
    "regression_values_count",
]
"""Thresholds that the pipeline asks for; each must be there."""


class Threshold(Entry):
    """A number that decides, with the reason for it."""

    id: ThresholdId
    value: float
    unit: Text
    reason: Text


class ThresholdsFile(Entry):
    """``thresholds.yml``: the numbers that decide."""

    thresholds: tuple[Threshold, ...]

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        missing = set(get_args(ThresholdId)) - {threshold.id for threshold in self.thresholds}
        if missing:
            raise ValueError(f"missing: {', '.join(sorted(missing))}")
        return self


class Profile(Entry):
    """A rule of membership in the landscape, over monthly OpenRank."""

    id: Identifier
    kind: Literal["year_to_date_mean", "trailing_mean", "latest_month"]
    """What is compared: the mean of the year's complete months or of the last `months`, or the latest month."""
    months: PositiveInt | None = None
    """Length of the window of a trailing mean; no other kind has it."""
    threshold: Annotated[float, Field(gt=0)]
    comparison: Literal[">", ">="]
    reason: Text

    @model_validator(mode="after")
    def _has_months_if_trailing(self) -> Self:
        if (self.kind == "trailing_mean") != (self.months is not None):
            raise ValueError('"months" belongs to the kind trailing_mean, and to no other')
        return self


class ProfilesFile(Entry):
    """``profiles.yml``: the rules of membership."""

    profiles: tuple[Profile, ...] = Field(min_length=1)


class Announcement(Entry):
    """An official end: what the owner of a project announced about it."""

    project: Slug
    announced_on: Day
    kind: Literal["replaced", "discontinued"]
    text: Text
    url: Url


class AnnouncementsFile(Entry):
    """``announcements.yml``: projects whose owner announced their end."""

    announcements: tuple[Announcement, ...]


class GraveyardRule(Entry):
    """What may put a project into the graveyard."""

    id: Identifier
    reason: Text


class SuddenAttentionRule(GraveyardRule):
    """Created late, starred much, and not pushed to since an earlier calendar year."""

    created_from: Day
    stars_at_least: PositiveInt


class AgreementRule(GraveyardRule):
    """Origins that fail in different ways agree that nothing happens any more."""

    origins_at_least: PositiveInt


class GraveyardException(Entry):
    """A project that people put into the graveyard although no rule does."""

    project: Slug
    listed_on: Day
    text: Text
    url: Url


class Graveyard(Entry):
    """When a project counts as ended, and when that is looked at."""

    sudden_attention: SuddenAttentionRule
    agreement: AgreementRule
    official_end: GraveyardRule
    curated: GraveyardRule
    assessed_on: tuple[Day, ...]
    """Days to assess every project on, besides the last day of each month."""


class GraveyardFile(Entry):
    """``graveyard.yml``: the policies of the graveyard."""

    graveyard: Graveyard
    graveyard_exceptions: tuple[GraveyardException, ...]
