"""The network as a picture: what is drawn, the project in focus, the strongest way, and who ties two projects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from app.charts import SERIES_COLOURS
from app.components.controls import link_to_project
from app.components.figure import About, escaped, frame
from app.components.network import show_network
from app.i18n import _, amount, marked, n_, whole
from app.labels import box_names
from app.session import published, read_metadata, widget_key
from app.view_state import NetworkView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.published import Answer, Network
    from pipelines.published.picture import Part, Picture
from app.views.network_tables import show_node_table

SIZES = {"openrank": ("openrank_mean", marked("OpenRank")), "degree": ("degree", marked("neighbours"))}
_NO_GROUP = ""
_NO_GROUP_COLOUR = "#8a8f8d"
_STRONGEST = 8


@dataclass(frozen=True, slots=True)
class Shown:
    """The network of this run, and what is drawn of it: the pairs that the cut leaves."""

    network: Network
    about: About
    picture: Picture

    @property
    def nodes(self) -> Answer:
        """Projects that are drawn."""
        return self.picture.nodes

    @property
    def edges(self) -> Answer:
        """Pairs that are drawn."""
        return self.picture.edges

    @property
    def names(self) -> Mapping[str, str]:
        """Project → its name."""
        return self.picture.names


def tell_left_out(shown: Shown, row: Mapping[str, Any]) -> None:
    """Say what a large network has and the picture has not."""
    pairs = next(iter(shown.edges.frame["pairs_count"]), 0)
    if shown.nodes.frame.height < row["nodes_count"]:
        st.caption(
            _(
                "The picture shows {nodes} of {all} projects: those you name, those that share "
                "people with them, then those with the highest OpenRank. Paths lead through "
                "these only.",
                nodes=whole(shown.nodes.frame.height),
                all=whole(row["nodes_count"]),
            )
        )
    if shown.edges.frame.height < pairs:
        st.caption(
            _(
                "It shows {edges} of {all} pairs among them: those of the projects you name, "
                "then the strongest.",
                edges=whole(shown.edges.frame.height),
                all=whole(pairs),
            )
        )


def show_picture(shown: Shown, view: NetworkView) -> None:
    """Draw the picture, its tables, and the project in focus or the strongest pairs."""
    is_part = view.focus is not None and view.hops > 0
    drawn_part = shown.picture.part(view.focus, view.hops, view.target)
    title = _(
        "{projects}, {pairs}",
        projects=n_("{count} project", "{count} projects", len(drawn_part.project_ids)),
        pairs=n_("{count} pair", "{count} pairs", len(drawn_part.pairs)),
    )
    drawn, rest = st.columns([3.2, 1])
    words = _part_in_words(shown, view, is_part=is_part)
    with drawn:
        is_drawn = pl.all_horizontal(pl.col("project_a", "project_b").is_in(drawn_part.project_ids))
        pairs = shown.edges.narrowed(shown.edges.frame.filter(is_drawn), *words)
        with frame("network", title, pairs, shown.about):
            show_network(_picture(shown, view, drawn_part, is_part=is_part), _focus_on)
            _show_pairs(shown, pairs)
        _show_drawn_projects(shown, drawn_part, words)
    with rest:
        if view.focus is None:
            st.caption(
                _(
                    "Near means tied; left, right, up and down mean nothing. A node's number is that of its group in"
                    " the legend, and its size its {size}, smallest where that is unknown. Click on a node, or find"
                    " it by name, to see whom it shares people with.",
                    size=_(SIZES[view.size][1]),
                )
            )
            _show_strongest(shown)
        else:
            _show_project(shown, view.focus)
            if view.target is not None:
                _show_path(shown, drawn_part, view.target)


def _part_in_words(shown: Shown, view: NetworkView, *, is_part: bool) -> list[str]:
    """What of the network is drawn, in words; nothing where all of it is."""
    if not is_part or view.focus is None:
        return []
    around = n_(
        "{count} step around {name}", "{count} steps around {name}", view.hops, name=shown.names[view.focus]
    )
    if view.target is None:
        return [around]
    return [around, _("with the strongest path to {name}", name=shown.names[view.target])]


def _focus_on(project_id: str) -> None:
    st.session_state[widget_key(NetworkView, "focus")] = project_id


def _picture(shown: Shown, view: NetworkView, part: Part, *, is_part: bool) -> dict[str, Any]:
    rows = shown.nodes.frame.filter(pl.col("project_id").is_in(part.project_ids))
    domains = box_names(published().catalogue.boxes(read_metadata().taxonomy_version).frame, "domain")
    column = SIZES[view.size][0]
    return {
        "nodes": [
            {
                "id": row["project_id"],
                "name": row["name"],
                "x": row["x"],
                "y": row["y"],
                "value": row[column],
                "group": _group_id(row, view.colour),
                "facts": _facts(row, domains),
            }
            for row in rows.iter_rows(named=True)
        ],
        "edges": part.pairs,
        "groups": _groups(shown.network, rows, view.colour, domains),
        "focus": view.focus,
        "path": part.path_ids,
        "is_part": is_part,
        "layout": _layout_id(shown.network),
        "words": {
            "zoom_in": _("Zoom in"),
            "zoom_out": _("Zoom out"),
            "fit": _("Show everything"),
            "no_webgl": _("This browser cannot draw the picture; the tables below hold all of it."),
            "summary": _("The collaboration network as a picture; the tables below it hold the same"),
        },
    }


def _layout_id(network: Network) -> str:
    return f"{network.source}@{network.window_start}"


def _group_id(row: Mapping[str, Any], colour: str) -> str:
    value = row[colour]
    return _NO_GROUP if value is None else str(value)


def _groups(
    network: Network, rows: pl.DataFrame, colour: str, domains: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The legend: a number and a colour for each group, the same whatever part of the network is shown."""
    counts = {
        (_NO_GROUP if group is None else str(group)): count
        for group, count in rows[colour].value_counts().iter_rows()
    }
    names: Mapping[str, str] = domains
    if colour != "domain":
        communities = published().network.communities(network).frame
        names = {str(number): name for number, name in communities.select("community", "name").iter_rows()}
    groups = [
        {
            "id": group,
            "name": name,
            "mark": str(place + 1),
            "colour": SERIES_COLOURS[place % len(SERIES_COLOURS)],
            "count": whole(counts[group]),
        }
        for place, (group, name) in enumerate(names.items())
        if group in counts
    ]
    if _NO_GROUP in counts:
        nobody = _("without a label") if colour == "domain" else _("shares too few people")
        groups.append(
            {
                "id": _NO_GROUP,
                "name": nobody,
                "mark": "–",
                "colour": _NO_GROUP_COLOUR,
                "count": whole(counts[_NO_GROUP]),
            }
        )
    return groups


