"""What ended, by which rule, and what is on its way there."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from app.charts import project_links
from app.components.controls import link_to_project
from app.components.figure import About, escaped, first_rows, frame
from app.components.left_out import show_left_out
from app.i18n import (
    _,
    amount,
    day_format,
    day_name,
    in_language,
    language,
    month_format,
    month_name,
    n_,
    whole,
)
from app.i18n.published import all_said
from app.labels import status_name
from app.session import choice_of, close_view, open_view, published, read_metadata
from app.view_state import LANGUAGE_KEY, GraveyardView
from pipelines.floor.periods import last_month_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.view_state import Choices
    from pipelines.published import Answer
from app.views.graveyard_rule import ENDED, RULES, STARS, creations, pushes, show_rule
from app.views.graveyard_survival import group_names, show_survival

_RULE_ICONS = {
    "announced_end": ":material/campaign:",
    "archived_flag": ":material/inventory_2:",
    "sudden_attention": ":material/gavel:",
    "origins_agree": ":material/handshake:",
    "curated_exception": ":material/person_edit:",
}
_STONES_A_ROW = 4
_MOST_STONES = 48
_STONE_SHAPE = """
<style>
[class*="st-key-stone-"] { border-radius: 5.5rem 5.5rem 0.4rem 0.4rem; padding-top: 1.8rem; text-align: center; }
</style>
"""


def show() -> None:
    """Draw the page."""
    days: list[date] = published().status.days().frame["as_of"].to_list()
    policies = {row["kind"]: row for row in published().status.policies().frame.iter_rows(named=True)}
    if not days or not policies:
        st.info(_("No project has been assessed yet. Run `landscape build`."))
        return
    default_day = published().status.default_day()
    groups = published().status.survival_groups().frame
    names = group_names(groups)
    strict = policies["sudden_attention"]
    defaults: dict[str, Any] = {
        "as_of": default_day.isoformat(),
        "created_from": strict["created_from"].replace(day=1),
        "stars": strict["stars_at_least"],
    }
    choices: Choices = {
        "as_of": [day.isoformat() for day in days],
        "stars": {*STARS, strict["stars_at_least"]},
        "created_from": lambda view: creations(_linked_day(view, default_day), strict),
        "silent_since": lambda view: pushes(_linked_day(view, default_day)),
        "group": names,
    }
    show_left_out(open_view(GraveyardView, choices, defaults))
    as_of = _show_day(days)
    answer = published().status.assessments(as_of)
    about = About(
        "project_status",
        _("as of {day}", day=day_name(as_of)),
        _(
            "{known} of {all} projects have a status other than unknown",
            known=whole(answer.frame.filter(pl.col("status") != "unknown").height),
            all=whole(answer.frame.height),
        ),
    )
    _show_stones(answer, about)
    show_rule(answer, about, strict, as_of)
    _show_declining(answer, about)
    show_survival(names, default_day)
    close_view(GraveyardView, {**defaults, "silent_since": date(as_of.year, 1, 1)})


def _show_day(days: Sequence[date]) -> date:
    chosen: str = st.selectbox(
        _("As of"),
        width=260,
        **choice_of(
            GraveyardView,
            "as_of",
            [day.isoformat() for day in days],
            lambda day: day_name(date.fromisoformat(day)),
        ),
    )
    as_of = date.fromisoformat(chosen)
    st.caption(
        _(
            "Every verdict here is as of {day}: it uses the observations up to that day and "
            "OpenRank up to {month}, the last complete month. The month in the band, {band}, is "
            "that of the landscape on the other pages: a mean needs whole months, while a "
            "project can end on any day.",
            day=day_name(as_of),
            month=month_name(last_month_by(as_of).first_day),
            band=month_name(read_metadata().as_of_month),
        )
    )
    return as_of


def _linked_day(view: GraveyardView, default_day: date) -> date:
    return default_day if view.as_of is None else date.fromisoformat(view.as_of)


def _show_stones(answer: Answer, about: About) -> None:
    ended = answer.frame.filter(pl.col("status").is_in(ENDED))
    answer = answer.narrowed(ended, _status_filter(*ENDED))
    title = n_("{count} project in the graveyard", "{count} projects in the graveyard", ended.height)
    st.html(_STONE_SHAPE)
    with frame("graveyard", title, answer, about):
        if ended.is_empty():
            st.caption(_("No observation up to this day shows that a project ended."))
        rows = list(ended.head(_MOST_STONES).iter_rows(named=True))
        for start in range(0, len(rows), _STONES_A_ROW):
            for column, row in zip(
                st.columns(_STONES_A_ROW), rows[start : start + _STONES_A_ROW], strict=False
            ):
                with column:
                    _show_stone(row)
        if ended.height > _MOST_STONES:
            st.caption(
                n_(
                    "and {count} more in the list",
                    "and {count} more in the list",
                    ended.height - _MOST_STONES,
                )
            )
        with st.expander(_("The same as a list"), icon=":material/table:"):
            _show_list(first_rows(ended))


def _status_filter(*statuses: str) -> str:
    return _("status: {statuses}", statuses=", ".join(map(status_name, statuses)))


def _show_stone(row: Mapping[str, Any]) -> None:
    with st.container(
        border=True, key=f"stone-{row['project_id']}", horizontal_alignment="center", gap="xsmall"
    ):
        st.markdown(f"##### {escaped(row['name'])}", width="content")
        born = month_name(row["created_on"]) if row["created_on"] else _("unknown")
        last = month_name(row["ended_on"]) if row["ended_on"] else _("unknown")
        st.markdown(escaped(f"{born} – {last}"), width="content")
        st.badge(
            _(RULES[row["rule"]]),
            icon=_RULE_ICONS[row["rule"]],
            color="orange" if row["rule"] == "curated_exception" else "gray",
        )
        peak = (
            _(
                "peak {value} in {month}",
                value=amount(row["openrank_peak"]),
                month=month_name(row["peak_month"]),
            )
            if row["peak_month"]
            else _("peak unknown: no OpenRank series")
        )
        st.caption(escaped(peak), width="content")
        st.caption(
            escaped(n_("{count} star", "{count} stars", row["stars_count"]))
            if row["stars_count"] is not None
            else _("stars not observed by this day"),
            width="content",
        )
        with st.popover(_("Why"), type="tertiary", key=f"why-{row['project_id']}"):
            for reason in all_said(row["reason_messages"]):
                st.text(reason)
            link_to_project(row["project_id"])


def _show_list(ended: pl.DataFrame) -> None:
    st.dataframe(
        ended.with_columns(
            link=project_links(ended, f"{LANGUAGE_KEY}={language()}"),
            by=pl.Series([_(RULES[rule]) for rule in ended["rule"]], dtype=pl.String),
            reasons=pl.Series(
                [in_language("; ", "；").join(all_said(messages)) for messages in ended["reason_messages"]],
                dtype=pl.String,
            ),
        ),
        hide_index=True,
        key="graveyard.rows",
        placeholder="–",
        column_order=[
            "link",
            "by",
            "created_on",
            "peak_month",
            "openrank_peak",
            "ended_on",
            "stars_count",
            "confidence",
            "reasons",
        ],
        column_config={
            "link": st.column_config.LinkColumn(_("Project"), display_text=r"#(.*)$", pinned=True),
            "by": st.column_config.TextColumn(_("By")),
            "created_on": st.column_config.DateColumn(_("Born"), format=day_format()),
            "peak_month": st.column_config.DateColumn(_("Peak"), format=month_format()),
            "openrank_peak": st.column_config.NumberColumn(_("OpenRank then"), format="%.0f"),
            "ended_on": st.column_config.DateColumn(_("Last sign of life"), format=day_format()),
            "stars_count": st.column_config.NumberColumn(_("Stars"), format="localized"),
            "confidence": st.column_config.NumberColumn(_("Confidence"), format="%.2f"),
            "reasons": st.column_config.TextColumn(_("Reasons"), width="large"),
        },
    )


def _show_declining(answer: Answer, about: About) -> None:
    rows = answer.frame.filter(pl.col("status") == "declining").sort(
        "openrank_drawdown_ratio", "project_id", descending=[True, False]
    )
    title = n_("{count} project on the way", "{count} projects on the way", rows.height)
    with frame("declining", title, answer.narrowed(rows, _status_filter("declining")), about):
        st.caption(
            _("Far below an earlier peak and still falling: a decline, not a verdict that the project ended.")
        )
        if rows.is_empty():
            return
        rows = first_rows(rows)
        st.dataframe(
            rows.with_columns(
                pl.col("openrank_drawdown_ratio", "openrank_slope_ratio").round(2),
                link=project_links(rows, f"{LANGUAGE_KEY}={language()}"),
            ),
            hide_index=True,
            key="declining.rows",
            placeholder="–",
            column_order=[
                "link",
                "openrank_drawdown_ratio",
                "openrank_peak",
                "peak_month",
                "openrank_latest_mean",
                "since_peak_months",
                "openrank_slope_ratio",
            ],
            column_config={
                "link": st.column_config.LinkColumn(_("Project"), display_text=r"#(.*)$", pinned=True),
                "openrank_drawdown_ratio": st.column_config.ProgressColumn(
                    _("Fallen from the peak"), format="percent", min_value=0, max_value=1
                ),
                "openrank_peak": st.column_config.NumberColumn(_("OpenRank at the peak"), format="%.0f"),
                "peak_month": st.column_config.DateColumn(_("Peak"), format=month_format()),
                "openrank_latest_mean": st.column_config.NumberColumn(_("Latest mean"), format="%.0f"),
                "since_peak_months": st.column_config.NumberColumn(_("Months since")),
                "openrank_slope_ratio": st.column_config.NumberColumn(_("Trend a month"), format="percent"),
            },
        )


show()
