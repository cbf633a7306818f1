"""Two to six projects side by side."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from app.components.controls import linked_projects, offered_projects
from app.components.figure import About, escaped, frame
from app.components.left_out import show_left_out
from app.components.printed import show_printed
from app.components.table import in_words
from app.components.trend import show_trend
from app.components.trend_words import stretch
from app.i18n import _, amount, change, day_name, marked, month_name, n_, percent, whole
from app.i18n.published import said
from app.labels import box_names, reason_name, status_name
from app.session import choice_of, close_view, open_view, published, read_metadata, set_view, widget_key
from app.view_state import MOST_COMPARED, CompareView, TrendsView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from typing import Any

_FEWEST = 2
_ALIGNMENTS = {"calendar": marked("calendar"), "age": marked("age")}


def show() -> None:
    """Draw the page."""
    months = published().rankings.months().frame["as_of_month"].to_list()
    if not months:
        st.info(_("There is nothing to compare yet: no project has an OpenRank. Run `landscape refresh`."))
        return
    metadata = read_metadata()
    defaults = {"as_of": metadata.as_of_month if metadata.as_of_month in months else months[-1]}
    choices = {"projects": linked_projects("projects"), "as_of": months, "align": _ALIGNMENTS}
    show_left_out(open_view(CompareView, choices, defaults))
    names = offered_projects("compare.search", st.session_state[widget_key(CompareView, "projects")])
    who, when, along = st.columns([3, 2, 1], vertical_alignment="bottom")
    who.multiselect(
        _("Projects, {fewest} to {most}", fewest=_FEWEST, most=MOST_COMPARED),
        max_selections=MOST_COMPARED,
        placeholder=_("choose some"),
        **choice_of(CompareView, "projects", names, names.__getitem__),
    )
    when.select_slider(_("As-of month"), **choice_of(CompareView, "as_of", months, month_name))
    along.segmented_control(
        _("Along"),
        required=True,
        **choice_of(CompareView, "align", _ALIGNMENTS, lambda one: _(_ALIGNMENTS[one])),
    )
    view = close_view(CompareView, defaults)
    if len(view.projects) < _FEWEST:
        _suggest(view)
        return
    as_of: date = st.session_state[widget_key(CompareView, "as_of")]
    _show_identity(view.projects, as_of)
    show_trend(TrendsView(projects=view.projects, align=view.align), "openrank")
    _show_people(view.projects)
    printed = published().comparison.figures(view.projects)
    if not printed.frame.is_empty():
        show_printed("printed", _("Their figures in reports, and the values from the data"), printed)


def _suggest(view: CompareView) -> None:
    st.info(_("Choose at least two projects to put them side by side."))
    pair = published().network.closest_pair().frame
    if pair.is_empty():
        return
    first, first_name, second, second_name, people = pair.row(0)
    st.button(
        _(
            "For example {first} and {second}, which share the most people: {count}",
            first=escaped(first_name),
            second=escaped(second_name),
            count=whole(people),
        ),
        icon=":material/compare_arrows:",
        on_click=set_view,
        args=(CompareView((first, second), st.session_state[widget_key(CompareView, "as_of")], view.align),),
    )


def _show_identity(project_ids: Sequence[str], as_of: date) -> None:
    answer = published().comparison.projects(project_ids, as_of)
    if answer.is_computed:
        answer = answer.narrowed(
            answer.frame,
            _("means and changes of projects that are not ranked, computed as the ranking computes them"),
        )
    rows = answer.frame.to_dicts()
    domains = box_names(published().catalogue.boxes(read_metadata().taxonomy_version).frame, "domain")
    lines = [
        (_("Organisation"), [row["organization"] for row in rows]),
        (_("Domain"), [domains.get(row["domain"], row["domain"]) or _("unknown") for row in rows]),
        (_("Language"), [row["language"] or _("unknown") for row in rows]),
        (_("Licence"), [row["license_spdx"] or _("unknown") for row in rows]),
        (
            _("Created"),
            [day_name(row["created_at"]) if row["created_at"] else _("unknown") for row in rows],
        ),
        (_("Stars"), [_stars(row) for row in rows]),
        (_("OpenRank, mean"), [_mean(row) for row in rows]),
        (_("Year-on-year change"), [_year_on_year(row) for row in rows]),
        (_("Rank in the landscape"), [_rank(row["rank"], row["ranked_count"]) for row in rows]),
        (_("Rank in its domain"), [_rank(row["domain_rank"], row["domain_ranked_count"]) for row in rows]),
        (_("Membership"), [_membership(row) for row in rows]),
        (_("Status"), [_status(row) for row in rows]),
        (
            _("Why"),
            [said(row["status_messages"][0]) if row["status_messages"] else "–" for row in rows],
        ),
    ]
    window = stretch(as_of.replace(month=1), as_of)
    known = sum(row["openrank_mean"] is not None for row in rows)
    about = About(
        "openrank_mean", window, _("{known} of {all} have a value in the window", known=known, all=len(rows))
    )
    # Of Markdown, whose cells wrap: on a phone as well, projects stand side by side.
    table = pl.DataFrame(
        [(f"**{escaped(label)}**", *map(escaped, values)) for label, values in lines],
        schema=[" ", *_headings(rows)],
        orient="row",
    )
    with frame("compared", _("Side by side, {window}", window=window), answer, about):
        st.table(table, hide_index=True)


def _headings(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of the projects, with the id where two have the same."""
    names = [row["name"] for row in rows]
    return [
        escaped(row["name"] if names.count(row["name"]) == 1 else f"{row['name']} ({row['project_id']})")
        for row in rows
    ]


