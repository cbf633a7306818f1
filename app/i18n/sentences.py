"""Sentences that the published file holds, in the language of the reader.

Belongs here: finding the Chinese of an English sentence by what of it does not vary. Must not: a sentence; the pipeline
and the seeds write them in English, and ``sentences.zh.po`` has them in Chinese.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from itertools import count, islice
from typing import TYPE_CHECKING

import polars as pl
from babel.messages.pofile import read_po

from app.i18n import LANGUAGES, language

if TYPE_CHECKING:
    from collections.abc import Mapping

_SOURCE = next(iter(LANGUAGES))
_NAME = r"\w+(?:[.-]+\w+)*+"
_PART = re.compile(
    rf"""
      (?<!\w)(?P<quote>["']).*?(?P=quote)(?!\w) (?: ,[ ](?P<next>["']).*?(?P=next)(?!\w) )*  # words of others
    | (?<!\w)https?://\S*\w/?
    | (?<![\w./-]){_NAME} (?: /\.?{_NAME} (?: ,[ ]{_NAME}/\.?{_NAME} )* (?: \#\d+ )? | \#\d+ )  # repositories, an issue
    | \#\d+
    | (?<![\w.-])[+−-]?\d+ (?: [.,-]\d+ )* (?: e[+-]?\d+ )? (?: [ ]?% )?  # numbers, months, dates
    | \0
    """,
    re.VERBOSE,
)
_HOLE = "\0"  # where a part was cut out; one that stands in the text is taken for a part
_LETTER = re.compile(r"[^\W\d_]")
_BETWEEN = re.compile(r"[ ]?([;:,])[ ]")
_MARKS = {"zh": {";": "；", ":": "：", ",": "，"}}


def in_reader_words(text: str) -> str:
    """A sentence of the published file in the language of this run.

    Parameters
    ----------
    text
        In English, as the pipeline or the seeds wrote it.

    Returns
    -------
    str
        In Chinese what the catalogue knows, whole or put together from known clauses, with its numbers, dates,
        repositories and quoted words as they are in `text`; otherwise `text`, never a half of each. Seeds of
        another field bring sentences that nobody translated.
    """
    return text if language() == _SOURCE else _reworded(text, language())


def pattern_of(text: str) -> str:
    """A sentence with ``{0}, {1}, ...`` for what varies: numbers, dates, repositories and what stands in quotes.

    Examples
    --------
    >>> pattern_of("10,203 stars on 2023-07-02")
    '{0} stars on {1}'
    >>> pattern_of('project "chroma" of the seeds')
    'project {0} of the seeds'
    """
    places = count()
    return _PART.sub(lambda _part: f"{{{next(places)}}}", text)


def with_reader_words(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """`rows` with the sentences of some columns in the language of this run; null stays null."""
    return rows.with_columns(
        pl.Series(
            name, [None if text is None else in_reader_words(text) for text in rows[name]], dtype=pl.String
        )
        for name in columns
    )


@lru_cache(maxsize=16_384)
def _reworded(text: str, wanted: str) -> str:
    """From the left, the longest run of clauses that is known, then the next; `text` where there is none."""
    sentences = _sentences(wanted)
    cut_out: list[str] = []

    def cut(part: re.Match[str]) -> str:
        cut_out.append(part[0])
        return _HOLE

    skeleton = _PART.sub(cut, text)
    parts = iter(cut_out)
    marks = [*_BETWEEN.finditer(skeleton)]
    starts, ends = [0, *(mark.end() for mark in marks)], [*(mark.start() for mark in marks), len(skeleton)]
    words: list[str] = []
    first = 0
    while first < len(starts):
        for last in reversed(range(first, len(ends))):
            run = skeleton[starts[first] : ends[last]]
            if run in sentences:
                words.append(sentences[run].format(*islice(parts, run.count(_HOLE))))
                break
            if first == last and not _LETTER.search(run):
                # A number or a name alone is the same in every language.
                words.append(re.sub(_HOLE, lambda _hole: next(parts), run))
                break
        else:
            return text
        words += [_MARKS[wanted][mark[1]] for mark in marks[last : last + 1]]
        first = last + 1
    return "".join(words)


@cache
def _sentences(wanted: str) -> Mapping[str, str]:
    """Sentence with holes for its parts → its translation."""
    with (files("app.i18n") / f"sentences.{wanted}.po").open(encoding="utf-8") as file:
        catalogue = read_po(file, locale=wanted, abort_invalid=True)
    return {
        re.sub(r"\{\d+\}", _HOLE, str(message.id)): str(message.string) for message in catalogue if message.id
    }
