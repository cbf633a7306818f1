"""Small frames as the pure functions take them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.periods import Month, months_between
from pipelines.landscape.membership import compute_members
from pipelines.metrics.chance import Certainty
from pipelines.metrics.panel import OpenrankPanel, panel_of
from pipelines.seeds.rules import Profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

YEAR_MEAN = Profile(
    id="year-mean-10", kind="year_to_date_mean", comparison=">", threshold=10.0, reason="a test"
)
LATEST = Profile(id="latest-50", kind="latest_month", comparison=">=", threshold=50.0, reason="a test")
CERTAINTY = Certainty(interval_level=0.8, least_probability=0.9)
APRIL = Month(2025, 4)


def openrank_of(values: Mapping[tuple[str, str], float | None]) -> pl.DataFrame:
    """``project_id, month, value, low, high`` from (project, YYYY-MM) → published value."""
    rows = [
        (project, Month.parse(month).first_day, value, value, value)
        for (project, month), value in values.items()
    ]
    schema = {"project_id": pl.String, "month": pl.Date} | dict.fromkeys(("value", "low", "high"), pl.Float64)
    return pl.DataFrame(rows, schema=schema, orient="row")


def months(first: str, last: str) -> list[str]:
    """Every month from `first` to `last`, as YYYY-MM."""
    return [str(month) for month in months_between(Month.parse(first), Month.parse(last))]


def retrieved_of(project_ids: Iterable[str], asked: Sequence[str]) -> pl.DataFrame:
    """``project_id, month``: the same months for every project."""
    rows = [(project, Month.parse(month).first_day) for project in project_ids for month in asked]
    return pl.DataFrame(rows, schema={"project_id": pl.String, "month": pl.Date}, orient="row")


def created_of(days: Mapping[str, str | None]) -> pl.DataFrame:
    """``project_id, created_at`` from project → ISO date or time, None if unknown."""
    rows = [(project, datetime.fromisoformat(day) if day else None) for project, day in days.items()]
    return pl.DataFrame(rows, schema={"project_id": pl.String, "created_at": pl.Datetime("us")}, orient="row")


def panel_from(
    candidates: pl.DataFrame, openrank: pl.DataFrame, retrieved: pl.DataFrame | None = None
) -> OpenrankPanel:
    """The grid of the candidates' values; without `retrieved`, only months with a value were retrieved."""
    asked = openrank.select("project_id", "month") if retrieved is None else retrieved
    return panel_of(candidates["project_id"], openrank, asked)


def answers_of(answers: Mapping[str, tuple[str, str]]) -> pl.DataFrame:
    """``project_id, repo_full_name, answer, detail`` from project → answer and detail; each is named acme/<project>."""
    rows = [(project, f"acme/{project}", answer, detail) for project, (answer, detail) in answers.items()]
    return pl.DataFrame(
        rows,
        schema=dict.fromkeys(("project_id", "repo_full_name", "answer", "detail"), pl.String),
        orient="row",
    )


def members_of(
    candidates: pl.DataFrame,
    openrank: pl.DataFrame,
    retrieved: pl.DataFrame,
    as_of_months: Sequence[Month] = (APRIL,),
    profile: Profile = YEAR_MEAN,
    *,
    answers: Mapping[str, tuple[str, str]] | None = None,
) -> pl.DataFrame:
    """Rows of ``landscape_members``; without `answers` the source knows none of the candidates."""
    if answers is None:
        answers = dict.fromkeys(candidates["project_id"], ("unknown", "no such series"))
    panel = panel_from(candidates, openrank, retrieved)
    return compute_members(candidates, panel, answers_of(answers), as_of_months, profile, CERTAINTY)
