"""What is shown instead of a page when there is nothing to show, or it cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app.i18n import _
from pipelines.floor.errors import NotPublishedError, OtherVersionError
from pipelines.floor.settings import DataProfile, load_settings

if TYPE_CHECKING:
    from pipelines.floor.errors import LandscapeError


def show(error: LandscapeError) -> None:
    """There is no published file, another version of the software wrote it, or it is broken."""
    if isinstance(error, OtherVersionError):
        _show_other_version(error)
        return
    if isinstance(error, NotPublishedError):
        st.header(_("No landscape has been published yet"))
        if load_settings().data_profile is DataProfile.LIVE:
            st.write(_("Fetch the data of the live sources and build it:"))
            st.code("landscape refresh", language="sh")
        else:
            st.write(_("Build one from the sample that comes with the project; it takes half a minute:"))
            st.code("make landscape", language="sh")
    else:
        st.header(_("The published file cannot be read"))
        st.write(_("Publish it again, or copy one of the files in the folder `generations` next to it:"))
        st.code("landscape publish", language="sh")
    st.text(str(error))


def _show_other_version(error: OtherVersionError) -> None:
    if error.is_later:
        st.header(_("The published file is of a later version"))
        st.write(_("Update the software to the version that wrote it:"))
        st.code("git pull\nmake setup", language="sh")
    else:
        st.header(_("The published file is of an earlier version"))
        st.write(_("It lacks data that this version shows. Build it again:"))
        st.code(error.build_command, language="sh")
    st.text(
        _(
            "Version of its tables: {written}. Version that is read here: {read}.",
            written=error.written or _("unknown"),
            read=error.read,
        )
    )
    if error.lacking:
        st.text(_("It lacks {columns}.", columns=", ".join(error.lacking)))
