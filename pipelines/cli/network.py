"""``landscape network``: the published collaboration network asked, and exported for other programs."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import networkx as nx
import polars as pl
import typer

from pipelines.cli.asked import option
from pipelines.cli.console import tell, tell_facts
from pipelines.cli.tabular import Format, Output, OutputFormat, Top, write_content, write_rows
from pipelines.graph.exchange import ExchangeFormat, encode_network
from pipelines.graph.network import MEASURES, pairs_of
from pipelines.published import open_landscape
from pipelines.published.choices import choose

if TYPE_CHECKING:
    from pipelines.published import Network
    from pipelines.published.network import Networks

Source = Annotated[
    str | None,
    typer.Option(
        "--source",
        help="Source of the edges; the newest real one by default.",
        show_default=False,
    ),
]
_KEYS = ("source", "window_start", "window_end")
Hops = Annotated[int, typer.Option("--hops", help="Edges to go from the project at most.", min=1)]


def summary(source: Source = None, output_format: Format = OutputFormat.TABLE, output: Output = None) -> None:
    """Say how large and how dense the network is, against what a report printed of it.

    Example: landscape network summary --source landscape_2025-05
    """
    networks, chosen = _chosen(source)
    (found,) = networks.summary(chosen).frame.iter_rows(named=True)
    tell(f"Network of {chosen}.")
    if found["published_remark"]:
        tell(f"published: {found['published_remark']}")
    rows = [
        (name, float(value), found.get(f"published_{name}"))
        for name, value in found.items()
        if value is not None and isinstance(value, int | float) and not name.startswith("published_")
    ]
    schema = {"value": pl.String, "here": pl.Float64, "published": pl.Int64}
    write_rows(pl.DataFrame(rows, schema=schema, orient="row"), output_format, output, empty="")


def core(
    *,
    by: Annotated[
        str, typer.Option("--by", help=f"What makes a project central: {', '.join(MEASURES)}.")
    ] = MEASURES[0],
    source: Source = None,
    top: Top = None,
    output_format: Format = OutputFormat.TABLE,
    output: Output = None,
) -> None:
    """Rank the projects by one measure, and show all others: who is the core depends on which one you ask.

    csv and json have domain and community as well.

    Examples: landscape network core --by weighted_degree --top 5 · landscape network core --by betweenness
    """
    with option("--by"):
        measure = choose(MEASURES, by)
    networks, chosen = _chosen(source)
    nodes = networks.members(chosen).frame
    ranked = nodes.select(
        pl.col(measure).rank("min", descending=True).cast(pl.Int64).alias("rank"),
        "project_id",
        measure,
        *(name for name in MEASURES if name != measure),
        "domain",
        "subdomain",
        "community",
    ).sort("rank", "project_id", nulls_last=True)
    tell(f"Network of {chosen}, by {measure}. docs/network.md says what each measure means.")
    shown = {name: name for name in ranked.columns} | {"project_id": "project"}
    write_rows(ranked, output_format, output, top=top, shown=shown, empty="the network has no project")


class EgoView(StrEnum):
    """What `landscape network ego` shows."""

    MEMBERS = "members"
    EDGES = "edges"


def ego(
    shown: Annotated[
        EgoView, typer.Argument(help="members: who belongs to it; edges: who shares people with whom in it.")
    ] = EgoView.MEMBERS,
    *,
    project: Annotated[str, typer.Option("--project", help="Project id, name or repository.")],
    hops: Hops = 1,
    source: Source = None,
    top: Top = None,
    output_format: Format = OutputFormat.TABLE,
    output: Output = None,
) -> None:
    """Show the surroundings of a project: everybody at most so many edges away, and all edges among them.

    `landscape network export --project …` writes the same for other programs.

    Examples: landscape network ego --project vllm --top 10 · landscape network ego edges --project weaviate --hops 1
    """
    networks, chosen = _chosen(source)
    with option("--project"):
        network = networks.ego(chosen, project, hops)
    tell(
        f"{network.number_of_nodes()} projects and {network.number_of_edges()} edges at most {hops} from {project};"
        f" network of {chosen}."
    )
    found = _members(network) if shown is EgoView.MEMBERS else _pairs(network)
    headings = {
        "project_id": "project",
        "hop": "hop",
        "shared_people_count": "shared people",
        "degree_inside": "degree inside",
        "degree": "degree",
        "community": "community",
        "domain": "domain",
    }
    write_rows(
        found,
        output_format,
        output,
        top=top,
        shown=headings if shown is EgoView.MEMBERS else None,
        empty=f"{project} shares people with nobody",
    )


def isolated(
    source: Source = None, output_format: Format = OutputFormat.TABLE, output: Output = None
) -> None:
    """List the labelled projects that share people with nobody, as far as the source's edges go.

    Example: landscape network isolated
    """
    networks, chosen = _chosen(source)
    nodes = networks.members(chosen).frame
    found = nodes.filter(pl.col("degree") == 0).select("project_id", "name", "layer", "domain", "subdomain")
    tell(f"Network of {chosen}. Pairs below the source's cut have no edge: few shared people, not none.")
    shown = {
        "project_id": "project",
        "domain": "domain",
        "subdomain": "subdomain",
        "layer": "layer",
        "name": "name",
    }
    write_rows(
        found.sort("project_id"), output_format, output, shown=shown, empty="every project shares people"
    )


def communities(
    source: Source = None, output_format: Format = OutputFormat.TABLE, output: Output = None
) -> None:
    """List the communities: their strongest projects, commonest domain, and how stable they are over seeds.

    csv and json name all projects of each, those with the highest weighted degree first.

    Example: landscape network communities --format json
    """
    networks, chosen = _chosen(source)
    found = networks.communities(chosen).frame.drop(_KEYS)
    found = found.join(networks.community_members(chosen).frame, on="community")
    tell(
        f"Network of {chosen}. stability: how alike the community is over runs with different seeds; inside: share of"
        " its projects' shared people that stays in it."
    )
    shown = {
        "community": "community",
        "name": "name",
        "projects_count": "projects",
        "domain": "domain",
        "domain_ratio": "domain ratio",
        "inside_weight_ratio": "inside",
        "stability_ratio": "stability",
    }
    write_rows(found.sort("community"), output_format, output, shown=shown, empty="no project shares people")


def domains(source: Source = None, output_format: Format = OutputFormat.TABLE, output: Output = None) -> None:
    """Show core and edge by domain and subdomain: the best connected first.

    Example: landscape network domains
    """
    networks, chosen = _chosen(source)
    found = networks.domains(chosen).frame.drop(_KEYS)
    tell(f"Network of {chosen}. Without a subdomain a row is the whole domain.")
    shown = {
        "domain": "domain",
        "subdomain": "subdomain",
        "projects_count": "projects",
        "isolated_count": "isolated",
        "degree_mean": "degree mean",
        "core_number_mean": "core number mean",
        "innermost_core_ratio": "innermost core ratio",
    }
    write_rows(found, output_format, output, shown=shown, empty="no project has a label")


def export(
    *,
    exchange_format: Annotated[ExchangeFormat, typer.Option("--format", help="graphml or node-link json.")],
    source: Source = None,
    project: Annotated[
        str | None,
        typer.Option("--project", help="Only the surroundings of this project.", show_default=False),
    ] = None,
    hops: Hops = 1,
    output: Output = None,
) -> None:
    """Write the network for Gephi, igraph, NetworkX or D3: measures, communities, domains and places as attributes.

    The weight of an edge is its shared people, its distance one over that. What is unknown has no attribute.

    Examples: landscape network export --format graphml --output network.graphml ·
    landscape network export --format json --project vllm --hops 1 --output vllm.json
    """
    networks, chosen = _chosen(source)
    with option("--project"):
        network = networks.graph(chosen) if project is None else networks.ego(chosen, project, hops)
    write_content(encode_network(network, exchange_format), output)
    tell(f"{network.number_of_nodes()} projects and {network.number_of_edges()} edges of {chosen}")


def _chosen(source: str | None) -> tuple[Networks, Network]:
    """The networks, and the newest one of a source.

    Raises
    ------
    NotPublishedError
        If no network is published.
    typer.BadParameter
        If there is none of that source; the message lists those there are.
    """
    networks = open_landscape().network
    with option("--source"):
        chosen = networks.newest(source)
    for complete_count, all_count in networks.facts_behind(chosen).frame.iter_rows():
        tell_facts(complete_count, all_count)
    return networks, chosen


def _members(network: nx.Graph[str]) -> pl.DataFrame:
    """Projects of an ego network, the nearest and strongest tied first."""
    hops: dict[str, int] = nx.get_node_attributes(network, "hop")
    centre = min(hops, key=hops.__getitem__)
    rows = [
        (
            project_id,
            node["hop"],
            network.edges[centre, project_id]["weight"] if network.has_edge(centre, project_id) else None,
            network.degree(project_id),
            node["degree"],
            node.get("domain"),
            node.get("community"),
        )
        for project_id, node in network.nodes(data=True)
    ]
    schema = {
        "project_id": pl.String,
        "hop": pl.Int64,
        "shared_people_count": pl.Int64,
        "degree_inside": pl.Int64,
        "degree": pl.Int64,
        "domain": pl.String,
        "community": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").sort(
        "hop", pl.col("shared_people_count").neg(), "project_id", nulls_last=True
    )


def _pairs(network: nx.Graph[str]) -> pl.DataFrame:
    """Edges of an ego network, the strongest first."""
    schema = {"project_a": pl.String, "project_b": pl.String, "shared_people_count": pl.Int64}
    return pl.DataFrame(pairs_of(network), schema=schema, orient="row").sort(
        pl.col("shared_people_count").neg(), "project_a", "project_b"
    )