def _stars(row: Mapping[str, Any]) -> str:
    if row["stars_count"] is None:
        return "–"
    return _("{count} on {day}", count=whole(row["stars_count"]), day=day_name(row["stars_observed_on"]))


def _mean(row: Mapping[str, Any]) -> str:
    if row["openrank_mean"] is None:
        return _("unknown")
    value = amount(row["openrank_mean"])
    if row["basis"] == "nowcast":
        value = _(
            "{value}, nowcast, 80 % from {low} to {high},",
            value=value,
            low=amount(row["openrank_low"]),
            high=amount(row["openrank_high"]),
        )
    return n_(
        "{value} over {months} of {count} month",
        "{value} over {months} of {count} months",
        row["window_months_count"],
        value=value,
        months=row["months_count"],
    )


def _year_on_year(row: Mapping[str, Any]) -> str:
    if row["openrank_yoy_delta"] is None:
        return _("unknown")
    if row["openrank_yoy_ratio"] is None:
        return _("{change}, created since", change=change(row["openrank_yoy_delta"]))
    return f"{change(row['openrank_yoy_delta'])} ({percent(row['openrank_yoy_ratio'])})"


def _rank(rank: int | None, ranked: int | None) -> str:
    return "–" if rank is None else _("{rank} of {all}", rank=rank, all=ranked)


def _membership(row: Mapping[str, Any]) -> str:
    return "–" if row["reason_code"] is None else reason_name(row["reason_code"])


def _status(row: Mapping[str, Any]) -> str:
    return status_name(row["status"] or "unknown")


def _show_people(project_ids: Sequence[str]) -> None:
    answer = published().network.shared_people(project_ids)
    pairs = len(list(combinations(project_ids, 2)))
    real = answer.frame.filter(pl.col("kind") != "simulated").height
    about = About(
        "shared_people_count",
        _("of each source's own window"),
        n_(
            "{known} of {count} pair is in a source that is not simulated; the others are below its cut",
            "{known} of {count} pairs are in a source that is not simulated; the others are below its cut",
            pairs,
            known=whole(real),
        ),
    )
    with frame("people", _("Shared people"), answer, about):
        if answer.frame.is_empty():
            st.write(_("No pair with enough shared people is published."))
            return
        st.table(
            pl.DataFrame(
                [
                    (
                        escaped(_("{one} and {other}", one=row["name_a"], other=row["name_b"])),
                        whole(row["shared_people_count"]),
                        "–" if row["jaccard"] is None else f"{row['jaccard']:.0%}",
                        escaped(f"{row['source']} · {row['kind']}"),
                    )
                    for row in in_words(answer.frame).iter_rows(named=True)
                ],
                schema=[_("Pair"), _("People"), _("Share of the people in either"), _("Source")],
                orient="row",
            ),
            hide_index=True,
        )


show()