def _facts(row: Mapping[str, Any], domains: Mapping[str, str]) -> list[str]:
    return [
        domains.get(row["domain"], _("without a label")),
        _("OpenRank {value}", value=amount(row["openrank_mean"])),
        n_("{count} neighbour", "{count} neighbours", row["degree"]),
        _("{count} shared people, summed", count=whole(row["weighted_degree"])),
    ]


def _show_project(shown: Shown, project_id: str) -> None:
    (row,) = shown.nodes.frame.filter(pl.col("project_id") == project_id).iter_rows(named=True)
    with st.container(border=True, key="focus-card"):
        st.markdown(f"##### {escaped(row['name'])}")
        domains = box_names(published().catalogue.boxes(read_metadata().taxonomy_version).frame, "domain")
        for fact in _facts(row, domains):
            st.caption(escaped(fact))
        st.caption(
            _("Community: {name}", name=escaped(row["community_name"]))
            if row["community_name"]
            else _("In no community: it shares too few people.")
        )
        ties = shown.picture.strongest_ties(project_id, _STRONGEST)
        if ties:
            _show_heading(_("Shares most people with"))
            lines = [f"- {escaped(shown.names[one])}: {whole(shared)}" for one, shared in ties]
            st.markdown("\n".join(lines))
        link_to_project(project_id)


