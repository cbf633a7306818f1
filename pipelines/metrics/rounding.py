"""Numbers that every machine publishes alike."""

from __future__ import annotations

from math import isnan

import polars as pl
import polars.selectors as cs

_DECIMALS = 6
"""The last bits of a float differ between processors; the fingerprint of a snapshot must not."""


def rounded(value: float | None) -> float | None:
    """`value` to six decimals; None if it is unknown or no number."""
    return None if value is None or isnan(value) else round(float(value), _DECIMALS)


def rounded_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Every float column of `frame` to six decimals; what is unknown stays so."""
    return frame.with_columns(cs.float().round(_DECIMALS))
