"""What the numbers rest on: sources, coverage, definitions, rules, citation, and the file itself to be asked."""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import charts
from app.components.figure import About, escaped, first_rows, frame, show_chart
from app.components.left_out import show_left_out
from app.components.table import in_words
from app.i18n import _, day_name, in_language, marked, month_name, n_, plain, whole
from app.i18n.published import all_said, in_reader_words, with_reader_words
from app.labels import gap_stretch, kind_name, profile_name
from app.session import choice_of, close_view, open_view, published, widget_key
from app.view_state import DataView
from app.views.data_console import show_console
from pipelines.floor.folders import build_command
from pipelines.floor.settings import load_settings

_PARTS = {
    "sources": marked("Sources and freshness"),
    "coverage": marked("Coverage and gaps"),
    "metrics": marked("Metrics"),
    "dictionary": marked("Dictionary"),
    "rules": marked("Rules and thresholds"),
    "citation": marked("Citation"),
    "sql": marked("SQL console"),
}
_ROWS_IN_SIGHT, _TABLE_PX = 12, 560
_UNKNOWN = "unknown"  # what a source says of a licence that its owner does not state


def show() -> None:
    """Draw the page."""
    tables = published().catalogue.tables().frame
    defaults = {"table": "projects"}
    show_left_out(
        open_view(DataView, {"part": _PARTS, "table": tables["table_name"].to_list()}, defaults),
    )
    st.segmented_control(
        _("Part of this page"),
        label_visibility="collapsed",
        required=True,
        **choice_of(DataView, "part", _PARTS, lambda part: _(_PARTS[part])),
    )
    match st.session_state[widget_key(DataView, "part")]:
        case "sources":
            _show_sources()
        case "coverage":
            _show_coverage()
        case "metrics":
            _show_metrics()
        case "dictionary":
            _show_dictionary(tables)
        case "rules":
            _show_rules()
        case "citation":
            _show_citation()
        case "sql":
            show_console()
    close_view(DataView, defaults)


def _all_of_it(metric_id: str, window: str) -> About:
    return About(metric_id, window, _("everything in the file"))


def _show_sources() -> None:
    answer = published().provenance.sources()
    if answer.frame.is_empty():
        st.info(
            _("No source was read yet. Run `{command}`.", command=build_command(load_settings().data_dir))
        )
        return
    newest = answer.frame["retrieved_at"].max()
    about = About(
        "coverage_ratio",
        _("the last retrieval of each source"),
        _(
            "{known} of {all} sources were asked by a run",
            known=answer.frame["retrieved_at"].count(),
            all=answer.frame.height,
        ),
    )
    with frame("sources", _("Sources"), answer, about):
        st.caption(
            _(
                "Real rows were observed, derived ones computed from them, simulated ones made up for the sample."
            )
            if newest is None
            else _(
                "Real rows were observed, derived ones computed from them, simulated ones made up for the sample."
                " Last asked: {day}.",
                day=day_name(newest),  # type: ignore[arg-type]
            )
        )
        for row in with_reader_words(answer.frame, "name", "description").iter_rows(named=True):
            with st.container(border=True, key=f"source-{row['source']}", gap="xxsmall"):
                st.markdown(
                    f"{escaped(kind_name(row['kind']))} · **{escaped(row['name'])}** · `{row['source']}`"
                )
                st.text(row["description"])
                facts = [
                    _(
                        "Licence: {licence}",
                        licence=_("unknown") if row["license"] == _UNKNOWN else row["license"],
                    )
                ]
                if row["retrieved_at"] is not None:
                    facts = [
                        _("fetched {day}", day=day_name(row["retrieved_at"])),
                        _("{count} asked for", count=whole(row["requested_count"])),
                        _("{count} loaded", count=whole(row["loaded_count"])),
                        _("{count} missing", count=whole(row["missing_count"])),
                        _("{count} quarantined", count=whole(row["quarantined_count"])),
                        n_("{count} row", "{count} rows", row["rows_count"]),
                        *facts,
                    ]
                st.caption(escaped(" · ".join(facts)) + (f" · <{row['url']}>" if row["url"] else ""))


