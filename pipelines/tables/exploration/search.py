"""The search for further repositories over the warehouse, and the step that publishes what the field's seeds lead to.

SQL follows people from a frontier; `pipelines.graph.exploration` says what counts as found and when to stop.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import polars as pl

from pipelines.graph.association import compute_sharing_rate
from pipelines.graph.exploration import (
    LEADING_KINDS,
    ExplorationRules,
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
from pipelines.tables.contracts import PUBLISHED
from pipelines.tables.exploration.lookup import (
    find_seeds,
    read_same_names,
    read_sightings,
)
from pipelines.tables.frames import read_frame
from pipelines.warehouse.connection import fetch_row
from pipelines.warehouse.ddl import quoted
from pipelines.warehouse.load import load_frame, read_sql

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import duckdb

    from pipelines.build import Build
    from pipelines.seeds import Seeds

CANDIDATES = PUBLISHED["exploration_candidates"]

_ROOM = "exploration"
"""Folder of the SELECTs below."""

_WORK_TABLES = (
    "all_participations",
    "active_people",
    "participations",
    "active_repositories",
)
"""Temporary tables over the days looked at, in the order they build on each other."""


@dataclass(frozen=True, slots=True)
class Hop:
    """What a hop saw.

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
    """What a search found.

    Attributes
    ----------
    candidates
        Columns of the contract ``exploration_candidates``, by hop and rank.
    hops
        What each hop saw, in order.
    stop
        Which rule ended the search.
    """

    candidates: pl.DataFrame
    hops: tuple[Hop, ...]
    stop: Stop


