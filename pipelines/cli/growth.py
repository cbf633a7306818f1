"""``landscape growth``: what grew and what shrank, of domains, projects and areas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Annotated

import polars as pl
import typer

from pipelines.cli.console import tell
from pipelines.cli.tabular import AsOf, Format, Output, OutputFormat, Top, WindowMonths, write_rows
from pipelines.cli.view import ProfileId, Scope, View, chosen_view
from pipelines.published.growth import Growth


class GrowthView(StrEnum):
    """What `landscape growth` shows."""

    DOMAINS = "domains"
    RISERS = "risers"
    FALLERS = "fallers"
    ENTRANTS = "entrants"
    QUARTER = "quarter"
    SPIKES = "spikes"
    PLATEAUS = "plateaus"
    CROSSOVER = "crossover"
    FIRST_MONTHS = "first-months"
    AREAS = "areas"


class Order(StrEnum):
    """By which change risers and fallers are ordered."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"


_CHANGED = {
    "project_id": "project",
    "openrank_yoy_delta": "yoy",
    "openrank_yoy_ratio": "yoy ratio",
    "openrank_mean": "openrank",
    "openrank_prior_mean": "openrank before",
    "rank": "rank",
}
_SHOWN = {
    GrowthView.DOMAINS: {
        "domain": "domain",
        "subdomain": "subdomain",
        "growth_ratio": "growth ratio",
        "openrank_sum": "openrank",
        "openrank_prior_sum": "openrank before",
        "compared_projects_count": "compared projects",
        "projects_count": "projects",
        "layer": "layer",
    },
    GrowthView.RISERS: _CHANGED,
    GrowthView.FALLERS: _CHANGED,
    GrowthView.AREAS: {
        "area": "area",
        "year": "year",
        "openrank_sum": "openrank",
        "coverage_ratio": "coverage ratio",
        "covered_repos_count": "covered repos",
        "repos_count": "repos",
        "months_count": "months",
    },
}


def growth(
    shown: Annotated[
        GrowthView,
        typer.Argument(
            help="domains and areas; risers, fallers and entrants among the members; quarter, spikes, plateaus,"
            " crossover and first-months of any project."
        ),
    ] = GrowthView.DOMAINS,
    *,
    as_of: AsOf = None,
    profile: ProfileId = None,
    window: WindowMonths = None,
    scope: Scope = "landscape",
    projects: Annotated[
        list[str] | None,
        typer.Option(
            "--project", help="Only this project; repeat it. Twice for crossover: who passed, and whom."
        ),
    ] = None,
    order: Annotated[
        Order, typer.Option("--order", help="Change by which risers and fallers are ordered.")
    ] = (Order.ABSOLUTE),
    top: Top = None,
    output_format: Format = OutputFormat.TABLE,
    output: Output = None,
) -> None:
    """Say what grew: domains year on year over what can be compared, projects, spikes, overtakings, areas.

    Examples: landscape growth --as-of 2025-04 · landscape growth fallers --order relative --top 5 ·
    landscape growth crossover --project pytorch --project tensorflow
    """
    view = chosen_view(as_of, profile, window, scope, projects=projects or ())
    found = _GROWTH[shown].compute(view, order)
    tell(_GROWTH[shown].definition.format(view=view))
    write_rows(
        found,
        output_format,
        output,
        top=top,
        shown=_SHOWN.get(shown),
        empty=f"no row for {shown} as of {view.as_of}",
    )


@dataclass(frozen=True, slots=True)
class _Growth:
    """A view of growth: how it is defined, and where its rows come from."""

    definition: str
    compute: Callable[[View, Order], pl.DataFrame]


def _domains(view: View, _order: Order) -> pl.DataFrame:
    grown = view.landscape.growth.domains(
        view.as_of, window_months=len(view.window.months), scope=view.scope, only=view.only
    )
    return grown.frame.drop("as_of_month")


