"""Texts and messages of the published file in the language of the reader.

Belongs here: looking them up. Must not: a text; the pipeline and the seeds write them in English, and ``zh.po``
has their Chinese in a context of its own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from app.i18n import in_context, language
from pipelines.messages import decode, render

if TYPE_CHECKING:
    from collections.abc import Sequence

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


@lru_cache(maxsize=16_384)
def _said(message: str, _language: str) -> str:
    return render(decode(message), in_reader_words)
