"""The poster: every project of the landscape in its box, as of any month."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from app.components.figure import About, escaped, frame
from app.components.left_out import show_left_out
from app.components.poster import show_poster
from app.components.trend_words import stretch
from app.i18n import (
    _,
    amount,
    marked,
    month_name,
    n_,
    whole,
)
from app.i18n.published import in_reader_words
from app.labels import STATUSES, box_names, profile_name, status_name
from app.session import choice_of, close_view, open_view, published, read_metadata, widget_key, widget_view
from app.view_state import MOST_OPENRANK, LandscapeView
from pipelines.floor.periods import Month

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from streamlit.delta_generator import DeltaGenerator

    from app.view_state import Choices
from app.views.poster_cards import AWAY, poster_bands, poster_words

_FACETS = {
    "layer": marked("Layer"),
    "domain": marked("Domain"),
    "language": marked("Language"),
    "licence": marked("Licence"),
    "status": marked("Status"),
}
_COLUMNS = {
    "layer": "layer",
    "domain": "domain",
    "language": "language",
    "licence": "license_spdx",
    "status": "status",
}
_NO_VALUE = "unknown"


def show() -> None:
    """Draw the page."""
    metadata = read_metadata()
    months = published().members.months().frame["as_of_month"].to_list()
    profiles = published().catalogue.profiles().frame
    boxes = published().catalogue.boxes(metadata.taxonomy_version).frame
    facets = published().members.facets(metadata.taxonomy_version).frame.fill_null(_NO_VALUE)
    if not months:
        st.info(_("No month has a member yet: no OpenRank was fetched. Run `landscape refresh`."))
        return
    defaults = {"as_of": metadata.as_of_month, "profile": metadata.membership_profile}
    choices: Choices = {
        "as_of": months,
        "against": months,
        "profile": profiles["profile"].to_list(),
        "layer": boxes["layer"].unique().to_list(),
        "domain": boxes["domain"].unique().to_list(),
        "language": facets["language"].to_list(),
        "licence": facets["license_spdx"].to_list(),
        "status": list(STATUSES),
        "created_from": facets["created_year"].to_list(),
    }
    show_left_out(open_view(LandscapeView, choices, defaults))
    rule_and_filters = _show_controls(months, defaults)
    with rule_and_filters:
        _show_rule(months, profiles)
    view = close_view(LandscapeView, defaults)
    as_of, profile = view.as_of or metadata.as_of_month, view.profile or metadata.membership_profile
    window = published().members.window(Month.of(as_of), profile)
    answer = published().members.cards(as_of, profile, metadata.taxonomy_version)
    candidates = answer.frame.with_columns(
        pl.col(column).fill_null(_NO_VALUE) for column in _COLUMNS.values() if column in answer.frame.columns
    )
    candidates = _compared(candidates, as_of, view.against, profile)
    in_picture = candidates.filter(
        pl.col("is_member").fill_null(value=False) | pl.col("mark").is_in(AWAY)
    ).with_columns(is_away=pl.col("mark").is_in(AWAY))
    with rule_and_filters:
        _show_filters(in_picture, boxes)
    view = close_view(LandscapeView, defaults)
    shown = in_picture.filter(_wanted(view))
    about = About(
        metric_id="openrank_mean",
        window=stretch(window.start.first_day, window.end.first_day),
        coverage=_(
            "{known} of {all} labelled projects have a value in the window",
            known=whole(candidates["openrank_mean"].count()),
            all=whole(candidates.height),
        ),
    )
    title = n_("{count} project", "{count} projects", shown.filter(~pl.col("is_away")).height)
    # From the answer, since `shown` has a word where a value is unknown.
    drawn = answer.frame.join(shown.select("project_id", "mark"), on="project_id", maintain_order="left")
    with frame("landscape", title, answer.narrowed(drawn, *_filters(view, _facet_names(boxes))), about):
        if view.against is not None:
            st.caption(escaped(_comparison(shown, as_of, view.against)))
        show_poster(poster_bands(shown, boxes, as_of, view.against), poster_words())


def _show_controls(months: Sequence[date], defaults: Mapping[str, object]) -> DeltaGenerator:
    """Draw what is used most, and return the closed box for the rest: it says how much of it is in use."""
    time, search = st.columns([3, 2], vertical_alignment="bottom")
    time.select_slider(_("As-of month"), **choice_of(LandscapeView, "as_of", months, month_name))
    search.text_input(
        _("Search the projects by name, owner or description"),
        key=widget_key(LandscapeView, "search"),
        placeholder=_("for example serving"),
    )
    chosen = widget_view(LandscapeView)
    active = sum(
        getattr(chosen, one.name) not in (one.default, defaults.get(one.name))
        for one in fields(LandscapeView)
        if one.name not in ("as_of", "search")
    )
    label = n_("{count} active", "{count} active", active) if active else _("none active")
    return st.expander(
        _("Rule, comparison and filters: {active}", active=label), icon=":material/tune:", key="filters"
    )


def _show_rule(months: Sequence[date], profiles: pl.DataFrame) -> None:
    rule, against = st.columns(2, vertical_alignment="bottom")
    lines = {row["profile"]: profile_name(row) for row in profiles.iter_rows(named=True)}
    rule.selectbox(
        _("Rule of membership"),
        help="\n\n".join(
            escaped(f"{lines[row['profile']]}: {in_reader_words(row['reason'])}")
            for row in profiles.iter_rows(named=True)
        ),
        **choice_of(LandscapeView, "profile", lines, lines.__getitem__),
    )
    against.selectbox(
        _("Compare members with"),
        placeholder=_("no other month"),
        **choice_of(LandscapeView, "against", list(reversed(months)), month_name),
    )


def _compared(candidates: pl.DataFrame, as_of: date, against: date | None, profile: str) -> pl.DataFrame:
    """Candidates with ``mark`` and with ``other_reason_code``, their verdict in the month they are compared with.

    A project is new or dropped against an earlier month, and left or joined by a later one. Where one of the two
    verdicts is unknown, nothing of the kind can be said.
    """
    if against is None:
        return candidates.with_columns(mark=pl.lit(""), other_reason_code=pl.lit(None, dtype=pl.String))
    here, there = pl.col("is_member"), pl.col("is_other_member")
    only_here, only_there = ("left", "joined") if against > as_of else ("new", "dropped")
    mark = (
        pl.when(here & ~there)
        .then(pl.lit(only_here))
        .when(~here & there)
        .then(pl.lit(only_there))
        .when(here & there.is_null())
        .then(pl.lit("unknown-then"))
        .when(here.is_null() & there)
        .then(pl.lit("unknown-now"))
        .otherwise(pl.lit(""))
    )
    others = published().members.other_verdicts(against, profile).frame
    return candidates.join(others, on="project_id", how="left", maintain_order="left").with_columns(mark=mark)


def _comparison(shown: pl.DataFrame, as_of: date, against: date) -> str:
    """How many projects of the picture came and went, as a sentence that can be held against the data."""
    counts = dict(shown["mark"].value_counts().iter_rows())
    says = {
        "new": marked("new since {month}: {count}"),
        "left": marked("left by {month}: {count}"),
        "unknown-then": marked("verdict as of {month} unknown: {count}"),
        "dropped": marked("dropped since {month}, dashed and not counted: {count}"),
        "joined": marked("joined by {month}, dashed and not counted: {count}"),
        "unknown-now": marked("in as of {month}, unknown as of {as_of}, dashed and not counted: {count}"),
    }
    months = {"month": month_name(against), "as_of": month_name(as_of)}
    found = [_(text, **months, count=whole(counts[mark])) for mark, text in says.items() if mark in counts]
    return " · ".join(found) or _("Nobody came or left against {month}.", **months)


def _show_filters(candidates: pl.DataFrame, boxes: pl.DataFrame) -> None:
    """Facets that offer what leads to a result, with how many each has."""
    names = _facet_names(boxes)
    columns = st.columns(len(_FACETS))
    for (facet, label), column in zip(_FACETS.items(), columns, strict=True):
        others = candidates.filter(_wanted_of(facet))
        counts = dict(others[_COLUMNS[facet]].value_counts().iter_rows())
        chosen = [
            value for value in st.session_state[widget_key(LandscapeView, facet)] if value not in counts
        ]
        order = names.get(facet, {})
        options = sorted(
            counts,
            key=lambda value: (list(order).index(value) if value in order else 0, -counts[value], value),
        )
        column.multiselect(
            _(label),
            placeholder=_("all"),
            **choice_of(LandscapeView, facet, [*options, *chosen], partial(_counted, facet, names, counts)),
        )
    least, since = st.columns(2)
    least.number_input(
        _("OpenRank from"),
        min_value=0.0,
        max_value=MOST_OPENRANK,
        step=10.0,
        format="%g",
        key=widget_key(LandscapeView, "openrank_from"),
    )
    # As with the facets: what is chosen stays, although another month has no project that young.
    years = {
        *candidates["created_year"].drop_nulls(),
        st.session_state[widget_key(LandscapeView, "created_from")],
    } - {None}
    since.selectbox(
        _("Created from"),
        placeholder=_("any year"),
        **choice_of(LandscapeView, "created_from", sorted(years)),
    )


def _counted(
    facet: str, names: Mapping[str, Mapping[str, str]], counts: Mapping[str, int], value: str
) -> str:
    return f"{_value_name(facet, value, names)} · {counts.get(value, 0)}"


def _wanted_of(open_facet: str) -> pl.Expr:
    """What the widgets ask for, leaving one facet open."""
    emptied: dict[str, Any] = {open_facet: ()}
    return _wanted(replace(widget_view(LandscapeView), **emptied))


def _wanted(view: LandscapeView) -> pl.Expr:
    wanted = pl.lit(value=True)
    for facet, column in _COLUMNS.items():
        values = getattr(view, facet)
        if values:
            wanted &= pl.col(column).is_in(list(values))
    if view.search:
        text = pl.concat_str("name", "repo_full_name", "description", separator=" ", ignore_nulls=True)
        wanted &= text.str.to_lowercase().str.contains(view.search.lower(), literal=True)
    if view.openrank_from:
        wanted &= pl.col("openrank_mean").fill_null(0.0) >= view.openrank_from
    if view.created_from is not None:
        wanted &= pl.col("created_year") >= view.created_from
    return wanted


def _filters(view: LandscapeView, names: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What `_wanted` asks for, in words."""
    words = [
        _("members")
        if view.against is None
        else _("members, and those of {month} only", month=month_name(view.against))
    ]
    for facet, label in _FACETS.items():
        values = ", ".join(_value_name(facet, value, names) for value in getattr(view, facet))
        if values:
            words.append(f"{_(label)}: {values}")
    if view.search:
        words.append(_("Search: {words}", words=view.search))
    if view.openrank_from:
        words.append(f"{_('OpenRank from')}: {amount(view.openrank_from)}")
    if view.created_from is not None:
        words.append(f"{_('Created from')}: {view.created_from}")
    return words


def _facet_names(boxes: pl.DataFrame) -> dict[str, dict[str, str]]:
    """Facet → value → how it is written, in the order it is drawn."""
    return {
        "layer": box_names(boxes, "layer"),
        "domain": box_names(boxes, "domain"),
        "status": {status: status_name(status) for status in STATUSES},
    }


def _value_name(facet: str, value: str, names: Mapping[str, Mapping[str, str]]) -> str:
    if value == _NO_VALUE:
        return _("unknown")
    return names.get(facet, {}).get(value, value)


show()
