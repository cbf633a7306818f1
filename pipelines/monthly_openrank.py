"""OpenRank of everyone, month by month: from bronze to the private files that the published tables read.

Belongs here: which months are computed anew and in which order, and handing frames between SQL and the pure
functions. Must not: the SQL or the functions themselves. The command line and Dagster both run these steps.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, cast

import polars as pl

from pipelines.bronze.compaction import bearing_hours
from pipelines.bronze.layout import event_months
from pipelines.bronze.manifest import read_manifest
from pipelines.errors import LandscapeError
from pipelines.graph.openrank import ACTOR, REPO, OpenrankParameters, OpenrankSolution, solve_openrank
from pipelines.graph.openrank_parts import RepositoryMonth, decompose_openrank, sum_parts
from pipelines.periods import hours_of
from pipelines.tables.ground import load_ground_floor
from pipelines.warehouse.activity import (
    activity_method,
    load_month_pairs,
    load_pairs_around,
    read_activity,
    read_drops,
    read_event_sources,
    read_names,
    read_repository_actions,
)
from pipelines.warehouse.connection import open_scratch
from pipelines.warehouse.openrank_store import (
    EVENT_SOURCES,
    OPENRANK_SOURCES,
    PARTS_SCHEMA,
    OpenrankMonth,
    forget_month,
    month_before,
    parts_fingerprint,
    read_left,
    read_month,
    read_values,
    store_dir,
    stored_months,
    values_of,
    write_parts,
    write_values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from pipelines.build import Build
    from pipelines.periods import Month
    from pipelines.seeds import Seeds
    from pipelines.warehouse.activity import Drops

_MEMORY_LIMIT = "3GB"
"""What DuckDB may take for a month's pairs; the rest goes to disk. The solution needs as much again."""


def openrank_parameters(seeds: Seeds) -> OpenrankParameters:
    """The curated parameters."""
    return OpenrankParameters(
        **{field.name: getattr(seeds.openrank, field.name) for field in fields(OpenrankParameters)}
    )


