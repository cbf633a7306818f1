"""The SQL console: one SELECT that a reader wrote, and its rows."""

from __future__ import annotations

import io
from functools import partial

import polars as pl
import streamlit as st

from app.components.figure import provenance, shown_as_text
from app.console import ROW_CAP, TIMEOUT_S, Found, run_console_query
from app.i18n import _, language, marked, n_, whole
from app.i18n.published import in_words
from app.session import published, widget_key
from app.view_state import MOST_SQL, DataView
from pipelines.floor.errors import LandscapeError, QueryError
from pipelines.floor.settings import load_settings
from pipelines.published.examples import EXAMPLES

_EXAMPLES = {
    "ranking": marked("The ranking as of the file's month"),
    "out": marked("Who is out, and why"),
    "neighbours": marked("Who shares people with vLLM"),
    "statuses": marked("How many projects have which status"),
    "growth": marked("Growth of the domains"),
    "comments": marked("Columns that speak of simulated rows"),
}
_RUN_KEY = "console.run-sql"
_OUTCOME_KEY = "console.outcome"


def show_console() -> None:
    """The editor, its examples, and the rows of what was run."""
    sql_key = widget_key(DataView, "sql")
    st.caption(
        _(
            "One SELECT over the published file, read only. At most {rows} rows and {seconds} seconds.",
            rows=whole(ROW_CAP),
            seconds=f"{TIMEOUT_S:g}",
        )
    )
    example_key = f"console.example.{language()}"  # Streamlit knows an option by its label
    st.selectbox(
        _("Example"),
        list(_EXAMPLES),
        format_func=lambda name: _(_EXAMPLES[name]),
        index=None,
        placeholder=_("Choose a query to begin with"),
        key=example_key,
        on_change=_take_example,
        args=(example_key,),
    )
    with st.form("console", border=False):
        st.text_area("SQL", key=sql_key, height=200, max_chars=MOST_SQL, placeholder="FROM projects LIMIT 10")
        st.form_submit_button(
            _("Run"),
            icon=":material/play_arrow:",
            type="primary",
            key="console.run",
            on_click=_allow_run,
        )
    sql: str = st.session_state[sql_key]
    if not sql.strip():
        st.info(_("Choose an example or write a query; the dictionary describes the tables."))
        return
    if st.session_state.get(_RUN_KEY) != sql:
        st.info(_("This query came with the link and has not been run. Read it first, then choose Run."))
        return
    outcome = _outcome(sql)
    if isinstance(outcome, LandscapeError):
        st.error(_("The query has no answer:"))
        what, hint = (
            (outcome.what_said, outcome.hint_said)
            if isinstance(outcome, QueryError)
            else (outcome.what, outcome.hint)
        )
        st.text(in_words(what))
        if hint:
            st.text(_("What to do: {hint}", hint=in_words(hint)))
        return
    _show_found(sql, outcome)


def _take_example(example_key: str) -> None:
    name = st.session_state[example_key]
    if name is not None:
        st.session_state[widget_key(DataView, "sql")] = EXAMPLES[name]
        _allow_run()


def _allow_run() -> None:
    """Note that the reader asked to run what the editor holds; a link only puts text there."""
    st.session_state[_RUN_KEY] = st.session_state[widget_key(DataView, "sql")]
    st.session_state.pop(
        _OUTCOME_KEY, None
    )  # who asks once more, after a query was stopped, wants a new answer


def _outcome(sql: str) -> Found | LandscapeError:
    """The answer, or why there is none; as long as the session asks the same of the same file, the one it got."""
    asked = (published().identity, sql)
    kept: tuple[object, Found | LandscapeError] | None = st.session_state.get(_OUTCOME_KEY)
    if kept is not None and kept[0] == asked:
        return kept[1]
    bar = st.empty()

    def show_wait(waited_s: float) -> None:
        # To write is also where Streamlit leaves a run that nobody waits for any more, and the query ends with it.
        bar.progress(min(waited_s / TIMEOUT_S, 1.0), _("Running"))

    try:
        outcome: Found | LandscapeError = run_console_query(
            load_settings().public_dir, sql, while_waiting=show_wait
        )
    except LandscapeError as error:
        outcome = error
    bar.empty()
    st.session_state[_OUTCOME_KEY] = (asked, outcome)
    return outcome


def _show_found(sql: str, found: Found) -> None:
    if found.is_capped:
        st.warning(
            _(
                "There are more rows: these are the first {count}. Add a LIMIT or a filter, or ask the file with"
                " `landscape query`.",
                count=whole(found.rows.height),
            )
        )
    st.caption(n_("{count} row", "{count} rows", found.rows.height))
    st.dataframe(
        shown_as_text(found.rows),
        hide_index=True,
        key="console.rows",
        placeholder="NULL",
        column_config={  # a day would be drawn with the hour at which it begins
            name: st.column_config.DateColumn(format="YYYY-MM-DD")
            for name, kind in found.rows.schema.items()
            if kind == pl.Date
        },
    )
    line = provenance(found.snapshot_id, found.as_of)
    with st.container(horizontal=True):
        for label, mime, write in (
            ("CSV", "text/csv", _console_csv),
            ("Parquet", "application/vnd.apache.parquet", _console_parquet),
        ):
            st.download_button(
                label,
                partial(write, line, sql, found.rows),
                file_name=f"query-{found.snapshot_id}.{label.lower()}",
                mime=mime,
                key=f"console.{label.lower()}",
                on_click="ignore",
            )


def _console_csv(line: str, sql: str, rows: pl.DataFrame) -> bytes:
    comments = "".join(f"# {text}\n" for text in (line, *sql.splitlines()))
    return (comments + shown_as_text(rows).write_csv()).encode()


def _console_parquet(line: str, sql: str, rows: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    rows.write_parquet(buffer, metadata={"provenance": line, "sql": sql})
    return buffer.getvalue()
