"""The search for further repositories over the events.

SQL follows people from a frontier; `pipelines.graph.exploration` decides which repositories count as found and when to
stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.graph.association import compute_sharing_rate
from pipelines.graph.exploration import (
    LEADING_KINDS,
    Stop,
    choose_parents,
    extend_paths,
    rank_reached,
    stop_after,
)
from pipelines.graph.repository_kind import (
    KindSigns,
    KindVocabulary,
    Namesake,
    RepositoryEvidence,
    RepositoryKind,
    assign_kind,
)
from pipelines.tables.exploration.contract import ExplorationCandidates
from pipelines.tables.exploration.lookup import (
    read_same_names,
    read_sightings,
)
from pipelines.tables.table import read_sql
from pipelines.warehouse.ddl import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pipelines.seeds import Seeds
    from pipelines.seeds.parameters import ExplorationRules
    from pipelines.tables.workspace import Workspace

_ROOM = "pipelines.tables.exploration.sql"
"""Package of the SELECTs below."""

INPUTS = frozenset(
    {
        "staging.all_event_rows",
        "staging.collaboration_days",
        "staging.collaborations",
        "staging.event_rows",
        "staging.events",
        "staging.observations",
        "staging.seed_names",
        "staging.thresholds",
    }
)
"""Tables that a search may read."""

_WORK_TABLES = (
    "all_participations",
    "active_people",
    "participations",
    "active_repositories",
)
"""Temporary tables over the searched days, in the order they build on each other."""


@dataclass(frozen=True, slots=True)
class Hop:
    """The counts of a hop.

    Attributes
    ----------
    number
        From 1.
    frontier_count, people_count
        Repositories it started from, and the people active in them.
    reached_count
        Further repositories where these people are active.
    passed_count
        Of these, repositories above the thresholds.
    found_count
        Of these, the best ones, as many as a hop may find.
    """

    number: int
    frontier_count: int
    people_count: int
    reached_count: int
    passed_count: int
    found_count: int


@dataclass(frozen=True, slots=True)
class Exploration:
    """The result of a search.

    Attributes
    ----------
    candidates
        Columns of the contract ``exploration_candidates``, by hop and rank.
    hops
        The counts of each hop, in order.
    stop
        Which rule ended the search.
    """

    candidates: pl.DataFrame
    hops: tuple[Hop, ...]
    stop: Stop


def vocabulary_of(seeds: Seeds) -> KindVocabulary:
    """The curated words that tell kinds of repositories apart."""
    return KindVocabulary(
        tuple(
            KindSigns(
                RepositoryKind(one.kind),
                frozenset(map(str.lower, one.name_words)),
                frozenset(map(str.lower, one.topics)),
                tuple(map(str.lower, one.phrases)),
            )
            for one in seeds.repository_kinds
        ),
        frozenset(map(str.lower, seeds.common_repository_names)),
    )


def read_event_sources(events: Workspace) -> list[str]:
    """Sources of the collaboration in the searched days, sorted; empty if there are none."""
    return events.select("SELECT DISTINCT source FROM staging.collaborations ORDER BY source")[
        "source"
    ].to_list()


def gather_participations(events: Workspace, source: str) -> None:
    """Gather who took part in which repository, in the days of ``staging.collaboration_days``.

    Parameters
    ----------
    events
        May read `INPUTS`.
    source
        Whose events: real and simulated ones never meet in a search.
    """
    events.define("followed_events", f"FROM staging.collaborations WHERE source = {quoted(source)}")
    for table in _WORK_TABLES:
        _create(events, table)


def count_people_above_cap(events: Workspace) -> int:
    """People that `gather_participations` left out because they are active in too many repositories."""
    return events.select("SELECT actor_id FROM active_people WHERE is_above_cap").height


def explore(
    events: Workspace,
    source: str,
    seed_ids: Collection[int],
    seeds: Seeds,
    rules: ExplorationRules,
    *,
    on_hop: Callable[[Hop], None] = lambda _: None,
) -> Exploration:
    """Follow the people of some repositories to others, hop by hop.

    Parameters
    ----------
    events
        Holds what `gather_participations` gathered of `source`.
    source
        Whose events are followed.
    seed_ids
        Numbers of the repositories to start from; their order does not matter.
    seeds
        Words that tell kinds of repositories apart, and how many leading people are named.
    rules
        How far to go, and what counts as found.
    on_hop
        Called with each hop when it ends.
    """
    vocabulary = vocabulary_of(seeds)
    paths: dict[int, tuple[int, ...]] = {repo_id: (repo_id,) for repo_id in seed_ids}
    frontier = sorted(paths)
    if not frontier:
        return Exploration(ExplorationCandidates.create_empty(), (), Stop.NOTHING_FOUND)
    found: list[pl.DataFrame] = []
    names: dict[int, str] = {}
    hops: list[Hop] = []
    stop = None
    while stop is None:
        ranked, hop = _rank_hop(events, len(hops) + 1, frontier, paths, rules)
        sightings = read_sightings(events, {*ranked["repo_id"], *(() if hops else seed_ids)})
        names |= dict(
            sightings.select("repo_id", "repo_full_name").reverse().iter_rows()
        )  # the newest comes last
        taken = _describe(events, ranked, sightings, seeds, vocabulary)
        paths |= extend_paths(paths, choose_parents(_select(events, "links")))
        found.append(
            taken.with_columns(
                hop=pl.lit(hop.number, pl.Int64),
                path=pl.Series(
                    [[names[step] for step in paths[repo_id]] for repo_id in taken["repo_id"]],
                    dtype=pl.List(pl.String),
                ),
            )
        )
        kinds = {
            repo_id: RepositoryKind(kind) for repo_id, kind in taken.select("repo_id", "kind").iter_rows()
        }
        frontier = sorted(repo_id for repo_id, kind in kinds.items() if kind in LEADING_KINDS)
        hops.append(hop)
        on_hop(hop)
        stop = stop_after(hop.number, kinds, rules.hops)
    days = events.select(
        "SELECT first_day AS window_start, last_day AS window_end FROM staging.collaboration_days"
    )
    candidates = pl.concat(found).join(days, how="cross", maintain_order="left")
    return Exploration(
        candidates.with_columns(source=pl.lit(source)).select(ExplorationCandidates.column_names()),
        tuple(hops),
        stop,
    )


def _rank_hop(
    events: Workspace,
    number: int,
    frontier: Collection[int],
    known: Collection[int],
    rules: ExplorationRules,
) -> tuple[pl.DataFrame, Hop]:
    """The best repositories that the frontier leads to; leaves them in ``found``."""
    _show(events, "frontier", frontier)
    _show(events, "known", known)
    _create(events, "frontier_people")
    people_count = events.select("SELECT count(*) AS people_count FROM frontier_people").item()
    reached = _select(events, "reached")
    sharing_rate = compute_sharing_rate(_select(events, "repositories_counts")["repositories_count"])
    passed = rank_reached(reached, people_count, sharing_rate, rules)
    ranked = passed.head(rules.limit_per_hop)
    _show(events, "found", ranked["repo_id"])
    return ranked, Hop(number, len(frontier), people_count, reached.height, passed.height, ranked.height)


def _describe(
    events: Workspace,
    ranked: pl.DataFrame,
    sightings: pl.DataFrame,
    seeds: Seeds,
    vocabulary: KindVocabulary,
) -> pl.DataFrame:
    """Name, kind and leading people of the repositories in ``found``, by rank."""
    events.show("sightings", sightings)
    events.show("same_names", read_same_names(events, sightings["repo_full_name"]))
    evidence = _select(events, "evidence")
    kinds = [assign_kind(_evidence_of(row), vocabulary) for row in evidence.iter_rows(named=True)]
    named = evidence.select(
        "repo_id", "repo_full_name", "project_id", "first_seen_at", "last_seen_at"
    ).with_columns(
        kind=pl.Series([kind.kind.value for kind in kinds], dtype=pl.String),
        kind_reason=pl.Series([kind.reason for kind in kinds], dtype=pl.String),
    )
    leaders = _select(events, "leading_people", leading_people=seeds.exploration.leading_people)
    return ranked.join(named, on="repo_id").join(leaders, on="repo_id").sort("rank")


def _evidence_of(row: dict[str, object]) -> RepositoryEvidence:
    original = (
        row.pop("original_name"),
        row.pop("original_people_count"),
        row.pop("original_shared_people_count"),
    )
    del row["repo_id"], row["first_seen_at"], row["last_seen_at"]
    return RepositoryEvidence(**row, namesake=None if original[0] is None else Namesake(*original))  # type: ignore[arg-type]


def _create(events: Workspace, table: str) -> None:
    """Replace a temporary table by what its SQL file selects."""
    events.create(table, read_sql(_ROOM, table))


def _select(events: Workspace, name: str, **params: object) -> pl.DataFrame:
    """Rows of a SELECT of this room."""
    return events.select(read_sql(_ROOM, name), **params)


def _show(events: Workspace, name: str, repo_ids: Collection[int] | pl.Series) -> None:
    """Let the SELECTs of this room see some repositories as a table of ``repo_id``."""
    events.show(name, pl.DataFrame({"repo_id": pl.Series(sorted(repo_ids), dtype=pl.Int64)}))