def _changed(view: View, order: Order, *, falling: bool) -> pl.DataFrame:
    change = "openrank_yoy_delta" if order is Order.ABSOLUTE else "openrank_yoy_ratio"
    sign = -1 if falling else 1
    ranking = view.ranking().frame
    if view.only:
        ranking = ranking.filter(pl.col("project_id").is_in(view.only))
    return (
        ranking.filter(pl.col(change) * sign > 0)
        .sort(pl.col(change) * -sign, "project_id")
        .select(
            "project_id",
            "openrank_yoy_delta",
            "openrank_yoy_ratio",
            "openrank_mean",
            "openrank_prior_mean",
            "rank",
        )
    )


def _entrants(view: View, _order: Order) -> pl.DataFrame:
    changes = view.landscape.changes.between(view.as_of - 1, view.as_of, profile=view.profile).frame
    in_scope = view.landscape.choices.projects_in(view.scope, view.only)
    new = (pl.col("kind") == "new") & pl.col("project_id").is_in(in_scope.implode())
    return changes.filter(new).select("project_id", "cause", "detail")


def _of_projects(question: Callable[..., pl.DataFrame]) -> Callable[[View, Order], pl.DataFrame]:
    """A question about the projects of a view."""

    def ask(view: View, _order: Order) -> pl.DataFrame:
        return question(view.landscape.growth, view.as_of, scope=view.scope, only=view.only)

    return ask


def _crossover(view: View, _order: Order) -> pl.DataFrame:
    if len(set(view.only)) != 2:  # noqa: PLR2004 - who passed, and whom
        raise typer.BadParameter(
            "name two projects: --project pytorch --project tensorflow", param_hint="--project"
        )
    riser, other = view.only
    return view.landscape.growth.crossover(riser, other, view.as_of)


_YEAR_ON_YEAR = (
    "Year on year: mean OpenRank over {view.window} against the same months one year before; a project created after"
    " them counts there with 0, one whose earlier months are unknown is left out."
)

_GROWTH = {
    GrowthView.DOMAINS: _Growth(
        _YEAR_ON_YEAR
        + " Sums over the labelled projects known in both windows; a row without subdomain holds the whole domain.",
        _domains,
    ),
    GrowthView.RISERS: _Growth(_YEAR_ON_YEAR, partial(_changed, falling=False)),
    GrowthView.FALLERS: _Growth(_YEAR_ON_YEAR, partial(_changed, falling=True)),
    GrowthView.ENTRANTS: _Growth("New as of {view.as_of}, against the month before.", _entrants),
    GrowthView.QUARTER: _Growth(
        "The last quarter ended by {view.as_of}: mean of the two month-over-month ratios inside it, minus 1.",
        _of_projects(Growth.quarter),
    ),
    GrowthView.SPIKES: _Growth(
        "Months up to {view.as_of} that are many times the month before (seeds: spike_ratio, spike_openrank).",
        _of_projects(Growth.spikes),
    ),
    GrowthView.PLATEAUS: _Growth(
        "Even runs up to {view.as_of} (seeds: plateau_months, plateau_spread_ratio).",
        _of_projects(Growth.plateaus),
    ),
    GrowthView.CROSSOVER: _Growth(
        "Months up to {view.as_of}, of those with both values: first above after not above, and above for good.",
        _crossover,
    ),
    GrowthView.FIRST_MONTHS: _Growth(
        "OpenRank of the calendar month after the one of creation, up to {view.as_of}.",
        _of_projects(Growth.first_months),
    ),
    GrowthView.AREAS: _Growth(
        "Annual sums over the years that had ended by {view.as_of}, of the repositories that OpenDigger's labels name"
        " and that have a series; compare areas only where coverage_ratio is near 1. months_count says how many months"
        " of the year have a value.",
        lambda view, _order: view.landscape.growth.areas(view.as_of).frame,
    ),
}
