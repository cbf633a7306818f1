"""Exploration over events: against a brute force in plain Python, on the real hour, and on odd input."""

from __future__ import annotations

import doctest
import gzip
import json
import math
from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.graph import exploration as room
from pipelines.graph.exploration import Stop, stop_after
from pipelines.graph.repository_kind import RepositoryKind
from pipelines.seeds.parameters import ExplorationRules
from pipelines.tables.checks import check_contract
from pipelines.tables.exploration.search import count_people_above_cap, explore
from tests.unit.tables.events_in_memory import SEEDS, hold_events, open_without_events

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    import duckdb
    import polars as pl

    from pipelines.tables.exploration.search import Exploration
    from pipelines.tables.workspace import Workspace

HIGHEST = 2**63 - 1
WIDE = ExplorationRules(hops=3, limit_per_hop=50, least_shared_people=1, largest_p_value=1.0)

Pairs = set[tuple[int, int]]


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_without_events(tmp_path_factory.mktemp("events")) as opened:
        yield opened


def explored(
    connection: duckdb.DuckDBPyConnection,
    pairs: Iterable[tuple[int, int]],
    seed_ids: Collection[int],
    rules: ExplorationRules = WIDE,
) -> Exploration:
    return explore(held(connection, pairs), "gharchive", seed_ids, SEEDS, rules)


def held(connection: duckdb.DuckDBPyConnection, pairs: Iterable[tuple[int, int]]) -> Workspace:
    return hold_events(
        connection, ({"repo_id": repo_id, "actor_id": actor_id} for repo_id, actor_id in pairs)
    )


