"""Small controls that several pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app.i18n import _, language, whole
from app.session import published
from app.view_state import LANGUAGE_KEY
from pipelines.floor.errors import UnknownChoiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pipelines.published import Answer

OFFERED = 500
"""Projects to choose among: more than anybody reads through, and a list of them all would hold up every run."""


def named_projects(project_ids: Collection[str]) -> dict[str, str]:
    """Which of some ids are projects → their names."""
    return dict(published().projects.named(sorted(project_ids)).frame.iter_rows())


def linked_projects(*keys: str) -> dict[str, str]:
    """Projects that these keys of the URL name → their names; what is no project is left out.

    A link that a person wrote may name a project by its name or a repository: it is given the project's id.
    """
    for key in keys:
        written = st.query_params.get_all(key)
        found = [_project_meant(text) for text in written]
        if found != written:
            st.query_params[key] = found
    return named_projects({one for key in keys for one in st.query_params.get_all(key)})


def _project_meant(text: str) -> str:
    try:
        return published().choices.project(text)
    except UnknownChoiceError:
        return text


def offered_projects(
    key: str,
    chosen: Collection[str],
    find: Callable[[str, int], Answer] | None = None,
) -> dict[str, str]:
    """Projects to choose among → their names, by name; where they are too many, with a field to search for others.

    Parameters
    ----------
    key
        Tells the field from others on the page.
    chosen
        Ids that are offered whatever is searched for.
    find
        Answers for a text and a number of rows with ``project_id, name, found_count``; every project by default.
    """
    find = find or published().projects.found
    rows = find("", OFFERED).frame
    all_count = next(iter(rows["found_count"]), 0)
    if rows.height < all_count:
        text = st.text_input(
            _("Search {count} projects by name or owner", count=whole(all_count)),
            key=key,
            placeholder=_("empty: those with the highest OpenRank"),
        )
        rows = find(text.strip(), OFFERED).frame
    found = dict(rows.select("project_id", "name").iter_rows())
    return found | named_projects([one for one in chosen if one not in found])


def link_to_project(project_id: str) -> None:
    """Lead to the page of a project."""
    st.page_link(
        "app_pages/project.py",
        label=_("Open the project"),
        icon=":material/deployed_code:",
        query_params={"project": project_id, LANGUAGE_KEY: language()},
    )
