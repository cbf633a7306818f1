"""``landscape explore``: from seeds to further repositories by following people, over the events in bronze."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import duckdb
import polars as pl
import typer

from pipelines.build import Build, prepare
from pipelines.cli.console import tell, tell_facts
from pipelines.cli.tabular import Format, Output, OutputFormat, write_content, write_rows
from pipelines.floor.errors import LandscapeError, StorageError
from pipelines.floor.folders import build_command, fetching_hint
from pipelines.floor.periods import Days
from pipelines.floor.settings import load_settings
from pipelines.graph.exploration import LEADING_KINDS, Stop
from pipelines.seeds.parameters import ExplorationRules
from pipelines.seeds.proposals import ProposedRepository, propose_projects
from pipelines.tables.coverage.build import count_complete_facts
from pipelines.tables.exploration.lookup import find_seeds, read_sightings, suggest_seed
from pipelines.tables.exploration.search import (
    INPUTS,
    Hop,
    count_people_above_cap,
    gather_participations,
    read_event_sources,
)
from pipelines.tables.exploration.search import (
    explore as follow_people,
)
from pipelines.tables.ground import load_ground_floor
from pipelines.tables.workspace import Workspace
from pipelines.warehouse.connection import open_scratch
from pipelines.warehouse.staging import look_at_days, read_collaboration_days

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.seeds import Seeds

SIMULATED = "gharchive-simulated"

_SHOWN = {
    "rank": "rank",
    "repo_full_name": "repository",
    "kind": "kind",
    "hop": "hop",
    "shared_people_count": "shared people",
    "people_count": "people",
    "association": "association",
    "p_value": "p",
    "path": "path",
}

_STOPS = {
    Stop.HOPS: "as many hops as asked for",
    Stop.NOTHING_FOUND: "the last hop found nothing above the thresholds",
    Stop.NOTHING_LEADS_ON: "the last hop found lists, documentation and copies alone, which lead nowhere",
}


def explore(
    *,
    seed: Annotated[
        list[str] | None,
        typer.Option(
            "--seed",
            help="owner/name, number of a repository, or id of a project; may be given several times."
            " The field's own seeds (exploration.yml) by default.",
            show_default=False,
        ),
    ] = None,
    hops: Annotated[int | None, typer.Option(min=1, help="Hops at most.", show_default=False)] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Repositories found in a hop at most.", show_default=False)
    ] = None,
    at_least: Annotated[
        int | None,
        typer.Option("--at-least", min=1, help="Shared people at least.", show_default=False),
    ] = None,
    p_value: Annotated[
        float | None,
        typer.Option(
            "--p-value", min=0, max=1, help="Probability by chance at most; 1 for any.", show_default=False
        ),
    ] = None,
    first: Annotated[
        str | None,
        typer.Option("--from", help="First day, YYYY-MM-DD, UTC; January 1 by default.", show_default=False),
    ] = None,
    last: Annotated[
        str | None,
        typer.Option(
            "--to", help="Last day, included; that of the newest month by default.", show_default=False
        ),
    ] = None,
    as_seeds: Annotated[
        bool,
        typer.Option(
            "--as-seeds", help="Write entries for projects.yml and organizations.yml instead of a table."
        ),
    ] = False,
    output_format: Format = OutputFormat.TABLE,
    output: Output = None,
) -> None:
    """Find repositories by following people: who is active in the seeds is active elsewhere, too.

    Each hop takes the repositories most closely associated with those before it (shared people against the sizes of
    both) and goes on from them, but for lists, documentation, forks and mirrors. Reads the events in bronze and
    changes nothing; exploration.yml has the defaults. docs/exploration.md explains every column.

    Example: landscape explore --seed apache/spark --hops 2 --limit 50 --from 2015-01-01 --to 2015-01-31
    """
    this_build = prepare(load_settings(), datetime.now(UTC))
    usual = this_build.seeds.exploration
    rules = ExplorationRules(
        hops=hops or usual.hops,
        limit_per_hop=limit or usual.limit_per_hop,
        least_shared_people=at_least or usual.least_shared_people,
        largest_p_value=usual.largest_p_value if p_value is None else p_value,
    )
    with _events(this_build) as connection:
        days = _days(connection, this_build, first, last)
        look_at_days(connection, this_build.settings.bronze_dir, days)
        events = Workspace(connection, INPUTS | {"staging.event_files"})
        source = _gather_days(events, this_build, days)
        if source != SIMULATED:
            tell_facts(*count_complete_facts(connection, days))
        seed_ids = _find_seeds(events, this_build.seeds, days, seed or [])
        found = follow_people(events, source, seed_ids, this_build.seeds, rules, on_hop=_tell_hop)
        tell(f"Stopped after hop {len(found.hops)}: {_STOPS[found.stop]}.")
        if as_seeds:
            write_content(f"{_as_seeds(events, this_build.seeds, found.candidates, days)}\n".encode(), output)
            return
    _write(found.candidates, output_format, output)


@contextmanager
def _events(this_build: Build) -> Iterator[duckdb.DuckDBPyConnection]:
    """Seeds and bronze in a database of their own: other runs may write meanwhile."""
    with tempfile.TemporaryDirectory() as folder, open_scratch(Path(folder) / "spilt") as connection:
        try:
            load_ground_floor(this_build, connection)
            yield connection
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            raise StorageError(
                f"bronze could not be read: {str(error).splitlines()[0]}",
                where=str(this_build.settings.bronze_dir),
                hint="if another run is writing, wait until `landscape status` names none; then run this again",
            ) from error


def _days(
    connection: duckdb.DuckDBPyConnection, this_build: Build, first: str | None, last: str | None
) -> Days:
    usual = read_collaboration_days(connection, this_build.scope.as_of_month)
    last_day = _day(last, "--to") if last else usual.last
    first_day = _day(first, "--from") if first else Days.year_to_date(last_day).first
    if last_day < first_day:
        raise typer.BadParameter(f"{last_day} is before the first day, {first_day}", param_hint="--to")
    return Days(first_day, last_day)


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"expected a day as YYYY-MM-DD, not {text!r}", param_hint=option) from None


def _gather_days(events: Workspace, this_build: Build, days: Days) -> str:
    """Gather who was active where in `days`; returns the source of the events."""
    bronze_dir = this_build.settings.bronze_dir
    held = events.select(
        "SELECT DISTINCT hour::DATE AS day FROM staging.event_files WHERE kept > 0 ORDER BY day"
    )["day"].to_list()
    if not held:
        raise LandscapeError(
            "there are no events yet",
            where=str(bronze_dir),
            hint=f"run `{build_command(this_build.settings.data_dir)}`; "
            + fetching_hint(this_build.settings.data_dir, "events fetch --from … --to …"),
        )
    sources = read_event_sources(events)
    if not sources:
        raise LandscapeError(
            f"nobody was active in {days}",
            where=str(bronze_dir),
            hint=f"bronze holds events of {_runs(held)}; choose days with --from and --to, or fetch these",
        )
    source = sources[0]  # real events come before simulated ones, and never mix with them
    if source == SIMULATED:
        tell("These events are simulated: they show how the search works, not who works with whom.")
    gather_participations(events, source)
    return source


def _runs(days: Sequence[date]) -> str:
    """Days as runs without a gap."""
    numbered = pl.DataFrame({"day": days}).with_columns(
        run=pl.col("day").cast(pl.Int32) - pl.int_range(pl.len(), dtype=pl.Int32)
    )
    runs = numbered.group_by("run", maintain_order=True).agg(
        first=pl.col("day").min(), last=pl.col("day").max()
    )
    return ", ".join(
        str(first) if first == last else f"{first}..{last}"
        for first, last in runs.select("first", "last").iter_rows()
    )


def _find_seeds(events: Workspace, seeds: Seeds, days: Days, texts: Sequence[str]) -> tuple[int, ...]:
    """Numbers of the repositories to start from; says what a person should know of how they were found."""
    found = find_seeds(events, seeds, texts or seeds.exploration_seeds)
    for remark in found.remarks:
        tell(remark)
    if found.unknown and texts:
        text = found.unknown[0]
        raise LandscapeError(
            f'no repository or project "{text}"{suggest_seed(events, seeds, text)}',
            where=f"events of {days}",
            hint="write owner/name, the number of a repository or the id of a project",
        )
    idle = (*found.inactive, *found.unknown)
    if not found.active_ids:
        raise LandscapeError(
            f"nobody was active in {', '.join(idle)}",
            where=f"events of {days}",
            hint="issues, comments on them, pull requests, reviews and their comments count; choose other days with"
            " --from and --to, or other seeds with --seed",
        )
    if idle:
        tell(f"Left out, since nobody was active there in {days}: {', '.join(idle)}")
    if count := count_people_above_cap(events):
        cap = seeds.threshold("person_repositories_cap")
        tell(f"Left out: {count:,} people active in more than {cap:g} repositories")
    return found.active_ids


def _tell_hop(hop: Hop) -> None:
    tell(
        f"hop {hop.number}: {hop.people_count:,} people of {hop.frontier_count:,} repositories are active in"
        f" {hop.reached_count:,} others; {hop.passed_count:,} above the thresholds, {hop.found_count:,} taken"
    )


def _write(candidates: pl.DataFrame, output_format: OutputFormat, output: Path | None) -> None:
    shown = candidates.with_columns(path=pl.col("path").list.join(" > "))
    write_rows(shown, output_format, output, shown=_SHOWN, empty="Nothing found.")


def _as_seeds(events: Workspace, seeds: Seeds, candidates: pl.DataFrame, days: Days) -> str:
    """Entries for what may be software and is no project yet."""
    chosen = candidates.filter(pl.col("project_id").is_null(), pl.col("kind").is_in([*LEADING_KINDS]))
    tell(f"{chosen.height:,} of {candidates.height:,} are no project yet and may be software.")
    names: dict[int, list[str]] = defaultdict(list)
    for repo_id, name in (
        read_sightings(events, chosen["repo_id"]).select("repo_id", "repo_full_name").iter_rows()
    ):
        names[repo_id].append(name)
    return propose_projects(
        seeds,
        [ProposedRepository(repo_id, name, tuple(former)) for repo_id, (name, *former) in names.items()],
        f"exploration_{days.last:%Y-%m}",
        f"Found by following people from the seeds over the events of {days}.",
    )
