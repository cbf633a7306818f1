"""Words for the codes that the published tables hold, the same on every page.

Belongs here: statuses, rules and sources of a verdict as people read them. Must not: a page's own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.i18n import _, amount, language, marked

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

STATUSES = {
    "active": marked("active"),
    "declining": marked("declining"),
    "dormant": marked("dormant"),
    "graveyard": marked("in the graveyard"),
    "archived": marked("archived"),
    "resurrected": marked("resurrected"),
    "unknown": marked("unknown"),
}

STATUS_ICONS = {
    "active": ":material/check_circle:",
    "declining": ":material/trending_down:",
    "dormant": ":material/bedtime:",
    "graveyard": ":material/deceased:",
    "archived": ":material/inventory_2:",
    "resurrected": ":material/restart_alt:",
    "unknown": ":material/help:",
}
"""A shape for each status, so that none is told by its colour alone."""

_REASONS = {
    "above_threshold": marked("above the line"),
    "below_threshold": marked("below the line"),
    "too_new": marked("created after the window began"),
    "too_old": marked("met the rule in earlier months and no longer"),
    "no_activity": marked("no OpenRank in any month of the window"),
    "unknown_to_source": marked("the source has no series of it: unknown, not zero"),
    "outside_retrieved_months": marked("the months were not retrieved: unknown, not zero"),
}


def status_name(status: str) -> str:
    """A status as the language says it."""
    return _(STATUSES[status])


def reason_name(reason_code: str) -> str:
    """Why a project is in the landscape or out of it."""
    return _(_REASONS[reason_code])


def profile_name(row: Mapping[str, Any]) -> str:
    """A rule of membership as a line to compare with."""
    line = f"{row['comparison']} {amount(row['threshold'])}"
    match row["kind"]:
        case "year_to_date_mean":
            return _("mean of the year {line}", line=line)
        case "trailing_mean":
            return _("mean of {months} months {line}", months=row["months"], line=line)
        case _other:
            return _("latest month {line}", line=line)


def box_names(boxes: pl.DataFrame, kind: str) -> dict[str, str]:
    """English name of each layer, domain or subdomain → its name in the language of this run, in drawing order."""
    column = f"{kind}_zh" if language() == "zh" else kind
    return dict(zip(boxes[kind], boxes[column], strict=True))
