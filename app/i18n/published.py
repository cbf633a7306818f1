"""Texts and messages of the published file in the language of the reader.

Belongs here: looking them up. Must not: a text; the pipeline and the seeds write them in English, and ``zh.po``
has their Chinese in a context of its own.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from app.i18n import day_name, in_context, language, month_name
from pipelines.floor.messages import Message, decode, render
from pipelines.floor.periods import Month
from pipelines.landscape.changes import detail_message
from pipelines.landscape.membership import REASON_COLUMNS, reason_message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DATED = re.compile(r"\d{4}-\d{2}(-\d{2})?")

CONTEXT = "published"
"""Keeps the texts of the file apart from the words of the pages, which may be written alike."""


def in_reader_words(text: str) -> str:
    """A text of the seeds or of a definition; English where nobody translated it, as in another field."""
    return in_context(CONTEXT, text)


def said(message: str) -> str:
    """A message of a published column, written out.

    Raises
    ------
    ValueError, KeyError
        If a newer version of the pipeline wrote a code that this one does not know.
    """
    return _said(message, language())


def all_said(messages: Sequence[str]) -> list[str]:
    """Several messages, in their order."""
    return [said(message) for message in messages]


def with_reader_words(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """`rows` with the texts of some columns in the language of this run; null stays null."""
    return rows.with_columns(
        pl.Series(
            name, [None if text is None else in_reader_words(text) for text in rows[name]], dtype=pl.String
        )
        for name in columns
    )


def with_said(rows: pl.DataFrame, **message_columns: str) -> pl.DataFrame:
    """`rows` with each named column written out from the message column it is given; null stays null."""
    return rows.with_columns(
        pl.Series(
            name,
            [None if message is None else said(message) for message in rows[messages]],
            dtype=pl.String,
        )
        for name, messages in message_columns.items()
    )


def with_reasons(rows: pl.DataFrame, *suffixes: str) -> pl.DataFrame:
    """`rows` with why each project is in or out of the landscape; null where no row says.

    Parameters
    ----------
    rows
        What `pipelines.landscape.membership.reason_message` reads, in columns of these names with a suffix.
    suffixes
        One a side; each gives a column ``reason`` with that suffix.
    """
    return rows.with_columns(
        pl.Series(
            f"reason{suffix}", [_reason(row, suffix) for row in rows.iter_rows(named=True)], dtype=pl.String
        )
        for suffix in suffixes
    )


def with_details(rows: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Rows of ``landscape_changes`` with their details.

    Parameters
    ----------
    rows
        The changes.
    verdicts
        What `pipelines.landscape.membership.reason_message` reads, of either side.
    """
    reasons = {
        (row["as_of_month"], row["profile"], row["project_id"]): reason_message(row)
        for row in verdicts.join(rows, on="project_id", how="semi").iter_rows(named=True)
    }
    details = [
        written(
            detail_message(
                row,
                *(
                    reasons.get((row[f"as_of_month_{side}"], row[f"profile_{side}"], row["project_id"]))
                    for side in ("before", "after")
                ),
            )
        )
        for row in rows.iter_rows(named=True)
    ]
    return rows.with_columns(detail=pl.Series(details, dtype=pl.String))


def written(message: Message) -> str:
    """A message in the language of this run."""
    return render(message, in_reader_words, _dated)


def _dated(text: str) -> str:
    """A day or a month, which the file writes as ISO 8601, as the language writes it; other texts as they are."""
    if not _DATED.fullmatch(text):
        return text
    try:
        return (
            day_name(date.fromisoformat(text))
            if text.count("-") > 1
            else month_name(Month.parse(text).first_day)
        )
    except ValueError:
        return text


def in_words(said: str | Message) -> str:
    """A message in the language of this run; what DuckDB itself says stays in its words."""
    return written(said) if isinstance(said, Message) else said


def _reason(row: Mapping[str, Any], suffix: str) -> str | None:
    side = {name: row[f"{name}{suffix}"] for name in REASON_COLUMNS}
    return None if side["reason_code"] is None else written(reason_message(side))


@lru_cache(maxsize=16_384)
def _said(message: str, _language: str) -> str:
    return written(decode(message))
