"""What the poster draws: bands, boxes and cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import polars as pl

from app.components.poster import CARDS_A_ROW
from app.i18n import (
    _,
    amount,
    change,
    in_language,
    language,
    marked,
    month_name,
    n_,
    whole,
)
from app.labels import reason_name, status_name
from app.view_state import LANGUAGE_KEY, RankingsView, encode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

AWAY = ("dropped", "joined", "unknown-now")
"""Marks of projects that are not on the landscape of the month, and are drawn because they are on the other."""
_MARKS = {
    "new": marked("new"),
    "left": marked("left later"),
    "dropped": marked("dropped"),
    "joined": marked("joined later"),
    "unknown-then": marked("unknown then"),
    "unknown-now": marked("unknown"),
}
_SIZES = (40.0, 100.0, 250.0)
"""OpenRank from which a card is one size larger; drawing only."""


def poster_bands(
    shown: pl.DataFrame, boxes: pl.DataFrame, as_of: date, against: date | None
) -> list[dict[str, Any]]:
    """The poster's content: layers, domains and rows in their order, the first cards by OpenRank.

    Projects of the other month follow those of the landscape and are counted separately.
    """
    bands: dict[str, dict[str, Any]] = {}
    found: dict[str, dict[str, Any]] = {}
    rows = shown.partition_by("domain", "subdomain", as_dict=True, maintain_order=True)
    for box in boxes.iter_rows(named=True):
        in_row = rows.get((box["domain"], box["subdomain"]))
        if in_row is None:
            continue
        band = bands.setdefault(
            box["layer"], {"name": in_language(box["layer"], box["layer_zh"]), "boxes": []}
        )
        if box["domain"] not in found:
            in_box = shown.filter(pl.col("domain") == box["domain"])
            found[box["domain"]] = {
                "name": in_language(box["domain"], box["domain_zh"]),
                "definition": in_language(box["definition"], box["definition_zh"]),
                "count": in_box.filter(~pl.col("is_away")).height,
                "away": _away(in_box),
                "rows": [],
            }
            band["boxes"].append(found[box["domain"]])
        members, away = in_row.filter(~pl.col("is_away")), in_row.filter("is_away")
        cards = [
            *members.head(CARDS_A_ROW).iter_rows(named=True),
            *away.head(CARDS_A_ROW).iter_rows(named=True),
        ]
        found[box["domain"]]["rows"].append(
            {
                "name": in_language(box["subdomain"], box["subdomain_zh"]) if box["subdomain"] else "",
                "cards": [_card(row, as_of, against) for row in cards],
                "more": _more(box, members.height - CARDS_A_ROW, as_of),
            }
        )
    return list(bands.values())


def _away(in_box: pl.DataFrame) -> str:
    """Projects of a box that are not on the landscape of the month; its count leaves them out."""
    counts = dict(in_box.filter("is_away")["mark"].value_counts().iter_rows())
    return " · ".join(f"{whole(counts[mark])} {_(_MARKS[mark])}" for mark in AWAY if mark in counts)


def _more(box: Mapping[str, Any], count: int, as_of: date) -> dict[str, str] | None:
    """What leads from the cards of a row to the ranking that has the others, if there are any."""
    if count <= 0:
        return None
    scope = f"subdomain:{box['subdomain']}" if box["subdomain"] else f"domain:{box['domain']}"
    query = {**encode(RankingsView(as_of=as_of, scope=scope, top=100)), LANGUAGE_KEY: language()}
    return {
        "text": n_("and {count} more", "and {count} more", count),
        "url": f"rankings?{urlencode(query, doseq=True)}",
    }


def _card(row: Mapping[str, Any], as_of: date, against: date | None) -> dict[str, Any]:
    openrank = row["openrank_mean"]
    facts = [
        _(
            "OpenRank {value}, {change} on a year before",
            value=amount(openrank),
            change=change(row["openrank_yoy_delta"]),
        )
        if row["openrank_yoy_delta"] is not None
        else _("OpenRank {value}; a year before unknown", value=amount(openrank))
        if row["is_ranked"]
        else _("OpenRank {value}; its change on a year before is not published", value=amount(openrank)),
        _("Stars {count}", count=whole(row["stars_count"])),
        _("Status: {status}", status=status_name(row["status"])),
        *_verdicts(row, as_of, against),
    ]
    if row["description"]:
        facts.append(row["description"])
    return {
        "id": row["project_id"],
        "name": row["name"],
        "owner": row["repo_full_name"].split("/")[0],
        "size": 1 + sum(openrank is not None and openrank >= step for step in _SIZES),
        "value": amount(openrank),
        "mark": row["mark"],
        "is_away": row["is_away"],
        "url": f"project?project={row['project_id']}&{LANGUAGE_KEY}={language()}",
        "facts": facts,
    }


def _verdicts(row: Mapping[str, Any], as_of: date, against: date | None) -> list[str]:
    """Why a project is in the landscape or out of it, as of each month that is looked at."""
    if against is None or row["other_reason_code"] is None:
        return [reason_name(row["reason_code"])]
    return [
        f"{month_name(month)}: {reason_name(reason)}"
        for month, reason in sorted({as_of: row["reason_code"], against: row["other_reason_code"]}.items())
    ]


def poster_words() -> dict[str, str]:
    """Words that the poster's own script writes."""
    return {
        **{mark: _(word) for mark, word in _MARKS.items()},
        "empty": _("No project matches all filters. Remove one."),
        "language": language(),
    }