def _show_coverage() -> None:
    answer = published().provenance.coverage()
    gaps = published().provenance.gaps()
    if answer.frame.is_empty() and gaps.frame.is_empty():
        st.info(
            _("No source was read yet. Run `{command}`.", command=build_command(load_settings().data_dir))
        )
        return
    kinds = dict(published().provenance.sources().frame.select("source", "kind").iter_rows())
    lines = in_words(answer.frame).with_columns(kind=answer.frame["source"].replace_strict(kinds))
    series = {
        f"{source}{in_language(', ', '，')}{what} ({kind_name(kind)})": rows
        for (source, what, kind), rows in lines.partition_by(
            "source", "event_type", "kind", as_dict=True, maintain_order=True
        ).items()
    }
    stretches = [gap_stretch(period) for period in gaps.frame["period"]]
    known_gaps = with_reader_words(gaps.frame, "name").with_columns(
        detail=pl.Series(
            [in_language("; ", "；").join(all_said(messages)) for messages in gaps.frame["detail_messages"]],
            dtype=pl.String,
        ),
        period=pl.Series([text for text, _hours in stretches], dtype=pl.String),
        hours=pl.Series([hours for _text, hours in stretches], dtype=pl.Int64),
    )
    limits = published().catalogue.thresholds().frame
    gap_ratio = limits.filter(pl.col("threshold_id") == "coverage_gap_ratio")["value"]
    if not answer.frame.is_empty():
        months = answer.frame["month"].sort()
        show_chart(
            "coverage",
            _("Coverage month by month"),
            charts.coverage(series, gap_ratio[0] if len(gap_ratio) else None, known_gaps),
            answer,
            About(
                "coverage_ratio",
                _("{first} to {last}", first=month_name(months[0]), last=month_name(months[-1])),
                _("the dashed line is the ratio below which a month is a gap"),
            ),
            summary=n_(
                "{count} month is a gap", "{count} months are gaps", int(answer.frame["is_gap"].sum())
            ),
        )
    with frame(
        "gaps",
        n_("{count} known gap of the archive", "{count} known gaps of the archive", gaps.frame.height),
        gaps,
        _all_of_it("coverage_ratio", _("every known gap")),
    ):
        # Of Markdown, whose cells wrap: what is missing is told in sentences.
        shown = first_rows(known_gaps)
        st.table(
            shown.select(
                pl.col("period").alias(_("When, UTC")),
                pl.Series(_("Hours"), [whole(hours) for hours in shown["hours"]]),
                pl.Series(_("What is missing"), [escaped(text) for text in shown["detail"]]),
                pl.col("name").str.replace_all(" ", "\N{NO-BREAK SPACE}").alias(_("Source")),
            ),
            hide_index=True,
            height=_TABLE_PX if shown.height > _ROWS_IN_SIGHT else "content",
        )


def _show_metrics() -> None:
    answer = published().catalogue.metrics()
    st.text_input(
        _("Search the metrics by name, id, definition or formula"),
        key=widget_key(DataView, "metrics"),
        placeholder=_("for example stars"),
    )
    wanted: str = st.session_state[widget_key(DataView, "metrics")].strip().lower()
    text = pl.concat_str(
        "metric_id", "name", "name_zh", "definition", "formula", separator=" ", ignore_nulls=True
    )
    defined = with_reader_words(answer.frame, "unit", "window", "definition", "formula", "reference")
    rows = defined.filter(text.str.to_lowercase().str.contains(wanted, literal=True))
    if rows.is_empty():
        st.info(
            _("No metric is defined with these words. Search for another one.")
            if wanted
            else _("The file defines no metric. Run `landscape build`.")
        )
        return
    title = n_("{count} metric", "{count} metrics", rows.height)
    found = answer.narrowed(
        answer.frame.join(rows, on="metric_id", how="semi", maintain_order="left"),
        _("Search: {words}", words=wanted) if wanted else "",
    )
    with frame(
        "metric-catalogue",
        title,
        found,
        _all_of_it("metric_catalog", _("every definition")),
    ):
        for row in rows.iter_rows(named=True):
            name = escaped(in_language(row["name"], row["name_zh"]))
            with st.expander(f"**{name}** · `{row['metric_id']}` · {escaped(row['unit'])}"):
                st.text(row["definition"])
                for label, value in (
                    (_("Formula"), row["formula"]),
                    (_("Window"), row["window"]),
                    (_("Source"), row["source"]),
                    (_("Reference"), row["reference"]),
                    (_("Caveats"), "\n".join(map(in_reader_words, row["caveats"] or []))),
                ):
                    if value:
                        st.caption(escaped(label))
                        st.text(value)


