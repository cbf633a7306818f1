"""``landscape edges``: which projects share people, how far beyond chance, and who these people are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from pipelines.cli.asked import option
from pipelines.cli.console import tell, tell_facts
from pipelines.cli.tabular import Format, Output, OutputFormat, Top, write_rows
from pipelines.floor.errors import NotPublishedError
from pipelines.floor.folders import fetching_hint
from pipelines.floor.settings import load_settings
from pipelines.published import open_landscape
from pipelines.published.choices import choose

if TYPE_CHECKING:
    from pipelines.published import Landscape

_SHOWN = {
    "rank": "rank",
    "actor_login": "person",
    "actor_id": "actor id",
    "actions_a_count": "actions a",
    "actions_b_count": "actions b",
    "neighbour": "neighbour",
    "project_a": "project a",
    "project_b": "project b",
    "shared_people_count": "shared people",
    "expected_people_count": "expected",
    "association": "association",
    "p_value": "p",
}


def edges(
    *,
    project: Annotated[
        str | None, typer.Option("--project", help="Only the neighbours of this project.", show_default=False)
    ] = None,
    between: Annotated[
        tuple[str, str] | None,
        typer.Option("--between", help="Open the edge of two projects: who ties them.", show_default=False),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", help="Whose edges; real ones of events by default.", show_default=False),
    ] = None,
    top: Top = None,
    output_format: Format = OutputFormat.TABLE,
    output: Output = None,
) -> None:
    """List pairs of projects that share people, the strongest first.

    Expected: what two of these sizes share by chance; association: shared people over the geometric mean of the
    two sizes, 0 to 1; p: probability to share that many by chance. Unknown for the published network, which states
    shared people only. See docs/collaboration_edges.md.

    Examples: landscape edges --top 20 · landscape edges --project vllm ·
    landscape edges --between vllm sglang --source gharchive-simulated
    """
    if project is not None and between is not None:
        raise typer.BadParameter("give --project or --between, not both", param_hint="--between")
    landscape = open_landscape()
    if between is not None:
        with option("--between"):
            pair = [landscape.choices.project(name) for name in between]
        chosen = _chosen_source(landscape, "edge_evidence", source)
        found, empty = _people(landscape, pair, chosen)
    else:
        with option("--project"):
            name = None if project is None else landscape.choices.project(project)
        chosen = _chosen_source(landscape, "collaboration_edges", source)
        found, empty = _pairs(landscape, name, chosen)
    shown = {name: heading for name, heading in _SHOWN.items() if name in found.columns}
    write_rows(found, output_format, output, top=top, empty=empty, shown=shown)


def _chosen_source(landscape: Landscape, table: str, text: str | None) -> str:
    """The source a person asked for; by default a real one before a simulated one."""
    sources = landscape.network.sources_of(table).frame
    if sources.is_empty():
        raise NotPublishedError(
            f"the published file has no rows of {table}: no events were fetched, or nobody shares enough people",
            hint="`landscape status` says what was fetched; "
            + fetching_hint(load_settings().data_dir, "events fetch"),
        )
    known = sources["source"].to_list()
    with option("--source"):
        chosen = choose(known, text or known[0])
    kind = sources["kind"][known.index(chosen)]
    tell(f"Source: {chosen} ({kind}); there are {', '.join(known)}.")
    for complete_count, all_count in landscape.network.facts_behind(
        landscape.network.newest(chosen)
    ).frame.iter_rows():
        tell_facts(complete_count, all_count)
    return chosen


def _pairs(landscape: Landscape, project: str | None, source: str) -> tuple[pl.DataFrame, str]:
    """Edges of the source, or of one project, and what to say if there are none."""
    found = landscape.network.pairs_of_source(source).frame
    if project is None:
        return found, f"no two projects share enough people in {source}"
    first, second = pl.col("project_a"), pl.col("project_b")
    neighbours = found.filter((first == project) | (second == project)).select(
        pl.when(first == project).then(second).otherwise(first).alias("neighbour"),
        pl.exclude("project_a", "project_b", "people_a_count", "people_b_count"),
    )
    return neighbours, f"{project} shares enough people with nobody in {source}: it has no edge there"


def _people(landscape: Landscape, pair: list[str], source: str) -> tuple[pl.DataFrame, str]:
    """Columns of the two projects in the order of the published edge."""
    first, second = sorted(pair)
    found = landscape.network.evidence_of_source(source, first, second).frame
    if not found.is_empty():
        left_out = found["left_out_count"].item(0)
        tell(f"a: {first}; b: {second}; {found.height + left_out} people, {left_out} of them not listed.")
    return found.drop("left_out_count"), f"{first} and {second} share too few people in {source} for an edge"