def rows_of(candidates: pl.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    return candidates.select(columns).rows()


Found = tuple[int, int, int, int, int, float, float]
"""hop, number, shared people, people, people of the frontier, association, expected people."""


def brute_force(pairs: Pairs, seed_ids: Collection[int], rules: ExplorationRules) -> list[Found]:
    """Hop by hop from the definition, with sets; every repository leads on."""
    people: dict[int, set[int]] = defaultdict(set)
    for repo_id, actor_id in pairs:
        people[repo_id].add(actor_id)
    frontier, taken, found = set(seed_ids), set(seed_ids), []
    for hop in range(1, rules.hops + 1):
        crowd = set().union(*(people[repo_id] for repo_id in frontier)) if frontier else set()
        # The frontier counts as one repository.
        degrees = [
            len({-1 if repo in frontier else repo for repo, members in people.items() if actor in members})
            for actor in {actor for _, actor in pairs}
        ]
        rate = sum(d * (d - 1) for d in degrees) / sum(degrees) ** 2 if degrees else 0
        ranked = []
        for repo_id, members in people.items():
            shared = len(members & crowd)
            if repo_id in taken or shared < rules.least_shared_people:
                continue
            expected = len(members) * len(crowd) * rate
            p_value = 1 - sum(math.exp(-expected) * expected**k / math.factorial(k) for k in range(shared))
            if p_value > rules.largest_p_value:
                continue
            association = shared / math.sqrt(len(members) * len(crowd))
            ranked.append((hop, repo_id, shared, len(members), len(crowd), association, expected))
        best = sorted(ranked, key=lambda row: (-row[5], -row[2], row[1]))[: rules.limit_per_hop]
        found += best
        frontier = {row[1] for row in best}
        taken |= frontier
    return found


def assert_equal(candidates: pl.DataFrame, wanted: list[Found]) -> None:
    ours = rows_of(
        candidates, "hop", "repo_id", "shared_people_count", "people_count", "frontier_people_count"
    )
    assert ours == [row[:5] for row in wanted]
    assert candidates["association"].to_list() == pytest.approx([row[5] for row in wanted], rel=1e-12)
    assert candidates["expected_people_count"].to_list() == pytest.approx(
        [row[6] for row in wanted], rel=1e-12
    )


# --- properties -----------------------------------------------------------------------------------------------


repositories = st.integers(1, 12)
pairs_of_people = st.sets(st.tuples(repositories, st.integers(1, 9)), max_size=40)
some_seeds = st.sets(repositories, min_size=1, max_size=3)
some_rules = st.builds(
    ExplorationRules,
    hops=st.integers(1, 3),
    limit_per_hop=st.integers(1, 4),
    least_shared_people=st.integers(1, 2),
    largest_p_value=st.sampled_from([1.0, 0.4]),
)


@settings(max_examples=20)
@given(pairs_of_people, some_seeds, some_rules)
def test_it_equals_a_search_with_sets(connection, pairs: Pairs, seed_ids: set[int], rules: ExplorationRules):
    found = explored(connection, pairs, seed_ids, rules)
    assert_equal(found.candidates, brute_force(pairs, seed_ids, rules))
    assert not set(found.candidates["repo_id"]) & seed_ids
    assert found.candidates["repo_id"].is_unique().all()
    assert all(result.has_passed for result in check_contract(found.candidates, "exploration_candidates"))


@settings(max_examples=12)
@given(pairs_of_people, some_seeds)
def test_without_limits_the_hop_is_the_distance_and_the_path_a_way(
    connection, pairs: Pairs, seed_ids: set[int]
):
    graph = nx.Graph((("r", repo_id), ("p", actor_id)) for repo_id, actor_id in pairs)
    graph.add_edges_from(("start", ("r", seed_id)) for seed_id in seed_ids if ("r", seed_id) in graph)
    graph.add_node("start")
    steps_to = nx.single_source_shortest_path_length(graph, "start")
    found = explored(
        connection,
        pairs,
        seed_ids,
        ExplorationRules(hops=20, limit_per_hop=50, least_shared_people=1, largest_p_value=1.0),
    )
    assert dict(rows_of(found.candidates, "repo_id", "hop")) == {
        node[1]: steps // 2 for node, steps in steps_to.items() if node[0] == "r" and node[1] not in seed_ids
    }
    graph.remove_node("start")
    for path, hop in rows_of(found.candidates, "path", "hop"):
        steps = [("r", int(name.rpartition("-")[2])) for name in path]
        assert steps[0][1] in seed_ids
        assert len(steps) == hop + 1
        assert all(nx.shortest_path_length(graph, one, other) == 2 for one, other in pairwise(steps))


@settings(max_examples=8)
@given(pairs_of_people, st.lists(repositories, min_size=2, max_size=3, unique=True), st.integers(1, 5))
def test_order_of_seeds_and_events_change_nothing_and_a_larger_limit_takes_nothing_away(
    connection, pairs: Pairs, seed_ids: list[int], limit: int
):
    rules = ExplorationRules(hops=2, limit_per_hop=limit, least_shared_people=1, largest_p_value=1.0)
    one = explored(connection, sorted(pairs), seed_ids, rules).candidates
    other = explored(connection, sorted(pairs, reverse=True), seed_ids[::-1], rules).candidates
    assert one.equals(other)
    wider = explored(
        connection,
        pairs,
        seed_ids,
        ExplorationRules(hops=2, limit_per_hop=limit + 1, least_shared_people=1, largest_p_value=1.0),
    ).candidates
    near = set(one.filter(hop=1)["repo_id"])
    assert near <= set(wider.filter(hop=1)["repo_id"])


# --- what a hop says --------------------------------------------------------------------------------------------


def test_the_examples():
    assert doctest.testmod(room).failed == 0
    assert doctest.testmod(room).attempted >= 5


def test_the_rule_that_stopped_is_named(connection):
    chain = [(1, 1), (2, 1), (2, 2), (3, 2)]
    assert (
        explored(
            connection,
            chain,
            [1],
            ExplorationRules(hops=1, limit_per_hop=50, least_shared_people=1, largest_p_value=1.0),
        ).stop
        is Stop.HOPS
    )
    whole = explored(
        connection,
        chain,
        [1],
        ExplorationRules(hops=9, limit_per_hop=50, least_shared_people=1, largest_p_value=1.0),
    )
    assert (whole.stop, [hop.found_count for hop in whole.hops]) == (Stop.NOTHING_FOUND, [1, 1, 0])
    lists = {7: RepositoryKind.LIST, 8: RepositoryKind.FORK}
    assert stop_after(1, lists, 2) is Stop.NOTHING_LEADS_ON
    assert stop_after(2, lists, 2) is Stop.HOPS
    assert stop_after(1, lists | {9: RepositoryKind.UNKNOWN}, 2) is None


def test_lists_and_copies_stay_marked_and_lead_nowhere(connection):
    names = {
        1: "apache/spark",
        2: "me/awesome-spark",
        3: "you/spark",
        4: "o/behind-list",
        5: "o/behind-fork",
        6: "o/tool",
        7: "o/behind-tool",
    }
    pairs = [(1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (3, 2), (6, 3), (2, 11), (4, 11), (3, 12), (5, 12), (6, 13), (7, 13)]  # fmt: skip
    events = hold_events(
        connection,
        (
            {"repo_id": repo_id, "actor_id": actor_id, "repo_full_name": names[repo_id]}
            for repo_id, actor_id in pairs
        ),
    )
    found = explore(events, "gharchive", [1], SEEDS, WIDE).candidates
    assert rows_of(found, "hop", "repo_full_name", "kind") == [
        (1, "me/awesome-spark", "list"),
        (1, "you/spark", "fork"),
        (1, "o/tool", "unknown"),
        (2, "o/behind-tool", "unknown"),
    ]
    assert found["kind_reason"][1] == (
        "same name as apache/spark, which has 4 people against 2, 1 of them the same; by name only"
    )


def test_leading_people_are_those_who_did_most_on_both_sides(connection):
    counts = {
        (1, 1): 9,
        (2, 1): 1,
        (1, 2): 3,
        (2, 2): 3,
        (1, 3): 2,
        (2, 3): 7,
        (1, 4): 1,
        (2, 4): 1,
        (2, 5): 50,
    }
    rows = [
        {"repo_id": repo_id, "actor_id": actor_id}
        for (repo_id, actor_id), count in counts.items()
        for _ in range(count)
    ]
    renamed = {"repo_id": 2, "actor_id": 2, "actor_login": "renamed", "created_at": datetime(2025, 3, 30)}  # noqa: DTZ001
    events = hold_events(connection, [*rows, renamed])
    (leaders,) = explore(events, "gharchive", [1], SEEDS, WIDE).candidates["leading_people"].to_list()
    assert leaders == ["renamed", "person-3", "person-1"]


def test_bots_other_events_and_other_days_do_not_lead(connection):
    def meeting(**changes: object) -> list[dict[str, object]]:
        return [{"repo_id": repo_id, "actor_id": 1, **changes} for repo_id in (1, 2)]

    for changes in (
        {"actor_login": "Dependabot[bot]"},
        {"actor_login": "amplabjenkins"},
        {"event_type": "PushEvent"},
        {"created_at": datetime(2025, 4, 1)},  # noqa: DTZ001
        {"actor_id": 10**15},
    ):
        events = hold_events(connection, [{"repo_id": 1, "actor_id": 5}, *meeting(**changes)])
        assert explore(events, "gharchive", [1], SEEDS, WIDE).candidates.is_empty(), changes
    events = hold_events(
        connection, [{"repo_id": 1, "actor_id": 5}, *meeting(event_type="PullRequestReviewEvent")]
    )
    assert explore(events, "gharchive", [1], SEEDS, WIDE).candidates.height == 1


# --- odd input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pairs",
    [[], [(1, 1)], [(1, 1), (1, 2), (1, 3)], [(1, 1), (2, 2)]],
    ids=["nothing", "one person in one repository", "one repository", "nobody in common"],
)
def test_where_nothing_leads_on_nothing_is_found(connection, pairs: list[tuple[int, int]]):
    found = explored(connection, pairs, [1])
    assert found.candidates.is_empty()
    assert found.stop is Stop.NOTHING_FOUND
    assert explored(connection, pairs, []).candidates.is_empty()


def test_one_person_ties_two_repositories_of_that_person(connection):
    found = explored(connection, [(1, 1), (2, 1)], [1])
    assert rows_of(found.candidates, "repo_id", "association", "path") == [
        (2, 1.0, ["owner/repository-1", "owner/repository-2"])
    ]


def test_a_person_in_ten_thousand_repositories_leads_to_none_and_is_counted(connection):
    everywhere = [(repo_id, 7) for repo_id in range(1, 10_001)]
    events = held(connection, [*everywhere, (1, 1), (2, 1)])
    found = explore(events, "gharchive", [1], SEEDS, WIDE)
    assert rows_of(found.candidates, "repo_id", "people_count") == [(2, 1)]
    assert count_people_above_cap(events) == 1


def test_ties_are_ordered_by_number(connection):
    equals = [(repo_id, 1) for repo_id in (5, 3, 9, 7)]
    found = explored(
        connection,
        [(1, 1), *equals],
        [1],
        ExplorationRules(hops=1, limit_per_hop=3, least_shared_people=1, largest_p_value=1.0),
    ).candidates
    assert rows_of(found, "rank", "repo_id") == [(1, 3), (2, 5), (3, 7)]
    # Both seeds share the one person with 9: the path leads through the smaller number.
    (path,) = explored(connection, [(4, 1), (2, 1), (9, 1)], [4, 2]).candidates["path"].to_list()
    assert path == ["owner/repository-2", "owner/repository-9"]


def test_numbers_near_the_highest_are_kept(connection):
    # Simulated accounts are numbered from 10^15 on, so it is the repositories that may be as high as can be.
    found = explored(
        connection, [(HIGHEST, 1), (HIGHEST - 1, 1), (HIGHEST - 1, 2), (HIGHEST - 2, 2)], [HIGHEST]
    )
    assert rows_of(found.candidates, "hop", "repo_id") == [(1, HIGHEST - 1), (2, HIGHEST - 2)]


# --- the real hour ----------------------------------------------------------------------------------------------


COLLABORATION = {
    "IssuesEvent", "IssueCommentEvent", "PullRequestEvent", "PullRequestReviewEvent", "PullRequestReviewCommentEvent",
}  # fmt: skip


def read_real_hour(path: Path) -> list[dict[str, object]]:
    """Collaboration of people in an hour file, from its lines."""
    bots = {rule.login_key for rule in SEEDS.account_rules if rule.account_class != "person"}
    found = []
    for line in gzip.decompress(path.read_bytes()).splitlines():
        event = json.loads(line)
        login = event["actor"]["login"]
        if event["type"] in COLLABORATION and login.lower() not in bots and not login.endswith("[bot]"):
            found.append(
                {
                    "repo_id": event["repo"]["id"],
                    "actor_id": event["actor"]["id"],
                    "repo_full_name": event["repo"]["name"],
                    "actor_login": login,
                    "event_type": event["type"],
                }
            )
    return found


@pytest.mark.real_files
@pytest.mark.parametrize(
    "seed", ["apache/spark", "emberjs/ember.js", "SlimeKnights/TinkersConstruct", "rust-lang/rust"]
)
def test_the_real_hour_equals_a_brute_force_search(connection, real_files: Path, seed: str):
    rows = read_real_hour(real_files / "gharchive" / "2015-01-01-0.json.gz")
    (seed_id,) = {row["repo_id"] for row in rows if row["repo_full_name"] == seed}
    events = hold_events(connection, rows)
    found = explore(events, "gharchive", [seed_id], SEEDS, WIDE)
    assert_equal(
        found.candidates, brute_force({(row["repo_id"], row["actor_id"]) for row in rows}, {seed_id}, WIDE)
    )


@pytest.mark.real_files
def test_the_real_hour_by_hand(connection, real_files: Path):
    rows = read_real_hour(real_files / "gharchive" / "2015-01-01-0.json.gz")
    events = hold_events(connection, rows)
    ids = {row["repo_full_name"]: row["repo_id"] for row in rows}

    def found(seed: str) -> Exploration:
        return explore(events, "gharchive", [ids[seed]], SEEDS, WIDE)

    # Five people worked on Spark in that hour (a sixth account is a bot), and on nothing else.
    spark = found("apache/spark")
    assert (spark.hops[0].people_count, spark.hops[0].reached_count, spark.stop) == (5, 0, Stop.NOTHING_FOUND)
    # rwjblue alone worked on Ember; he and one more on broccoli-stew, he and three on data. Both lead on.
    ember = found("emberjs/ember.js").candidates
    assert rows_of(ember, "hop", "repo_full_name", "shared_people_count", "people_count", "association") == [
        (1, "stefanpenner/broccoli-stew", 1, 2, pytest.approx(1 / math.sqrt(2))),
        (1, "emberjs/data", 1, 4, 0.5),
        (2, "stefanpenner/trace-hooks", 1, 1, 0.5),
    ]
    assert ember["path"].to_list()[2] == [
        "emberjs/ember.js",
        "stefanpenner/broccoli-stew",
        "stefanpenner/trace-hooks",
    ]
