"""What is shown instead of a page when there is nothing to show, or it cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app.i18n import _
from pipelines.errors import NotPublishedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.errors import LandscapeError


def show_unreadable(error: LandscapeError) -> None:
    """There is no published file, or it is broken."""
    if isinstance(error, NotPublishedError):
        st.header(_("No landscape has been published yet"))
        st.write(_("Build one from the sample that comes with the project; it takes half a minute:"))
        st.code("make landscape", language="sh")
    else:
        st.header(_("The published file cannot be read"))
        st.write(_("Publish it again, or copy one of the files in the folder `generations` beside it:"))
        st.code("landscape publish", language="sh")
    st.text(str(error))


def show_older_file(missing: Sequence[str]) -> None:
    """The file was published by an earlier version of the software."""
    st.header(_("The published file is of an earlier version"))
    st.write(_("It lacks tables that this version shows. Build it again:"))
    st.code("landscape build", language="sh")
    st.text(", ".join(missing))
