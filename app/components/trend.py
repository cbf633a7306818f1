"""A trend in its frame: the chart of a view of the page Trends, on whichever page.

Belongs here: from a view to its drawn series, with what is left out named. Must not: widgets that change the view.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from app import charts
from app.components.controls import named_projects
from app.components.figure import About, escaped, show_chart
from app.components.trend_words import point_text, say_gaps, stretch, value_text, written
from app.i18n import _, day_name, in_language, marked, n_, whole
from app.i18n.published import in_reader_words, with_said
from app.labels import BASES, GAPS, gap_reasons, scope_names
from app.session import published, read_metadata
from pipelines.floor.periods import Month
from pipelines.published.trends import Axis

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.view_state import TrendsView
    from pipelines.published.trends import Trend

_AGGREGATED = {
    ("monthly", "sum"): marked("per month"),
    ("monthly", "mean"): marked("per month"),
    ("quarterly", "sum"): marked("sum of the quarter"),
    ("quarterly", "mean"): marked("mean of the quarter's months"),
    ("annual", "sum"): marked("sum of the year"),
    ("annual", "mean"): marked("mean of the year's months"),
}


def series_names(kind: str) -> dict[str, str]:
    """Every domain or area that can be drawn → its name in the language of this run."""
    match kind:
        case "domains":
            return scope_names(published().catalogue.boxes(read_metadata().taxonomy_version).frame)
        case _areas:
            return {
                row["area"]: in_language(row["name"], row["name_zh"])
                for row in published().series.areas().frame.iter_rows(named=True)
            }


def show_trend(view: TrendsView, key: str) -> None:
    """Draw what a view shows.

    Parameters
    ----------
    view
        Which series, and how they are put on one axis.
    key
        Tells the figure from others on the page.
    """
    match view.kind:
        case "projects":
            _show_projects(view, key, named_projects(view.projects))
        case "domains":
            _show_domains(view, key, series_names("domains"))
        case _areas:
            # Areas are published by year: there is nothing to choose.
            annual = replace(view, period="annual", aggregate="sum", align="calendar")
            _show_areas(annual, key, series_names("areas"))


def _show_projects(view: TrendsView, key: str, names: Mapping[str, str]) -> None:
    metric = (
        published().catalogue.metrics().frame.row(by_predicate=pl.col("metric_id") == view.metric, named=True)
    )
    label = in_language(metric["name"], metric["name_zh"])
    trend = published().trends.of_projects(view.projects, view.metric, _axis(view))
    points = trend.points.frame
    _tell_left_out(view, names, points, label)
    if points.is_empty():
        return
    events = (
        with_said(published().projects.events(view.projects).frame, text="message") if view.events else None
    )
    draw_trend(
        view,
        key,
        trend,
        names,
        about=About(
            view.metric,
            _span(points, view),
            _known(trend),
        ),
        metric_label=label,
        unit=in_reader_words(metric["unit"]),
        events=None if events is None else _placed(events, view, points),
    )


def _known(trend: Trend) -> str:
    """How many months are unknown or a nowcast, in words."""
    unknown = n_(
        "{count} month of {all} is unknown",
        "{count} months of {all} are unknown",
        trend.unknown_months_count,
        all=whole(trend.months_count),
    )
    if not trend.nowcast_months_count:
        return unknown
    return _(
        "{unknown}; {nowcast}",
        unknown=unknown,
        nowcast=n_(
            "{count} is a nowcast from GitHub's counts",
            "{count} are a nowcast from GitHub's counts",
            trend.nowcast_months_count,
        ),
    )


def _show_domains(view: TrendsView, key: str, names: Mapping[str, str]) -> None:
    if not view.scopes:
        st.info(_("Choose layers, domains or subdomains."))
        return
    trend = published().trends.of_scopes(view.scopes, _axis(view))
    if trend.points.frame.is_empty():
        st.info(_("None of them has a value."))
        return
    counts = ("known_projects_count", "existing_projects_count")
    coverage = _newest_counts(trend.points.frame, view, names, counts)
    draw_trend(
        view,
        key,
        trend,
        names,
        about=About("openrank", _span(trend.points.frame, view), coverage),
        metric_label=_("OpenRank, all projects of the domain"),
        unit="OpenRank",
        counts=counts,
    )
    st.caption(
        escaped(
            _(
                "Known of the projects that existed: {coverage}. Hollow: not all are known, so that the set changes.",
                coverage=coverage,
            )
        )
    )


def _show_areas(view: TrendsView, key: str, names: Mapping[str, str]) -> None:
    if not view.areas:
        st.info(_("Choose technology areas."))
        return
    trend = published().trends.of_areas(view.areas, _axis(view))
    if trend.points.frame.is_empty():
        st.info(_("None of them has a value."))
        return
    counts = ("covered_repos_count", "repos_count")
    fullest = trend.points.frame.sort("series", counts[0], "at").group_by("series").last().sort("series")
    coverage = _newest_counts(fullest, view, names, counts)
    draw_trend(
        view,
        key,
        trend,
        names,
        about=About("technology_area_openrank", _span(trend.points.frame, view), coverage),
        metric_label=_("OpenRank, all covered repositories of the area"),
        unit="OpenRank",
        counts=counts,
    )
    st.caption(
        escaped(
            _(
                "Repositories covered at most: {coverage}. Hollow: too few for a comparison.",
                coverage=coverage,
            )
        )
    )


def _newest_counts(
    points: pl.DataFrame, view: TrendsView, names: Mapping[str, str], counts: tuple[str, str]
) -> str:
    """How many of how many the newest point of each series covers."""
    newest = points.drop_nulls("value").sort("series", "at").group_by("series", maintain_order=True).last()
    return "; ".join(
        _(
            "{name} {known} of {all} in {period}",
            name=names[row["series"]],
            known=whole(row[counts[0]]),
            all=whole(row[counts[1]]),
            period=written(row["at"], view.period),
        )
        for row in newest.iter_rows(named=True)
    )


def _axis(view: TrendsView) -> Axis:
    return Axis(view.period, view.aggregate, view.align, view.since, index=view.index)


def draw_trend(
    view: TrendsView,
    key: str,
    trend: Trend,
    names: Mapping[str, str],
    *,
    about: About,
    metric_label: str,
    unit: str,
    events: pl.DataFrame | None = None,
    counts: tuple[str, str] | None = None,
) -> None:
    """Draw series in their frame, and say which stretches are unknown and why.

    Parameters
    ----------
    view
        How they are on one axis.
    key
        Tells the figure from others on the page.
    trend, names
        The series, and what each is called.
    about
        What they rest on.
    metric_label, unit
        What is drawn.
    events
        Dated events, as the chart takes them.
    counts
        Columns of how many of how many a sum covers.
    """
    shown = trend.points.frame
    labels = [point_text(row, view.period, counts) for row in shown.iter_rows(named=True)]
    latest = (
        shown.filter(pl.col("value").is_not_null()).group_by("series").last().sort("value", descending=True)
    )
    order = {key: names[key] for key in latest["series"]}
    how = _(_AGGREGATED[view.period, view.aggregate])
    if view.index:
        how = _("{how}, first complete period = 100", how=how)
    y_title = _("{unit}, {how}", unit=unit, how=how)
    gaps = trend.gaps.with_columns(
        label=pl.Series(
            [stretch(*ends) for ends in trend.gaps.select("first", "last").rows()], dtype=pl.String
        )
    )
    reasons = gap_reasons(about.metric_id)
    latest_values = [
        _(
            "{name} {value} in {period}",
            name=names[row["series"]],
            value=value_text(row),
            period=written(row["at"], view.period),
        )
        for row in latest.iter_rows(named=True)
    ]
    show_chart(
        key,
        _("{metric}: {how}", metric=metric_label, how=how),
        charts.trends(
            shown.with_columns(label=pl.Series(labels, dtype=pl.String)),
            order,
            y_title,
            x_title=_("months since creation") if view.align == "age" else "",
            is_log=view.log,
            events=events,
            gaps=gaps,
            gap_names={state: _(name) for state, name in GAPS.items()},
        ),
        trend.points.narrowed(shown, *_made(view, how)),
        about,
        summary=_(
            "Latest values: {values}",
            values=in_language("; ", "；").join(latest_values),
        ),
        table=shown.with_columns(
            pl.col("series").replace(names),
            pl.col("basis").replace({basis: _(name) for basis, name in BASES.items()}),
            at=pl.Series([written(at, view.period) for at in shown["at"]], dtype=pl.String),
        ).select("series", "at", pl.all().exclude("series", "at")),
    )
    if shown.filter(basis="nowcast")["is_comparable"].any():
        st.caption(
            _(
                "Dashed: a nowcast, since the event stream behind the source lost most of these months. It says what"
                " the value would be by GitHub's own counts; the band holds it in 80 cases of 100."
            )
        )
    say_gaps(gaps.filter(pl.col("series").is_in(list(order))), order, reasons)


def _made(view: TrendsView, how: str) -> list[str]:
    """How the points come from the published values, in words."""
    words = [how]
    if view.since is not None:
        words.append(_("from {year} on", year=view.since))
    if view.align == "age":
        words.append(_("by months since creation"))
    return words


def _tell_left_out(view: TrendsView, names: Mapping[str, str], points: pl.DataFrame, label: str) -> None:
    without = [names[one] for one in view.projects if one not in set(points["series"])]
    if without:
        st.info(
            _(
                "{metric}: no value of {projects} is known: unknown, not zero.",
                metric=label,
                projects=escaped(", ".join(without)),
            )
        )


def _span(points: pl.DataFrame, view: TrendsView) -> str:
    ats = points["at"].sort()
    first, last = written(ats[0], view.period), written(ats[-1], view.period)
    return _("{first} to {last}", first=first, last=last)


def _placed(events: pl.DataFrame, view: TrendsView, points: pl.DataFrame) -> pl.DataFrame:
    """Events on the axis of `points`: ``series, at, text``; those before it or after it are left out."""
    ats = points["at"].sort()
    by_age = view.align == "age"
    months = dict(published().series.creation_months(view.projects).frame.iter_rows())
    rows = []
    for row in events.iter_rows(named=True):
        at: Any = row["happened_on"]
        if by_age:
            month = months.get(row["project_id"])
            if month is None:
                continue
            at = Month.of(at).months_since(Month.of(month))
        if ats[0] <= at <= ats[-1]:
            rows.append(
                (row["project_id"], at, f"{day_name(row['happened_on'])} {row['name']}: {row['text']}")
            )
    schema = {"series": pl.String, "at": pl.Int64 if by_age else pl.Date, "text": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")
