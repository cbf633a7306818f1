"""The frame around every figure: what it shows, from what, by which SQL, and as files to take along.

Belongs here: the same controls beside every number of the app. Must not: what a page shows.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from app import queries
from app.i18n import _, in_language, whole
from app.i18n.sentences import in_reader_words
from app.session import ask, read_metadata

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import plotly.graph_objects as go

    from app.session import Answer


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
        How much of it is known, written out; empty where nothing is missing.
    """

    metric_id: str
    window: str
    coverage: str = ""


def show_chart(
    key: str, title: str, figure: go.Figure, answer: Answer, about: About, *, summary: str
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
    """
    with frame(key, title, answer, about):
        st.plotly_chart(
            figure,
            key=key,
            alt=summary,
            config={
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
            st.dataframe(shown_as_text(answer.frame), hide_index=True, key=f"{key}.table", placeholder="–")


def frame(key: str, title: str, answer: Answer, about: About) -> AbstractContextManager[object]:
    """A bordered box with the title and what can be opened about the figure; draw the figure inside."""
    box = st.container(border=True, key=f"figure-{key}")
    with box, st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"##### {escaped(title)}", width="content")
        with st.popover(_("About"), icon=":material/info:", type="tertiary", key=f"{key}.about"):
            _show_about(key, answer, about)
    return box


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


def _show_about(key: str, answer: Answer, about: About) -> None:
    metadata = read_metadata()
    catalogue = ask(queries.metrics()).frame.filter(pl.col("metric_id") == about.metric_id)
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
                    source=metric["source"],
                )
            )
        )
    st.caption(escaped(_("Window: {window}", window=about.window)))
    if about.coverage:
        st.caption(escaped(_("Coverage: {coverage}", coverage=about.coverage)))
    vintages = _vintages(answer.frame)
    if vintages:
        st.caption(escaped(_("Vintage: {vintage}", vintage=", ".join(vintages))))
    line = provenance(metadata.snapshot_id, metadata.as_of_text)
    st.caption(escaped(line))
    st.code(_readable(answer.query.sql), language="sql")
    if answer.query.params:
        st.caption(escaped(", ".join(f"${name} = {value}" for name, value in answer.query.params.items())))
    csv, parquet, image = st.columns(3)
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
    image.segmented_control(
        _("Picture as"),
        ["svg", "png"],
        default="svg",
        format_func=str.upper,
        key=f"{key}.format",
        required=True,
    )


def provenance(snapshot_id: str, as_of: str) -> str:
    """The line that goes with a figure wherever it is taken."""
    return _("OSS Landscape, snapshot {snapshot}, as of {as_of}", snapshot=snapshot_id, as_of=as_of)


def _vintages(rows: pl.DataFrame) -> list[str]:
    return rows["vintage"].drop_nulls().unique().sort().to_list() if "vintage" in rows.columns else []


# Files are written when somebody asks for one, on a thread without a session: neither its state nor its language.


def _csv(rows: pl.DataFrame, line: str) -> bytes:
    return f"# {line}\n{shown_as_text(rows).write_csv()}".encode()


def _parquet(rows: pl.DataFrame, line: str) -> bytes:
    buffer = io.BytesIO()
    rows.write_parquet(buffer, metadata={"provenance": line})
    return buffer.getvalue()


def _file_name(key: str) -> str:
    return f"{key}-{read_metadata().snapshot_id}"


def _readable(sql: str) -> str:
    """SQL without the indentation that it has in the code."""
    lines = sql.strip("\n").rstrip().splitlines()
    indent = min((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), default=0)
    return "\n".join([lines[0].strip(), *(line[indent:] for line in lines[1:])])
