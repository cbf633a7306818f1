"""Who shares people with whom: the network as a picture, its core and communities, and who ties two projects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from app.charts import SERIES_COLOURS, project_links
from app.components.controls import link_to_project, linked_projects, offered_projects, show_dropped
from app.components.figure import About, escaped, first_rows, frame
from app.components.network import MOST_EDGES, MOST_NODES, show_network
from app.components.table import in_words, source_name
from app.i18n import _, amount, day_name, in_language, language, marked, n_, whole
from app.i18n.published import in_reader_words, said
from app.labels import box_names
from app.session import choice_of, close_view, open_view, published, read_metadata, widget_key
from app.view_state import LANGUAGE_KEY, NetworkView
from pipelines.graph.network import MEASURES
from pipelines.published import Network

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.view_state import Choices
    from pipelines.published import Answer
    from pipelines.published.picture import Part, Picture

_MEASURES = {
    "degree": marked("neighbours"),
    "weighted_degree": marked("shared people, summed"),
    "betweenness": marked("betweenness"),
    "closeness": marked("closeness"),
    "pagerank": marked("PageRank"),
    "clustering": marked("clustering"),
    "core_number": marked("core number"),
}
_COLOURS = {"domain": marked("domain"), "community": marked("community")}
_SIZES = {"openrank": ("openrank_mean", marked("OpenRank")), "degree": ("degree", marked("neighbours"))}
_HOPS = (0, 1, 2)
_NO_GROUP = ""
_NO_GROUP_COLOUR = "#8a8f8d"
_STRONGEST = 8
_CORE = 15


@dataclass(frozen=True, slots=True)
class _Shown:
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
        "size": _SIZES,
        "focus": lambda view: _inside(linked_network(view), list(projects)),
        "target": lambda view: _inside(linked_network(view), list(projects)),
        "hops": _HOPS,
        "measure": _MEASURES,
    }
    show_dropped(open_view(NetworkView, choices, {"network": first}))
    kind, cut = st.columns([1.6, 2], vertical_alignment="bottom")
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
    shown = _Shown(network, _about(row, least), picture)
    if row["kind"] == "simulated":
        st.warning(
            _(
                "This network rests on simulated events: it shows how the page works and says nothing of real people."
            ),
            icon=":material/science:",
        )
    view = close_view(NetworkView, {"network": first, "cut": cuts[0]})
    _tell_left_out(shown, row)
    _show_picture(shown, view)
    _show_evidence(shown, view)
    about_all = About(
        "shared_people_count",
        _window(row),
        _("the whole network, whatever the cut above"),
        source_name(row["source"]),
    )
    _show_ways_from_seeds(view.focus)
    _show_summary(answer, row, about_all)
    _show_core(network, about_all)
    _show_communities(network, about_all)
    _show_domains(network, about_all)
    close_view(NetworkView, {"network": first, "cut": cuts[0]})


def _network_of(row: Mapping[str, Any]) -> Network:
    return Network(row["source"], row["window_start"], row["window_end"])


def _cuts(network: Network) -> list[int]:
    cuts: list[int] = published().network.cuts(network).frame["shared_people_count"].to_list()
    return cuts


def _network_id(row: Mapping[str, Any]) -> str:
    return row["source"] if row["window_start"] is None else f"{row['source']}@{row['window_start']}"


def _network_name(row: Mapping[str, Any]) -> str:
    kinds = {"real": _("published"), "derived": _("computed from events"), "simulated": _("simulated")}
    return f"{kinds[row['kind']]} · {in_reader_words(row['name'])} · {_window(row)}"


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
    focus, hops, target, colour, size = st.columns([1.5, 1.45, 1.3, 1.15, 1.2], vertical_alignment="bottom")
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
        _("Strongest way to"),
        index=None,
        placeholder=_("a second project"),
        disabled=st.session_state[widget_key(NetworkView, "focus")] is None,
        **choice_of(NetworkView, "target", names, names.__getitem__),
    )
    colour.segmented_control(
        _("Colour and number by"),
        required=True,
        **choice_of(NetworkView, "colour", _COLOURS, lambda one: _(_COLOURS[one])),
    )
    size.segmented_control(
        _("Size by"), required=True, **choice_of(NetworkView, "size", _SIZES, lambda one: _(_SIZES[one][1]))
    )
    return [st.session_state[key] for key in keys if st.session_state[key] is not None]


def _tell_left_out(shown: _Shown, row: Mapping[str, Any]) -> None:
    """Say what a large network has and the picture has not."""
    pairs = next(iter(shown.edges.frame["pairs_count"]), 0)
    if shown.nodes.frame.height < row["nodes_count"]:
        st.caption(
            _(
                "Drawn are {nodes} of {all} projects: those you name, who shares people with them, then those with most"
                " OpenRank. Ways are looked for among them.",
                nodes=whole(shown.nodes.frame.height),
                all=whole(row["nodes_count"]),
            )
        )
    if shown.edges.frame.height < pairs:
        st.caption(
            _(
                "Drawn are {edges} of {all} pairs among them: those of projects you name, then the strongest.",
                edges=whole(shown.edges.frame.height),
                all=whole(pairs),
            )
        )


def _show_picture(shown: _Shown, view: NetworkView) -> None:
    is_part = view.focus is not None and view.hops > 0
    drawn_part = shown.picture.part(view.focus, view.hops, view.target)
    title = _(
        "{projects} projects, {pairs} pairs",
        projects=whole(len(drawn_part.project_ids)),
        pairs=whole(len(drawn_part.pairs)),
    )
    drawn, beside = st.columns([3.2, 1])
    words = _part_in_words(shown, view, is_part=is_part)
    with drawn:
        is_drawn = pl.all_horizontal(pl.col("project_a", "project_b").is_in(drawn_part.project_ids))
        pairs = shown.edges.narrowed(shown.edges.frame.filter(is_drawn), *words)
        with frame("network", title, pairs, shown.about):
            show_network(_picture(shown, view, drawn_part, is_part=is_part), _focus_on)
            _show_pairs(shown, pairs)
        _show_drawn_projects(shown, drawn_part, words)
    with beside:
        if view.focus is None:
            st.caption(
                _(
                    "Near means tied; left, right, up and down mean nothing. A node's number is that of its group in"
                    " the legend, and its size its {size}, smallest where that is unknown. Click on a node, or find"
                    " it by name, to see whom it shares people with.",
                    size=_(_SIZES[view.size][1]),
                )
            )
            _show_strongest(shown)
        else:
            _show_project(shown, view.focus)
            if view.target is not None:
                _show_path(shown, drawn_part, view.target)


def _part_in_words(shown: _Shown, view: NetworkView, *, is_part: bool) -> list[str]:
    """What of the network is drawn, in words; nothing where all of it is."""
    if not is_part or view.focus is None:
        return []
    around = n_(
        "{count} step around {name}", "{count} steps around {name}", view.hops, name=shown.names[view.focus]
    )
    if view.target is None:
        return [around]
    return [around, _("with the strongest way to {name}", name=shown.names[view.target])]


def _focus_on(project_id: str) -> None:
    st.session_state[widget_key(NetworkView, "focus")] = project_id


def _picture(shown: _Shown, view: NetworkView, part: Part, *, is_part: bool) -> dict[str, Any]:
    rows = shown.nodes.frame.filter(pl.col("project_id").is_in(part.project_ids))
    domains = box_names(published().catalogue.boxes(read_metadata().taxonomy_version).frame, "domain")
    column = _SIZES[view.size][0]
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


def _inside(network: Network, project_ids: Sequence[str | None]) -> list[str]:
    """Those of some projects that stand in a network."""
    wanted = [one for one in project_ids if one is not None]
    return published().network.inside(network, wanted).frame["project_id"].to_list() if wanted else []


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


def _show_project(shown: _Shown, project_id: str) -> None:
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


def _show_strongest(shown: _Shown) -> None:
    _show_heading(_("Share most people"))
    rows = shown.edges.frame.head(_STRONGEST).select("project_a", "project_b", "shared_people_count")
    st.markdown(
        "\n".join(
            f"- {escaped(shown.names[one])} – {escaped(shown.names[other])}: {whole(shared)}"
            for one, other, shared in rows.iter_rows()
        )
    )


def _show_path(shown: _Shown, part: Part, target: str) -> None:
    with st.container(border=True, key="path-card"):
        _show_heading(_("Strongest way to {name}", name=shown.names[target]))
        if not part.path:
            st.caption(_("None: with this cut, no chain of pairs leads there."))
            return
        st.markdown(
            "\n".join(
                f"1. {escaped(shown.names[one])} – {escaped(shown.names[other])}: {whole(shared)}"
                for one, other, shared in part.path
            )
        )
        st.caption(_("A pair is one over its shared people long; this way is the shortest."))


def _show_drawn_projects(shown: _Shown, part: Part, words: Sequence[str]) -> None:
    rows = shown.nodes.frame.filter(pl.col("project_id").is_in(part.project_ids)).sort(
        "degree", "weighted_degree", "project_id", descending=[True, True, False]
    )
    drawn = shown.nodes.narrowed(rows, *words)
    with (
        frame("network-projects", _("Projects of the picture"), drawn, shown.about),
        st.expander(_("Table of projects"), icon=":material/table:"),
    ):
        _show_node_table(rows, "network.nodes")


def _show_pairs(shown: _Shown, pairs: Answer) -> None:
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


def _show_node_table(rows: pl.DataFrame, key: str) -> None:
    names = box_names(published().catalogue.boxes(read_metadata().taxonomy_version).frame, "domain")
    table = rows.with_columns(
        link=project_links(rows, f"{LANGUAGE_KEY}={language()}"),
        box=pl.Series([names.get(domain) for domain in rows["domain"]], dtype=pl.String),
    )
    st.dataframe(
        table,
        hide_index=True,
        key=key,
        placeholder="–",
        column_order=["link", *MEASURES, "openrank_mean", "box", "community", "community_stability_ratio"],
        column_config={
            "link": st.column_config.LinkColumn(_("Project"), display_text=r"#(.*)$", pinned=True),
            **{
                name: st.column_config.NumberColumn(_(_MEASURES[name]), format="localized")
                for name in MEASURES
            },
            "betweenness": st.column_config.NumberColumn(_("betweenness"), format="%.3f"),
            "closeness": st.column_config.NumberColumn(_("closeness"), format="%.1f"),
            "pagerank": st.column_config.NumberColumn(_("PageRank"), format="%.4f"),
            "clustering": st.column_config.NumberColumn(_("clustering"), format="%.2f"),
            "openrank_mean": st.column_config.NumberColumn(_("OpenRank, mean"), format="%.0f"),
            "box": st.column_config.TextColumn(_("Domain")),
            "community": st.column_config.NumberColumn(_("Community")),
            "community_stability_ratio": st.column_config.NumberColumn(_("its stability"), format="%.2f"),
        },
    )


def _show_evidence(shown: _Shown, view: NetworkView) -> None:
    if view.focus is None or view.target is None or not shown.picture.has_pair(view.focus, view.target):
        return
    pair = _("{one} and {other}", one=shown.names[view.focus], other=shown.names[view.target])
    answer = published().network.evidence(shown.network, view.focus, view.target)
    with frame("evidence", _("Who ties {pair}", pair=pair), answer, shown.about):
        if answer.frame.is_empty():
            st.caption(_("The source of this network names nobody: it printed the counts alone."))
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


def _show_ways_from_seeds(focus: str | None) -> None:
    """How the search that begins at the field's seeds came to a repository; all of them, or those of one project."""
    answer = published().network.ways_from_seeds()
    if focus is not None:
        of_project = answer.frame.filter(pl.col("project_id") == focus)
        answer = answer.narrowed(of_project, _("repositories of the project {project}", project=focus))
    rows = answer.frame
    window = ", ".join(
        _("{first} to {last}", first=day_name(first), last=day_name(last))
        for first, last in rows.select("window_start", "window_end").unique().sort("window_start").iter_rows()
    )
    about = About(
        "shared_people_count",
        window or _("no way is published"),
        _("the best ones of each hop"),
        ", ".join(source_name(source) for source in rows["source"].unique().sort()),
    )
    with frame("ways-from-seeds", _("Ways from the seeds"), answer, about):
        if rows.is_empty():
            st.caption(
                _("The search from the seeds found nothing: too few people of the seeds work elsewhere.")
                if focus is None
                else _(
                    "No way: it is a seed itself, or the search that begins at the seeds did not come to it."
                )
            )
            return
        st.caption(
            _(
                "Where the people of the seeds work besides, hop by hop. Each step of a way is the closest repository"
                " of the hop before; shared people, and those to be expected by chance, are counted against all of that"
                " hop. These are proposals, of which people decide."
            )
        )
        if (rows["kind"] == "simulated").any():
            st.caption(_("○ simulated: these ways show how the search works and say nothing of real people."))
        st.dataframe(
            in_words(first_rows(rows)).with_columns(path=pl.col("path").list.join(" › ")),
            hide_index=True,
            key="ways.rows",
            placeholder="–",
            column_order=[
                "path",
                "hop",
                "shared_people_count",
                "expected_people_count",
                "people_count",
                "p_value",
                "kind",
            ],
            column_config={
                "path": st.column_config.TextColumn(_("Way from a seed"), width="large"),
                "hop": st.column_config.NumberColumn(_("Hop")),
                "shared_people_count": st.column_config.NumberColumn(_("Shared people"), format="localized"),
                "expected_people_count": st.column_config.NumberColumn(_("by chance"), format="%.1f"),
                "people_count": st.column_config.NumberColumn(_("People"), format="localized"),
                "p_value": st.column_config.NumberColumn(_("p"), format="%.4f"),
                "kind": st.column_config.TextColumn(_("Kind")),
            },
        )


