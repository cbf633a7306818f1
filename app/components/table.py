"""Rows as people read them: headings and values in words, where a file keeps the ids.

Belongs here: what a column is called and how its ids are written, the same in every table. Must not: choosing rows.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from app.i18n import _, day_format, in_language, month_format
from app.i18n.published import in_reader_words
from app.labels import (
    BASES,
    EVENT_TYPES,
    GROUPINGS,
    OPENRANK_PARTS,
    SCOPES,
    STATUSES,
    box_names,
    column_name,
    kind_name,
    status_name,
)
from app.session import published, read_metadata

_MONTHS = ("month", "as_of_month", "window_start", "window_end", "first_month", "last_month")
_KINDS = ("real", "derived", "simulated")


def headings(rows: pl.DataFrame) -> dict[str, Any]:
    """Column → its heading in the language of this run; days and months are written as the language does."""
    return {
        column: st.column_config.DateColumn(
            column_name(column), format=month_format() if column in _MONTHS else day_format()
        )
        if dtype == pl.Date
        else column_name(column)
        for column, dtype in rows.schema.items()
    }


def in_words(rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with the ids of known columns as the language says them; what nobody named stays as it is."""
    names = _value_names()
    return rows.with_columns(
        pl.col(column).replace(names[column])
        for column, dtype in rows.schema.items()
        if column in names and dtype == pl.String
    )


def source_name(source: str) -> str:
    """What a source is called, with the mark of its kind."""
    found = published().provenance.sources().frame.filter(pl.col("source") == source)
    return next(
        (
            f"{in_reader_words(name)} · {kind_name(kind)}"
            for name, kind in found.select("name", "kind").iter_rows()
        ),
        source,
    )


def _value_names() -> dict[str, dict[str, str]]:
    """Column → id → how it is written."""
    boxes = published().catalogue.boxes(read_metadata().taxonomy_version).frame
    box = {kind: box_names(boxes.drop_nulls(kind), kind) for kind in ("layer", "domain", "subdomain")}
    metrics = published().catalogue.metrics().frame.select("metric_id", "name", "name_zh")
    metric_names = {metric_id: in_language(name, name_zh) for metric_id, name, name_zh in metrics.iter_rows()}
    scopes = {scope: _(name) for scope, name in SCOPES.items()}
    groupings = {grouping: _(name) for grouping, name in GROUPINGS.items()}
    return {
        **box,
        "scope": scopes,
        "scope_value": {
            **box["layer"],
            **box["domain"],
            **box["subdomain"],
            "landscape": scopes["landscape"],
        },
        "grouping": groupings,
        "group_value": {**box["domain"], "all": groupings["all"]},
        "status": {status: status_name(status) for status in STATUSES},
        "kind": {kind: kind_name(kind) for kind in _KINDS},
        "source": {
            source: in_reader_words(name)
            for source, name in published().provenance.sources().frame.select("source", "name").iter_rows()
        },
        "basis": {basis: _(name) for basis, name in BASES.items()},
        "part": {part: _(name) for part, name in OPENRANK_PARTS.items()},
        "event_type": {**metric_names, **{event: _(name) for event, name in EVENT_TYPES.items()}},
    }
