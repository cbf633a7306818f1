"""What is shown instead of a page when there is nothing to show, or it cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app.i18n import _
from pipelines.errors import NotPublishedError
from pipelines.warehouse.contracts import SCHEMA_VERSION

if TYPE_CHECKING:
    from app.published import Generation
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


def show_other_version(generation: Generation) -> None:
    """The file was published by an earlier or a later version of the software."""
    written = generation.schema_version
    if written is not None and _number(written) > _number(SCHEMA_VERSION):
        st.header(_("The published file is of a later version"))
        st.write(_("Bring the software up to the version that wrote it:"))
        st.code("git pull\nmake setup", language="sh")
    else:
        st.header(_("The published file is of an earlier version"))
        st.write(_("It does not hold all that this version shows. Build it again:"))
        st.code("landscape build", language="sh")
    st.text(
        _(
            "Version of its tables: {written}. Version that is read here: {read}.",
            written=written or _("unknown"),
            read=SCHEMA_VERSION,
        )
    )
    if generation.lacking:
        st.text(_("It lacks {columns}.", columns=", ".join(generation.lacking)))


def _number(version: str) -> int:
    return int(version) if version.isdecimal() else 0
