"""``landscape``: every command by its name, in one list, and what becomes of an expected failure."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import duckdb
import typer
from typer.core import TyperGroup

from pipelines.cli import completeness, fetch, network
from pipelines.cli.build import build, refresh
from pipelines.cli.classify import classify, evaluate
from pipelines.cli.compare import compare
from pipelines.cli.console import fail, literal, tell, visible
from pipelines.cli.diff import diff
from pipelines.cli.edges import edges
from pipelines.cli.explain import explain
from pipelines.cli.explore import explore
from pipelines.cli.graveyard import graveyard
from pipelines.cli.growth import growth
from pipelines.cli.openrank import activity, openrank
from pipelines.cli.prune import prune
from pipelines.cli.publish import publish
from pipelines.cli.query import query
from pipelines.cli.rank import rank
from pipelines.cli.seeds import dictionary, validate
from pipelines.cli.status import status
from pipelines.floor.errors import LandscapeError, StorageError
from pipelines.floor.settings import unknown_variables
from pipelines.sources import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_EPILOG = f"""
Exit codes: 0 done · 1 a defect or a wrong setting · 2 wrong usage · 3 seeds · 4 source or sample ·
5 disk or file · 6 checks failed, nothing published · 7 another run is writing · 8 nothing published yet ·
9 SQL refused · 10 data folder of the other profile · 11 worse than what is published · 130 stopped by Ctrl-C.

Settings, from the environment: LANDSCAPE_PROFILE (sample or live), LANDSCAPE_DATA_DIR, LANDSCAPE_SEEDS_DIR,
LANDSCAPE_WORKERS (processes that read hour files), {", ".join(registry.variables())}.
"""

COMMANDS: Mapping[str, Mapping[str, Callable[..., None]]] = {
    "Build and publish": {
        "build": build,
        "refresh": refresh,
        "events fetch": fetch.events,
        "metrics fetch": fetch.metrics,
        "repositories fetch": fetch.repositories,
        "repositories counts": fetch.counts,
        "repositories stars": fetch.stars,
        "repositories facts": fetch.facts,
        "publish": publish,
    },
    "Ask what is published": {
        "rank": rank,
        "growth": growth,
        "diff": diff,
        "compare": compare,
        "graveyard": graveyard,
        "edges": edges,
        "network summary": network.summary,
        "network core": network.core,
        "network ego": network.ego,
        "network isolated": network.isolated,
        "network communities": network.communities,
        "network domains": network.domains,
        "network export": network.export,
        "query": query,
    },
    "Compute and explore": {
        "explain": explain,
        "activity": activity,
        "openrank": openrank,
        "explore": explore,
        "classify": classify,
        "evaluate": evaluate,
        "completeness evaluate": completeness.evaluate,
    },
    "Maintain": {
        "status": status,
        "validate": validate,
        "prune": prune,
        "dictionary": dictionary,
    },
}
"""Every command by its name, under the heading that `landscape --help` shows it under."""

GROUPS = {
    "events": "Hour files of GH Archive.",
    "metrics": "Monthly series of OpenDigger.",
    "repositories": "What GitHub says of repositories: as they are, counts by month, stars by day, what happened.",
    "completeness": "How complete the sources are, and how OpenRank is mended.",
    "network": "The collaboration network: its core by each measure, communities, ego networks, export.",
}
"""First words of commands that have two."""


class _LiteralGroup(TyperGroup):
    """Commands whose refusals quote what is published or typed."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command; a refusal shows control characters escaped."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = visible(error.message)
            raise


def _help_of(function: Callable[..., None]) -> str:
    """The docstring for `--help`: a bracket in it is no markup, and paragraphs flow."""
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    return "\n\n".join(literal(" ".join(paragraph.split())) for paragraph in paragraphs)


def _assembled() -> typer.Typer:
    """The application with all `COMMANDS`."""
    root = typer.Typer(
        name="landscape",
        help="Build, check, publish and query a map of an open-source ecosystem.",
        epilog=_EPILOG,
        no_args_is_help=True,
        add_completion=False,
        cls=_LiteralGroup,
        pretty_exceptions_enable=False,
    )
    groups: dict[str, typer.Typer] = {}
    for heading, commands in COMMANDS.items():
        for name, function in commands.items():
            group, _, last = name.rpartition(" ")
            if not group:
                root.command(last, help=_help_of(function), rich_help_panel=heading)(function)
                continue
            if group not in groups:
                groups[group] = typer.Typer(help=GROUPS[group], no_args_is_help=True)
                root.add_typer(groups[group], name=group, rich_help_panel=heading)
            groups[group].command(last, help=_help_of(function))(function)
    return root


app = _assembled()


def main() -> None:
    """Run the command line: expected failures become a message and an exit code."""
    for sentence in unknown_variables(registry.variables()):
        tell(f"warning: {sentence}")
    try:
        app()
    except LandscapeError as error:
        _leave(error)
    except duckdb.Error as error:
        _leave(
            StorageError(
                f"DuckDB could not go on: {error}",
                hint="if it names a damaged file, move that file aside and run the command again",
            )
        )


def _leave(error: LandscapeError) -> NoReturn:
    fail(f"error: {error}")
    sys.exit(error.exit_code)
