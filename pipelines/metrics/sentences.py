"""Messages written out for a whole column at once.

Belongs here: a template of `pipelines.floor.messages` as an expression. Must not: a sentence.
"""

from __future__ import annotations

from string import Formatter

import polars as pl

from pipelines.floor.messages import TEMPLATES


def filled(code: str, **values: pl.Expr) -> pl.Expr:
    """A template with its values, for a whole column; null where a value is."""
    parts = []
    for literal, place, spec, _ in Formatter().parse(TEMPLATES[code]):
        parts.append(pl.lit(literal))
        if place is not None:
            parts.append(values[place])
            one, bar, many = (spec or "").partition("|")
            if bar:
                noun = pl.when(values[place] == 1).then(pl.lit(one)).otherwise(pl.lit(many))
                parts += [pl.lit(" "), noun]
    return pl.concat_str(parts)
