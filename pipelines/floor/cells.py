"""Cells of CSV files: text from outside stays text in a spreadsheet."""

from __future__ import annotations

import polars as pl

_FORMULA = r"^[=+\-@\t\r]"
"""What makes a spreadsheet compute a cell, after OWASP's page on CSV injection."""


def without_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before texts that a spreadsheet would compute; numbers stay as they are.

    Examples
    --------
    >>> without_formulas(pl.DataFrame({"text": ["=1+1", "a=1"], "number": [-1, 2]})).rows()
    [("'=1+1", -1), ('a=1', 2)]
    """
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA))
        .then(pl.lit("'") + pl.col(name))
        .otherwise(name)
        .alias(name)
        for name in texts
    )
