"""Small records of projects as the graveyard takes them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.floor.periods import Month
from pipelines.graveyard.evidence import Limits
from pipelines.graveyard.history import Record, Remark, compute_status
from pipelines.metrics.panel import panel_of
from pipelines.seeds.rules import AgreementRule, Graveyard, GraveyardRule, SuddenAttentionRule
from tests.unit.landscape.frames import answers_of, created_of, openrank_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POLICIES = Graveyard(
    sudden_attention=SuddenAttentionRule(
        id="published", created_from="2023-01-01", stars_at_least=10_000, reason="a test"
    ),
    agreement=AgreementRule(id="corroborated", origins_at_least=2, reason="a test"),
    official_end=GraveyardRule(id="official", reason="a test"),
    curated=GraveyardRule(id="curated", reason="a test"),
    assessed_on=(),
)
LIMITS = Limits(
    recent_months=3,
    observation_fresh_days=45,
    push_silent_days=90,
    openrank_evidence_months=6,
    fallen_drawdown_ratio=0.9,
    declining_drawdown_ratio=0.75,
    declining_months=3,
    steady_ratio=0.8,
    slope_months=6,
    resurrected_months=12,
)


def observation(
    project_id: str,
    observed_on: str,
    *,
    stars: int | None = None,
    pushed: str | None = None,
    is_archived: bool | None = None,
) -> dict[str, Any]:
    return {
        "project_id": project_id,
        "observed_on": date.fromisoformat(observed_on),
        "stars_count": stars,
        "pushed_at": date.fromisoformat(pushed) if pushed else None,
        "is_archived": is_archived,
        "source": "list",
    }


def record_of(
    created: Mapping[str, str | None],
    observations: Sequence[Mapping[str, Any]] = (),
    openrank: Mapping[tuple[str, str], float | None] | None = None,
    retrieved: Mapping[str, Sequence[str]] | None = None,
    *,
    answers: Mapping[str, tuple[str, str]] | None = None,
    announcements: Sequence[Remark] = (),
    exceptions: Sequence[Remark] = (),
) -> Record:
    values = openrank_of(openrank or {})
    asked = [
        (project_id, Month.parse(month).first_day)
        for project_id, months in (retrieved or {}).items()
        for month in months
    ]
    frame = created_of(created)
    return Record(
        frame,
        pl.DataFrame(
            list(observations),
            schema={
                "project_id": pl.String,
                "observed_on": pl.Date,
                "stars_count": pl.Int64,
                "pushed_at": pl.Date,
                "is_archived": pl.Boolean,
                "source": pl.String,
            },
        ),
        panel_of(
            frame["project_id"],
            values,
            pl.DataFrame(asked, schema={"project_id": pl.String, "month": pl.Date}, orient="row"),
        ),
        answers_of(dict.fromkeys(created, ("unknown", "")) if answers is None else answers),
        tuple(announcements),
        tuple(exceptions),
    )


def status_of(record: Record, *days: str) -> list[dict[str, Any]]:
    """Rows of ``project_status`` on the days given, in order."""
    found = compute_status(record, [date.fromisoformat(day) for day in days], POLICIES, LIMITS)
    return found.rows(named=True)
