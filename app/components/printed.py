"""Printed figures, what the tables give for the same, and whether both agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from app.components.figure import About, escaped, frame
from app.i18n import _, in_language, month_name
from app.i18n.published import in_reader_words
from app.labels import VERDICT_ICONS, VERDICTS, figure_value, within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.published import Answer


def show_printed(key: str, title: str, answer: Answer) -> None:
    """Draw a table of published figures, each with ours, the verdict and why.

    Parameters
    ----------
    key
        Tells the table from others on the page.
    title
        What the figures are about.
    answer
        Rows of ``published_figures``, with ``name`` of the project, or NULL.
    """
    rows = answer.frame
    last = rows["last_month"].max()
    about = About(
        "published_figures",
        _("as printed; newest month that a report covers: {month}", month=month_name(last)),  # type: ignore[arg-type]
        _("{known} of {all} can be measured here", known=rows["measured"].count(), all=rows.height),
    )
    with frame(key, title, answer, about):
        st.table(_shown(rows), hide_index=True)
        with st.expander(_("How ours is measured"), icon=":material/code:"):
            for row in rows.filter(pl.col("measured_by").is_not_null()).iter_rows(named=True):
                st.markdown(escaped(_figure_name(row)))
                st.code(row["measured_by"], language="sql", wrap_lines=True)


def tally(rows: pl.DataFrame) -> str:
    """How many figures agree, differ or cannot be reproduced, as one line."""
    counts = dict(rows["verdict"].value_counts().iter_rows())
    return " · ".join(
        f"{VERDICT_ICONS[verdict]} {counts[verdict]} {_(name)}"
        for verdict, name in VERDICTS.items()
        if verdict in counts
    )


def _figure_name(row: dict[str, object]) -> str:
    measure = in_language(str(row["measure"]), str(row["measure_zh"]))
    return f"{row['name']}: {measure}" if row["name"] else measure


def _shown(rows: pl.DataFrame) -> pl.DataFrame:
    """A table whose cells are Markdown, so that reasons wrap, four columns that a phone has room for."""
    cells = [
        (
            _cell(
                _figure_name(row),
                in_language(row["remark"], row["remark_zh"]),
                in_language(", ", "，").join(in_reader_words(row[name]) for name in ("report", "where")),
            ),
            _cell(row["value"]),
            _cell(figure_value(row["measured"], row["unit"])),
            _verdict(row),
        )
        for row in rows.iter_rows(named=True)
    ]
    return pl.DataFrame(cells, schema=[_("Figure"), _("Published"), _("Ours"), _("Verdict")], orient="row")


def _verdict(row: Mapping[str, Any]) -> str:
    text = f"{VERDICT_ICONS[row['verdict']]} {_(VERDICTS[row['verdict']])}"
    if row["verdict"] == "not_reproducible":
        return _cell(text)
    if row["verdict"] == "not_computable":
        return _cell(text, row["cause"])
    return _cell(text, within(row["comparison"], row["tolerance"], row["unit"]))


def _cell(text: str, *details: str) -> str:
    """A text, and smaller what is to be known of it; every text is escaped."""
    small = " · ".join(map(escaped, details))
    return f"**{escaped(text)}** :small[:gray[{small}]]" if small else escaped(text)
