"""The language in the address of the page, where the visitor chose one.

Belongs here: telling the browser. Must not: choosing the language. A query that Python writes would be one more page to
go back through after each link of the bar on top.
"""

from __future__ import annotations

import time
from importlib.resources import files

import streamlit as st

from app.session import chosen_language, named_language
from app.view_state import LANGUAGE_KEY

_JS = (files("app.components") / "address_files" / "address.js").read_text(encoding="utf-8")


def keep_language() -> None:
    """Let the address name the language that was chosen, and the links to other pages as well."""
    # The browser draws a component anew when its data are others.
    asked_at = time.time_ns() // 1_000_000 if named_language() is None else None
    component = st.components.v2.component("language_address", html="<span></span>", js=_JS)
    component(
        data={"key": LANGUAGE_KEY, "language": chosen_language(), "asked_at": asked_at},
        key="language-address",
        height="content",
    )
