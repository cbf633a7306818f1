"""Steps that load status and survival."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.graveyard.assessment import Limits, Policies
from pipelines.graveyard.history import Record, Remark, assessment_days, compute_status
from pipelines.graveyard.survival import compute_lifetimes, compute_survival
from pipelines.messages import TEXT, Message
from pipelines.periods import Month, last_month_by
from pipelines.tables.frames import (
    read_created,
    read_curated_domains,
    read_frame,
    read_openrank_answers,
    read_panel,
)
from pipelines.warehouse.load import load_frame

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from pipelines.build import Build
    from pipelines.metrics.panel import OpenrankPanel
    from pipelines.seeds import Seeds


def load_status(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Every project on every day of assessment."""
    seeds, created = build.seeds, read_created(connection)
    panel = read_panel(connection, created)
    observations = read_frame(
        connection,
        "SELECT project_id, observed_on, stars_count, pushed_at, is_archived, source FROM core.project_observations",
    )
    record = Record(
        created,
        observations,
        panel,
        read_openrank_answers(connection),
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
    status = compute_status(record, _assessment_days(build, panel), _policies(seeds), _limits(seeds))
    return load_frame(connection, "mart", "project_status", status)


def load_survival(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Survival of all, of each domain and of each year of creation, by the last day of assessment."""
    ended = read_frame(
        connection,
        "SELECT project_id, ended_on FROM mart.project_status"
        " WHERE as_of = (SELECT max(as_of) FROM mart.project_status) AND policy IS NOT NULL",
    )
    created = read_created(connection)
    panel = read_panel(connection, created)
    lifetimes = compute_lifetimes(
        created,
        ended,
        panel,
        last_month_by(_assessment_days(build, panel)[-1]),
        int(build.seeds.threshold("lifetime_silence_months")),
    )
    curves = compute_survival(lifetimes, read_curated_domains(build, connection))
    return load_frame(connection, "mart", "survival_curves", curves)


def _assessment_days(build: Build, panel: OpenrankPanel) -> list[date]:
    first = panel.first_month if len(panel.values) else Month.of(build.scope.as_of)
    return assessment_days(first, build.scope.as_of, build.seeds.graveyard.assessed_on)


def _policies(seeds: Seeds) -> Policies:
    rules = seeds.graveyard
    return Policies(
        sudden_attention_id=rules.sudden_attention.id,
        created_from=rules.sudden_attention.created_from,
        stars_at_least=rules.sudden_attention.stars_at_least,
        agreement_id=rules.agreement.id,
        origins_at_least=rules.agreement.origins_at_least,
        official_end_id=rules.official_end.id,
        curated_id=rules.curated.id,
    )


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
