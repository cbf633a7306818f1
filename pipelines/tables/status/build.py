"""Builds of the family status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.messages import TEXT, Message
from pipelines.floor.periods import Month, last_month_by
from pipelines.graveyard.evidence import Limits
from pipelines.graveyard.history import Record, Remark, assessment_days, compute_status
from pipelines.graveyard.survival import compute_lifetimes, compute_survival
from pipelines.tables.inputs import CREATED, CURATED_DOMAINS, OPENRANK, OPENRANK_ANSWERS, RETRIEVED
from pipelines.tables.panel import openrank_panel
from pipelines.tables.rows import frame_of
from pipelines.tables.status.contract import GraveyardPolicies, ProjectStatus, SurvivalCurves
from pipelines.tables.table import Frames, Table, published

if TYPE_CHECKING:
    from datetime import date

    from pipelines.build import Scope
    from pipelines.metrics.panel import OpenrankPanel
    from pipelines.seeds import Seeds


def assess_projects(
    *,
    created: pl.DataFrame,
    openrank: pl.DataFrame,
    retrieved: pl.DataFrame,
    answers: pl.DataFrame,
    observations: pl.DataFrame,
    seeds: Seeds,
    scope: Scope,
) -> pl.DataFrame:
    """Assess every project on every day of assessment."""
    panel = openrank_panel(created["project_id"], openrank, retrieved, seeds)
    record = Record(
        created,
        observations,
        panel,
        answers,
        tuple(
            Remark(
                end.project,
                end.announced_on,
                Message(
                    "fact.announced",
                    {
                        "day": str(end.announced_on),
                        "text": Message(TEXT, {"text": end.text}),
                        "url": str(end.url),
                    },
                ),
            )
            for end in seeds.announcements
        ),
        tuple(
            Remark(
                entry.project,
                entry.listed_on,
                Message(
                    "fact.listed",
                    {"day": str(entry.listed_on), "text": Message(TEXT, {"text": entry.text})},
                ),
            )
            for entry in seeds.graveyard_exceptions
        ),
    )
    return compute_status(record, _assessment_days(panel, seeds, scope), seeds.graveyard, _limits(seeds))


def estimate_survival(
    *,
    created: pl.DataFrame,
    openrank: pl.DataFrame,
    retrieved: pl.DataFrame,
    ended: pl.DataFrame,
    domains: pl.DataFrame,
    seeds: Seeds,
    scope: Scope,
) -> pl.DataFrame:
    """Survival of all, of each domain and of each year of creation, by the last day of assessment."""
    panel = openrank_panel(created["project_id"], openrank, retrieved, seeds)
    lifetimes = compute_lifetimes(
        created,
        ended.filter(pl.col("as_of") == _build_day(seeds, scope)),
        panel,
        last_month_by(_build_day(seeds, scope)),
        int(seeds.threshold("lifetime_silence_months")),
    )
    return compute_survival(lifetimes, domains)


def list_policies(seeds: Seeds) -> pl.DataFrame:
    """The curated policies of the graveyard."""
    rules = seeds.graveyard
    attention, agreement = rules.sudden_attention, rules.agreement
    return frame_of(
        GraveyardPolicies,
        [
            (1, rules.official_end.id, "official_end", None, None, None, rules.official_end.reason),
            (
                2,
                attention.id,
                "sudden_attention",
                attention.created_from,
                attention.stars_at_least,
                None,
                attention.reason,
            ),
            (3, agreement.id, "agreement", None, None, agreement.origins_at_least, agreement.reason),
            (4, rules.curated.id, "curated", None, None, None, rules.curated.reason),
        ],
    )


def _assessment_days(panel: OpenrankPanel, seeds: Seeds, scope: Scope) -> list[date]:
    """Through the newest month that any project has a value of, and at least through the day of the build."""
    first = panel.first_month if len(panel.values) else Month.of(scope.as_of)
    newest = (panel.first_month + len(panel.values) - 1).last_day if len(panel.values) else scope.as_of
    extra = [scope.as_of, *seeds.graveyard.assessed_on]
    return assessment_days(first, max(newest, scope.as_of), extra)


def _build_day(seeds: Seeds, scope: Scope) -> date:
    """The last day that the build looks from; later days know less of most projects."""
    return max([scope.as_of, *seeds.graveyard.assessed_on])


def _limits(seeds: Seeds) -> Limits:
    return Limits(
        recent_months=int(seeds.threshold("recent_months")),
        observation_fresh_days=int(seeds.threshold("observation_fresh_days")),
        push_silent_days=int(seeds.threshold("push_silent_days")),
        openrank_evidence_months=int(seeds.threshold("openrank_evidence_months")),
        fallen_drawdown_ratio=seeds.threshold("fallen_drawdown_ratio"),
        declining_drawdown_ratio=seeds.threshold("declining_drawdown_ratio"),
        declining_months=int(seeds.threshold("declining_months")),
        steady_ratio=seeds.threshold("steady_ratio"),
        slope_months=int(seeds.threshold("slope_months")),
        resurrected_months=int(seeds.threshold("resurrected_months")),
    )


TABLES: tuple[Table, ...] = (
    published(GraveyardPolicies, "warehouse", Frames(list_policies)),
    published(
        ProjectStatus,
        "graveyard",
        Frames(
            assess_projects,
            created=CREATED,
            openrank=OPENRANK,
            retrieved=RETRIEVED,
            answers=OPENRANK_ANSWERS,
            observations="SELECT project_id, observed_on, stars_count, pushed_at, is_archived, source"
            " FROM core.project_observations",
        ),
    ),
    published(
        SurvivalCurves,
        "graveyard",
        Frames(
            estimate_survival,
            created=CREATED,
            openrank=OPENRANK,
            retrieved=RETRIEVED,
            ended="SELECT as_of, project_id, ended_on FROM mart.project_status WHERE policy IS NOT NULL",
            domains=CURATED_DOMAINS,
        ),
    ),
)
