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
            one, bar, many = (spec or "").partition("|")
            if bar:
                noun = pl.when(values[place] == 1).then(pl.lit(one)).otherwise(pl.lit(many))
                parts += [_grouped(values[place]), pl.lit(" "), noun]
            else:
                parts.append(values[place])
    return pl.concat_str(parts)


def _grouped(count: pl.Expr) -> pl.Expr:
    """A count of fewer than 10⁹ with a comma before each three figures, as a counted noun has it."""

    def three(number: pl.Expr) -> pl.Expr:
        return (number % _THOUSAND).cast(pl.String).str.zfill(3)

    thousands = count // _THOUSAND
    millions = thousands // _THOUSAND
    return (
        pl.when(count < _THOUSAND)
        .then(count.cast(pl.String))
        .when(thousands < _THOUSAND)
        .then(pl.concat_str(thousands, pl.lit(","), three(count)))
        .otherwise(pl.concat_str(millions, pl.lit(","), three(thousands), pl.lit(","), three(count)))
    )


_THOUSAND = 1_000
