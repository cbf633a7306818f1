"""The rule of sudden attention with other numbers, and whom it would find."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from app.charts import project_links
from app.components.figure import About, escaped, first_rows, frame
from app.i18n import _, day_format, day_name, language, marked, month_name, n_, whole
from app.labels import status_name
from app.session import choice_of, published, widget_key
from app.view_state import LANGUAGE_KEY, GraveyardView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.published import Answer

ENDED = ("graveyard", "archived")
RULES = {
    "announced_end": marked("official end"),
    "archived_flag": marked("archived by its owner"),
    "sudden_attention": marked("the strict rule"),
    "origins_agree": marked("sources agree"),
    "curated_exception": marked("curated exception"),
}
STARS = (0, 1_000, 2_000, 5_000, 7_500, 9_000, 10_000, 12_500, 15_000, 20_000, 30_000, 50_000)


def creations(as_of: date, strict: Mapping[str, Any]) -> list[date]:
    """Months from which on a project may have to be created, by the rule as moved."""
    return _months(date(2015, 1, 1), max(as_of, strict["created_from"]))


def pushes(as_of: date) -> list[date]:
    """Months since when a project may have no push, by the rule as moved."""
    return _months(date(as_of.year - 3, 1, 1), as_of)


def _months(first: date, last: date) -> list[date]:
    return pl.date_range(first, last, "1mo", eager=True).to_list()


def show_rule(answer: Answer, about: About, strict: Mapping[str, Any], as_of: date) -> None:
    """The rule with other numbers, compared with what is published."""
    silent_days = published().catalogue.limit("push_silent_days")
    moved = _moved_rule(strict, as_of)
    by_rule = pl.col("flagged_by").list.contains(strict["policy"])
    rows = answer.frame.with_columns(would=_is_flagged(*moved, silent_days), by_rule=by_rule).filter(
        pl.col("would") | pl.col("status").is_in(ENDED)
    )
    how = _(
        "would: created from {created} on, {stars} stars or more, no push since {silent}; those it holds for, and"
        " those in the graveyard",
        created=day_name(moved[0]),
        stars=whole(moved[1]),
        silent=day_name(moved[2]),
    )
    with frame("moved-rule", _("What if the rule were different?"), answer.narrowed(rows, how), about):
        st.caption(
            escaped(
                _(
                    "The strict rule: created from {created} on, {stars} stars or more, last "
                    "push in an earlier calendar year and {days} days or more before it was "
                    "observed, and no OpenRank in recent months. Move its limits to see which "
                    "projects it would find; the published result does not change, and official "
                    "ends and curated exceptions need no rule.",
                    created=day_name(strict["created_from"]),
                    stars=whole(strict["stars_at_least"]),
                    days=whole(silent_days),
                )
            )
        )
        _show_rule_controls(strict, as_of)
        counts = {
            name: rows.filter(condition).height
            for name, condition in {
                "both": pl.col("would") & pl.col("by_rule"),
                "more": pl.col("would") & ~pl.col("by_rule"),
                "fewer": ~pl.col("would") & pl.col("by_rule"),
            }.items()
        }
        with st.container(horizontal=True):
            st.metric(_("Published by the rule"), whole(counts["both"] + counts["fewer"]), width="content")
            st.metric(_("Found by the moved rule"), whole(counts["both"] + counts["more"]), width="content")
            st.metric(_("found in addition"), whole(counts["more"]), width="content")
            st.metric(_("no longer found"), whole(counts["fewer"]), width="content")
        unknown = answer.frame.filter(pl.col("pushed_on").is_null() | pl.col("stars_count").is_null()).height
        st.caption(
            n_(
                "{count} project cannot be judged: stars or last push were not observed near this day.",
                "{count} projects cannot be judged: stars or last push were not observed near this day.",
                unknown,
            )
        )
        _show_rule_table(first_rows(rows))


def _moved_rule(strict: Mapping[str, Any], as_of: date) -> tuple[date, int, date]:
    """What the controls of the rule say, before they are drawn: creation, stars, and no push since when."""
    silent_key = widget_key(GraveyardView, "silent_since")
    push_months, creation_months = pushes(as_of), creations(as_of, strict)
    if st.session_state[silent_key] not in push_months:
        st.session_state[silent_key] = date(as_of.year, 1, 1)
    created_key = widget_key(GraveyardView, "created_from")
    if st.session_state[created_key] not in creation_months:
        st.session_state[created_key] = strict["created_from"].replace(day=1)
    created, stars, silent = (
        st.session_state[widget_key(GraveyardView, name)]
        for name in ("created_from", "stars", "silent_since")
    )
    return created, stars, silent


def _show_rule_controls(strict: Mapping[str, Any], as_of: date) -> None:
    created, stars, silent = st.columns(3)
    created.select_slider(
        _("Created from"), **choice_of(GraveyardView, "created_from", creations(as_of, strict), month_name)
    )
    stars.select_slider(
        _("Stars, at least"),
        **choice_of(GraveyardView, "stars", sorted({*STARS, strict["stars_at_least"]}), whole),
    )
    silent.select_slider(
        _("No push since"), **choice_of(GraveyardView, "silent_since", pushes(as_of), month_name)
    )


def _is_flagged(created_from: date, stars: int, silent_since: date, silent_days: float) -> pl.Expr:
    """The rule of sudden attention with other numbers; what is unknown is not flagged."""
    silent_for = (pl.col("observed_on") - pl.col("pushed_on")).dt.total_days()
    return (
        (pl.col("created_on") >= created_from)
        & (pl.col("stars_count") >= stars)
        & (pl.col("pushed_on") < silent_since)
        & (silent_for >= silent_days)
        & ~pl.col("has_recent_openrank")
    ).fill_null(value=False)


def _show_rule_table(rows: pl.DataFrame) -> None:
    table = rows.with_columns(
        link=project_links(rows, f"{LANGUAGE_KEY}={language()}"),
        published=pl.Series(
            [
                _(RULES[row["rule"]]) if row["status"] in ENDED else status_name(row["status"])
                for row in rows.iter_rows(named=True)
            ],
            dtype=pl.String,
        ),
        moved=pl.Series([_moved(row) for row in rows.iter_rows(named=True)], dtype=pl.String),
    )
    st.dataframe(
        table,
        hide_index=True,
        key="moved-rule.rows",
        placeholder="–",
        column_order=["link", "published", "moved", "created_on", "stars_count", "pushed_on"],
        column_config={
            "link": st.column_config.LinkColumn(_("Project"), display_text=r"#(.*)$", pinned=True),
            "published": st.column_config.TextColumn(_("Published as")),
            "moved": st.column_config.TextColumn(_("By the moved rule")),
            "created_on": st.column_config.DateColumn(_("Born"), format=day_format()),
            "stars_count": st.column_config.NumberColumn(_("Stars"), format="localized"),
            "pushed_on": st.column_config.DateColumn(_("Last push"), format=day_format()),
        },
    )


def _moved(row: Mapping[str, Any]) -> str:
    if row["would"]:
        return _("found, as published") if row["by_rule"] else _("＋ found in addition")
    return _("－ no longer found") if row["by_rule"] else _("not found; stays for another reason")
