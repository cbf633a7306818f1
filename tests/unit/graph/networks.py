"""Small networks that tests build by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterable

Edge = tuple[str, str, int]


def edges_of(rows: Iterable[Edge]) -> pl.DataFrame:
    """Edges as `collaboration_edges` has them."""
    return pl.DataFrame(
        list(rows),
        schema={"project_a": pl.String, "project_b": pl.String, "shared_people_count": pl.Int64},
        orient="row",
    )


def edge_lists(most: int = 12) -> st.SearchStrategy[list[Edge]]:
    """Any network of at most `most` projects with an edge."""
    places = st.integers(0, most - 1)
    pairs = st.tuples(places, places).filter(lambda pair: pair[0] < pair[1])
    return st.dictionaries(pairs, st.integers(1, 1_000), max_size=30).map(
        lambda found: [(f"p{a:02}", f"p{b:02}", shared) for (a, b), shared in found.items()]
    )


ODD_NETWORKS: dict[str, tuple[list[Edge], list[str]]] = {
    "nothing": ([], []),
    "one project": ([], ["alone"]),
    "all isolated": ([], ["one", "two", "three"]),
    "one edge": ([("a", "b", 3)], []),
    "one edge and isolated": ([("a", "b", 3)], ["c", "d"]),
    "apart": ([("a", "b", 3), ("b", "c", 3), ("d", "e", 1), ("e", "f", 1)], ["z"]),
    "huge weights": ([("a", "b", 2**60), ("b", "c", 1), ("c", "d", 2**61)], []),
    "a star": ([("a", leaf, 2) for leaf in "bcdefg"], []),
    "everybody": ([(a, b, 5) for a in "abcdef" for b in "abcdef" if a < b], []),
}
"""Edges and further projects of networks that a formula may stumble over."""