def load_exploration_candidates(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """What the field's seeds lead to, by the rules of ``exploration.yml``, for the events of each source."""
    found: list[pl.DataFrame] = [CANDIDATES.create_empty()]
    for source in read_event_sources(connection):
        load_participations(connection, source)
        seed_ids = find_seeds(connection, build.seeds, build.seeds.exploration_seeds).active_ids
        found.append(explore(connection, source, seed_ids, build.seeds, rules_of(build.seeds)).candidates)
        drop_participations(connection)
    return load_frame(connection, "mart", "exploration_candidates", pl.concat(found))


def rules_of(seeds: Seeds) -> ExplorationRules:
    """The curated rules."""
    return ExplorationRules(
        **{field.name: getattr(seeds.exploration, field.name) for field in fields(ExplorationRules)}
    )


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


def read_event_sources(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Sources of the collaboration in the days looked at, sorted; none where there is none."""
    return read_frame(connection, "SELECT DISTINCT source FROM staging.collaborations ORDER BY source")[
        "source"
    ].to_list()


def load_participations(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Gather who was active where, in the days of ``staging.collaboration_days``, into temporary tables.

    Parameters
    ----------
    connection
        Holds staging.
    source
        Whose events: real and simulated ones never meet in a search.
    """
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW followed_events AS FROM staging.collaborations WHERE source = {quoted(source)}"
    )
    for table in _WORK_TABLES:
        _create(connection, table)


def drop_participations(connection: duckdb.DuckDBPyConnection) -> None:
    """Give back what `load_participations` gathered."""
    for table in _WORK_TABLES:
        connection.execute(f"DROP TABLE temp.{table}")
    connection.execute("DROP VIEW temp.followed_events")


def count_people_above_cap(connection: duckdb.DuckDBPyConnection) -> int:
    """People that `load_participations` left out because they are active in too many repositories."""
    (count,) = fetch_row(connection, "SELECT count(*) FROM active_people WHERE is_above_cap")
    return int(count)


def explore(
    connection: duckdb.DuckDBPyConnection,
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
    connection
        Holds staging and what `load_participations` gathered of `source`.
    source
        Whose events are followed.
    seed_ids
        Numbers of the repositories to start from; their order does not matter.
    seeds
        Words that tell kinds of repositories apart, and how many leading people are named.
    rules
        How far to go, and what counts as found.
    on_hop
        Told of each hop when it ends.
    """
    vocabulary = vocabulary_of(seeds)
    paths: dict[int, tuple[int, ...]] = {repo_id: (repo_id,) for repo_id in seed_ids}
    frontier = sorted(paths)
    if not frontier:
        return Exploration(CANDIDATES.create_empty(), (), Stop.NOTHING_FOUND)
    found: list[pl.DataFrame] = []
    names: dict[int, str] = {}
    hops: list[Hop] = []
    stop = None
    while stop is None:
        ranked, hop = _rank_hop(connection, len(hops) + 1, frontier, paths, rules)
        sightings = read_sightings(connection, {*ranked["repo_id"], *(() if hops else seed_ids)})
        names |= dict(
            sightings.select("repo_id", "repo_full_name").reverse().iter_rows()
        )  # the newest comes last
        taken = _describe(connection, ranked, sightings, seeds, vocabulary)
        paths |= extend_paths(paths, choose_parents(_select(connection, "links")))
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
    days = read_frame(
        connection, "SELECT first_day AS window_start, last_day AS window_end FROM staging.collaboration_days"
    )
    candidates = pl.concat(found).join(days, how="cross", maintain_order="left")
    return Exploration(
        candidates.with_columns(source=pl.lit(source)).select(CANDIDATES.column_names()), tuple(hops), stop
    )


def _rank_hop(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    frontier: Collection[int],
    known: Collection[int],
    rules: ExplorationRules,
) -> tuple[pl.DataFrame, Hop]:
    """The best repositories that the frontier leads to; leaves them in ``found``."""
    _show(connection, "frontier", frontier)
    _show(connection, "known", known)
    _create(connection, "frontier_people")
    (people_count,) = fetch_row(connection, "SELECT count(*) FROM frontier_people")
    reached = _select(connection, "reached")
    sharing_rate = compute_sharing_rate(_select(connection, "repositories_counts")["repositories_count"])
    passed = rank_reached(reached, people_count, sharing_rate, rules)
    ranked = passed.head(rules.limit_per_hop)
    _show(connection, "found", ranked["repo_id"])
    return ranked, Hop(number, len(frontier), people_count, reached.height, passed.height, ranked.height)


def _describe(
    connection: duckdb.DuckDBPyConnection,
    ranked: pl.DataFrame,
    sightings: pl.DataFrame,
    seeds: Seeds,
    vocabulary: KindVocabulary,
) -> pl.DataFrame:
    """Name, kind and leading people of the repositories in ``found``, by rank."""
    connection.register("sightings", sightings)
    connection.register("same_names", read_same_names(connection, sightings["repo_full_name"]))
    evidence = _select(connection, "evidence")
    kinds = [assign_kind(_evidence_of(row), vocabulary) for row in evidence.iter_rows(named=True)]
    named = evidence.select(
        "repo_id", "repo_full_name", "project_id", "first_seen_at", "last_seen_at"
    ).with_columns(
        kind=pl.Series([kind.kind.value for kind in kinds], dtype=pl.String),
        kind_reason=pl.Series([kind.reason for kind in kinds], dtype=pl.String),
    )
    leaders = _select(connection, "leading_people", leading_people=seeds.exploration.leading_people)
    return ranked.join(named, on="repo_id").join(leaders, on="repo_id").sort("rank")


def _evidence_of(row: dict[str, object]) -> RepositoryEvidence:
    original = (
        row.pop("original_name"),
        row.pop("original_people_count"),
        row.pop("original_shared_people_count"),
    )
    del row["repo_id"], row["first_seen_at"], row["last_seen_at"]
    return RepositoryEvidence(**row, namesake=None if original[0] is None else Namesake(*original))  # type: ignore[arg-type]


def _create(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Replace a temporary table by what its SQL file selects."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {read_sql(_ROOM, table)}")


def _select(connection: duckdb.DuckDBPyConnection, name: str, **params: object) -> pl.DataFrame:
    """Rows of a SELECT of this room."""
    rows: pl.DataFrame = connection.sql(read_sql(_ROOM, name), params=params or None).pl()
    return rows


def _show(connection: duckdb.DuckDBPyConnection, name: str, repo_ids: Collection[int] | pl.Series) -> None:
    """Let the SELECTs of this room see some repositories as a table of ``repo_id``."""
    connection.register(name, pl.DataFrame({"repo_id": pl.Series(sorted(repo_ids), dtype=pl.Int64)}))