def _show_heading(text: str) -> None:
    st.markdown(f"**{escaped(text)}**")


def _show_strongest(shown: Shown) -> None:
    _show_heading(_("Share most people"))
    rows = shown.edges.frame.head(_STRONGEST).select("project_a", "project_b", "shared_people_count")
    st.markdown(
        "\n".join(
            f"- {escaped(shown.names[one])} – {escaped(shown.names[other])}: {whole(shared)}"
            for one, other, shared in rows.iter_rows()
        )
    )


def _show_path(shown: Shown, part: Part, target: str) -> None:
    with st.container(border=True, key="path-card"):
        _show_heading(_("Strongest path to {name}", name=shown.names[target]))
        if not part.path:
            st.caption(_("None: with this cut, no chain of pairs leads there."))
            return
        st.markdown(
            "\n".join(
                f"1. {escaped(shown.names[one])} – {escaped(shown.names[other])}: {whole(shared)}"
                for one, other, shared in part.path
            )
        )
        st.caption(_("The length of a pair is one over its shared people; this path is the shortest."))


def _show_drawn_projects(shown: Shown, part: Part, words: Sequence[str]) -> None:
    rows = shown.nodes.frame.filter(pl.col("project_id").is_in(part.project_ids)).sort(
        "degree", "weighted_degree", "project_id", descending=[True, True, False]
    )
    drawn = shown.nodes.narrowed(rows, *words)
    with (
        frame("network-projects", _("Projects of the picture"), drawn, shown.about),
        st.expander(_("Table of projects"), icon=":material/table:"),
    ):
        show_node_table(rows, "network.nodes")


def _show_pairs(shown: Shown, pairs: Answer) -> None:
    with st.expander(_("Table of pairs"), icon=":material/table:"):
        st.dataframe(
            pairs.frame.select(pl.col("project_a", "project_b").replace(shown.names), "shared_people_count"),
            hide_index=True,
            key="network.pairs",
            column_config={
                "project_a": st.column_config.TextColumn(_("Project")),
                "project_b": st.column_config.TextColumn(_("shares with")),
                "shared_people_count": st.column_config.NumberColumn(_("Shared people"), format="localized"),
            },
        )


def show_evidence(shown: Shown, view: NetworkView) -> None:
    """Who ties the project in focus and the target, where the source names people."""
    if view.focus is None or view.target is None or not shown.picture.has_pair(view.focus, view.target):
        return
    pair = _("{one} and {other}", one=shown.names[view.focus], other=shown.names[view.target])
    answer = published().network.evidence(shown.network, view.focus, view.target)
    with frame("evidence", _("People who tie {pair}", pair=pair), answer, shown.about):
        if answer.frame.is_empty():
            st.caption(_("The source of this network names no people: it printed only counts."))
            return
        one, other = sorted((view.focus, view.target))
        left_out = answer.frame["left_out_count"][0]
        if left_out:
            st.caption(
                n_("{count} more person is not listed.", "{count} more people are not listed.", left_out)
            )
        st.dataframe(
            answer.frame,
            hide_index=True,
            key="evidence.rows",
            column_order=["actor_login", "actions_a_count", "actions_b_count"],
            column_config={
                "actor_login": st.column_config.TextColumn(_("Account")),
                "actions_a_count": st.column_config.NumberColumn(
                    _("Actions in {name}", name=shown.names[one])
                ),
                "actions_b_count": st.column_config.NumberColumn(
                    _("Actions in {name}", name=shown.names[other])
                ),
            },
        )
