"""The router: language, the published file, the band, and the page that was asked for."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.components import problems
from app.components.address import keep_language
from app.components.band import show_band
from app.i18n import _, use_language
from app.session import find_language, open_newest
from pipelines.floor.errors import LandscapeError

_CSS = Path(__file__).with_name("app.css")
_ICON = Path(__file__).with_name("icon.svg")


def main() -> None:
    """Draw one run of the script."""
    st.set_page_config(page_title="OSS Landscape", page_icon=str(_ICON), layout="wide")
    st.html(_CSS)
    use_language(find_language())
    pages = [
        st.Page("app_pages/landscape.py", title=_("Landscape"), icon=":material/dashboard:", default=True),
        st.Page("app_pages/rankings.py", title=_("Rankings"), icon=":material/leaderboard:"),
        st.Page("app_pages/trends.py", title=_("Trends"), icon=":material/show_chart:"),
        st.Page("app_pages/project.py", title=_("Project"), icon=":material/deployed_code:"),
        st.Page("app_pages/compare.py", title=_("Compare"), icon=":material/compare_arrows:"),
        st.Page("app_pages/network.py", title=_("Network"), icon=":material/hub:"),
        st.Page("app_pages/graveyard.py", title=_("Graveyard"), icon=":material/deceased:"),
        st.Page("app_pages/changes.py", title=_("Changes"), icon=":material/difference:"),
        st.Page("app_pages/story.py", title=_("Story"), icon=":material/menu_book:"),
        st.Page("app_pages/data.py", title=_("Data"), icon=":material/database:"),
    ]
    page = st.navigation(pages, position="top")
    keep_language()
    try:
        open_newest()
    except LandscapeError as error:
        problems.show(error)
        return
    show_band()
    page.run()


main()
