"""A few projects side by side in words: every measure with its window and definition, or why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from pipelines.floor.periods import QUARTER_MONTHS, Month, Window, last_quarter_by
from pipelines.landscape.comparison import CARD_SCHEMA, MetricDefinition, summarise_metrics
from pipelines.landscape.growth import compute_quarter_growth
from pipelines.metrics.panel import compute_window_means

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.published.reader import Landscape

_QUARTERS = 2
_FACTS = (
    ("name", "Name as people write it"),
    ("organization", "Organisation that runs it"),
    ("language", "Main programming language, as GitHub measured it"),
    ("created_on", "Day the repository was created"),
    ("domain", "Domain in the default taxonomy"),
)
_WITHOUT_FACT = {"domain": "no label and no prediction: watched only, or unclassified"}
"""Why a fact is not available, where that is not for want of an observation."""

_Row: TypeAlias = tuple[str, str, str | None, str | None, str, str, str]
"""As `CARD_SCHEMA`."""


def make_card(landscape: Landscape, project_ids: Sequence[str], as_of: Month, window: Window) -> pl.DataFrame:
    """Rows of `CARD_SCHEMA`; see `Comparisons.card`."""
    compared = landscape.comparison.projects(project_ids, as_of, window_months=len(window.months))
    projects = list(
        compared.frame.with_columns(created_on=pl.col("created_at").dt.date()).iter_rows(named=True)
    )
    rows = [
        *_fact_rows(projects),
        *_standing_rows(landscape, projects, as_of, window),
        *_growth_rows(landscape, project_ids, as_of),
        *_people_rows(landscape, project_ids, as_of),
        *_status_rows(landscape, project_ids, as_of),
    ]
    return pl.concat(
        [
            pl.DataFrame(rows, schema=CARD_SCHEMA, orient="row"),
            _metrics(landscape, project_ids, as_of, window),
            pl.DataFrame(list(_figure_rows(landscape, project_ids, as_of)), schema=CARD_SCHEMA, orient="row"),
        ]
    )


def _fact_rows(projects: Sequence[dict[str, Any]]) -> Iterator[_Row]:
    for column, definition in _FACTS:
        for row in projects:
            value = row[column]
            why = _WITHOUT_FACT.get(column, "not observed") if value is None else None
            yield column, row["project_id"], None if value is None else str(value), why, "", "", definition


def _standing_rows(
    landscape: Landscape, projects: Sequence[dict[str, Any]], as_of: Month, window: Window
) -> Iterator[_Row]:
    """Stars, rank and change year on year."""
    for row in projects:
        count, day = row["stars_count"], row["stars_observed_on"]
        why = None
        if count is None:
            why = (
                "its stars were never observed"
                if day is None
                else f"published only as observed on {day}, after {as_of}"
            )
        yield (
            "stars in all",
            row["project_id"],
            None if count is None else f"{count:,}",
            why,
            "stars",
            "" if count is None else str(day),
            "Stars at the day of the observation",
        )
    for row in projects:
        why = None
        if row["rank"] is None:
            why = _unranked(row, window)
        yield (
            "rank",
            row["project_id"],
            None if row["rank"] is None else str(row["rank"]),
            why,
            "",
            str(window),
            "Rank among the members by mean OpenRank over the window",
        )
    earlier = window.years_earlier(1)
    means = compute_window_means(landscape.series.panel(), {as_of: earlier})
    before = {row["project_id"]: row for row in means.iter_rows(named=True)}
    for row in projects:
        delta = row["openrank_yoy_delta"]
        yield (
            "openrank year on year",
            row["project_id"],
            None if delta is None else f"{delta:+.2f}",
            _no_change(row, before[row["project_id"]], window, earlier) if delta is None else None,
            "OpenRank",
            f"{window} against {earlier}",
            "Mean of the window minus the mean of the same months one year before; 0 before the creation",
        )


def _unranked(row: dict[str, Any], window: Window) -> str:
    if not row["is_member"]:
        return f"no member: {row['reason']}" if row["reason"] else "no member: watched only"
    if row["openrank_mean"] is None:
        return f"no month of {window} has a value"
    return f"the members are not ranked over {window}"


def _no_change(row: dict[str, Any], before: dict[str, Any], window: Window, earlier: Window) -> str:
    if row["openrank_mean"] is None:
        return f"no month of {window} has a value"
    retrieved, wanted = before["retrieved_months_count"], before["window_months_count"]
    if retrieved < wanted:
        months = "month" if wanted == 1 else "months"
        return f"{retrieved} of {wanted} {months} of {earlier} were retrieved: unknown, not 0"
    return f"no month of {earlier} has a value: unknown, not 0"


def _growth_rows(landscape: Landscape, project_ids: Sequence[str], as_of: Month) -> Iterator[_Row]:
    openrank = landscape.series.all_openrank()
    values = openrank.filter(pl.col("value").is_not_null()).select("project_id", "month")
    known = set(values.iter_rows())
    for quarters in range(_QUARTERS):
        start = last_quarter_by(as_of) - QUARTER_MONTHS * quarters
        quarter = Window(start, start + 2)
        growth = dict(compute_quarter_growth(openrank, start).iter_rows())
        for project_id in project_ids:
            value = growth.get(project_id)
            without = [str(month) for month in quarter.months if (project_id, month.first_day) not in known]
            why = f"no value in {', '.join(without)}" if without else "the months do not give a ratio"
            yield (
                f"openrank growth {start.year} Q{(start.month + 2) // 3}",
                project_id,
                None if value is None else f"{value:+.1%}",
                why if value is None else None,
                "ratio",
                str(quarter),
                "Mean of the two month-over-month ratios inside the quarter, minus 1",
            )


def _people_rows(landscape: Landscape, project_ids: Sequence[str], as_of: Month) -> Iterator[_Row]:
    """People shared with each of the others, by the newest source that is not simulated and ends by the month."""
    shared: dict[tuple[str, str], dict[str, Any]] = {}
    published = landscape.defaults.as_of.first_day
    edges = landscape.network.shared_people(project_ids).frame.filter(
        pl.col("kind") != "simulated", pl.col("window_end").fill_null(published) <= as_of.last_day
    )
    for row in edges.sort("window_end", "source", nulls_last=False).iter_rows(named=True):
        shared[row["project_a"], row["project_b"]] = shared[row["project_b"], row["project_a"]] = row
    for project_id in project_ids:
        ties = {other: shared[project_id, other] for other in project_ids if (project_id, other) in shared}
        counts = [f"{other} {row['shared_people_count']}" for other, row in ties.items()]
        windows = {
            f"{row['window_start']} to {row['window_end']}"
            if row["window_start"]
            else "not stated by the source"
            for row in ties.values()
        }
        yield (
            "shared people",
            project_id,
            ", ".join(counts) or None,
            None
            if counts
            else f"no source that ends by {as_of} has a pair of it and the others above its cut",
            "people",
            ", ".join(sorted(windows)),
            "Persons active in both, in the five collaboration event types",
        )


def _status_rows(landscape: Landscape, project_ids: Sequence[str], as_of: Month) -> Iterator[_Row]:
    days = [day for day in landscape.status.days().frame["as_of"] if day <= as_of.last_day]
    statuses = {}
    if days:
        rows = landscape.status.statuses(max(days)).frame.iter_rows(named=True)
        statuses = {row["project_id"]: row for row in rows}
    for project_id in project_ids:
        row = statuses.get(project_id)
        yield (
            "status",
            project_id,
            None if row is None else f"{row['status']}: {row['reasons'][0]}",
            f"no status was assessed by {as_of}" if row is None else None,
            "",
            "" if row is None else f"as of {row['as_of']}",
            "Whether it lives, by the policies of the graveyard",
        )


def _metrics(landscape: Landscape, project_ids: Sequence[str], as_of: Month, window: Window) -> pl.DataFrame:
    definitions = landscape.catalogue.metrics().frame.filter(
        # A mean of levels says nothing: the stars of a day have a row of their own.
        pl.col("metric_id") != "stars_total",
        pl.col("source") != "computed",
    )
    openrank_first = definitions.sort(pl.col("metric_id") != "openrank", "metric_id")
    metrics = [
        MetricDefinition(*row) for row in openrank_first.select("metric_id", "unit", "definition").iter_rows()
    ]
    values = landscape.series.values(project_ids).frame
    held = values.group_by("project_id", "metric_id").agg(
        first_month=pl.col("month").min(), last_month=pl.col("month").max()
    )
    known = values.filter(pl.col("month") <= as_of.first_day)
    return summarise_metrics(known, held, project_ids, metrics, window)


def _figure_rows(landscape: Landscape, project_ids: Sequence[str], as_of: Month) -> Iterator[_Row]:
    """What a report printed, for every project asked for that it says something about."""
    figures = landscape.comparison.figures(project_ids).frame.filter(pl.col("last_month") <= as_of.first_day)
    printed = {(row["measure"], row["project_id"]): row for row in figures.iter_rows(named=True)}
    for measure in dict.fromkeys(figures["measure"]):
        for project_id in project_ids:
            row = printed.get((measure, project_id))
            yield (
                f"published: {measure}",
                project_id,
                row["value"] if row else None,
                None if row else "no report printed this of it",
                "as printed",
                f"{row['report']}, {row['where']}" if row else "",
                row["remark"] if row else "",
            )
