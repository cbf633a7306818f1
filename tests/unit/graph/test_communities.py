"""Communities are the same in every process, numbered by rule, and say how sure they are."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from pipelines.graph.communities import (
    adjusted_rand_index,
    describe_communities,
    find_communities,
)
from pipelines.graph.network import build_network, compute_measures
from pipelines.seeds.parameters import CommunityParameters
from tests.unit.graph.networks import ODD_NETWORKS, edge_lists, edges_of

TEN_RUNS = CommunityParameters(runs_count=10, resolution=1.0)


def clique(names, shared=10):
    return [(a, b, shared) for a, b in itertools.combinations(sorted(names), 2)]


TWO_GROUPS = [*clique("mnop"), *clique("abc"), *clique("xyz"), ("a", "m", 1), ("m", "x", 1)]


def found_in(rows, *alone, parameters=TEN_RUNS):
    return find_communities(build_network(edges_of(rows), alone), parameters)


def test_groups_are_found_numbered_by_size_and_then_by_name():
    found = found_in(TWO_GROUPS, "lonely")
    assert {
        number: "".join(sorted(p for p, n in found.number.items() if n == number)) for number in (1, 2, 3)
    } == {
        1: "mnop",
        2: "abc",
        3: "xyz",
    }
    assert "lonely" not in found.number
    assert (found.agreement, found.partitions_count) == (1, 1)
    assert set(found.stability.values()) == {1}
    # Of 122 shared people 60, 30 and 30 are inside; of the 244 ends 122, 61 and 61 are theirs.
    assert found.modularity == pytest.approx(60 / 122 - (1 / 2) ** 2 + 2 * (30 / 122 - (1 / 4) ** 2))


def test_a_project_between_two_groups_is_less_stable_than_the_groups():
    # q belongs to both alike: the runs take it to the one or to the other.
    rows = [*clique("abcd"), *clique("wxyz"), *((*sorted((one, "q")), 10) for one in "abwx")]
    found = found_in(rows, parameters=CommunityParameters(runs_count=30, resolution=1.0))
    assert found.partitions_count > 1
    assert 0 < found.agreement < 1
    assert found.stability["q"] < min(found.stability[one] for one in "abcdwxyz") < 1


def test_resolution_decides_how_fine_the_groups_are():
    ring = [
        edge
        for group in range(8)
        for edge in [
            *clique([f"{group}{one}" for one in "abc"], 10),
            (*sorted((f"{group}a", f"{(group + 1) % 8}b")), 6),
        ]
    ]
    sizes = {
        resolution: max(
            found_in(
                ring, parameters=CommunityParameters(runs_count=5, resolution=resolution)
            ).number.values()
        )
        for resolution in (0.3, 1.0, 3.0)
    }
    assert sizes[0.3] < sizes[1.0] <= sizes[3.0]


@settings(max_examples=25)
@given(edge_lists())
def test_the_order_of_rows_changes_nothing(rows):
    assert found_in(rows) == found_in(rows[::-1])


@pytest.mark.parametrize("name", ODD_NETWORKS)
def test_a_network_of_next_to_nothing_has_a_clear_answer(name):
    rows, alone = ODD_NETWORKS[name]
    found = found_in(rows, *alone)
    assert found.number.keys() == {one for *pair, _ in rows for one in pair}
    assert (found.modularity is None) == (found.agreement is None) == (not rows)
    assert all(0 <= share <= 1 for share in found.stability.values())


def described(rows, domains):
    found = found_in(rows)
    nodes = compute_measures(build_network(edges_of(rows), [])).select(
        "project_id",
        "weighted_degree",
        community=pl.col("project_id").replace_strict(found.number, return_dtype=pl.Int64),
        community_stability_ratio=pl.col("project_id").replace_strict(
            found.stability, return_dtype=pl.Float64
        ),
    )
    names = {one: one.upper() for one in nodes["project_id"]}
    return describe_communities(nodes, edges_of(rows), names, domains).rows(named=True)


def test_a_community_is_named_after_its_strongest_projects():
    first, second, _ = described(TWO_GROUPS, {"m": "Serving", "n": "MLOps", "o": "MLOps", "x": "Tool Use"})
    assert (first["name"], first["projects_count"]) == ("M, N, O", 4)
    assert (first["domain"], first["domain_ratio"]) == ("MLOps", 0.5)
    assert first["inside_weight_ratio"] == pytest.approx(120 / 122)
    assert (second["name"], second["domain"], second["domain_ratio"]) == ("A, B, C", None, None)
    assert second["stability_ratio"] == 1


def test_of_equally_common_domains_the_first_by_name_counts():
    first, *_ = described(TWO_GROUPS, {"m": "Serving", "n": "MLOps"})
    assert (first["domain"], first["domain_ratio"]) == ("MLOps", 0.25)


def test_the_partition_most_like_all_others_is_kept(monkeypatch):
    # The first run moves c; the two others agree.
    apart, kept = [{0, 1, 2}, {3, 4}], [{0, 1}, {2, 3, 4}]
    runs = iter([apart, kept, kept])
    monkeypatch.setattr(nx.community, "louvain_communities", lambda *_, **__: next(runs))
    found = found_in(
        [*clique("abc"), *clique("cde")], parameters=CommunityParameters(runs_count=3, resolution=1.0)
    )
    assert found.number == {"a": 2, "b": 2, "c": 1, "d": 1, "e": 1}
    assert found.partitions_count == 2
    # Of ten pairs each has four together, two the same: (2 - 1.6) / (4 - 1.6) = 1/6 with one run, 1 with the other.
    assert found.agreement == pytest.approx((1 / 6 + 1) / 2)
    # c is grouped with d and e, then with a and b: one of five in both; a and d keep two of three.
    assert found.stability == pytest.approx(
        {"a": 5 / 6, "b": 5 / 6, "c": (1 / 5 + 1) / 2, "d": 5 / 6, "e": 5 / 6}
    )


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40))
def test_agreement_of_two_partitions_is_the_adjusted_rand_index(members):
    one, other = (np.array(numbers) for numbers in zip(*members, strict=True))
    assert adjusted_rand_index(one, other) == adjusted_rand_score(one, other)
