"""Who shares people with whom: the network as a picture, its core and communities, and who ties two projects."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.components.controls import linked_projects, offered_projects
from app.components.figure import About
from app.components.left_out import show_left_out
from app.components.network import MOST_EDGES, MOST_NODES
from app.components.table import source_name
from app.i18n import _, day_name, marked, n_, whole
from app.i18n.published import in_reader_words
from app.session import choice_of, close_view, open_view, published, widget_key
from app.view_state import NetworkView
from pipelines.published import Network

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.view_state import Choices
from app.views.network_picture import SIZES, Shown, show_evidence, show_picture, tell_left_out
from app.views.network_tables import (
    MEASURE_NAMES,
    show_communities,
    show_core,
    show_domains,
    show_summary,
    show_ways_from_seeds,
)

_COLOURS = {"domain": marked("domain"), "community": marked("community")}
_HOPS = (0, 1, 2)


def show() -> None:
    """Draw the page."""
    answer = published().network.all()
    if answer.frame.is_empty():
        st.info(
            _(
                "No network is published: no two projects share enough people. Fetch more events and build again."
            )
        )
        return
    networks = {_network_id(row): row for row in answer.frame.iter_rows(named=True)}
    first = next(iter(networks))
    projects = linked_projects("focus", "target")

    def linked_network(view: NetworkView) -> Network:
        return _network_of(networks[view.network or first])

    choices: Choices = {
        "network": networks,
        "cut": lambda view: _cuts(linked_network(view)),
        "colour": _COLOURS,
        "size": SIZES,
        "focus": lambda view: _inside(linked_network(view), list(projects)),
        "target": lambda view: _inside(linked_network(view), list(projects)),
        "hops": _HOPS,
        "measure": MEASURE_NAMES,
    }
    show_left_out(open_view(NetworkView, choices, {"network": first}))
    kind, cut = st.columns(2, vertical_alignment="bottom")
    kind.selectbox(
        _("Network"), **choice_of(NetworkView, "network", networks, lambda one: _network_name(networks[one]))
    )
    row = networks[st.session_state[widget_key(NetworkView, "network")]]
    network = _network_of(row)
    cuts = _cuts(network)
    _keep_cut(cuts)
    cut.select_slider(_("Shared people, at least"), **choice_of(NetworkView, "cut", cuts, whole))
    least: int = st.session_state[widget_key(NetworkView, "cut")]
    first_drawn = _show_view_controls(network)
    picture = published().network.picture(network, first_drawn, least, MOST_NODES, MOST_EDGES)
    shown = Shown(network, _about(row, least), picture)
    if row["kind"] == "simulated":
        st.warning(
            _(
                "This network comes from simulated events: it shows how the page works and says "
                "nothing about real people."
            ),
            icon=":material/science:",
        )
    view = close_view(NetworkView, {"network": first, "cut": cuts[0]})
    _tell_facts(network)
    tell_left_out(shown, row)
    show_picture(shown, view)
    show_evidence(shown, view)
    about_all = About(
        "shared_people_count",
        _window(row),
        _("the whole network, independent of the cut above"),
        source_name(row["source"]),
    )
    show_ways_from_seeds(view.focus)
    show_summary(answer, row, about_all)
    show_core(network, about_all)
    show_communities(network, about_all)
    show_domains(network, about_all)
    close_view(NetworkView, {"network": first, "cut": cuts[0]})


def _tell_facts(network: Network) -> None:
    """For how many projects no event of theirs is missing, where the network is made of events."""
    for complete_count, all_count in published().network.facts_behind(network).frame.iter_rows():
        st.caption(
            _(
                "GitHub's own facts are held for {complete} of {all} projects over all these days; the others rest on"
                " what the event archives did not lose.",
                complete=whole(complete_count),
                all=whole(all_count),
            )
        )


def _network_of(row: Mapping[str, Any]) -> Network:
    return Network(row["source"], row["window_start"], row["window_end"])


def _cuts(network: Network) -> list[int]:
    cuts: list[int] = published().network.cuts(network).frame["shared_people_count"].to_list()
    return cuts


def _network_id(row: Mapping[str, Any]) -> str:
    return row["source"] if row["window_start"] is None else f"{row['source']}@{row['window_start']}"


def _network_name(row: Mapping[str, Any]) -> str:
    kinds = {"real": _("published"), "derived": _("computed from events"), "simulated": _("simulated")}
    window = [] if row["window_start"] is None else [_window(row)]
    return " · ".join([in_reader_words(row["name"]), *window, kinds[row["kind"]]])


def _window(row: Mapping[str, Any]) -> str:
    if row["window_start"] is None:
        return _("window not stated by the source")
    if row["window_start"] == row["window_end"]:
        return day_name(row["window_start"])
    return _("{first} to {last}", first=day_name(row["window_start"]), last=day_name(row["window_end"]))


def _about(row: Mapping[str, Any], least: int) -> About:
    return About(
        "shared_people_count",
        _window(row),
        _(
            "pairs that share {count} people or more; a pair without an edge shares fewer, not none",
            count=whole(least),
        ),
        source_name(row["source"]),
    )


def _keep_cut(cuts: Sequence[int]) -> None:
    """The cut of the network that was shown before, or the next one that this network has."""
    key = widget_key(NetworkView, "cut")
    wanted = st.session_state[key]
    if wanted not in cuts:
        st.session_state[key] = next((one for one in cuts if wanted is not None and one >= wanted), cuts[0])


def _show_view_controls(network: Network) -> list[str]:
    """Draw the controls of the picture; returns the projects that they name."""
    keys = [widget_key(NetworkView, name) for name in ("focus", "target")]
    inside = _inside(network, [st.session_state[key] for key in keys])
    for key in keys:
        if st.session_state[key] not in inside:
            st.session_state[key] = None
    names = offered_projects("network.search", inside, partial(published().network.found, network))
    focus, hops, target = st.columns(3, vertical_alignment="bottom")
    looks = st.container(horizontal=True)
    focus.selectbox(
        _("Find a project"),
        index=None,
        placeholder=_("type a name, or click on a node"),
        **choice_of(NetworkView, "focus", names, names.__getitem__),
    )
    hops.segmented_control(
        _("Around it"),
        required=True,
        disabled=st.session_state[widget_key(NetworkView, "focus")] is None,
        **choice_of(
            NetworkView,
            "hops",
            _HOPS,
            lambda hop: _("everybody") if hop == 0 else n_("{count} step", "{count} steps", hop),
        ),
    )
    target.selectbox(
        _("Strongest path to"),
        index=None,
        placeholder=_("a second project"),
        disabled=st.session_state[widget_key(NetworkView, "focus")] is None,
        **choice_of(NetworkView, "target", names, names.__getitem__),
    )
    looks.segmented_control(
        _("Colour and number by"),
        required=True,
        **choice_of(NetworkView, "colour", _COLOURS, lambda one: _(_COLOURS[one])),
    )
    looks.segmented_control(
        _("Size by"), required=True, **choice_of(NetworkView, "size", SIZES, lambda one: _(SIZES[one][1]))
    )
    return [st.session_state[key] for key in keys if st.session_state[key] is not None]


def _inside(network: Network, project_ids: Sequence[str | None]) -> list[str]:
    """Those of some projects that a network has."""
    wanted = [one for one in project_ids if one is not None]
    return published().network.inside(network, wanted).frame["project_id"].to_list() if wanted else []


show()