def _show_summary(answer: Answer, row: Mapping[str, Any], about: About) -> None:
    facts = [
        (_("Projects"), whole(row["nodes_count"]), row["published_nodes_count"]),
        (_("Pairs"), whole(row["edges_count"]), None),
        (_("Share people with nobody"), whole(row["isolated_count"]), row["published_isolated_count"]),
        (_("Density"), f"{row['density_ratio']:.3f}" if row["density_ratio"] is not None else "–", None),
        (_("Communities"), whole(row["communities_count"]), None),
        (_("Modularity"), f"{row['modularity']:.2f}" if row["modularity"] is not None else "–", None),
    ]
    this_one = pl.DataFrame([row], schema=answer.frame.schema)
    chosen = answer.narrowed(this_one, _("the network that is chosen above"))
    with frame("network-summary", _("Size of the network"), chosen, about):
        with st.container(horizontal=True):
            for label, value, published in facts:
                st.metric(
                    label,
                    value,
                    width="content",
                    delta=None if published is None else _("published: {count}", count=whole(published)),
                    delta_color="off",
                    delta_arrow="off",
                )
        if row["published_remark"]:
            st.caption(escaped(said(row["published_remark_message"])))


def _show_core(network: Network, about: About) -> None:
    measure: str = st.session_state[widget_key(NetworkView, "measure")]
    core = published().network.core(network, measure, _CORE)
    with frame("core", _("The core depends on the measure"), core, about):
        st.segmented_control(
            _("Measure"),
            required=True,
            **choice_of(NetworkView, "measure", _MEASURES, lambda one: _(_MEASURES[one])),
        )
        _show_node_table(core.frame, "core.rows")
        st.caption(_("Measures are of the whole network of this source, whatever the cut above."))


