"""Rows with the SQL they come from, and what every family of questions shares."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from pipelines.published.reader import Landscape

_PARAMETER = re.compile(r"\$([a-z_]+)\b")


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows, the SELECT they come from, and how they differ from its rows.

    Attributes
    ----------
    frame
        The rows.
    sql, params
        The SELECT and its named parameters; run on the published file, it gives the rows that `frame` was made of.
    narrowing
        How `frame` was made of those rows, in the words of whoever did it; empty where both are the same.
    is_computed
        Whether a pure function of the pipeline made `frame` of those rows, since exactly this is not published.
    """

    frame: pl.DataFrame
    sql: str
    params: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    narrowing: str = ""
    is_computed: bool = False

    def narrowed(self, shown: pl.DataFrame, *how: str) -> Answer:
        """The same answer with other rows: a part of them, or rows made of them.

        Parameters
        ----------
        shown
            The rows.
        how
            What was done, one thing each; none where nothing was done.
        """
        return replace(self, frame=shown, narrowing="; ".join(filter(None, (self.narrowing, *how))))

    @property
    def runnable_sql(self) -> str:
        """The SELECT with its parameters written out, so that it runs where it is pasted."""
        # A name that is no parameter is part of a text.
        return _PARAMETER.sub(
            lambda found: literal(self.params[found[1]]) if found[1] in self.params else found[0], self.sql
        )


def literal(value: object) -> str:
    """A parameter as DuckDB reads it in a query.

    Examples
    --------
    >>> literal(("it's", None))
    "['it''s', NULL]"
    >>> literal(date(2025, 4, 1))
    "DATE '2025-04-01'"
    """
    match value:
        case None:
            return "NULL"
        case bool() | int() | float():
            return repr(value)
        case date():
            return f"{'TIMESTAMP' if isinstance(value, datetime) else 'DATE'} '{value}'"
        case tuple() | list():
            return f"[{', '.join(map(literal, value))}]"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case _:
            raise TypeError(f"a parameter of a query was expected, not {value!r}")


class Family:
    """Questions about one subject, asked of one landscape."""

    def __init__(self, landscape: Landscape) -> None:
        self._landscape = landscape

    def _ask(self, sql: str, params: Mapping[str, object] | None = None) -> Answer:
        asked, named = _readable(sql), MappingProxyType(dict(params or {}))
        return Answer(self._landscape.generation.ask(asked, named), asked, named)


def _readable(sql: str) -> str:
    """`sql` without the indentation that it has in the code."""
    lines = sql.strip("\n").rstrip().splitlines()
    indent = min((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), default=0)
    return "\n".join([lines[0].strip(), *(line[indent:] for line in lines[1:])])
