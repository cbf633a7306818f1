"""What is said of the points and gaps of a trend.

Belongs here: their sentences in the language of this run. Must not: which points there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from app.components.figure import escaped
from app.i18n import _, amount, in_language, month_name, quarter_name, whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

_MOST_STRETCHES = 6


def written(at: date | int, period: str) -> str:
    """A place on the axis as the language writes it."""
    if isinstance(at, int):
        return _("month {age}", age=at)
    match period:
        case "monthly":
            return month_name(at)
        case "quarterly":
            return quarter_name(at)
        case _annual:
            return in_language(str(at.year), f"{at.year}年")


def value_text(row: Mapping[str, Any]) -> str:
    """A value, with its interval if it is a nowcast."""
    if row["basis"] != "nowcast":
        return amount(row["value"])
    return _(
        "{value}, nowcast, 80 % from {low} to {high}",
        value=amount(row["value"]),
        low=amount(row["low"]),
        high=amount(row["high"]),
    )


def point_text(row: Mapping[str, Any], period: str, counts: tuple[str, str] | None) -> str:
    """What is said of a point: its value, what it rests on, and of how many."""
    remarks = [_("partial")] if row["is_partial"] else []
    if counts is not None and row[counts[1]] is not None:
        remarks.append(_("{known} of {all}", known=whole(row[counts[0]]), all=whole(row[counts[1]])))
    text = f"{written(row['at'], period)}: {value_text(row)}"
    return f"{text} ({', '.join(remarks)})" if remarks else text


def stretch(first: date | int, last: date | int) -> str:
    """From a month to a month, or one alone."""
    ends = [written(end, "monthly") for end in (first, last)]
    return ends[0] if first == last else _("{first} to {last}", first=ends[0], last=ends[1])


def say_gaps(gaps: pl.DataFrame, names: Mapping[str, str], reasons: Mapping[str, str]) -> None:
    """Stretches without a value in words, the newest first: why, when, and whose."""
    lines = []
    for state, reason in reasons.items():
        of_state = gaps.filter(pl.col("state") == state)
        runs = (
            of_state.sort("series")
            .group_by("first", "last", "label", maintain_order=True)
            .agg("series")
            .sort("last", "first", descending=True)
        )
        if runs.is_empty():
            continue
        texts = [
            label if len(names) == 1 else f"{label} ({', '.join(names[one] for one in series)})"
            for label, series in runs.head(_MOST_STRETCHES).select("label", "series").iter_rows()
        ]
        if runs.height > _MOST_STRETCHES:
            texts.append(_("earlier ones are in the table"))
        lines.append(escaped(_("{reason}: {stretches}", reason=reason, stretches="; ".join(texts))))
    if lines:
        st.caption("  \n".join(lines))