def _show_communities(network: Network, about: About) -> None:
    answer = published().network.communities(network)
    if answer.frame.is_empty():
        return
    names = box_names(published().catalogue.boxes(read_metadata().taxonomy_version).frame, "domain")
    with frame("communities", _("Communities"), answer, about):
        st.dataframe(
            answer.frame.with_columns(
                pl.col("domain_ratio", "inside_weight_ratio").round(2),
                box=pl.Series([names.get(one) for one in answer.frame["domain"]], dtype=pl.String),
            ),
            hide_index=True,
            key="communities.rows",
            placeholder="–",
            column_order=[
                "community",
                "name",
                "projects_count",
                "box",
                "domain_ratio",
                "inside_weight_ratio",
                "stability_ratio",
            ],
            column_config={
                "community": st.column_config.NumberColumn(_("Number"), width=70),
                "name": st.column_config.TextColumn(_("Strongest projects")),
                "projects_count": st.column_config.NumberColumn(_("Projects")),
                "box": st.column_config.TextColumn(_("Commonest domain")),
                "domain_ratio": st.column_config.NumberColumn(_("its share"), format="percent"),
                "inside_weight_ratio": st.column_config.NumberColumn(
                    _("Shared people that stay inside"), format="percent"
                ),
                "stability_ratio": st.column_config.NumberColumn(_("Stability"), format="%.2f"),
            },
        )
        st.caption(
            _(
                "A community is a finding and a domain a decision. Stability: how alike the community is over runs"
                " with other seeds; 1 says that the method is sure, not that the group is real."
            )
        )