def _show_dictionary(tables: pl.DataFrame) -> None:
    rows_of = dict(tables.select("table_name", "rows_count").iter_rows())
    st.selectbox(
        _("Table"),
        **choice_of(
            DataView,
            "table",
            rows_of,
            lambda table: n_("{table}: {count} row", "{table}: {count} rows", rows_of[table], table=table),
        ),
    )
    table: str = st.session_state[widget_key(DataView, "table")]
    answer = published().catalogue.columns(table)
    with frame(
        "dictionary",
        table,
        answer,
        _all_of_it("dictionary", _("the comments of the file itself")),
    ):
        st.caption(_("These comments come from the file, which documents itself in English."))
        st.text(tables.filter(pl.col("table_name") == table)["comment"][0] or "")
        for row in answer.frame.iter_rows(named=True):
            kind = [row["data_type"], *([] if row["is_nullable"] else [_("never missing")])]
            st.markdown(f"`{row['column_name']}` {escaped(' · '.join(kind))}")
            st.caption(escaped(row["comment"] or ""))


def _show_rules() -> None:
    rules = published().catalogue.profiles()
    with frame(
        "profiles",
        _("Rules of membership"),
        rules,
        _all_of_it("membership", _("as of each month")),
    ):
        if rules.frame.is_empty():
            st.info(_("The file holds no rule of membership. Run `landscape build`."))
        for row in with_reader_words(rules.frame, "reason").iter_rows(named=True):
            st.markdown(f"**{escaped(profile_name(row))}** · `{row['profile']}`")
            st.text(row["reason"])
    limits = published().catalogue.thresholds()
    with frame(
        "thresholds",
        _("Thresholds"),
        limits,
        _all_of_it("thresholds", _("of this build")),
    ):
        for row in with_reader_words(limits.frame, "unit", "reason").iter_rows(named=True):
            st.markdown(f"`{row['threshold_id']}` = **{plain(row['value'])}** {escaped(row['unit'])}")
            st.text(row["reason"])


def _show_citation() -> None:
    answer = published().provenance.metadata()
    row = answer.frame.row(0, named=True)
    title = f"OSS Landscape: {row['field_name']}"
    with frame(
        "citation",
        _("How to cite this landscape"),
        answer,
        _all_of_it("metadata", _("this file")),
    ):
        st.caption(_("Equal content has an equal snapshot id, no matter who built it or when."))
        month = f"{row['as_of_month']:%Y-%m}"
        dated = f"as of {row['as_of']} (landscape of {month}), snapshot {row['snapshot_id']}"
        data = _cited(published().provenance.cited().frame)
        st.code(
            f"{title}, {dated} (schema {row['schema_version']}, code {row['code_version']},"
            f" taxonomy {row['taxonomy_version']}).{data}",
            language=None,
            wrap_lines=True,
        )
        st.code(
            "\n".join(
                [
                    f"@misc{{oss-landscape-{row['snapshot_id']},",
                    f"  title   = {{{{{title}}}}},",
                    f"  year    = {{{row['as_of'].year}}},",
                    f"  month   = {{{row['as_of'].month}}},",
                    f"  version = {{{row['code_version']}}},",
                    f"  note    = {{{dated[0].upper()}{dated[1:]}, taxonomy {row['taxonomy_version']}.{data}}}",
                    "}",
                ]
            ),
            language="bibtex",
            wrap_lines=True,
        )
        if row["has_simulated_rows"]:
            st.caption(_("Some rows of this file are simulated: say so when you cite it."))


def _cited(sources: pl.DataFrame) -> str:
    """The sources as a citation names them, in English in every language, the simulated ones apart."""
    parts = []
    for is_simulated, label in ((False, "Data"), (True, "Simulated data")):
        names = [
            row["name"]
            + (f" {row['vintages']}" if row["vintages"] else "")
            + (f", fetched {row['retrieved_on']}" if row["retrieved_on"] else "")
            for row in sources.filter((pl.col("kind") == "simulated") == is_simulated).iter_rows(named=True)
        ]
        if names:
            parts.append(f" {label}: {'; '.join(names)}.")
    return "".join(parts)


show()
