"""The poster: a band for each layer, a box for each domain, a card for each project.

Belongs here: handing rows to the browser. Must not: choosing the rows. The browser sets every
text as text, so nothing that somebody wrote on GitHub can become markup.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.components.order import dated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FILES = files("app.components") / "poster_files"
_CSS = (_FILES / "poster.css").read_text(encoding="utf-8")
_JS = (_FILES / "poster.js").read_text(encoding="utf-8")

CARDS_A_ROW = 24
"""Of each row of a box: the report's own has 13 at most, and a row of many more is a list and no picture."""


def show_poster(bands: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> None:
    """Draw the poster; a card leads to its URL.

    Parameters
    ----------
    bands
        ``name`` and ``boxes`` of each layer; a box has ``name``, ``definition``, ``count`` of those on the landscape,
        ``away``, what is said of the others, and ``rows``; a row has ``name`` (empty for the domain itself), ``cards``
        and ``more``, ``text`` and ``url`` of what leads to the others, or None; a card has ``id``, ``name``, ``owner``,
        ``size`` (1 to 4), ``value``, ``mark`` (empty, or a key of `words`), ``is_away`` (not on the landscape),
        ``url``, and ``facts``: lines of the card that opens on hover.
    words
        Text of each mark and of the empty poster.
    """
    poster = st.components.v2.component(
        "landscape_poster", html='<div class="poster"></div>', css=_CSS, js=_JS
    )
    poster(data=dated("poster", {"bands": bands, "words": words}), key="poster")