def _show_domains(network: Network, about: About) -> None:
    answer = published().network.domains(network)
    if answer.frame.is_empty():
        return
    boxes = published().catalogue.boxes(read_metadata().taxonomy_version).frame
    subdomains = {
        row["subdomain"]: in_language(row["subdomain"], row["subdomain_zh"])
        for row in boxes.iter_rows(named=True)
        if row["subdomain"]
    }
    names = box_names(boxes, "domain")
    labels = [
        names.get(row["domain"], row["domain"])
        + (f" › {subdomains.get(row['subdomain'], row['subdomain'])}" if row["subdomain"] else "")
        for row in answer.frame.iter_rows(named=True)
    ]
    with frame("domain-connectivity", _("Core and edge by domain"), answer, about):
        st.dataframe(
            answer.frame.with_columns(
                pl.col("innermost_core_ratio", "inside_weight_ratio").round(2),
                box=pl.Series(labels, dtype=pl.String),
            ),
            hide_index=True,
            key="domain-connectivity.rows",
            placeholder="–",
            column_order=[
                "box",
                "projects_count",
                "isolated_count",
                "degree_mean",
                "core_number_mean",
                "innermost_core_ratio",
                "inside_weight_ratio",
            ],
            column_config={
                "box": st.column_config.TextColumn(_("Domain"), pinned=True),
                "projects_count": st.column_config.NumberColumn(_("Projects")),
                "isolated_count": st.column_config.NumberColumn(_("Share people with nobody")),
                "degree_mean": st.column_config.NumberColumn(_("Neighbours, mean"), format="%.1f"),
                "core_number_mean": st.column_config.NumberColumn(_("Core number, mean"), format="%.1f"),
                "innermost_core_ratio": st.column_config.NumberColumn(
                    _("In the innermost core"), format="percent"
                ),
                "inside_weight_ratio": st.column_config.NumberColumn(
                    _("Shared people that stay inside"), format="percent"
                ),
            },
        )


show()
