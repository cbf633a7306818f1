"""The collaboration network as a picture to pan, zoom and point at.

Belongs here: handing rows to the browser and taking the click back. Must not: choosing the rows, or their places. The
browser sets every text as text, so nothing that somebody wrote on GitHub can become markup.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.components.order import dated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FILES = files("app.components") / "network_files"
MOST_NODES, MOST_EDGES = 1_000, 10_000
"""As many as a browser moves without stuttering, and far more than anybody tells apart."""

_MODULE = ("graphology.umd.min.js", "sigma.min.js", "network.js")


@cache
def _text(*names: str) -> str:
    return "\n".join((_FILES / name).read_text(encoding="utf-8") for name in names)


def show_network(picture: Mapping[str, Any], on_choice: Callable[[str], None]) -> None:
    """Draw the network.

    Parameters
    ----------
    picture
        ``nodes``: ``id, name, x, y, value`` (None is drawn smallest), ``group`` and ``facts``, lines of the card that
        opens on hover; ``edges``: triples of two ids and the shared people; ``groups``: ``id, name, mark, colour,
        count``; ``focus``: an id or None; ``path``: ids in order, empty without one; ``is_part``: whether nodes are
        left out; ``layout``: tells networks with places of their own apart; ``words``.
    on_choice
        Called with the id of a node that was clicked, before the next run of the script.
    """
    network = st.components.v2.component(
        "collaboration_network",
        html='<div class="network"></div>',
        css=_text("network.css"),
        js=_text(*_MODULE),
    )

    def chosen() -> None:
        project_id = st.session_state["network"].project
        if project_id is not None:
            on_choice(project_id)

    network(data=dated("network", picture), key="network", on_project_change=chosen)
