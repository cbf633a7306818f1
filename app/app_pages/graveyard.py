"""What ended, by which rule, and what is on its way there."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from app import charts
from app.charts import project_links
from app.components.controls import link_to_project, show_dropped
from app.components.figure import About, escaped, first_rows, frame, show_chart
from app.i18n import _, amount, day_name, in_language, language, marked, month_name, n_, percent, whole
from app.i18n.published import all_said
from app.labels import box_names, status_name
from app.session import choice_of, close_view, open_view, published, read_metadata, widget_key
from app.view_state import LANGUAGE_KEY, GraveyardView
from pipelines.periods import last_month_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.view_state import Choices
    from pipelines.published import Answer

_ENDED = ("graveyard", "archived")
_RULES = {
    "announced_end": marked("official end"),
    "archived_flag": marked("archived by its owner"),
    "sudden_attention": marked("the strict rule"),
    "origins_agree": marked("sources agree"),
    "curated_exception": marked("curated exception"),
}
_RULE_ICONS = {
    "announced_end": ":material/campaign:",
    "archived_flag": ":material/inventory_2:",
    "sudden_attention": ":material/gavel:",
    "origins_agree": ":material/handshake:",
    "curated_exception": ":material/person_edit:",
}
_STARS = (0, 1_000, 2_000, 5_000, 7_500, 9_000, 10_000, 12_500, 15_000, 20_000, 30_000, 50_000)
_STONES_A_ROW = 4
_MOST_STONES = 48
_WHOLE = "all:all"
_RISK_AGES = 12
_STONE_SHAPE = """
<style>
[class*="st-key-stone-"] { border-radius: 5.5rem 5.5rem 0.4rem 0.4rem; padding-top: 1.8rem; text-align: center; }
</style>
"""


def show() -> None:
    """Draw the page."""
    days = published().status.days().frame["as_of"].to_list()
    policies = {row["kind"]: row for row in published().status.policies().frame.iter_rows(named=True)}
    if not days or not policies:
        st.info(_("No project has been assessed yet. Run `landscape build`."))
        return
    groups = published().status.survival_groups().frame
    names = _group_names(groups)
    strict = policies["sudden_attention"]
    defaults: dict[str, Any] = {
        "as_of": days[0].isoformat(),
        "created_from": strict["created_from"].replace(day=1),
        "stars": strict["stars_at_least"],
    }
    choices: Choices = {
        "as_of": [day.isoformat() for day in days],
        "stars": {*_STARS, strict["stars_at_least"]},
        "created_from": lambda view: _creations(_linked_day(view, days), strict),
        "silent_since": lambda view: _pushes(_linked_day(view, days)),
        "group": names,
    }
    show_dropped(open_view(GraveyardView, choices, defaults))
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
    _show_rule(answer, about, strict, as_of)
    _show_declining(answer, about)
    _show_survival(names, days[0])
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
            "Every verdict here is as of {day}, by what was observed up to that day and by OpenRank up to {month}, the"
            " last month that had ended. The month in the band, {band}, is that of the landscape on the other pages: a"
            " mean needs whole months, while a project can end on any day.",
            day=day_name(as_of),
            month=month_name(last_month_by(as_of).first_day),
            band=month_name(read_metadata().as_of_month),
        )
    )
    return as_of


def _linked_day(view: GraveyardView, days: Sequence[date]) -> date:
    return days[0] if view.as_of is None else date.fromisoformat(view.as_of)


def _creations(as_of: date, strict: Mapping[str, Any]) -> list[date]:
    """Months from which on a project may have to be created, by the rule as moved."""
    return _months(date(2015, 1, 1), max(as_of, strict["created_from"]))


def _pushes(as_of: date) -> list[date]:
    """Months since when a project may have no push, by the rule as moved."""
    return _months(date(as_of.year - 3, 1, 1), as_of)


def _months(first: date, last: date) -> list[date]:
    return pl.date_range(first, last, "1mo", eager=True).to_list()


def _show_stones(answer: Answer, about: About) -> None:
    ended = answer.frame.filter(pl.col("status").is_in(_ENDED))
    answer = answer.narrowed(ended, _status_filter(*_ENDED))
    title = n_("{count} project in the graveyard", "{count} projects in the graveyard", ended.height)
    st.html(_STONE_SHAPE)
    with frame("graveyard", title, answer, about):
        if ended.is_empty():
            st.caption(_("Nothing that was observed by this day says that a project ended."))
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
            _(_RULES[row["rule"]]),
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
            escaped(_("{count} stars", count=whole(row["stars_count"])))
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
            by=pl.Series([_(_RULES[rule]) for rule in ended["rule"]], dtype=pl.String),
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
            "created_on": st.column_config.DateColumn(_("Born"), format="YYYY-MM-DD"),
            "peak_month": st.column_config.DateColumn(_("Peak"), format="YYYY-MM"),
            "openrank_peak": st.column_config.NumberColumn(_("OpenRank then"), format="%.0f"),
            "ended_on": st.column_config.DateColumn(_("Last sign of life"), format="YYYY-MM-DD"),
            "stars_count": st.column_config.NumberColumn(_("Stars"), format="localized"),
            "confidence": st.column_config.NumberColumn(_("Confidence"), format="%.2f"),
            "reasons": st.column_config.TextColumn(_("Reasons"), width="large"),
        },
    )


def _show_rule(answer: Answer, about: About, strict: Mapping[str, Any], as_of: date) -> None:
    """The rule with other numbers, beside what is published."""
    silent_days = published().catalogue.limit("push_silent_days")
    moved = _moved_rule(strict, as_of)
    by_rule = pl.col("flagged_by").list.contains(strict["policy"])
    rows = answer.frame.with_columns(would=_is_flagged(*moved, silent_days), by_rule=by_rule).filter(
        pl.col("would") | pl.col("status").is_in(_ENDED)
    )
    how = _(
        "would: created from {created} on, {stars} stars or more, no push since {silent}; those it holds for, and"
        " those in the graveyard",
        created=day_name(moved[0]),
        stars=whole(moved[1]),
        silent=day_name(moved[2]),
    )
    with frame("moved-rule", _("What if the rule were another?"), answer.narrowed(rows, how), about):
        st.caption(
            escaped(
                _(
                    "The strict rule: created from {created} on, {stars} stars or more, last push in an earlier"
                    " calendar year and {days} days or more before it was observed, and no OpenRank in recent months."
                    " Move it to see whom it would find; what is published stays as it is, and official ends and"
                    " curated exceptions need no rule.",
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
            st.metric(
                _("Found by the rule as moved"), whole(counts["both"] + counts["more"]), width="content"
            )
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
    pushes, creations = _pushes(as_of), _creations(as_of, strict)
    if st.session_state[silent_key] not in pushes:
        st.session_state[silent_key] = date(as_of.year, 1, 1)
    created_key = widget_key(GraveyardView, "created_from")
    if st.session_state[created_key] not in creations:
        st.session_state[created_key] = strict["created_from"].replace(day=1)
    created, stars, silent = (
        st.session_state[widget_key(GraveyardView, name)]
        for name in ("created_from", "stars", "silent_since")
    )
    return created, stars, silent


def _show_rule_controls(strict: Mapping[str, Any], as_of: date) -> None:
    created, stars, silent = st.columns(3)
    created.select_slider(
        _("Created from"), **choice_of(GraveyardView, "created_from", _creations(as_of, strict), month_name)
    )
    stars.select_slider(
        _("Stars, at least"),
        **choice_of(GraveyardView, "stars", sorted({*_STARS, strict["stars_at_least"]}), whole),
    )
    silent.select_slider(
        _("No push since"), **choice_of(GraveyardView, "silent_since", _pushes(as_of), month_name)
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
                _(_RULES[row["rule"]]) if row["status"] in _ENDED else status_name(row["status"])
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
            "moved": st.column_config.TextColumn(_("By the rule as moved")),
            "created_on": st.column_config.DateColumn(_("Born"), format="YYYY-MM-DD"),
            "stars_count": st.column_config.NumberColumn(_("Stars"), format="localized"),
            "pushed_on": st.column_config.DateColumn(_("Last push"), format="YYYY-MM-DD"),
        },
    )


def _moved(row: Mapping[str, Any]) -> str:
    if row["would"]:
        return _("found, as published") if row["by_rule"] else _("＋ found in addition")
    return _("－ no longer found") if row["by_rule"] else _("not found; stays for another reason")


def _show_declining(answer: Answer, about: About) -> None:
    rows = answer.frame.filter(pl.col("status") == "declining").sort(
        "openrank_drawdown_ratio", "project_id", descending=[True, False]
    )
    title = n_("{count} project on the way", "{count} projects on the way", rows.height)
    with frame("declining", title, answer.narrowed(rows, _status_filter("declining")), about):
        st.caption(
            _(
                "Far below a peak that is some time ago and still falling: a decline, and no verdict of an end."
            )
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
                "peak_month": st.column_config.DateColumn(_("Peak"), format="YYYY-MM"),
                "openrank_latest_mean": st.column_config.NumberColumn(_("Latest mean"), format="%.0f"),
                "since_peak_months": st.column_config.NumberColumn(_("Months since")),
                "openrank_slope_ratio": st.column_config.NumberColumn(_("Trend a month"), format="percent"),
            },
        )


def _group_names(groups: pl.DataFrame) -> dict[str, str]:
    """Group as it stands in a URL → its name with its size."""
    boxes = box_names(published().catalogue.boxes(read_metadata().taxonomy_version).frame, "domain")
    names = {}
    for row in groups.iter_rows(named=True):
        match row["grouping"]:
            case "all":
                name = _("all projects")
            case "cohort":
                name = _("created in {year}", year=row["group_value"])
            case _other:
                name = boxes.get(row["group_value"], row["group_value"])
        names[f"{row['grouping']}:{row['group_value']}"] = f"{name} ({whole(row['projects_count'])})"
    return names


def _show_survival(names: Mapping[str, str], last_assessed: date) -> None:
    if _WHOLE not in names:
        return
    st.selectbox(_("Survival of"), width=420, **choice_of(GraveyardView, "group", names, names.__getitem__))
    group: str = st.session_state[widget_key(GraveyardView, "group")]
    answer = published().status.survival(sorted({_WHOLE, group}))
    curves = {
        names[f"{grouping}:{value}"]: rows
        for (grouping, value), rows in answer.frame.partition_by(
            "grouping", "group_value", as_dict=True, maintain_order=True
        ).items()
    }
    whole_curve = answer.frame.filter(pl.col("grouping") == "all")
    last = whole_curve.row(-1, named=True)
    show_chart(
        "survival",
        _("Share of projects still alive, by age"),
        charts.survival(curves),
        answer,
        About(
            "survival_ratio",
            _(
                "from the creation of each project to {day}, the last day assessed, whatever day is chosen above",
                day=day_name(last_assessed),
            ),
            _(
                "{known} projects; {excluded} are left out, since their life is not known",
                known=whole(last["projects_count"]),
                excluded=whole(last["excluded_count"]),
            ),
        ),
        summary=_(
            "{ratio} of all projects are alive after {age} months",
            ratio=percent(last["survival_ratio"]).lstrip("+"),
            age=whole(last["age_months"]),
        ),
    )
    p_value = answer.frame.filter(pl.col("grouping") != "all")["logrank_p_value"].drop_nulls()
    if len(p_value):
        st.caption(
            _(
                "Log-rank test of this group against all others: p = {p}. Many groups are compared, so a small p in"
                " one of them is weak evidence.",
                p=f"{p_value[0]:.3f}",
            )
        )
    _show_at_risk(curves)


def _show_at_risk(curves: Mapping[str, pl.DataFrame]) -> None:
    """Numbers at risk once a year, as they stand below a printed curve."""
    ages = list(range(0, 12 * _RISK_AGES, 12))
    rows = []
    for name, curve in curves.items():
        counts = [_at_risk(curve, age) for age in ages]
        rows.append({"group": name, **{str(age): count for age, count in zip(ages, counts, strict=True)}})
    st.dataframe(
        pl.DataFrame(rows, schema={"group": pl.String, **{str(age): pl.Int64 for age in ages}}),
        hide_index=True,
        key="at-risk",
        placeholder="–",
        column_config={
            "group": st.column_config.TextColumn(_("Still watched at the age of … months"), pinned=True)
        },
    )


def _at_risk(curve: pl.DataFrame, age: int) -> int:
    """Projects that are watched at an age: those of the next row, since rows stand where something happens."""
    later = curve.filter(pl.col("age_months") >= age)
    return later["at_risk_count"][0] if later.height else 0


show()
