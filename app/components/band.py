"""The band above every page: as of when, how fresh, and whether rows are made up."""

from __future__ import annotations

import streamlit as st

from app.components.figure import escaped
from app.i18n import LANGUAGES, _, day_name, in_language, language, month_name, whole
from app.i18n.published import all_said
from app.session import choose_language, published, read_metadata
from app.view_state import LANGUAGE_KEY
from pipelines.floor.periods import Month

_SWITCH = "language-switch"


def show_band() -> None:
    """Draw the band, with the switch of language at its end."""
    metadata = read_metadata()
    with st.container(horizontal=True, vertical_alignment="center", key="band"):
        st.markdown(f"**{escaped(in_language(metadata.field_name, metadata.field_name_zh))}**")
        st.badge(
            _("as of {month}", month=month_name(metadata.as_of_month)), icon=":material/event:", color="blue"
        )
        st.badge(_freshness(), icon=":material/update:", color="gray")
        _show_newest_month()
        _show_acceptance()
        if metadata.has_simulated_rows:
            st.badge(_("sample data, partly simulated"), icon=":material/science:", color="orange")
        st.space("stretch")
        _show_language_switch()


def _show_newest_month() -> None:
    """How complete the newest month is, where the landscape opens on an earlier one."""
    newest = published().provenance.newest_month().frame
    if newest.is_empty() or newest["month"][0] <= read_metadata().as_of_month:
        return
    month, row = month_name(newest["month"][0]), newest.row(0, named=True)
    st.badge(
        _(
            "stale since {since} · {month}: {known} of {existing} known",
            since=month_name((Month.of(read_metadata().as_of_month) + 1).first_day),
            month=month,
            known=whole(row["known_projects_count"]),
            existing=whole(row["existing_projects_count"]),
        ),
        icon=":material/contrast:",
        color="red",
        help=_(
            "Of the {existing} projects that existed in {month}, OpenRank is published for {published} and estimated by"
            " a nowcast for {nowcast}; the others are unknown. The event stream that OpenRank is computed from lost"
            " most of its events. The landscape opens on the newest month that enough is known for.",
            month=month,
            existing=whole(row["existing_projects_count"]),
            published=whole(row["published_projects_count"]),
            nowcast=whole(row["nowcast_projects_count"]),
        ),
    )


def _show_acceptance() -> None:
    """What got worse with this publication, and the note of the person who published it all the same."""
    metadata = read_metadata()
    if metadata.acceptance_note:
        st.badge(
            _("accepted with a note"),
            icon=":material/warning:",
            color="orange",
            help="\n\n".join(
                [
                    *map(escaped, all_said(metadata.regression_messages)),
                    f"“{escaped(metadata.acceptance_note)}”",
                ]
            ),
        )


def _freshness() -> str:
    (retrieved,) = published().provenance.last_retrieval().frame.row(0)
    return _("fetched {day}", day=day_name(retrieved)) if retrieved else _("never fetched")


def _show_language_switch() -> None:
    st.session_state[_SWITCH] = language()
    st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key=_SWITCH,
        on_change=_switch_language,
        label_visibility="collapsed",
        required=True,
    )


def _switch_language() -> None:
    """Take the chosen language before the run: a run that stopped short would lose what the page's widgets say."""
    chosen = st.session_state[_SWITCH]
    st.query_params[LANGUAGE_KEY] = chosen
    choose_language(chosen)
