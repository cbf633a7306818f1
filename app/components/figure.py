"""The frame around every figure: what it shows, from what, by which SQL, and as files to take along.

Belongs here: the controls that every figure of the app has. Must not: what a page shows.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from app.charts import plotly_language, signed
from app.components.table import headings, in_words, source_name
from app.components.vintage import vintage_text
from app.i18n import _, in_language, whole
from app.i18n.published import in_reader_words
from app.session import published, read_metadata
from pipelines.floor.cells import without_formulas

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import plotly.graph_objects as go
    from streamlit.delta_generator import DeltaGenerator

    from pipelines.published import Answer


_MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class About:
    """What a figure rests on, as its reader must be able to say.

    Attributes
    ----------
    metric_id
        Entry of the metric catalogue that defines the figure.
    window
        Stretch of time it covers, written out.
    coverage
        How much of it is known, written out; empty where nobody counts it.
    source
        Name of what the rows are from, written out; empty where it is the metric's own source.
    vintage
        Version of what it rests on, written out; empty where the metric's own sources state it.
    """

    metric_id: str
    window: str
    coverage: str = ""
    source: str = ""
    vintage: str = ""


def show_chart(
    key: str,
    title: str,
    figure: go.Figure,
    answer: Answer,
    about: About,
    *,
    summary: str,
    table: pl.DataFrame | None = None,
) -> None:
    """Draw a Plotly figure in its frame, with the rows behind it as a table.

    Parameters
    ----------
    key
        Tells the figure from others on the page, in ids and file names.
    title
        What it shows.
    figure
        To draw.
    answer
        The rows it was drawn from.
    about
        What it rests on.
    summary
        What somebody who does not see it should know.
    table
        The rows as people read them, where `in_words` does not know the words of their ids.
    """
    metadata = read_metadata()
    box, more = _framed(key, title)
    with more:
        _show_about(key, answer, about).segmented_control(
            _("Picture as"),
            ["svg", "png"],
            default="svg",
            format_func=str.upper,
            key=f"{key}.format",
            required=True,
        )
    with box:
        st.plotly_chart(
            signed(figure, provenance(metadata.snapshot_id, metadata.as_of_text)),
            key=key,
            alt=summary,
            config=plotly_language()
            | {
                "displaylogo": False,
                "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
                "toImageButtonOptions": {
                    "format": st.session_state.get(f"{key}.format", "svg"),
                    "filename": _file_name(key),
                    "scale": 2,
                },
            },
        )
        with st.expander(_("Table behind the chart"), icon=":material/table:"):
            rows = in_words(answer.frame) if table is None else table
            st.dataframe(
                shown_as_text(rows),
                hide_index=True,
                key=f"{key}.table",
                placeholder="–",
                column_config=headings(rows),
            )


def frame(key: str, title: str, answer: Answer, about: About) -> AbstractContextManager[object]:
    """A bordered box with the title and what can be opened about the figure; draw the rows of `answer` inside."""
    box, more = _framed(key, title)
    with more:
        _show_about(key, answer, about)
    return box


def _framed(key: str, title: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """A bordered box with its title, and the popover next to the title."""
    box = st.container(border=True, key=f"figure-{key}")
    with box, st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"##### {escaped(title)}", width="content")
        more = st.popover(_("About"), icon=":material/info:", type="tertiary", key=f"{key}.about")
    return box, more


def first_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """As many rows as a table takes without delay, and a word on the others."""
    if rows.height > _MOST_ROWS:
        st.caption(
            _(
                "The first {count} of {all} are listed; the files under About hold them all.",
                count=whole(_MOST_ROWS),
                all=whole(rows.height),
            )
        )
    return rows.head(_MOST_ROWS)


def escaped(text: str) -> str:
    """`text` so that Markdown shows it and nothing else: names and descriptions are written by anybody."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@^=])", r"\\\1", text)


def shown_as_text(rows: pl.DataFrame) -> pl.DataFrame:
    """Lists joined, since a cell of a table or a CSV file holds one value."""
    lists = [name for name, dtype in rows.schema.items() if isinstance(dtype, pl.List)]
    return rows.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join("; ") for name in lists)


def _show_about(key: str, answer: Answer, about: About) -> DeltaGenerator:
    """What the figure rests on, and its files; returns the column next to them."""
    metadata = read_metadata()
    catalogue = published().catalogue.metrics().frame.filter(pl.col("metric_id") == about.metric_id)
    vintage = about.vintage or vintage_text(about.metric_id)
    source = about.source or in_language(", ", "、").join(map(source_name, catalogue["source"]))
    for metric in catalogue.iter_rows(named=True):
        st.markdown(
            f"**{escaped(in_language(metric['name'], metric['name_zh']))}** · `{metric['metric_id']}`"
        )
        st.text(in_reader_words(metric["definition"]))
        st.caption(escaped(_("Formula: {formula}", formula=in_reader_words(metric["formula"]))))
        st.caption(
            escaped(
                _(
                    "Unit: {unit} · source: {source}",
                    unit=in_reader_words(metric["unit"]),
                    source=source,
                )
            )
        )
    st.caption(escaped(_("Window: {window}", window=about.window)))
    st.caption(escaped(_("Coverage: {coverage}", coverage=about.coverage or _("not counted"))))
    st.caption(escaped(_("Vintage: {vintage}", vintage=vintage)))
    line = provenance(metadata.snapshot_id, metadata.as_of_text)
    st.caption(escaped(line))
    st.code(answer.runnable_sql, language="sql")
    if source:
        line = _(
            "{line}; data: {source}, {vintage}",
            line=line,
            source=_in_one_line(source),
            vintage=_in_one_line(vintage),
        )
    line = _("{line}; window: {window}", line=line, window=_in_one_line(about.window))
    if answer.narrowing:
        st.caption(escaped(_("Shown from these rows: {how}", how=answer.narrowing)))
        line = _("{line}; of the rows of its query: {how}", line=line, how=_in_one_line(answer.narrowing))
    csv, parquet, rest = st.columns(3)
    csv.download_button(
        "CSV",
        partial(_csv, answer.frame, line),
        file_name=f"{_file_name(key)}.csv",
        mime="text/csv",
        key=f"{key}.csv",
        on_click="ignore",
    )
    parquet.download_button(
        "Parquet",
        partial(_parquet, answer.frame, line),
        file_name=f"{_file_name(key)}.parquet",
        mime="application/vnd.apache.parquet",
        key=f"{key}.parquet",
        on_click="ignore",
    )
    return rest


def provenance(snapshot_id: str, as_of: str) -> str:
    """The line that goes with a figure wherever it is taken."""
    return _("OSS Landscape, snapshot {snapshot}, as of {as_of}", snapshot=snapshot_id, as_of=as_of)


# Files are written when somebody asks for one, on a thread without a session: neither its state nor its language.


def _csv(rows: pl.DataFrame, line: str) -> bytes:
    return f"# {line}\n{without_formulas(shown_as_text(rows)).write_csv()}".encode()


def _parquet(rows: pl.DataFrame, line: str) -> bytes:
    buffer = io.BytesIO()
    rows.write_parquet(buffer, metadata={"provenance": line})
    return buffer.getvalue()


def _in_one_line(text: str) -> str:
    """What a visitor searched for may hold a line break; the provenance of a CSV file is one line."""
    return " ".join(text.split())


def _file_name(key: str) -> str:
    return f"{key}-{read_metadata().snapshot_id}"
