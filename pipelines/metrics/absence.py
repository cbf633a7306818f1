"""Why a project has no OpenRank: by what the source answered when it was asked for the series.

Belongs here: codes that several stages use. Must not: the conclusion; each stage draws its own.
"""

from __future__ import annotations

import polars as pl

UNKNOWN_TO_SOURCE, NOT_ASKED = "unknown_to_source", "not_asked"
ABOUT_ANSWER = ("no_months", "series_set_aside", "not_answered")
"""Codes that rest on an answer about one repository."""

ABSENCES = (UNKNOWN_TO_SOURCE, *ABOUT_ANSWER, NOT_ASKED)
"""Every code."""

_CODE_OF_ANSWER = {
    "loaded": UNKNOWN_TO_SOURCE,  # a series that begins later than the month looked at
    "unknown": UNKNOWN_TO_SOURCE,
    "malformed": "series_set_aside",
    "failed": "not_answered",
    "no_months": "no_months",
}


def absence_codes() -> pl.Expr:
    """The code of a row by its ``answer``, which is null if the source was not asked."""
    return pl.col("answer").replace_strict(_CODE_OF_ANSWER, default=NOT_ASKED, return_dtype=pl.String)
