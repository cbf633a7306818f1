"""What GitHub itself counts of a project, beside the OpenRank that is mended by it."""

from __future__ import annotations

import streamlit as st

from app.components.figure import About
from app.components.table import source_name
from app.components.trend import draw_trend
from app.i18n import _, in_language, month_name, n_
from app.session import published
from app.view_state import TrendsView

_SOURCE = "github-counts"
_FIRST_METRIC = "change_requests"


def show_github_counts(project_id: str) -> None:
    """Draw them, or say that they are not held."""
    trend = published().trends.of_github_counts(project_id)
    points = trend.points.frame
    if points.is_empty():
        st.caption(
            _(
                "GitHub's own counts of this project are not held: how much of it the other sources saw is unknown."
            )
        )
        return
    names = {
        row["metric_id"]: in_language(row["name"], row["name_zh"])
        for row in published().catalogue.metrics().frame.iter_rows(named=True)
    }
    months = points["at"].sort()
    window = _("{first} to {last}", first=month_name(months[0]), last=month_name(months[-1]))
    draw_trend(
        TrendsView(projects=(project_id,)),
        "github-counts",
        trend,
        names,
        about=About(
            _FIRST_METRIC,
            window,
            n_(
                "{count} month is held; before and after it the counts are not held",
                "{count} months are held; before and after them the counts are not held",
                months.n_unique(),
            ),
            source_name(_SOURCE),
        ),
        metric_label=_("GitHub's own counts"),
        unit=_("issues and pull requests"),
    )
    st.caption(_("Held for {window}; not held for other months.", window=window))
