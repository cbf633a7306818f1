"""Edges: how many people each pair of nodes shares."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy import sparse

from pipelines.graph.association import compute_association, compute_sharing_rate
from pipelines.graph.parallel import THREADS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_PRODUCTS_AT_ONCE = 5_000_000
"""Meetings of two repositories in a person that are added up in one piece. It bounds the memory; and as a piece leaves
out the rows before it, several pieces are less work than one, up to the cost of cutting them."""


def compute_edges(people: pl.DataFrame, least_shared_people: int) -> pl.DataFrame:
    """Find every pair of repositories, or projects, that shares people, and how far beyond chance.

    Parameters
    ----------
    people
        ``node, actor_id``: each pair of a node and a person active there, once.
    least_shared_people
        People that a pair shares at least, 1 or more. Pairs below are left out; their people still count in what
        chance explains.

    Returns
    -------
    pl.DataFrame
        ``node_a, node_b, shared_people_count, people_a_count, people_b_count`` and what `compute_association`
        adds, ordered by node_a and node_b; node_a sorts before node_b, so each pair occurs once and there are no loops.

    Notes
    -----
    Let M be the matrix of activity, nodes by people; M·Mᵀ holds the shared people of all pairs. The function multiplies
    it in pieces and keeps only the pairs that reach `least_shared_people`. The work is the sum of d·(d − 1) / 2 over
    people with d repositories, so filter out people with too many first.

    Examples
    --------
    Ada and Bob work on both a and b, Cy on b and c. One of three people of a, b, c each is shared with c, below 2.

    >>> import polars as pl
    >>> people = pl.DataFrame({"node": ["a", "a", "b", "b", "b", "c"], "actor_id": [1, 2, 1, 2, 3, 3]})
    >>> compute_edges(people, 2).row(0)[:5]
    ('a', 'b', 2, 2, 3)
    """
    sizes = people.group_by("node").agg(people_count=pl.len().cast(pl.Int64))
    nodes = sizes.filter(pl.col("people_count") >= least_shared_people).sort("node").with_row_index("row")
    # Runs of the sorted numbers: with few events a person, grouping them takes three times as long.
    degrees = (
        people["actor_id"]
        .sort()
        .rle()
        .struct.unnest()
        .rename({"len": "repositories_count", "value": "actor_id"})
    )
    # A person in only one place joins nothing.
    joining = degrees.filter(pl.col("repositories_count") > 1).with_row_index("column")
    entries = (
        people.lazy()
        .join(nodes.lazy(), on="node")
        .join(joining.lazy(), on="actor_id")
        .select("row", "column")
        .collect()
    )
    matrix = sparse.csr_array(
        (
            np.ones(entries.height, dtype=np.int32),
            (entries["row"].to_numpy().astype(np.int32), entries["column"].to_numpy().astype(np.int32)),
        ),
        shape=(nodes.height, joining.height),
    )
    with ThreadPoolExecutor(THREADS) as threads:
        pieces = list(threads.map(partial(_shared, matrix, least_shared_people), _pieces(matrix)))
    first, second, shared = np.concatenate([np.empty((3, 0), dtype=np.int64), *pieces], axis=1)
    ends = [
        nodes[places].select(
            pl.col("node").alias(f"node_{end}"), pl.col("people_count").alias(f"people_{end}_count")
        )
        for end, places in (("a", first), ("b", second))
    ]
    pairs = pl.concat([*ends, pl.DataFrame({"shared_people_count": shared})], how="horizontal").select(
        "node_a", "node_b", "shared_people_count", "people_a_count", "people_b_count"
    )
    rate = compute_sharing_rate(degrees["repositories_count"])
    return compute_association(pairs.sort("node_a", "node_b"), rate)


def _pieces(matrix: sparse.csr_array) -> Iterator[slice]:
    """Rows that are multiplied out together."""
    work = np.cumsum(matrix @ matrix.sum(axis=0, dtype=np.int64))
    start = 0
    while start < matrix.shape[0]:
        done = work[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(work, done + _PRODUCTS_AT_ONCE, side="right")))
        yield slice(start, stop)
        start = stop


def _shared(matrix: sparse.csr_array, least: int, piece: slice) -> NDArray[np.int64]:
    """Row, later row and shared columns, of every pair of a row of `piece` that shares at least `least`."""
    product = matrix[piece] @ matrix[piece.start :].T
    enough = np.flatnonzero(product.data >= least)
    rows = np.searchsorted(product.indptr, enough, side="right") - 1
    columns = product.indices[enough]
    is_later = columns > rows
    return np.stack([rows + piece.start, columns + piece.start, product.data[enough]])[:, is_later].astype(
        np.int64
    )
