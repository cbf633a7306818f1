"""Read the inputs of repositories' values again, and split the values into parts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import polars as pl

from pipelines.floor.errors import LandscapeError
from pipelines.graph.openrank import ACTOR, REPO
from pipelines.graph.openrank_parts import RepositoryMonth, decompose_openrank, sum_parts
from pipelines.openrank.events import open_events
from pipelines.openrank.held import fingerprint_of, is_held
from pipelines.warehouse.activity import (
    load_pairs_around,
    read_activity,
    read_repository_actions,
)
from pipelines.warehouse.openrank_store import (
    EVENT_SOURCES,
    PARTS_SCHEMA,
    parts_fingerprint,
    read_left,
    read_month,
    read_values,
    store_dir,
    stored_months,
    write_parts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from pipelines.build import Build
    from pipelines.floor.periods import Month
    from pipelines.seeds import Seeds


@dataclass(frozen=True, slots=True)
class OpenedRepository:
    """A repository in a month that was computed, opened.

    Attributes
    ----------
    month
        The inputs of the value.
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
    """Read the inputs of repositories' values in a month; a value without activity belongs to no person.

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
    """Compute the parts of the values of the projects' repositories, in the newest month of each source.

    A month with changed events or rules is skipped until it is recomputed.

    Returns
    -------
    int
        Repositories opened; those opened before are not counted.

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
        [fingerprint_of(build, month, source), repositories.select("id", "repo_full_name").rows()]
    )
    fingerprint = hashlib.sha256(content.encode()).hexdigest()
    if parts_fingerprint(folder, source) == fingerprint:
        return 0
    parameters = build.seeds.openrank
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
