"""Small controls that several pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app.components.figure import escaped
from app.i18n import _, language
from app.view_state import LANGUAGE_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence


def show_dropped(values: Sequence[str]) -> None:
    """Name what of a link does not exist here; nothing when all of it does."""
    if values:
        listed = escaped(", ".join(values))
        st.warning(_("Not in this landscape, and left out of the link: {values}", values=listed))


def link_to_project(project_id: str) -> None:
    """Lead to the page of a project."""
    st.page_link(
        "app_pages/project.py",
        label=_("Open the project"),
        icon=":material/deployed_code:",
        query_params={"project": project_id, LANGUAGE_KEY: language()},
    )
