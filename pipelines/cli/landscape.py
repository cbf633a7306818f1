"""``landscape rank``, ``growth`` and ``diff``: the published landscape ranked, compared and explained."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - a dataclass field below
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from pipelines.cli.console import tell
from pipelines.cli.published import (
    chosen_month,
    chosen_one,
    names_in,
    projects_in_scope,
    read_created,
    read_defaults,
    read_domains,
    read_frame,
    read_openrank,
    read_panel,
)
from pipelines.cli.tabular import AsOf, Format, Output, Top, WindowMonths, write_rows
from pipelines.landscape.changes import Vantage, compute_changes
from pipelines.landscape.growth import (
    compute_domain_growth,
    compute_quarter_growth,
    find_crossover,
    find_plateaus,
    find_spikes,
    first_complete_months,
)
from pipelines.landscape.rankings import compute_prior_means, rank_members
from pipelines.metrics.panel import compute_window_means
from pipelines.periods import Month, Window, last_quarter_by
from pipelines.publish import attach_published
from pipelines.query import OutputFormat
from pipelines.seeds import load_seeds
from pipelines.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

ProfileId = Annotated[
    str | None,
    typer.Option("--profile", help="Membership profile; the field's own by default.", show_default=False),
]
Scope = Annotated[
    str, typer.Option("--scope", help="landscape, or layer=…, domain=…, subdomain=… with an English name.")
]

_RANKING_COLUMNS = {
    "rank": "rank",
    "name": "project",
    "openrank_mean": "openrank",
    "openrank_yoy_delta": "yoy",
    "openrank_yoy_ratio": "yoy ratio",
    "stars_count": "stars",
    "participants_mean": "participants",
    "language": "language",
    "created_on": "created",
    "organization": "organization",
}
"""What a terminal has room for, and how it is headed there."""


def register(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.command()(rank)
    app.command()(growth)
    app.command()(diff)


def rank(
    *,
    as_of: AsOf = None,
    profile: ProfileId = None,
    window: WindowMonths = None,
    scope: Scope = "landscape",
    top: Top = None,
    output_format: Format = OutputFormat.TABLE,
    output: Output = None,
) -> None:
    """Rank the members by mean OpenRank, with the change against the same months one year before.

    A table shows the main columns; csv and json have all of them, the reason of each membership among them. Why a
    project is out stands in landscape_members.

    Example: landscape rank --as-of 2025-04 --scope domain=Serving --top 10
    """
    with attach_published(load_settings().public_dir) as connection:
        view = _view(connection, as_of, profile, window, scope)
        ranked = _ranked(connection, view)
        facts = read_frame(
            connection,
            "SELECT project_id, name, language, created_at::DATE AS created_on, organization FROM projects",
        )
        people = read_frame(
            connection,
            "SELECT project_id, avg(value) AS participants_mean, count(*) AS participants_months_count"
            " FROM project_metrics_monthly WHERE metric_id = 'participants' AND month BETWEEN $first AND $last"
            " GROUP BY project_id",
            first=view.window.start.first_day,
            last=view.window.end.first_day,
        )
        reasons = read_frame(
            connection,
            "SELECT project_id, reason FROM landscape_members WHERE as_of_month = $month AND profile = $profile",
            month=view.as_of.first_day,
            profile=view.profile_id,
        )
    found = (
        ranked.drop("as_of_month", "window_start", "window_end", "stars_basis")
        .join(facts, on="project_id")
        .join(people, on="project_id", how="left")
        .join(reasons, on="project_id")
        .sort("rank", "project_id")
    )
    tell(
        f"OpenRank: mean of the months {view.window} that have a value; year on year: against the same months one"
        " year before, 0 for a project created after them; stars: observed by the end of the as-of month;"
        " participants: mean per month of the window, of the months with a value. Unknown stays empty or NULL."
    )
    if output_format is OutputFormat.TABLE:
        found = found.select(pl.col(name).alias(heading) for name, heading in _RANKING_COLUMNS.items())
    write_rows(found, top, output_format, output, empty=f"no member of {scope} as of {view.as_of}")


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
        view = _view(connection, as_of, profile, window, scope, projects=projects or (), order=order)
        found = _GROWTH[shown].compute(connection, view)
    tell(_GROWTH[shown].definition.format(view=view))
    write_rows(found, top, output_format, output, empty=f"no row for {shown} as of {view.as_of}")


def diff(
    *,
    earlier: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="As-of month before, YYYY-MM; the month before --as-of by default.",
            show_default=False,
        ),
    ] = None,
    as_of: AsOf = None,
    profile: ProfileId = None,
    profile_before: Annotated[
        str | None,
        typer.Option("--from-profile", help="Profile before; --profile by default.", show_default=False),
    ] = None,
    taxonomy: Annotated[
        str | None,
        typer.Option(
            "--taxonomy", help="Taxonomy version after; the field's own by default.", show_default=False
        ),
    ] = None,
    taxonomy_before: Annotated[
        str | None,
        typer.Option("--from-taxonomy", help="Taxonomy before; --taxonomy by default.", show_default=False),
    ] = None,
    scope: Scope = "landscape",
    top: Top = None,
    output_format: Format = OutputFormat.TABLE,
    output: Output = None,
) -> None:
    """Compare two landscapes: who is new, dropped, moved or kept, each row with its one cause.

    Projects are compared by identity: a renamed repository is kept. A moved project is kept too and has a row more.

    Example: landscape diff --from 2025-01 --as-of 2025-04
    """
    with attach_published(load_settings().public_dir) as connection:
        defaults = read_defaults(connection)
        profiles = names_in(connection, "landscape_members", "profile")
        versions = names_in(connection, "project_domains", "taxonomy_version")
        profile_after = chosen_one(profiles, profile, defaults.profile_id, "--profile")
        version_after = chosen_one(versions, taxonomy, defaults.taxonomy_version, "--taxonomy")
        month_after = chosen_month(connection, as_of, defaults.as_of, "--as-of")
        after = Vantage(month_after, profile_after, version_after)
        before = Vantage(
            chosen_month(connection, earlier, month_after - 1, "--from"),
            chosen_one(profiles, profile_before, profile_after, "--from-profile"),
            chosen_one(versions, taxonomy_before, version_after, "--from-taxonomy"),
        )
        members = read_frame(
            connection,
            "FROM landscape_members WHERE list_contains($months, as_of_month) AND list_contains($profiles, profile)",
            months=[before.as_of.first_day, after.as_of.first_day],
            profiles=[before.profile_id, after.profile_id],
        )
        domains = read_domains(connection)
        names = read_frame(
            connection,
            "SELECT r.project_id, r.repo_full_name, r.first_seen_at::DATE AS first_seen_on FROM project_repos AS r"
            " JOIN projects AS p USING (project_id) WHERE r.repo_id = p.repo_id",
        )
        everyone = read_created(connection)["project_id"]
    in_scope = projects_in_scope(
        domains.filter(pl.col("taxonomy_version") == after.taxonomy_version), everyone, scope
    )
    kinds = pl.Enum(["new", "dropped", "moved", "kept"])
    changes = (
        compute_changes(members, domains, names, [(before, after)])
        .filter(pl.col("project_id").is_in(in_scope.implode()))
        .select(pl.col("kind").cast(kinds), "project_id", "cause", "detail")
        .sort("kind", "project_id")
    )
    counts = {kind: changes.filter(pl.col("kind") == kind).height for kind in kinds.categories}
    tell(
        f"{before.as_of} {before.profile_id} to {after.as_of} {after.profile_id}: {counts['kept']} kept"
        f" + {counts['new']} new = {counts['kept'] + counts['new']} after;"
        f" {counts['kept']} kept + {counts['dropped']} dropped = {counts['kept'] + counts['dropped']} before;"
        f" {counts['moved']} of the kept moved."
    )
    write_rows(
        changes.with_columns(pl.col("kind").cast(pl.String)),
        top,
        output_format,
        output,
        empty=f"nobody is in {scope} before or after",
    )


@dataclass(frozen=True, slots=True)
class _View:
    """What was asked for, checked against the published file."""

    as_of: Month
    profile_id: str
    window: Window
    project_ids: pl.Series
    only: tuple[str, ...]
    order: Order
    taxonomy_version: str

    @property
    def windows(self) -> dict[Month, Window]:
        return {self.as_of: self.window}

    def within(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(pl.col("project_id").is_in(self.project_ids.implode()))


def _view(
    connection: duckdb.DuckDBPyConnection,
    as_of: str | None,
    profile: str | None,
    window_months: int | None,
    scope: str,
    *,
    projects: Sequence[str] = (),
    order: Order = Order.ABSOLUTE,
) -> _View:
    defaults = read_defaults(connection)
    month = chosen_month(connection, as_of, defaults.as_of, "--as-of")
    profiles = names_in(connection, "landscape_members", "profile")
    everyone = read_created(connection)["project_id"]
    domains = read_domains(connection).filter(pl.col("taxonomy_version") == defaults.taxonomy_version)
    in_scope = projects_in_scope(domains, everyone, scope)
    only = tuple(chosen_one(everyone.to_list(), project, "", "--project") for project in projects)
    return _View(
        month,
        chosen_one(profiles, profile, defaults.profile_id, "--profile"),
        Window.trailing(month, window_months) if window_months else Window.year_to_date(month),
        in_scope.filter(in_scope.is_in(only)) if only else in_scope,
        only,
        order,
        defaults.taxonomy_version,
    )


def _ranked(connection: duckdb.DuckDBPyConnection, view: _View) -> pl.DataFrame:
    """The members of the view, ranked within its scope."""
    panel = read_panel(connection)
    members = read_frame(
        connection,
        "FROM landscape_members WHERE as_of_month = $month AND profile = $profile",
        month=view.as_of.first_day,
        profile=view.profile_id,
    )
    stars = read_frame(
        connection,
        "SELECT DISTINCT as_of_month, project_id, stars_count, stars_observed_on, stars_basis"
        " FROM project_rankings_by_scope WHERE as_of_month = $month",
        month=view.as_of.first_day,
    )
    return rank_members(
        view.within(members),
        compute_window_means(panel, view.windows),
        compute_prior_means(panel, read_created(connection), view.windows),
        stars,
        view.windows,
    )


def _threshold(threshold_id: str) -> float:
    return load_seeds(load_settings().seeds_dir).threshold(threshold_id)


def _openrank(connection: duckdb.DuckDBPyConnection, view: _View) -> pl.DataFrame:
    """Monthly values that the view may see."""
    return view.within(read_openrank(connection)).filter(pl.col("month") <= view.as_of.first_day)


@dataclass(frozen=True, slots=True)
class _Growth:
    """A view of growth: how it is defined, and computed."""

    definition: str
    compute: Callable[[duckdb.DuckDBPyConnection, _View], pl.DataFrame]


def _domains(connection: duckdb.DuckDBPyConnection, view: _View) -> pl.DataFrame:
    panel = read_panel(connection)
    domains = read_domains(connection).filter(pl.col("taxonomy_version") == view.taxonomy_version)
    return compute_domain_growth(
        view.within(domains),
        compute_window_means(panel, view.windows),
        compute_prior_means(panel, read_created(connection), view.windows),
    ).drop("as_of_month")


def _changed(connection: duckdb.DuckDBPyConnection, view: _View, *, falling: bool) -> pl.DataFrame:
    change = "openrank_yoy_delta" if view.order is Order.ABSOLUTE else "openrank_yoy_ratio"
    sign = -1 if falling else 1
    return (
        _ranked(connection, view)
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


def _risers(connection: duckdb.DuckDBPyConnection, view: _View) -> pl.DataFrame:
    return _changed(connection, view, falling=False)


def _fallers(connection: duckdb.DuckDBPyConnection, view: _View) -> pl.DataFrame:
    return _changed(connection, view, falling=True)


def _entrants(connection: duckdb.DuckDBPyConnection, view: _View) -> pl.DataFrame:
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


def _quarter(connection: duckdb.DuckDBPyConnection, view: _View) -> pl.DataFrame:
    return compute_quarter_growth(_openrank(connection, view), last_quarter_by(view.as_of)).sort(
        "growth_ratio", "project_id", descending=[True, False]
    )


def _spikes(connection: duckdb.DuckDBPyConnection, view: _View) -> pl.DataFrame:
    return find_spikes(_openrank(connection, view), _threshold("spike_ratio"), _threshold("spike_openrank"))


def _plateaus(connection: duckdb.DuckDBPyConnection, view: _View) -> pl.DataFrame:
    return find_plateaus(
        _openrank(connection, view),
        int(_threshold("plateau_months")),
        _threshold("plateau_spread_ratio"),
    ).sort("months_count", "project_id", "first_month", descending=[True, False, False])


def _crossover(connection: duckdb.DuckDBPyConnection, view: _View) -> pl.DataFrame:
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


def _first_months(connection: duckdb.DuckDBPyConnection, view: _View) -> pl.DataFrame:
    return first_complete_months(_openrank(connection, view), read_created(connection))


def _areas(connection: duckdb.DuckDBPyConnection, view: _View) -> pl.DataFrame:
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
