"""What the computed OpenRank of a project is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from app import charts
from app.components.figure import About, escaped, show_chart
from app.components.table import source_name
from app.i18n import _, amount, month_name, n_, whole
from app.labels import part_name
from app.session import published
from pipelines.floor.periods import Month

if TYPE_CHECKING:
    from collections.abc import Mapping

_SMALL_PART = 0.1


def show_openrank_parts(project_id: str, name: str) -> None:
    """Who and what the newest computed value comes from."""
    answer = published().projects.openrank_parts(project_id)
    if answer.frame.is_empty():
        st.caption(
            _(
                "OpenRank cannot be opened here: OpenDigger publishes no parts of its values, and no events of this"
                " project were read."
            )
        )
        return
    rows, first = answer.frame, answer.frame.row(0, named=True)
    month = Month.of(first["month"])
    is_simulated = first["kind"] == "simulated"
    if is_simulated:
        st.warning(
            _(
                "The parts below come from simulated events: they show how a value splits into "
                "parts, and say nothing about real people."
            ),
            icon=":material/science:",
        )
    about = About(
        "openrank",
        month_name(first["month"]),
        _(
            "{hours} of the month's {all} hours were read",
            hours=whole(first["hours_loaded_count"]),
            all=whole(first["hours_expected_count"]),
        ),
        source_name(first["source"]),
        _("{version}, computed here", version=first["vintage"]),
    )
    texts = [_part_text(one, one / first["value"]) for one in rows["openrank"]]
    show_chart(
        "openrank-parts",
        _(
            "OpenRank computed here: the parts of the {value} of {month}",
            value=amount(first["value"]),
            month=month_name(first["month"]),
        ),
        charts.parts(
            [part_name(part) for part in rows["part"]],
            rows["openrank"].to_list(),
            texts,
            [_who_did_it(row) for row in rows.iter_rows(named=True)],
            _("OpenRank from simulated events") if is_simulated else "OpenRank",
        ),
        answer,
        about,
        summary=_(
            "The largest part of the OpenRank of {project}: {part}, {amount}",
            project=name,
            part=part_name(first["part"]),
            amount=texts[0],
        ),
    )
    st.caption(
        _(
            "Computed for {repository}; it is not the value of OpenDigger above, which comes "
            "without parts. {command} names the people and shows the changes.",
            repository=escaped(first["repo_full_name"]),
            command=f"`landscape explain --repo {first['repo_full_name']} --month {month}`",
        )
    )


def _part_text(value: float, share: float) -> str:
    """A part and its share; small ones keep their figures, since nothing is what most of them are not."""
    return f"{amount(value) if value >= _SMALL_PART or not value else format(value, '.2g')} · {share:.0%}"


def _who_did_it(row: Mapping[str, Any]) -> str:
    if row["people_count"] is None:
        return _("no person's")
    return _(
        "{actions} by {people}",
        actions=n_("{count} action", "{count} actions", row["actions_count"]),
        people=n_("{count} person", "{count} people", row["people_count"]),
    )
