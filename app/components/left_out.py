"""What of a link a page could not keep, and why.

Belongs here: the words. Must not: finding it out, which is reading a view from a URL.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from app.components.figure import escaped
from app.i18n import LANGUAGES, _, in_language, marked, month_name, n_, whole
from app.view_state import LANGUAGE_KEY, MOST_OPENRANK, MOST_SQL, Cause

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.view_state import Dropped

_CAUSES = {
    Cause.NO_SETTING: marked("this page has no such setting"),
    Cause.EMPTY: marked("nothing follows the sign of equality"),
    Cause.RULED_OUT: marked("there is no such value for what else the link or the page chooses"),
    Cause.REPEATED: marked("the link has this value already"),
}
_UNREADABLE = {
    date: marked("this is no month; one is written as 2025-04"),
    int: marked("this is no whole number"),
    bool: marked("this is neither True nor False"),
}
_NO_PROJECT = marked("no project here has this id, name or repository")
_NO_BOX = marked("the taxonomy has no such layer, domain or subdomain")
_NO_VALUE = marked("there is no such value here")
_UNKNOWN = {
    **dict.fromkeys(("project", "projects", "focus", "target"), _NO_PROJECT),
    **dict.fromkeys(("layer", "domain", "scope", "scopes"), _NO_BOX),
    "areas": marked("there is no such technology area"),
    "metric": marked("there is no such metric here"),
    "network": marked("no such network is published"),
    "earlier": marked("no such publication is kept"),
    "profile": marked("there is no such rule of membership"),
    "profile_before": marked("there is no such rule of membership"),
}


def show_left_out(dropped: Sequence[Dropped]) -> None:
    """Name each value of a link that is not used, and the cause; nothing where all of it is."""
    if dropped:
        lines = [f"- {escaped(f'{one}: {_cause(one)}')}" for one in dropped]
        st.warning("\n".join([escaped(_("Left out of the link:")), "", *lines]))


def _cause(one: Dropped) -> str:
    match one.cause:
        case Cause.UNREADABLE:
            return _unreadable(one.detail[0])
        case Cause.OUTSIDE:
            first, last = map(_written, one.detail)
            return _("the values here run from {first} to {last}", first=first, last=last)
        case Cause.TOO_MANY:
            return n_(
                "the setting takes {count} value, and the link has more",
                "the setting takes {count} values, and the link has more",
                one.detail[0],
            )
        case Cause.UNKNOWN if one.key == LANGUAGE_KEY:
            return _("the languages are {languages}", languages=in_language(", ", "、").join(LANGUAGES))
        case Cause.UNKNOWN:
            return _(_UNKNOWN.get(one.key, _NO_VALUE))
        case _:
            return _(_CAUSES[one.cause])


def _unreadable(kind: type) -> str:
    if kind is float:
        return _("this is no number from 0 to {most}", most=whole(MOST_OPENRANK))
    if kind is str:
        return _("this is longer than {most} characters", most=whole(MOST_SQL))
    return _(_UNREADABLE[kind])


def _written(value: date | float) -> str:
    return month_name(value) if isinstance(value, date) else str(value)
