"""``landscape growth``: what grew and what shrank, of domains, projects and areas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from pipelines.cli.console import tell
from pipelines.cli.published import (
    read_created,
    read_domains,
    read_frame,
    read_openrank,
    read_panel,
)
from pipelines.cli.tabular import AsOf, Format, Output, Top, WindowMonths, write_rows
from pipelines.cli.view import Order, ProfileId, Scope, View, chosen_view, rank_view
from pipelines.landscape.changes import Vantage, compute_changes
from pipelines.landscape.growth import (
    compute_domain_growth,
    compute_quarter_growth,
    find_crossover,
    find_plateaus,
    find_spikes,
    first_complete_months,
)
from pipelines.landscape.rankings import compute_prior_means
from pipelines.metrics.panel import compute_window_means
from pipelines.periods import last_quarter_by
from pipelines.publish import attach_published
from pipelines.query import OutputFormat
from pipelines.seeds import load_seeds
from pipelines.settings import load_settings

if TYPE_CHECKING:
    import duckdb


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
    order: Annotated[Order, typer.Option("--order", help="By which change risers and fallers stand.")] = (
        Order.ABSOLUTE
    ),
    top: Top = None,
    output_format: Format = OutputFormat.TABLE,
    output: Output = None,
) -> None:
    """Say what grew: domains year on year over what can be compared, projects, spikes, overtakings, areas.

    Examples: landscape growth --as-of 2025-04 · landscape growth fallers --order relative --top 5 ·
    landscape growth crossover --project pytorch --project tensorflow
    """
    with attach_published(load_settings().public_dir) as connection:
        view = chosen_view(connection, as_of, profile, window, scope, projects=projects or (), order=order)
        found = _GROWTH[shown].compute(connection, view)
    tell(_GROWTH[shown].definition.format(view=view))
    write_rows(found, top, output_format, output, empty=f"no row for {shown} as of {view.as_of}")


def _threshold(threshold_id: str) -> float:
    return load_seeds(load_settings().seeds_dir).threshold(threshold_id)


def _openrank(connection: duckdb.DuckDBPyConnection, view: View) -> pl.DataFrame:
    """Monthly values that the view may see."""
    return view.within(read_openrank(connection)).filter(pl.col("month") <= view.as_of.first_day)


@dataclass(frozen=True, slots=True)
class _Growth:
    """A view of growth: how it is defined, and computed."""

    definition: str
    compute: Callable[[duckdb.DuckDBPyConnection, View], pl.DataFrame]


def _domains(connection: duckdb.DuckDBPyConnection, view: View) -> pl.DataFrame:
    panel = read_panel(connection)
    domains = read_domains(connection).filter(pl.col("taxonomy_version") == view.taxonomy_version)
    return compute_domain_growth(
        view.within(domains),
        compute_window_means(panel, view.windows),
        compute_prior_means(panel, read_created(connection), view.windows),
    ).drop("as_of_month")


def _changed(connection: duckdb.DuckDBPyConnection, view: View, *, falling: bool) -> pl.DataFrame:
    change = "openrank_yoy_delta" if view.order is Order.ABSOLUTE else "openrank_yoy_ratio"
    sign = -1 if falling else 1
    return (
        rank_view(connection, view)
        .filter(pl.col(change) * sign > 0)
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


def _risers(connection: duckdb.DuckDBPyConnection, view: View) -> pl.DataFrame:
    return _changed(connection, view, falling=False)


def _fallers(connection: duckdb.DuckDBPyConnection, view: View) -> pl.DataFrame:
    return _changed(connection, view, falling=True)


def _entrants(connection: duckdb.DuckDBPyConnection, view: View) -> pl.DataFrame:
    vantages = [
        Vantage(month, view.profile_id, view.taxonomy_version) for month in (view.as_of - 1, view.as_of)
    ]
    members = read_frame(
        connection,
        "FROM landscape_members WHERE as_of_month BETWEEN $first AND $last AND profile = $profile",
        first=vantages[0].as_of.first_day,
        last=view.as_of.first_day,
        profile=view.profile_id,
    )
    no_names = pl.DataFrame(
        schema={"project_id": pl.String, "repo_full_name": pl.String, "first_seen_on": pl.Date}
    )
    changes = compute_changes(members, read_domains(connection), no_names, [(vantages[0], vantages[1])])
    return view.within(changes.filter(pl.col("kind") == "new")).select("project_id", "cause", "detail")


def _quarter(connection: duckdb.DuckDBPyConnection, view: View) -> pl.DataFrame:
    return compute_quarter_growth(_openrank(connection, view), last_quarter_by(view.as_of)).sort(
        "growth_ratio", "project_id", descending=[True, False]
    )


def _spikes(connection: duckdb.DuckDBPyConnection, view: View) -> pl.DataFrame:
    return find_spikes(_openrank(connection, view), _threshold("spike_ratio"), _threshold("spike_openrank"))


def _plateaus(connection: duckdb.DuckDBPyConnection, view: View) -> pl.DataFrame:
    return find_plateaus(
        _openrank(connection, view),
        int(_threshold("plateau_months")),
        _threshold("plateau_spread_ratio"),
    ).sort("months_count", "project_id", "first_month", descending=[True, False, False])


def _crossover(connection: duckdb.DuckDBPyConnection, view: View) -> pl.DataFrame:
    if len(set(view.only)) != 2:  # noqa: PLR2004 - who passed, and whom
        raise typer.BadParameter(
            "name two projects: --project pytorch --project tensorflow", param_hint="--project"
        )
    first_month, month_for_good = find_crossover(_openrank(connection, view), *view.only)
    return pl.DataFrame(
        [(*view.only, first_month, month_for_good)],
        schema={
            "riser": pl.String,
            "other": pl.String,
            "first_month": pl.Date,
            "month_for_good": pl.Date,
        },
        orient="row",
    )


def _first_months(connection: duckdb.DuckDBPyConnection, view: View) -> pl.DataFrame:
    return first_complete_months(_openrank(connection, view), read_created(connection))


def _areas(connection: duckdb.DuckDBPyConnection, view: View) -> pl.DataFrame:
    return read_frame(
        connection,
        "SELECT *, covered_repos_count / repos_count AS coverage_ratio FROM technology_area_annual"
        # A year counts once it has ended: what came of it after the as-of month was not known then.
        " WHERE make_date(year, 12, 1) <= $month ORDER BY area, year",
        month=view.as_of.first_day,
    )


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
    GrowthView.RISERS: _Growth(_YEAR_ON_YEAR, _risers),
    GrowthView.FALLERS: _Growth(_YEAR_ON_YEAR, _fallers),
    GrowthView.ENTRANTS: _Growth("New as of {view.as_of}, against the month before.", _entrants),
    GrowthView.QUARTER: _Growth(
        "The last quarter ended by {view.as_of}: mean of the two month-over-month ratios inside it, minus 1.",
        _quarter,
    ),
    GrowthView.SPIKES: _Growth(
        "Months up to {view.as_of} that are many times the month before (seeds: spike_ratio, spike_openrank).",
        _spikes,
    ),
    GrowthView.PLATEAUS: _Growth(
        "Even runs up to {view.as_of} (seeds: plateau_months, plateau_spread_ratio).", _plateaus
    ),
    GrowthView.CROSSOVER: _Growth(
        "Months up to {view.as_of}, of those with both values: first above after not above, and above for good.",
        _crossover,
    ),
    GrowthView.FIRST_MONTHS: _Growth(
        "OpenRank of the calendar month after the one of creation, up to {view.as_of}.", _first_months
    ),
    GrowthView.AREAS: _Growth(
        "Annual sums over the years that had ended by {view.as_of}, of the repositories that OpenDigger's labels name"
        " and that have a series; compare areas only where coverage_ratio is near 1. months_count says how many months"
        " of the year have a value.",
        _areas,
    ),
}
