"""A trend in its frame: the chart of a view of the page Trends, on whichever page.

Belongs here: from a view to its drawn series, with what is left out named. Must not: widgets that change the view.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from app import charts, trends
from app.components.controls import named_projects
from app.components.figure import About, escaped, show_chart
from app.components.table import in_words
from app.i18n import _, amount, in_language, marked, month_name, n_, quarter_name, whole
from app.i18n.published import in_reader_words, with_said
from app.labels import scope_names
from app.session import published, read_metadata

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from app.view_state import TrendsView
    from pipelines.published import Answer

_AGGREGATED = {
    ("monthly", "sum"): marked("per month"),
    ("monthly", "mean"): marked("per month"),
    ("quarterly", "sum"): marked("sum of the quarter"),
    ("quarterly", "mean"): marked("mean of the quarter's months"),
    ("annual", "sum"): marked("sum of the year"),
    ("annual", "mean"): marked("mean of the year's months"),
}
_NO_CREATION = pl.DataFrame(schema={"series": pl.String, "created_month": pl.Date})
_NO_EXTENTS = pl.DataFrame(schema={"series": pl.String, "extent_from": pl.Date, "extent_through": pl.Date})


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
    answer = published().series.of_metric(view.projects, view.metric)
    created = published().series.creation_months(view.projects).frame
    grid = trends.month_grid(
        _since(answer.frame, view), published().series.extents(view.projects).frame, created
    )
    by_age = view.align == "age"
    points = (
        trends.by_age(grid, created, view.period, view.aggregate)
        if by_age
        else trends.by_period(grid, view.period, view.aggregate)
    )
    _tell_left_out(view, names, points, label)
    if points["value"].is_null().all():
        return
    gaps = trends.stretches(grid)
    events = (
        with_said(published().projects.events(view.projects).frame, text="message") if view.events else None
    )
    if by_age:
        gaps = trends.aged(gaps, created)
    _draw(
        view,
        key,
        points,
        names,
        answer,
        about=About(
            view.metric,
            _span(points, view),
            _known(grid),
        ),
        metric_label=label,
        unit=in_reader_words(metric["unit"]),
        events=None if events is None else _placed(events, created, points, by_age=by_age),
        gaps=gaps,
    )


def _known(grid: pl.DataFrame) -> str:
    """How many months of a grid are unknown or a nowcast, in words."""
    unknown = n_(
        "{count} month of {all} is unknown",
        "{count} months of {all} are unknown",
        grid.filter(pl.col("state") == "unknown").height,
        all=whole(grid.height),
    )
    nowcast_count = grid.filter(pl.col("basis") == "nowcast").height
    if not nowcast_count:
        return unknown
    return _(
        "{unknown}; {nowcast}",
        unknown=unknown,
        nowcast=n_(
            "{count} is a nowcast from GitHub's counts",
            "{count} are a nowcast from GitHub's counts",
            nowcast_count,
        ),
    )


def _show_domains(view: TrendsView, key: str, names: Mapping[str, str]) -> None:
    if not view.scopes:
        st.info(_("Choose layers, domains or subdomains."))
        return
    answer = published().series.of_scopes(view.scopes)
    rows = _since(answer.frame, view)
    if rows.is_empty():
        st.info(_("None of them has a value."))
        return
    points = trends.by_period(trends.month_grid(rows, _NO_EXTENTS, _NO_CREATION), view.period, view.aggregate)
    month, known, existing = (
        rows.filter(pl.col("known_projects_count") == pl.col("existing_projects_count"))
        .sort("month")
        .select("month", "known_projects_count", "existing_projects_count")
        .tail(1)
        .rows()
        or [(rows["month"][-1], rows["known_projects_count"][-1], rows["existing_projects_count"][-1])]
    )[0]
    coverage = _(
        "hollow where a project of the domain has no retrieved value, so that the set changes;"
        " in {month} {known} of {all} were known",
        month=month_name(month),
        known=whole(known),
        all=whole(existing),
    )
    _draw(
        view,
        key,
        points,
        names,
        answer,
        about=About("openrank", _span(points, view), coverage),
        metric_label=_("OpenRank, all projects of the domain"),
        unit="OpenRank",
    )
    st.caption(escaped(coverage))


def _show_areas(view: TrendsView, key: str, names: Mapping[str, str]) -> None:
    if not view.areas:
        st.info(_("Choose technology areas."))
        return
    answer = published().series.area_years(view.areas)
    points = answer.frame.select(
        "series", "value", "low", "high", "basis", "is_partial", "months_count", at="month"
    )
    fullest = answer.frame.sort("covered_repos_count").group_by("series").last().sort("series")
    coverage = "; ".join(
        _(
            "{area} {covered} of {all} repositories in {year}",
            area=names[row["series"]],
            covered=whole(row["covered_repos_count"]),
            all=whole(row["repos_count"]),
            year=row["month"].year,
        )
        for row in fullest.iter_rows(named=True)
    )
    _draw(
        view,
        key,
        points,
        names,
        answer,
        about=About("technology_area_openrank", _span(points, view), coverage),
        metric_label=_("OpenRank, all covered repositories of the area"),
        unit="OpenRank",
    )
    st.caption(escaped(_("Covered: {coverage}. Hollow: too few for a comparison.", coverage=coverage)))


def _draw(
    view: TrendsView,
    key: str,
    points: pl.DataFrame,
    names: Mapping[str, str],
    answer: Answer,
    *,
    about: About,
    metric_label: str,
    unit: str,
    events: pl.DataFrame | None = None,
    gaps: pl.DataFrame | None = None,
) -> None:
    if view.index:
        points = trends.against_base(points)
    shown = points.with_columns(
        label=pl.Series([_written(at, view.period) for at in points["at"]], dtype=pl.String),
    ).sort("series", "at")
    latest = (
        shown.filter(pl.col("value").is_not_null()).group_by("series").last().sort("value", descending=True)
    )
    order = {key: names[key] for key in latest["series"]}
    how = _(_AGGREGATED[view.period, view.aggregate])
    if view.index:
        how = _("{how}, first complete period = 100", how=how)
    y_title = _("{unit}, {how}", unit=unit, how=how)
    show_chart(
        key,
        _("{metric}: {how}", metric=metric_label, how=how),
        charts.trends(
            shown,
            order,
            y_title,
            x_title=_("months since creation") if view.align == "age" else "",
            is_log=view.log,
            events=events,
            gaps=gaps,
        ),
        answer.narrowed(shown.drop("label"), *_made(view, how)),
        about,
        summary=_(
            "Latest values: {values}",
            values=", ".join(_latest(names[row["series"]], row) for row in latest.iter_rows(named=True)),
        ),
        table=in_words(shown.drop("label")).with_columns(pl.col("series").replace(names), at=shown["label"]),
    )
    if shown["basis"].is_in(["nowcast"]).any():
        st.caption(
            _(
                "Dashed: a nowcast, since the event stream behind the source lost most of these months. It says what"
                " the value would be by GitHub's own counts; the band holds it in 80 cases of 100."
            )
            if shown["low"].count()
            else _("Dashed: the sum holds nowcasts, since the event stream lost most of these months.")
        )
    if gaps is not None and not gaps.is_empty():
        st.caption(
            _(
                "Strips below the chart: hatched months are unknown, since nobody retrieved them or the event stream"
                " lost them; a thin bar is months without activity. Hollow and dotted: partial, or a period of which a"
                " month is unknown."
            )
        )


def _latest(name: str, row: Mapping[str, Any]) -> str:
    """The last value of a series with its period, and whether it is a nowcast."""
    text = _("{name} {value} in {period}", name=name, value=amount(row["value"]), period=row["label"])
    return _("{value} (nowcast)", value=text) if row["basis"] == "nowcast" else text


def _made(view: TrendsView, how: str) -> list[str]:
    """How the points come from the published values, in words."""
    words = [how]
    if view.since is not None:
        words.append(_("from {year} on", year=view.since))
    if view.align == "age":
        words.append(_("by months since creation"))
    return words


def _tell_left_out(view: TrendsView, names: Mapping[str, str], points: pl.DataFrame, label: str) -> None:
    valued = set(points.drop_nulls("value")["series"])
    without = [names[one] for one in view.projects if one not in valued]
    if without:
        st.info(
            _(
                "{metric}: no value of {projects} is known: unknown, not zero.",
                metric=label,
                projects=escaped(", ".join(without)),
            )
        )


def _since(rows: pl.DataFrame, view: TrendsView) -> pl.DataFrame:
    return rows if view.since is None else rows.filter(pl.col("month").dt.year() >= view.since)


def _written(at: date | int, period: str) -> str:
    if isinstance(at, int):
        return _("month {age}", age=at)
    match period:
        case "monthly":
            return month_name(at)
        case "quarterly":
            return quarter_name(at)
        case _annual:
            return str(at.year)


def _span(points: pl.DataFrame, view: TrendsView) -> str:
    ats = points["at"].sort()
    first, last = _written(ats[0], view.period), _written(ats[-1], view.period)
    return _("{first} to {last}", first=first, last=last)


def _placed(
    events: pl.DataFrame, created: pl.DataFrame, points: pl.DataFrame, *, by_age: bool
) -> pl.DataFrame:
    """Events on the axis of `points`: ``series, at, text``; those before it or after it are left out."""
    ats = points["at"].sort()
    months = dict(created.iter_rows())
    rows = []
    for row in events.iter_rows(named=True):
        at: Any = row["happened_on"]
        if by_age:
            month = months.get(row["project_id"])
            if month is None:
                continue
            at = trends.age_on(at, month)
        if ats[0] <= at <= ats[-1]:
            rows.append((row["project_id"], at, f"{row['happened_on']} {row['name']}: {row['text']}"))
    schema = {"series": pl.String, "at": pl.Int64 if by_age else pl.Date, "text": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")
