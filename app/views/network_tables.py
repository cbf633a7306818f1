"""Tables of the network: its size, core, communities and domains, and the ways that lead from the seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from app.charts import project_links
from app.components.figure import About, escaped, first_rows, frame
from app.components.table import in_words, source_name
from app.i18n import _, day_name, in_language, language, marked, whole
from app.i18n.published import said
from app.labels import box_names
from app.session import choice_of, published, read_metadata, widget_key
from app.view_state import LANGUAGE_KEY, NetworkView
from pipelines.graph.network import MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.published import Answer, Network

MEASURE_NAMES = {
    "degree": marked("neighbours"),
    "weighted_degree": marked("shared people, summed"),
    "betweenness": marked("betweenness"),
    "closeness": marked("closeness"),
    "pagerank": marked("PageRank"),
    "clustering": marked("clustering"),
    "core_number": marked("core number"),
}
_CORE = 15


def show_node_table(rows: pl.DataFrame, key: str) -> None:
    """A table of projects with every measure."""
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
                name: st.column_config.NumberColumn(_(MEASURE_NAMES[name]), format="localized")
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


def show_ways_from_seeds(focus: str | None) -> None:
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
        window or _("no path is published"),
        _("the best ones of each hop"),
        ", ".join(source_name(source) for source in rows["source"].unique().sort()),
    )
    with frame("ways-from-seeds", _("Paths from the seeds"), answer, about):
        if rows.is_empty():
            st.caption(
                _("The search from the seeds found nothing: too few people of the seeds work elsewhere.")
                if focus is None
                else _("No path: it is a seed itself, or the search from the seeds did not reach it.")
            )
            return
        st.caption(
            _(
                "Where else the people of the seeds work, hop by hop. Each step of a path is the "
                "closest repository of the previous hop; shared people, and those expected by "
                "chance, count against that whole hop. These are proposals; people decide."
            )
        )
        if (rows["kind"] == "simulated").any():
            st.caption(
                _("○ simulated: these paths show how the search works and say nothing about real people.")
            )
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
                "path": st.column_config.TextColumn(_("Path from a seed"), width="large"),
                "hop": st.column_config.NumberColumn(_("Hop")),
                "shared_people_count": st.column_config.NumberColumn(_("Shared people"), format="localized"),
                "expected_people_count": st.column_config.NumberColumn(_("by chance"), format="%.1f"),
                "people_count": st.column_config.NumberColumn(_("People"), format="localized"),
                "p_value": st.column_config.NumberColumn(_("p"), format="%.4f"),
                "kind": st.column_config.TextColumn(_("Kind")),
            },
        )


def show_summary(answer: Answer, row: Mapping[str, Any], about: About) -> None:
    """Size and density, compared with what a report printed."""
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


def show_core(network: Network, about: About) -> None:
    """The projects with the highest value of the chosen measure."""
    measure: str = st.session_state[widget_key(NetworkView, "measure")]
    core = published().network.core(network, measure, _CORE)
    with frame("core", _("The core depends on the measure"), core, about):
        st.segmented_control(
            _("Measure"),
            required=True,
            **choice_of(NetworkView, "measure", MEASURE_NAMES, lambda one: _(MEASURE_NAMES[one])),
        )
        show_node_table(core.frame, "core.rows")
        st.caption(_("Measures cover the whole network of this source, not only the pairs above the cut."))


def show_communities(network: Network, about: About) -> None:
    """The communities and how stable they are."""
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


def show_domains(network: Network, about: About) -> None:
    """How central each domain and subdomain is."""
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
