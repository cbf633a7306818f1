"""How long groups of projects live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from app import charts
from app.components.figure import About, show_chart
from app.i18n import _, day_name, n_, percent, whole
from app.labels import box_names
from app.session import choice_of, published, read_metadata, widget_key
from app.view_state import GraveyardView

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

_WHOLE = "all:all"
_RISK_AGES = 12


def group_names(groups: pl.DataFrame) -> dict[str, str]:
    """Group as a URL writes it → its name with its size."""
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


def show_survival(names: Mapping[str, str], last_assessed: date) -> None:
    """The survival curve of a group and of all projects."""
    if _WHOLE not in names:
        return
    st.selectbox(_("Survival of"), width=420, **choice_of(GraveyardView, "group", names, names.__getitem__))
    group: str = st.session_state[widget_key(GraveyardView, "group")]
    answer = published().status.survival(sorted({_WHOLE, group}))
    chosen = answer.frame.filter(pl.concat_str("grouping", "group_value", separator=":") == group)
    unplaced = chosen["unplaced_ended_count"].max()
    if unplaced:
        st.info(
            n_(
                "{count} project that ended has no domain, so it would look as if no domain ever lost it: no domain's"
                " curve is drawn.",
                "{count} projects that ended have no domain, so it would look as if no domain ever lost a project: no"
                " domain's curve is drawn.",
                int(str(unplaced)),
            )
        )
    curves = {
        names[f"{grouping}:{value}"]: rows
        for (grouping, value), rows in answer.frame.partition_by(
            "grouping", "group_value", as_dict=True, maintain_order=True
        ).items()
        if rows["survival_ratio"].is_not_null().all()
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
                "{projects}; left out, since their lifetime is unknown: {excluded}",
                projects=n_("{count} project", "{count} projects", last["projects_count"]),
                excluded=whole(last["excluded_count"]),
            ),
        ),
        summary=n_(
            "{ratio} of all projects are alive after {count} month",
            "{ratio} of all projects are alive after {count} months",
            last["age_months"],
            ratio=percent(last["survival_ratio"]).lstrip("+"),
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
    """Numbers at risk once a year, as printed below a survival curve."""
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
            "group": st.column_config.TextColumn(_("Still observed at the age of … months"), pinned=True)
        },
    )


def _at_risk(curve: pl.DataFrame, age: int) -> int:
    """Projects observed at an age: those of the next row, since a curve has a row only where something happens."""
    later = curve.filter(pl.col("age_months") >= age)
    return later["at_risk_count"][0] if later.height else 0
