"""Association beyond size: the worked examples, and what the null model promises."""

from __future__ import annotations

import doctest
import itertools
import math
from collections import Counter

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.graph import association as room
from pipelines.graph.association import compute_association, compute_sharing_rate

MEASURES = ["jaccard", "association", "expected_people_count", "p_value"]
memberships = st.sets(st.tuples(st.integers(0, 12), st.integers(0, 6)), min_size=1, max_size=60)
"""(person, repository)"""


def pairs_of(members: set[tuple[int, int]]) -> pl.DataFrame:
    """Every ordered pair of repositories that shares someone."""
    people = {repo: {p for p, r in members if r == repo} for _, repo in members}
    rows = [
        (a, b, len(people[a] & people[b]), len(people[a]), len(people[b]))
        for a, b in itertools.permutations(sorted(people), 2)
        if people[a] & people[b]
    ]
    counts = ["shared_people_count", "people_a_count", "people_b_count"]
    return pl.DataFrame(rows, schema=dict.fromkeys(["a", "b", *counts], pl.Int64), orient="row")


def rate_of(members: set[tuple[int, int]]) -> float:
    return compute_sharing_rate(pl.Series(list(Counter(person for person, _ in members).values())))


def test_the_examples_by_hand():
    assert doctest.testmod(room).failed == 0
    assert doctest.testmod(room).attempted >= 5


@given(memberships)
def test_chance_expects_at_most_the_shared_people(members: set[tuple[int, int]]):
    sizes = Counter(repo for _, repo in members).values()
    expected = rate_of(members) * sum(a * b for a, b in itertools.combinations(sizes, 2))
    observed = sum(math.comb(count, 2) for count in Counter(person for person, _ in members).values())
    assert expected <= observed * (1 + 1e-12)


@given(memberships)
def test_measures_are_symmetric_and_in_range(members: set[tuple[int, int]]):
    found = compute_association(pairs_of(members), rate_of(members))
    ahead = found.filter(pl.col("a") < pl.col("b")).sort("a", "b").select(MEASURES)
    back = found.filter(pl.col("a") > pl.col("b")).sort("b", "a").select(MEASURES)
    assert ahead.equals(back)
    for jaccard, association, expected, p_value in ahead.iter_rows():
        assert 0 < jaccard <= association <= 1 + 1e-12
        assert expected > 0
        assert 0 <= p_value <= 1


def test_chance_weighs_a_person_in_many_repositories():
    assert compute_sharing_rate(pl.Series([1] * 50)) == 0
    assert compute_sharing_rate(pl.Series([100])) == pytest.approx(0.99)
    # 10,000 people in one repository each, and one in 10,000: the sum exceeds 32 bits.
    counts = pl.Series([1] * 10_000 + [10_000], dtype=pl.Int32)
    assert compute_sharing_rate(counts) == pytest.approx(10_000 * 9_999 / 20_000**2)


def test_nobody_has_no_chance_and_no_pairs():
    assert compute_sharing_rate(pl.Series([], dtype=pl.Int64)) == 0
    nothing = compute_association(pairs_of({(1, 1)}), 0.0)
    assert nothing.is_empty()
    assert nothing.schema["p_value"] == pl.Float64
