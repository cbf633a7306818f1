"""``landscape compare``: two to six projects side by side, as a card or as series on one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
import typer

from pipelines.cli.console import tell
from pipelines.cli.published import (
    chosen_month,
    chosen_project,
    read_created,
    read_defaults,
    read_frame,
    read_openrank,
    read_panel,
)
from pipelines.cli.tabular import AsOf, Format, Output, OutputFormat, WindowMonths, write_rows
from pipelines.landscape.comparison import (
    CARD_SCHEMA,
    Alignment,
    MetricDefinition,
    align_series,
    summarise_metrics,
)
from pipelines.landscape.growth import compute_quarter_growth
from pipelines.landscape.rankings import compute_prior_means
from pipelines.metrics.panel import compute_window_means
from pipelines.periods import QUARTER_MONTHS, Month, Window, last_quarter_by
from pipelines.publish import attach_published
from pipelines.seeds import load_seeds
from pipelines.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from pipelines.seeds.figures import PublishedFigure

FEWEST, MOST = 2, 6
_QUARTERS = 2

_FACTS = (
    ("name", "Name as people write it"),
    ("organization", "Organisation that runs it"),
    ("language", "Main programming language, as GitHub measured it"),
    ("created_on", "Day the repository was created"),
    ("domain", "Domain in the default taxonomy"),
)


def compare(
    projects: Annotated[list[str], typer.Argument(help="Two to six projects: an id, a name or owner/name.")],
    *,
    align: Annotated[
        Alignment | None,
        typer.Option(
            "--align",
            help="Show the monthly series instead, by calendar month or by age in months.",
            show_default=False,
        ),
    ] = None,
    as_of: AsOf = None,
    window: WindowMonths = None,
    output_format: Format = OutputFormat.TABLE,
    output: Output = None,
) -> None:
    """Put projects side by side: every measure with its window and definition, or why it is not available.

    Examples: landscape compare vllm sglang --as-of 2025-04 · landscape compare vllm sglang --align age --format csv
    """
    with attach_published(load_settings().public_dir) as connection:
        project_ids = _chosen_projects(connection, projects)
        month = chosen_month(connection, as_of, read_defaults(connection).as_of, "--as-of")
        months = Window.trailing(month, window) if window else Window.year_to_date(month)
        values = read_frame(
            connection,
            "SELECT project_id, metric_id, month, value FROM project_metrics_monthly"
            " WHERE list_contains($projects, project_id) AND month <= $month ORDER BY ALL",
            projects=project_ids,
            month=month.first_day,
        )
        if align is not None:
            found = align_series(values, read_created(connection), project_ids, align)
            tell(_SERIES_TOLD[align].format(as_of=month))
        else:
            figures = load_seeds(load_settings().seeds_dir).published_figures
            found = _card(connection, project_ids, values, months, figures)
            tell(
                f"Means over {months}, of the months that have a value. A published figure is quoted as printed and"
                " enters nothing. What is not available says why; it is not zero."
            )
    if align is None and output_format is OutputFormat.TABLE:
        found = _side_by_side(found, project_ids)
    write_rows(found, output_format, output, empty="none of them has a value up to this month")


_SERIES_TOLD = {
    Alignment.CALENDAR: "Monthly values up to {as_of}, by calendar month. NULL: absent or not retrieved.",
    Alignment.AGE: "Monthly values up to {as_of}, by age: months since the month of creation (0). NULL: absent or"
    " not retrieved.",
}


def _chosen_projects(connection: duckdb.DuckDBPyConnection, asked: Sequence[str]) -> list[str]:
    """Ids of the projects asked for, by id, name or any repository name, in any case.

    Raises
    ------
    typer.BadParameter
        If one is unknown, or there are not two to six different ones.
    """
    chosen = list(dict.fromkeys(chosen_project(connection, text, "PROJECTS") for text in asked))
    if not FEWEST <= len(chosen) <= MOST:
        raise typer.BadParameter(
            f"name {FEWEST} to {MOST} different projects, not {len(chosen)}", param_hint="PROJECTS"
        )
    return chosen


_WITHOUT_FACT = {"domain": "no label and no prediction: watched only, or unclassified"}
"""Why a fact is not available, where that is not for want of an observation."""

_Row = tuple[str, str, str | None, str | None, str, str, str]
"""As `CARD_SCHEMA`."""


def _card(
    connection: duckdb.DuckDBPyConnection,
    project_ids: Sequence[str],
    values: pl.DataFrame,
    window: Window,
    figures: Sequence[PublishedFigure],
) -> pl.DataFrame:
    rows = [
        *_fact_rows(connection, project_ids),
        *_standing_rows(connection, project_ids, window),
        *_growth_rows(connection, project_ids, window.end),
        *_people_rows(connection, project_ids, window.end),
        *_status_rows(connection, project_ids, window.end),
    ]
    metrics = [
        MetricDefinition(*row)
        for row in connection.execute(
            # A mean of levels says nothing: the stars of a day stand above.
            "SELECT metric_id, unit, definition FROM metric_catalog"
            " WHERE metric_id <> 'stars_total' AND source <> 'computed' ORDER BY metric_id <> 'openrank', metric_id"
        ).fetchall()
    ]
    known_figures = [figure for figure in figures if Month.parse(figure.last_month) <= window.end]
    held = read_frame(
        connection,
        "SELECT project_id, metric_id, min(month), max(month) FROM project_metrics_monthly GROUP BY ALL",
    )
    return pl.concat(
        [
            pl.DataFrame(rows, schema=CARD_SCHEMA, orient="row"),
            summarise_metrics(values, held, project_ids, metrics, window),
            pl.DataFrame(list(_figure_rows(project_ids, known_figures)), schema=CARD_SCHEMA, orient="row"),
        ]
    )


def _fact_rows(connection: duckdb.DuckDBPyConnection, project_ids: Sequence[str]) -> Iterator[_Row]:
    facts = _by_project(
        read_frame(
            connection,
            "SELECT p.project_id, name, organization, language, created_at::DATE AS created_on, domain"
            " FROM projects AS p LEFT JOIN project_domains AS d ON d.project_id = p.project_id"
            "  AND taxonomy_version = (SELECT taxonomy_version FROM metadata)",
        )
    )
    for column, definition in _FACTS:
        for project_id in project_ids:
            value = facts[project_id][column]
            yield (
                column,
                project_id,
                None if value is None else str(value),
                _WITHOUT_FACT.get(column, "not observed") if value is None else None,
                "",
                "",
                definition,
            )


def _standing_rows(
    connection: duckdb.DuckDBPyConnection, project_ids: Sequence[str], window: Window
) -> Iterator[_Row]:
    """Stars, change year on year and rank."""
    ranked = _by_project(
        read_frame(
            connection,
            "SELECT project_id, rank, stars_count, stars_observed_on, stars_basis FROM project_rankings"
            " WHERE as_of_month = $month",
            month=window.end.first_day,
        )
    )
    windows = {window.end: window}
    panel, created = read_panel(connection), read_created(connection)
    means = _by_project(compute_window_means(panel, windows))
    prior = _by_project(compute_prior_means(panel, created, windows))
    for project_id in project_ids:
        row = ranked.get(project_id)
        has_stars = row is not None and row["stars_count"] is not None
        basis = "" if row is None or row["stars_basis"] == "observed" else ", observed later only"
        yield (
            "stars in all",
            project_id,
            f"{row['stars_count']:,}{basis}" if row is not None and has_stars else None,
            None if has_stars else "only members of the default profile have the stars of a month here",
            "stars",
            str(row["stars_observed_on"]) if row is not None and has_stars else "",
            "Stars at the day of the observation",
        )
    for project_id in project_ids:
        row = ranked.get(project_id)
        yield (
            "rank",
            project_id,
            None if row is None else str(row["rank"]),
            "no member of the default profile" if row is None else None,
            "",
            str(Window.year_to_date(window.end)),
            "Rank among the members by mean OpenRank since January",
        )
    for project_id in project_ids:
        mean = means[project_id]["openrank_mean"]
        before = prior.get(project_id, {}).get("openrank_prior_mean")
        is_known = mean is not None and before is not None
        yield (
            "openrank year on year",
            project_id,
            f"{mean - before:+.2f}" if is_known else None,
            None if is_known else "one of the two windows has no value: unknown, not 0",
            "OpenRank",
            f"{window} against {window.years_earlier(1)}",
            "Mean of the window minus the mean of the same months one year before; 0 before the creation",
        )


def _growth_rows(
    connection: duckdb.DuckDBPyConnection, project_ids: Sequence[str], as_of: Month
) -> Iterator[_Row]:
    openrank = read_openrank(connection)
    for quarters in range(_QUARTERS):
        start = last_quarter_by(as_of) - QUARTER_MONTHS * quarters
        growth = dict(compute_quarter_growth(openrank, start).iter_rows())
        name = f"{start.year} Q{(start.month + 2) // 3}"
        for project_id in project_ids:
            value = growth.get(project_id)
            yield (
                f"openrank growth {name}",
                project_id,
                None if value is None else f"{value:+.1%}",
                "not all three months have a value" if value is None else None,
                "ratio",
                str(Window(start, start + 2)),
                "Mean of the two month-over-month ratios inside the quarter, minus 1",
            )


def _people_rows(
    connection: duckdb.DuckDBPyConnection, project_ids: Sequence[str], as_of: Month
) -> Iterator[_Row]:
    """People shared with each of the others, and the count that no source here gives."""
    shared: dict[tuple[str, str], int] = {}
    published = read_defaults(connection).as_of
    for first, second, count in connection.execute(
        "SELECT project_a, project_b, shared_people_count FROM collaboration_edges JOIN data_sources USING (source)"
        " WHERE kind <> 'simulated' AND coalesce(window_end, $published) <= $as_of"
        " ORDER BY window_end NULLS FIRST, source",
        {"published": published.first_day, "as_of": as_of.last_day},
    ).fetchall():
        shared[first, second] = shared[second, first] = count
    for project_id in project_ids:
        others = [other for other in project_ids if other != project_id]
        known = [f"{other} {shared[project_id, other]}" for other in others if (project_id, other) in shared]
        yield (
            "shared people",
            project_id,
            ", ".join(known) or None,
            None
            if known
            else f"no edge with the others was published by {as_of}; only counts of 20 and more were",
            "people",
            "not stated by the source",
            "People active in both, bots left out, in the five collaboration event types",
        )
    for project_id in project_ids:
        yield (
            "contributors",
            project_id,
            None,
            "no source here counts people with a merged change; new_contributors counts first ones by month",
            "people",
            "",
            "People whose change was merged, ever",
        )


def _status_rows(
    connection: duckdb.DuckDBPyConnection, project_ids: Sequence[str], as_of: Month
) -> Iterator[_Row]:
    statuses = _by_project(
        read_frame(
            connection,
            "SELECT project_id, status, as_of, reasons[1] AS reason FROM project_status"
            " WHERE as_of <= $day QUALIFY as_of = max(as_of) OVER ()",
            day=as_of.last_day,
        )
    )
    for project_id in project_ids:
        row = statuses.get(project_id)
        yield (
            "status",
            project_id,
            None if row is None else f"{row['status']}: {row['reason']}",
            "no status by this month" if row is None else None,
            "",
            "" if row is None else f"as of {row['as_of']}",
            "Whether it lives, by the policies of the graveyard",
        )


def _figure_rows(project_ids: Sequence[str], figures: Sequence[PublishedFigure]) -> Iterator[_Row]:
    """What a report printed, for every project asked for that it says something about."""
    measures = dict.fromkeys(figure.measure.en for figure in figures if figure.project in project_ids)
    printed = {(figure.measure.en, figure.project): figure for figure in figures}
    for measure in measures:
        for project_id in project_ids:
            figure = printed.get((measure, project_id))
            yield (
                f"published: {measure}",
                project_id,
                figure.value if figure else None,
                None if figure else "the seeds hold no published figure",
                "as printed",
                "" if figure is None else f"{figure.report}, {figure.where}",
                "" if figure is None else figure.remark.en,
            )


def _by_project(frame: pl.DataFrame) -> Mapping[str, dict[str, Any]]:
    return {row["project_id"]: row for row in frame.iter_rows(named=True)}


def _side_by_side(card: pl.DataFrame, project_ids: Sequence[str]) -> pl.DataFrame:
    """A row a measure: what each project has, with unit, window and definition."""

    def longest(column: str) -> pl.Expr:
        return pl.col(column).sort_by(pl.col(column).str.len_chars()).last().alias(column)

    value = pl.coalesce("value", pl.format("not available: {}", "not_available"))
    return card.group_by("measure", maintain_order=True).agg(
        *(
            value.filter(pl.col("project_id") == project_id).first().alias(project_id)
            for project_id in project_ids
        ),
        *(longest(column) for column in ("unit", "window", "definition")),
    )
