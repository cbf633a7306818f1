"""Pairs that share people, against counting them one by one."""

from __future__ import annotations

import doctest
import itertools
import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.graph import edges as room
from pipelines.graph.edges import compute_edges

MEASURES = ["jaccard", "association", "expected_people_count", "p_value"]
HIGHEST = 2**63 - 1
numbers = st.integers(0, 9) | st.integers(HIGHEST - 4, HIGHEST)
memberships = st.sets(st.tuples(numbers, numbers), max_size=80)
"""(node, person)"""


def people_of(members: set[tuple[int, int]]) -> pl.DataFrame:
    return pl.DataFrame(list(members), schema={"node": pl.Int64, "actor_id": pl.Int64}, orient="row")


def one_by_one(members: set[tuple[int, int]], least: int) -> list[tuple[int, ...]]:
    people = {node: {person for n, person in members if n == node} for node, _ in members}
    return [
        (a, b, len(people[a] & people[b]), len(people[a]), len(people[b]))
        for a, b in itertools.combinations(sorted(people), 2)
        if len(people[a] & people[b]) >= least
    ]


def test_the_example_by_hand():
    assert doctest.testmod(room).failed == 0
    assert doctest.testmod(room).attempted >= 3


@given(memberships, st.integers(1, 3), st.sampled_from([1, 7, 10**6]))
def test_every_pair_and_no_other(members: set[tuple[int, int]], least: int, at_once: int):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(room, "_PRODUCTS_AT_ONCE", at_once)
        found = compute_edges(people_of(members), least)
    assert found.select(pl.exclude(MEASURES)).rows() == one_by_one(members, least)


def test_people_below_the_cut_still_say_what_chance_explains():
    members = {(0, 1), (0, 2), (1, 1), (1, 2), *((2 + node, 100 + node) for node in range(50))}
    (pair,) = compute_edges(people_of(members), 2).to_dicts()
    assert pair["expected_people_count"] == pytest.approx(2 * 2 * 4 / 54**2)
    alone = compute_edges(people_of({(0, 1), (0, 2), (1, 1), (1, 2)}), 2)
    assert alone["expected_people_count"].item() == pytest.approx(2 * 2 * 4 / 16)
    assert pair["p_value"] < alone["p_value"].item()


def test_a_person_in_ten_thousand_places_ties_all_of_them_once():
    members = pl.DataFrame({"node": range(10_000), "actor_id": [7] * 10_000})
    assert compute_edges(members, 2).is_empty()
    few = compute_edges(members.head(200), 1)
    assert few.height == math.comb(200, 2)


@pytest.mark.parametrize("members", [set(), {(1, 7)}, {(1, 7), (1, 8)}, {(1, 7), (2, 8)}])
def test_one_place_one_person_or_nobody_have_no_edges(members: set[tuple[int, int]]):
    found = compute_edges(people_of(members), 1)
    assert found.is_empty()
    assert found.columns == ["node_a", "node_b", "shared_people_count", "people_a_count", "people_b_count", *MEASURES]  # fmt: skip


def test_the_order_of_rows_changes_nothing():
    members = people_of({(node, person) for node in range(20) for person in range(node, 60, node + 1)})
    found = compute_edges(members, 2)
    assert found.height > 50
    assert compute_edges(members.sort("actor_id", descending=True), 2).equals(found)
