"""How projects, domains and technology areas develop, on one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from app.components.controls import linked_projects, named_projects, offered_projects
from app.components.left_out import show_left_out
from app.components.trend import series_names, show_trend
from app.i18n import _, in_language, marked
from app.presets import PRESETS
from app.session import (
    choice_of,
    close_view,
    keep_undrawn,
    open_view,
    published,
    read_metadata,
    set_view,
    widget_key,
    widget_view,
)
from app.view_state import MOST_SERIES, TrendsView

if TYPE_CHECKING:
    from collections.abc import Mapping

_KINDS = {
    "projects": marked("Projects"),
    "domains": marked("Domains"),
    "areas": marked("Technology areas"),
}
_PERIODS = {"monthly": marked("monthly"), "quarterly": marked("quarterly"), "annual": marked("annual")}
_AGGREGATES = {"sum": marked("sum"), "mean": marked("mean")}
_ALIGNMENTS = {"calendar": marked("calendar"), "age": marked("age")}
_PRESET_KEY = "trends-preset"


def show() -> None:
    """Draw the page."""
    if published().projects.found("", 1).frame.is_empty():
        st.info(_("There is no project yet. Add some to `seeds/projects.yml` and run `landscape build`."))
        return
    catalogue = published().catalogue.metrics().frame.filter(pl.col("source") != "computed")
    preset_projects = named_projects({one for preset in PRESETS.values() for one in preset.view.projects})
    names = {kind: series_names(kind) for kind in _KINDS if kind != "projects"}
    # Streamlit forgets a switch once another page is drawn.
    is_new = widget_key(TrendsView, "log") not in st.session_state
    dropped = open_view(
        TrendsView,
        {
            "kind": _KINDS,
            "projects": linked_projects("projects"),
            "scopes": names["domains"],
            "areas": names["areas"],
            "metric": catalogue["metric_id"].to_list(),
            "period": _PERIODS,
            "aggregate": lambda view: _aggregates(view.metric, catalogue),
            "align": _ALIGNMENTS,
            "since": _years(),
        },
        {},
    )
    if is_new and widget_view(TrendsView) == TrendsView():
        first = next(iter(PRESETS.values())).view
        if set(first.projects) <= preset_projects.keys():
            set_view(first)
    show_left_out(dropped)
    _show_presets(preset_projects)
    _show_controls(names, catalogue)
    view = close_view(TrendsView, {})
    if view.projects or view.kind != "projects":
        show_trend(view, "trends")
    else:
        st.info(_("Choose projects, or one of the trends above."))


def _show_presets(projects: Mapping[str, str]) -> None:
    offered = {one: preset for one, preset in PRESETS.items() if set(preset.view.projects) <= projects.keys()}
    shown = widget_view(TrendsView)
    st.session_state[_PRESET_KEY] = next((one for one in offered if offered[one].view == shown), None)
    st.pills(
        _("Trends of the report of May 2025"),
        list(offered),
        format_func=lambda one: _(offered[one].title),
        key=_PRESET_KEY,
        on_change=_apply_preset,
    )


def _apply_preset() -> None:
    chosen = st.session_state[_PRESET_KEY]
    if chosen is not None:
        set_view(PRESETS[chosen].view)


def _show_controls(names: Mapping[str, Mapping[str, str]], catalogue: pl.DataFrame) -> None:
    kind, what = st.columns([1.5, 4], vertical_alignment="bottom")
    kind.segmented_control(
        _("Of"), required=True, **choice_of(TrendsView, "kind", _KINDS, lambda one: _(_KINDS[one]))
    )
    chosen: str = st.session_state[widget_key(TrendsView, "kind")]
    fields = {"projects": "projects", "domains": "scopes", "areas": "areas"}
    with what:
        series = (
            offered_projects("trends.search", st.session_state[widget_key(TrendsView, "projects")])
            if chosen == "projects"
            else names[chosen]
        )
    what.multiselect(
        _(_KINDS[chosen]),
        max_selections=MOST_SERIES,
        placeholder=_("choose some"),
        **choice_of(TrendsView, fields[chosen], series, series.__getitem__),
    )
    # Areas are published by year: there is nothing to choose.
    if chosen != "areas":
        _show_time_controls(chosen, catalogue)
    with st.container(horizontal=True, key="switches"):
        st.toggle(_("first complete period = 100"), key=widget_key(TrendsView, "index"))
        st.toggle(_("logarithmic axis"), key=widget_key(TrendsView, "log"))
        if chosen == "projects":
            st.toggle(_("dated events"), key=widget_key(TrendsView, "events"))
        else:
            keep_undrawn(TrendsView, "events")


def _show_time_controls(kind: str, catalogue: pl.DataFrame) -> None:
    metric, period, aggregate, align, since = st.columns([1.6, 1.8, 1.1, 1.2, 1], vertical_alignment="bottom")
    rows = {row["metric_id"]: row for row in catalogue.iter_rows(named=True)}
    if kind == "projects":
        metric.selectbox(
            _("Metric"),
            **choice_of(
                TrendsView,
                "metric",
                sorted(rows, key=lambda one: (one != "openrank", one)),
                lambda one: in_language(rows[one]["name"], rows[one]["name_zh"]),
            ),
        )
    else:
        metric.text_input(_("Metric"), "OpenRank", disabled=True)
    period.segmented_control(
        _("By"), required=True, **choice_of(TrendsView, "period", _PERIODS, lambda one: _(_PERIODS[one]))
    )
    aggregates = _aggregates(st.session_state[widget_key(TrendsView, "metric")], catalogue)
    if st.session_state[widget_key(TrendsView, "aggregate")] not in aggregates:
        (st.session_state[widget_key(TrendsView, "aggregate")],) = aggregates
    aggregate.segmented_control(
        _("As"),
        required=True,
        **choice_of(TrendsView, "aggregate", aggregates, lambda one: _(_AGGREGATES[one])),
    )
    if kind == "projects":
        align.segmented_control(
            _("Along"),
            required=True,
            **choice_of(TrendsView, "align", _ALIGNMENTS, lambda one: _(_ALIGNMENTS[one])),
        )
    since.selectbox(
        _("From year"),
        placeholder=_("first"),
        **choice_of(
            TrendsView, "since", [None, *_years()], lambda year: _("first") if year is None else str(year)
        ),
    )


def _aggregates(metric_id: str, catalogue: pl.DataFrame) -> list[str]:
    """How the months of a metric are put together; to add up people or stars would count them several times."""
    additive = catalogue.filter("is_additive_over_months")["metric_id"]
    return list(_AGGREGATES) if metric_id in set(additive) else ["mean"]


def _years() -> range:
    return range(2015, read_metadata().as_of.year + 1)


show()
