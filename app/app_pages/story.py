"""The argument of the May 2025 report: each step with its live figures and the printed ones."""

from __future__ import annotations

import polars as pl
import streamlit as st

from app.components.figure import escaped
from app.components.left_out import show_left_out
from app.components.printed import show_printed, tally
from app.components.trend import show_trend
from app.i18n import _, language
from app.presets import PRESETS
from app.session import close_view, open_view, published
from app.story import SECTIONS
from app.view_state import LANGUAGE_KEY, StoryView, TrendsView, encode


def show() -> None:
    """Draw the page."""
    answer = published().comparison.story_figures()
    sections = set(answer.frame["section"])
    if not sections:
        st.info(
            _(
                "No report was written about this field. Add its figures to `seeds/published_figures.yml`"
                " and run `landscape build`."
            )
        )
        return
    show_left_out(open_view(StoryView, {}, {}))
    st.header(_("The open-source landscape of large language models, May 2025"), anchor=False)
    st.write(
        _(
            "The report's argument, in our words. Next to each printed figure is our value from "
            "the published tables, compared by rule: it agrees within a stated tolerance, it "
            "differs, or too few of its inputs are here to decide. We correct nothing silently."
        )
    )
    st.markdown(f"**{escaped(tally(answer.frame))}**")
    for key, section in SECTIONS.items():
        if key not in sections:
            continue
        rows = answer.frame.filter(pl.col("section") == key)
        st.subheader(_(section.title), anchor=key)
        for paragraph in section.paragraphs:
            st.write(escaped(_(paragraph)))
        if section.presets:
            show_trend(PRESETS[section.presets[0]].view, f"story-{key}")
            with st.container(horizontal=True, key=f"links-{key}"):
                for preset in section.presets:
                    st.page_link(
                        "app_pages/trends.py",
                        label=_(PRESETS[preset].title),
                        icon=":material/show_chart:",
                        query_params=_query(PRESETS[preset].view),
                    )
        show_printed(
            f"printed-{key}",
            _("Printed and measured: {tally}", tally=tally(rows)),
            answer.narrowed(rows, _("section of the story: {section}", section=_(section.title))),
        )
    close_view(StoryView, {})


def _query(view: TrendsView) -> list[tuple[str, str]]:
    pairs = [(key, value) for key, values in encode(view).items() for value in values]
    return [*pairs, (LANGUAGE_KEY, language())]


show()