@contextmanager
def open_events(build: Build, spill_dir: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A scratch database in which the activity of one month after the other can be looked at.

    Parameters
    ----------
    build
        Seeds and bronze.
    spill_dir
        Where DuckDB puts what memory does not hold; nobody else's, and removed in the end.
    """
    with open_scratch(spill_dir) as connection:
        connection.execute(f"SET memory_limit = '{_MEMORY_LIMIT}'")
        connection.execute("SET preserve_insertion_order = false")
        load_ground_floor(build, connection)
        yield connection


@dataclass(frozen=True, slots=True)
class OpenedRepository:
    """A repository in a month that was computed, opened.

    Attributes
    ----------
    month
        What the value follows from.
    actions
        ``actor_id, kind, actions_count``: distinct actions of its people.
    """

    month: RepositoryMonth
    actions: pl.DataFrame


def open_repositories(
    build: Build,
    connection: duckdb.DuckDBPyConnection,
    month: Month,
    source: str,
    repo_ids: Sequence[int],
) -> Mapping[int, OpenedRepository]:
    """Read what the values of repositories in a month follow from; without activity a value is of nobody.

    Parameters
    ----------
    build
        Seeds, bronze, and the values.
    connection
        From `open_events`; it shows what the people of these repositories did afterwards.
    month, source
        Which values.
    repo_ids
        Whose.

    Raises
    ------
    LandscapeError
        If the month was not computed, or its events or rules have changed since.
    StorageError
        If a file cannot be read.
    """
    folder, rules = store_dir(build.settings.warehouse_dir), build.seeds.openrank
    stored = read_month(folder, month, source)
    if stored is None or not is_held(build, month):
        raise LandscapeError(
            f"OpenRank of {month} was not computed"
            + (" from the events and rules that there are now" if stored else ""),
            where=str(folder),
            hint="run `landscape build`, which computes every month that bronze has events of",
        )
    load_pairs_around(connection, build.settings.bronze_dir, month, EVENT_SOURCES[source], repo_ids)
    pairs = read_activity(connection)
    totals = pairs.group_by("actor_id").agg(total_activity=pl.col("activity").sort().sum())
    values = read_values(folder, month, source, ACTOR, pl.col("id").is_in(totals["actor_id"].implode()))
    people = (
        pairs.filter(pl.col("repo_id").is_in(repo_ids))
        .join(totals, on="actor_id")
        .join(values.select(actor_id="id", openrank="openrank"), on="actor_id")
        .sort("repo_id", "actor_id")
    )
    weights = rules.weights.model_dump()
    actions = (
        read_repository_actions(connection)
        .join(people, on=["repo_id", "actor_id"], how="semi")
        .with_columns(
            amount=pl.col("actions_count")
            * pl.col("kind").replace_strict(weights, default=0.0, return_dtype=pl.Float64)
        )
        .sort("repo_id", "actor_id", "kind")
    )
    left = read_left(folder, month, source, rules.carry_decay, rules.carry_floor).filter(kind=REPO)
    left_of = dict(left.select("id", "openrank").iter_rows())
    people_of, actions_of = (_by_repository(rows) for rows in (people, actions))
    nodes_count = stored.repositories_count + stored.people_count
    return {
        repo_id: OpenedRepository(
            RepositoryMonth(
                left=left_of.get(repo_id, 0.0),
                background=stored.background,
                nodes_count=nodes_count,
                people=people_of.get(repo_id, people.clear()).select(
                    "actor_id", "activity", "total_activity", "openrank"
                ),
                actions=actions_of.get(repo_id, actions.clear()).select("actor_id", "kind", "amount"),
            ),
            actions_of.get(repo_id, actions.clear()).select("actor_id", "kind", "actions_count"),
        )
        for repo_id in repo_ids
    }


def _by_repository(rows: pl.DataFrame) -> dict[int, pl.DataFrame]:
    parts = rows.partition_by("repo_id", as_dict=True, maintain_order=True)
    return {cast("int", repo_id): part for (repo_id,), part in parts.items()}


def open_projects(build: Build) -> int:
    """Say what the values of the projects' repositories are made of, in the newest month of each source.

    A month whose events or rules have changed since is left closed until it is computed anew.

    Returns
    -------
    int
        Repositories opened; those that still stand opened are not counted.

    Raises
    ------
    StorageError
        If a file cannot be read or written.
    """
    folder = store_dir(build.settings.warehouse_dir)
    newest = {source: month for month, source, _ in stored_months(folder)}
    return sum(
        _open_source(build, month, source) for source, month in newest.items() if is_held(build, month)
    )


def _open_source(build: Build, month: Month, source: str) -> int:
    folder = store_dir(build.settings.warehouse_dir)
    repositories = read_values(folder, month, source, REPO, _is_of_a_project(build.seeds))
    repo_ids = repositories["id"].to_list()
    content = json.dumps(
        [_fingerprint(build, month, source), repositories.select("id", "repo_full_name").rows()]
    )
    fingerprint = hashlib.sha256(content.encode()).hexdigest()
    if parts_fingerprint(folder, source) == fingerprint:
        return 0
    parameters = openrank_parameters(build.seeds)
    with open_events(build, build.settings.warehouse_dir / ".openrank") as connection:
        opened = open_repositories(build, connection, month, source, repo_ids)
    parts = [PARTS_SCHEMA.to_frame()] + [
        sum_parts(decompose_openrank(opened[repo_id].month, parameters), opened[repo_id].actions)
        .with_columns(
            month=pl.lit(month.first_day), repo_id=pl.lit(repo_id, pl.Int64), repo_full_name=pl.lit(name)
        )
        .select(PARTS_SCHEMA.names())
        for repo_id, name in repositories.select("id", "repo_full_name").iter_rows()
    ]
    write_parts(folder, pl.concat(parts), source, fingerprint)
    return len(repo_ids)


def _is_of_a_project(seeds: Seeds) -> pl.Expr:
    repositories = [repository for project in seeds.projects for repository in project.repositories]
    ids = [repository.repo_id for repository in repositories if repository.repo_id is not None]
    names = [name.lower() for repository in repositories for name in repository.names]
    return pl.col("id").is_in(ids) | pl.col("repo_full_name").str.to_lowercase().is_in(names)


def compute_all_months(build: Build, on_progress: Callable[[int, int], None]) -> Mapping[str, int]:
    """Bring every month that bronze has events of up to date, in order, and forget those it has none of any more.

    Returns
    -------
    mapping
        Counts for the person: as `compute_months`, and ``forgotten`` files.

    Raises
    ------
    LandscapeError, StorageError
        As `compute_months`.
    """
    months = event_months(build.settings.bronze_dir)
    folder = store_dir(build.settings.warehouse_dir)
    gone = [(month, source) for month, source, _ in stored_months(folder) if month not in months]
    for month, source in gone:
        forget_month(folder, month, source)
    return {**compute_months(build, months, on_progress), "forgotten": len(gone)}


def compute_months(
    build: Build, months: Sequence[Month], on_progress: Callable[[int, int], None]
) -> Mapping[str, int]:
    """Compute the OpenRank of those of `months` whose inputs have changed, and store it.

    A month rests on the newest computed one before it: without any it starts from nothing, and when that one changes it
    is computed anew. Real and simulated events make months of their own.

    Parameters
    ----------
    build
        Settings and seeds.
    months
        In order. A month without events stores nothing.
    on_progress
        Told the number of months done and of all months.

    Returns
    -------
    mapping
        Counts for the person: months ``computed``, ``unchanged``, ``incomplete`` (hours are missing) and
        ``from nothing`` (no month before), and the repositories ``opened`` of projects.

    Raises
    ------
    LandscapeError
        If the values of a month do not keep the network's equations.
    StorageError
        If a file cannot be read or written; the months before it are stored.
    """
    counts = dict.fromkeys(("computed", "unchanged", "incomplete", "from nothing"), 0)
    for done, month in enumerate(months, 1):
        if is_held(build, month):
            counts["unchanged"] += 1
        else:
            for stored in _compute_month(build, month):
                counts["computed"] += 1
                counts["incomplete"] += stored.hours_loaded_count < stored.hours_expected_count
                counts["from nothing"] += not stored.carried_months_count
        on_progress(done, len(months))
    return {**counts, "opened": open_projects(build)}


def is_held(build: Build, month: Month) -> bool:
    """Whether every file of the month rests on what its inputs are now.

    Events of a source that had none before change the fingerprint of the other, so one file is enough to tell.
    """
    folder = store_dir(build.settings.warehouse_dir)
    stored = [read_month(folder, month, source) for source in OPENRANK_SOURCES.values()]
    return any(stored) and all(
        one is None or one.fingerprint == _fingerprint(build, month, one.source) for one in stored
    )


def _compute_month(build: Build, month: Month) -> list[OpenrankMonth]:
    folder, bronze_dir = store_dir(build.settings.warehouse_dir), build.settings.bronze_dir
    happened: dict[str, _Happened] = {}
    # Closed before anything is solved: DuckDB and the solution would need their memory at the same time.
    with open_events(build, build.settings.warehouse_dir / ".openrank") as connection:
        for event_source in read_event_sources(connection, bronze_dir, month):
            load_month_pairs(connection, bronze_dir, month, event_source)
            happened[OPENRANK_SOURCES[event_source]] = _Happened(
                read_activity(connection), read_drops(connection), read_names(connection, event_source)
            )
    for source in OPENRANK_SOURCES.values():
        if source not in happened and read_month(folder, month, source) is not None:
            forget_month(folder, month, source)
    return [_compute_source(build, month, source, happened.pop(source)) for source in list(happened)]


@dataclass(frozen=True, slots=True)
class _Happened:
    """What the events of a month come to."""

    activity: pl.DataFrame
    drops: Drops
    names: pl.DataFrame


def _compute_source(build: Build, month: Month, source: str, happened: _Happened) -> OpenrankMonth:
    rules, activity, names = build.seeds.openrank, happened.activity, happened.names
    folder = store_dir(build.settings.warehouse_dir)
    left = read_left(folder, month, source, rules.carry_decay, rules.carry_floor)
    solution = solve_openrank(activity, left, openrank_parameters(build.seeds))
    _check_solution(solution, rules.largest_error, f"{source} {month}")
    values = values_of(solution.values, names, left, month)
    openrank, kinds = solution.values["openrank"], solution.values["kind"]
    before = _read_before(folder, month, source)
    stored = OpenrankMonth(
        month=month,
        source=source,
        vintage=rules.vintage,
        fingerprint=_fingerprint(build, month, source),
        repositories_count=int((kinds == REPO).sum()),
        people_count=int((kinds == ACTOR).sum()),
        pairs_count=activity.height,
        inactive_count=values.height - solution.values.height,
        drops=happened.drops,
        hours_loaded_count=_hours_loaded(build.settings.bronze_dir, month),
        hours_expected_count=len(hours_of(month)),
        carried_months_count=before.carried_months_count + 1 if before else 0,
        openrank_sum=float(openrank.sum()),
        openrank_min=cast("float | None", openrank.min()),
        openrank_max=cast("float | None", openrank.max()),
        background=solution.background,
        sweeps_count=solution.sweeps_count,
        out_weight_error=solution.out_weight_error,
        balance_error=solution.balance_error,
    )
    write_values(folder, values, stored)
    return stored


def _check_solution(solution: OpenrankSolution, largest_error: float, where: str) -> None:
    """Refuse values that do not keep the equations: nothing that was stored before is touched."""
    openrank = solution.values["openrank"]
    problems = [
        f"{what} is {error:.3g}, more than {largest_error:g}"
        for what, error in (
            ("the largest distance of a node's out-weights from 1", solution.out_weight_error),
            ("what flows in against what flows out", solution.balance_error),
        )
        if not error <= largest_error
    ]
    if not (openrank.is_finite() & (openrank >= 0)).all():
        problems.append("a value is negative or no number")
    if problems:
        raise LandscapeError(
            f"OpenRank was not solved: {'; '.join(problems)}",
            where=where,
            hint="the month is left as it was; check the parameters in seeds/openrank.yml",
        )


def _hours_loaded(bronze_dir: Path, month: Month) -> int:
    own = [hour.file_name for hour in hours_of(month)]
    manifest = read_manifest(bronze_dir)
    return manifest.filter(pl.col("source_file").is_in(own), pl.col("status") == "loaded").height


def _read_before(folder: Path, month: Month, source: str) -> OpenrankMonth | None:
    """The manifest of the month that `month` is carried on from."""
    before = month_before(folder, month, source)
    return None if before is None else read_month(folder, before, source)


def _fingerprint(build: Build, month: Month, source: str) -> str:
    """Of everything the month's values follow from: hour files, rules, bots, and the month before."""
    seeds = build.seeds
    read = [hour.file_name for hour in bearing_hours(month)]
    hours = read_manifest(build.settings.bronze_dir).filter(pl.col("source_file").is_in(read))
    before = _read_before(store_dir(build.settings.warehouse_dir), month, source)
    content = {
        "hours": hours.select("source_file", "status", "sha256", "kept").sort("source_file").rows(),
        "rules": seeds.openrank.model_dump(mode="json", exclude={"published_floor", "reason"}),
        "bots": [*seeds.bots.suffixes, *(account.login for account in seeds.bots.accounts)],
        "method": activity_method(),
        "before": before and before.fingerprint,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
