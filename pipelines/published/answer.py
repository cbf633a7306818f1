"""Rows with the SQL they come from, and what every family of questions shares."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from pipelines.published.reader import Landscape


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
