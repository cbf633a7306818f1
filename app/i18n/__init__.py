"""English and 中文: one catalogue, and the language of the session that is being drawn.

Belongs here: looking words up, and writing numbers and dates as the language does. Must not: the words of a page; they
are in the page in English and in ``zh.po`` in Chinese.
"""

from __future__ import annotations

import gettext
import io
from contextvars import ContextVar
from decimal import ROUND_HALF_UP, localcontext
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from babel import dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from datetime import date

LANGUAGES = {"en": "English", "zh": "中文"}
"""Language → its own name; the first is that of the texts in the code."""

_SOURCE = next(iter(LANGUAGES))
_LOCALES = {"en": "en", "zh": "zh_Hans"}
_WHOLE_FROM = 9.95  # what would be written as 10.0
_language: ContextVar[str] = ContextVar("language", default=_SOURCE)


def use_language(language: str) -> None:
    """Draw this run of the script in one of `LANGUAGES`."""
    _language.set(language)


def language() -> str:
    """The language of this run."""
    return _language.get()


def _(text: str, **values: object) -> str:
    """`text` in the language of this run, with its ``{fields}`` filled in."""
    return (
        _catalogue(language()).gettext(text).format(**values)
        if values
        else _catalogue(language()).gettext(text)
    )


def in_context(context: str, text: str) -> str:
    """`text` in the language of this run, as it is meant in `context`; `text` where it has no translation."""
    return _catalogue(language()).pgettext(context, text)


def n_(one: str, many: str, count: int, **values: object) -> str:
    """As `_`, in the plural form that `count` takes; ``{count}`` is filled in as a number is written."""
    text = _catalogue(language()).ngettext(one, many, count)
    return text.format(count=whole(count), **values)


def marked(text: str) -> str:
    """Mark `text` for translation where it is written; `_` translates it where it is drawn."""
    return text


def in_language(en: str, zh: str) -> str:
    """One of two texts that the data holds."""
    return zh if language() == "zh" else en


def whole(value: float | None) -> str:
    """`value` as an integer, halves up, with grouping; an en dash where it is unknown."""
    if value is None:
        return "–"
    return _decimal(value, "#,##0")


def amount(value: float | None) -> str:
    """An OpenRank: an integer from 10 on, one decimal below; an en dash where it is unknown."""
    if value is None:
        return "–"
    pattern = "#,##0" if abs(value) >= _WHOLE_FROM else "0.0"
    return _decimal(value, pattern)


def plain(value: float) -> str:
    """A number with the digits it has, without rounding."""
    return numbers.format_decimal(value, format="#,##0.######", locale=_LOCALES[language()])


def change(value: float | None) -> str:
    """An `amount` with its sign."""
    if value is None:
        return "–"
    return f"+{amount(value)}" if value > 0 else amount(value).replace("-", "−")


def percent(ratio: float | None) -> str:
    """A ratio as percent with its sign; an en dash where it is unknown."""
    if ratio is None:
        return "–"
    written = numbers.format_percent(ratio, format="#,##0%", locale=_LOCALES[language()])
    return f"+{written}" if ratio > 0 else written.replace("-", "−")


def month_name(month: date) -> str:
    """A month as the language writes it: Apr 2025, 2025年4月."""
    pattern = "y年M月" if language() == "zh" else "MMM y"
    return dates.format_date(month, format=pattern, locale=_LOCALES[language()])


def quarter_name(month: date) -> str:
    """The quarter that begins with a month: 2025 Q1, 2025年第1季度."""
    pattern = "y年第Q季度" if language() == "zh" else "y 'Q'Q"
    return dates.format_date(month, format=pattern, locale=_LOCALES[language()])


def day_name(day: date) -> str:
    """A day as the language writes it."""
    return dates.format_date(day, format="medium", locale=_LOCALES[language()])


def month_format() -> str:
    """How a column of a table writes a month, so that it reads as `month_name`."""
    return in_language("MMM YYYY", "YYYY年M月")


def day_format() -> str:
    """How a column of a table writes a day, so that it reads as `day_name`."""
    return in_language("MMM D, YYYY", "YYYY年M月D日")


def _decimal(value: float, pattern: str) -> str:
    # Babel rounds halves to even by itself: 310.5, which the report prints as 311, would be 310.
    with localcontext(rounding=ROUND_HALF_UP):
        return numbers.format_decimal(value, format=pattern, locale=_LOCALES[language()])


@cache
def _catalogue(wanted: str) -> gettext.NullTranslations:
    if wanted == _SOURCE:
        return gettext.NullTranslations()
    text = (files("app.i18n") / f"{wanted}.po").read_text(encoding="utf-8")
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.StringIO(text), locale=wanted, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
