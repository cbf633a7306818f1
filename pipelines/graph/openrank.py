"""OpenRank of a month: the weight of repositories and people in their collaboration network."""

from __future__ import annotations

import itertools
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy import sparse

from pipelines.floor.errors import LandscapeError
from pipelines.graph.parallel import THREADS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from pipelines.seeds.parameters import OpenrankParameters

ACTIVITY_COLUMNS = ("repo_id", "actor_id", "activity")
CARRIED_COLUMNS = ("kind", "id", "openrank")
REPO, ACTOR = "repo", "actor"


@dataclass(frozen=True, slots=True)
class OpenrankSolution:
    """The values of a month's network at rest, and how well they keep its equations.

    Attributes
    ----------
    values
        ``kind, id, openrank``: every repository and person with activity, ordered by kind and id.
    background
        Value of the background before it is shared out.
    sweeps_count
        Number of sweeps; each recomputes every value.
    out_weight_error
        Largest distance of the sum of a node's out-weights from 1.
    balance_error
        Relative difference between inflow and outflow, both summed over all nodes: at rest each node passes on exactly
        its value.
    """

    values: pl.DataFrame
    background: float
    sweeps_count: int
    out_weight_error: float
    balance_error: float


def solve_openrank(
    activity: pl.DataFrame, carried: pl.DataFrame, parameters: OpenrankParameters
) -> OpenrankSolution:
    """Solve for the values at which the network of a month is at rest.

    Parameters
    ----------
    activity
        ``repo_id, actor_id`` (64-bit integers) and ``activity`` (above 0) of the person in the repository. Rows of the
        same pair add up. The caller filters out bots and other accounts that do not count.
    carried
        ``kind`` (``repo`` or ``actor``), ``id``, ``openrank``: the rest of earlier months, with the decay already
        applied, at most one row per node. Nodes without activity in the month are ignored.
    parameters
        Of the network and the iteration.

    Raises
    ------
    LandscapeError
        If amounts are so large that their sum is no number, or values do not come to rest.

    Notes
    -----
    With a the activity of a pair, A the sum over a node's pairs, N the number of repositories and people, ρ a
    node's retention, s the background's share and v₀ the initial value, the values satisfy

        v(repo)   = ρ v₀ + (1 − ρ) · (Σ (1 − s) · a / A(actor) · v(actor) + v(background) / N)
        v(actor)  = ρ v₀ + (1 − ρ) · (Σ (1 − s) · a / A(repo) · v(repo) + v(background) / N)
        v(background) = (1 − ρ) · s · Σ v

    and at the end the background is shared out: v + v(background) / N. Repositories, people and the background are
    updated in turn, each from the newest values of the others; since every ρ is above 0 each sweep brings the values
    nearer to the one solution. Rows are summed in a fixed order, independent of the number of threads, so equal input
    gives equal values. OpenDigger stops a node once its own step is below 0.01, so its values differ from these by
    about that much.

    References
    ----------
    OpenDigger, X-lab2017/open-digger, src/cron/tasks/globalOpenrank.ts; X-lab2017/openrank-neo4j-gds.

    Examples
    --------
    Two repositories with one person each, and the background. Both people did 44.08, the midpoint, so each brings
    in 0.5. By symmetry there are two unknowns, repo r and actor a, and s = r + a the half of their sum:
    background = 0.85 · 0.05 · 2 s = 0.085 s; each of the four nodes gets 0.02125 s of it.

        r = 0.7 · (0.95 a + 0.02125 s)             so  r = 0.69014 a
        a = 0.25 + 0.5 · (0.95 r + 0.02125 s)      so  a = 0.38213, r = 0.26372

    With its part of the background, 0.01372, a repository has 0.27745 and a person 0.39586:

    >>> import polars as pl
    >>> pairs = pl.DataFrame({"repo_id": [1, 2], "actor_id": [7, 8], "activity": [44.08, 44.08]})
    >>> nothing = pl.DataFrame(schema={"kind": pl.String, "id": pl.Int64, "openrank": pl.Float64})
    >>> from pipelines.seeds.parameters import OpenrankParameters
    >>> v3 = OpenrankParameters(
    ...     repo_retention=0.3, actor_retention=0.5, background_retention=0.15, background_share=0.05,
    ...     attention_midpoint=44.08, attention_slope=0.10425, tolerance=1e-13,
    ... )
    >>> for kind, node, value in solve_openrank(pairs, nothing, v3).values.iter_rows():
    ...     print(kind, node, round(value, 5))
    actor 7 0.39586
    actor 8 0.39586
    repo 1 0.27745
    repo 2 0.27745
    """
    network = _network_of(activity)
    initial = (
        _carried(carried, REPO, network.repo_ids),
        _carried(carried, ACTOR, network.actor_ids) + _attention(network.by_actor, parameters),
    )
    with ThreadPoolExecutor(THREADS) as threads:
        (repos, actors), background, sweeps_count = _at_rest(network, initial, parameters, threads)
        out_weights = [
            (1 - parameters.background_share) * flow.into(np.ones(flow.shape[1]), threads) / total
            + parameters.background_share
            for flow, total in ((network.to_repos, network.by_repo), (network.to_actors, network.by_actor))
        ]
    shared = background / max(1, len(repos) + len(actors))
    return OpenrankSolution(
        values=pl.concat(
            [
                pl.DataFrame(
                    {"kind": [kind] * len(ids), "id": ids, "openrank": found + shared}, schema=_RESULT
                )
                for kind, ids, found in (
                    (ACTOR, network.actor_ids, actors),
                    (REPO, network.repo_ids, repos),
                )
            ]
        ),
        background=background,
        sweeps_count=sweeps_count,
        out_weight_error=max(
            (float(np.abs(sums - 1).max()) for sums in out_weights if len(sums)), default=0.0
        ),
        balance_error=_balance_error((repos, actors), initial, background, parameters),
    )


_RESULT = {"kind": pl.String, "id": pl.Int64, "openrank": pl.Float64}

_LEAST_AMOUNT = 1e-200
"""Values stay far below 1e100, so a value divided by this is finite."""

_MOST_SWEEPS = 10_000
"""A hundred times what any sensible parameters take; reached only if the tolerance is below rounding."""

_Pair = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


@dataclass(frozen=True, slots=True)
class _Flow:
    """The activity of pairs as seen from one side: a row a node, cut into blocks of `rows`."""

    rows: Sequence[slice]
    blocks: Sequence[sparse.csr_array]
    shape: tuple[int, int]

    @classmethod
    def of(cls, matrix: sparse.csr_array) -> _Flow:
        """Cut `matrix` into blocks of about equally many pairs, without copying them."""
        rows_count, columns_count = matrix.shape
        cuts = np.searchsorted(matrix.indptr, np.linspace(0, matrix.nnz, THREADS + 1))
        cuts[0], cuts[-1] = 0, rows_count
        rows, blocks = [], []
        for first, last in itertools.pairwise(cuts):
            rows.append(slice(first, last))
            pairs = slice(matrix.indptr[first], matrix.indptr[last])
            starts = matrix.indptr[first : last + 1] - matrix.indptr[first]
            parts = (matrix.data[pairs], matrix.indices[pairs], starts)
            blocks.append(sparse.csr_array(parts, shape=(last - first, columns_count)))
        return cls(rows, blocks, (rows_count, columns_count))

    def into(self, values: NDArray[np.float64], threads: Executor) -> NDArray[np.float64]:
        """The inflow of each row's node if the other side gives `values` per unit of activity."""
        return np.concatenate(list(threads.map(lambda block: block @ values, self.blocks)))


@dataclass(frozen=True, slots=True)
class _Network:
    """Who did how much where, with ids in order."""

    repo_ids: NDArray[np.int64]
    actor_ids: NDArray[np.int64]
    by_repo: NDArray[np.float64]
    by_actor: NDArray[np.float64]
    to_repos: _Flow
    to_actors: _Flow


def _network_of(activity: pl.DataFrame) -> _Network:
    amounts = activity["activity"].cast(pl.Float64).to_numpy()
    if not math.isfinite(activity["activity"].cast(pl.Float64).sum()):
        raise LandscapeError(
            "the activity of this month adds up to more than a number can hold",
            where=f"largest amount {amounts.max():g}",
            hint="give amounts that are numbers, at most some thousands of pushes and comments each",
        )
    if amounts.min(initial=math.inf) < _LEAST_AMOUNT:
        raise LandscapeError(
            "an amount of activity is so small that what is divided by it is no number",
            where=f"smallest amount {amounts.min():g}",
            hint="give amounts of actions, each some tenths at least",
        )
    repo_id = activity["repo_id"].to_numpy()
    by_repo = slice(None) if activity["repo_id"].is_sorted() else _order(repo_id)
    repo_ids, repo_starts, repos = _runs(repo_id[by_repo])
    amounts, actor_id = amounts[by_repo], activity["actor_id"].to_numpy()[by_repo]
    by_actor = _order(actor_id)
    actor_ids, actor_starts, places = _runs(actor_id[by_actor])
    actors = np.empty_like(places)
    actors[by_actor] = places
    shape = (len(repo_ids), len(actor_ids))
    # A pair may have several rows: products and sums add them up.
    to_repos = sparse.csr_array((amounts, actors, repo_starts), shape=shape)
    to_actors = sparse.csr_array((amounts[by_actor], repos[by_actor], actor_starts), shape=shape[::-1])
    return _Network(
        repo_ids,
        actor_ids,
        to_repos.sum(axis=1),
        to_actors.sum(axis=1),
        _Flow.of(to_repos),
        _Flow.of(to_actors),
    )


def _order(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows in the order of their ids, and rows of one id as they came: a stable argsort.

    Sorting numbers is ten times as fast as sorting their places, so where both fit into one number they are
    sorted together. GitHub's do, and any ids do in a small enough month.
    """
    place_bits = len(ids).bit_length()
    least = int(ids.min(initial=0))
    if (int(ids.max(initial=0)) - least).bit_length() + place_bits >= np.iinfo(np.int64).bits:
        return np.argsort(ids, kind="stable")
    packed = ((ids - least) << place_bits) + np.arange(len(ids))
    packed.sort()
    return packed & ((1 << place_bits) - 1)


def _runs(ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Distinct ids of a sorted column, the row where each begins with the end of all, and each row's id by place."""
    is_first = np.ones(len(ids), dtype=bool)
    is_first[1:] = ids[1:] != ids[:-1]
    starts = np.flatnonzero(is_first)
    return ids[starts], np.append(starts, len(ids)).astype(np.int32), np.cumsum(is_first, dtype=np.int32) - 1


def _attention(by_actor: NDArray[np.float64], parameters: OpenrankParameters) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(parameters.attention_slope * (parameters.attention_midpoint - by_actor)))


def _carried(carried: pl.DataFrame, kind: str, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    known = carried.filter(pl.col("kind") == kind).select("id", pl.col("openrank").cast(pl.Float64))
    found = pl.DataFrame({"id": ids}).join(known, on="id", how="left", maintain_order="left")["openrank"]
    return found.fill_null(0.0).to_numpy().copy()


@dataclass(frozen=True, slots=True)
class _Side:
    """The repositories of a network, or its people, and their values, which sweep after sweep replaces."""

    flow: _Flow
    brought: NDArray[np.float64]
    """The part of its initial value that each node keeps."""
    retention: float
    values: NDArray[np.float64]

    @classmethod
    def of(cls, flow: _Flow, initial: NDArray[np.float64], retention: float) -> _Side:
        """Before the first sweep."""
        return cls(flow, retention * initial, retention, initial.copy())

    def renew(
        self, given: NDArray[np.float64], flowing: float, shared: float, beyond: float, threads: Executor
    ) -> float:
        """Replace the values by what follows from those of the other side; the largest step, relative to the value.

        In place, block by block: arrays of all repositories of GitHub are larger than any cache.
        """

        def renew_block(rows: slice, block: sparse.csr_array) -> float:
            old, new = self.values[rows], block @ given
            new *= flowing
            new += shared
            new *= 1 - self.retention
            new += self.brought[rows]
            step = new - old
            step *= beyond
            new += step
            # No new value is 0: each person brings something in, and each repository has a person.
            np.divide(old, new, out=step)
            step -= 1
            old[:] = new
            return max(float(step.max(initial=0)), -float(step.min(initial=0)))

        return max(threads.map(renew_block, self.flow.rows, self.flow.blocks))


def _at_rest(
    network: _Network, initial: _Pair, parameters: OpenrankParameters, threads: Executor
) -> tuple[_Pair, float, int]:
    """Values of repositories and of actors, that of the background, and the number of sweeps."""
    repos = _Side.of(network.to_repos, initial[0], parameters.repo_retention)
    actors = _Side.of(network.to_actors, initial[1], parameters.actor_retention)
    nodes_count = len(repos.values) + len(actors.values)
    background, sweeps_count, step = 0.0, 0, np.inf
    flowing = 1 - parameters.background_share
    beyond = _overshoot(parameters)
    while nodes_count and step > parameters.tolerance:
        shared = background / nodes_count
        step = max(
            repos.renew(actors.values / network.by_actor, flowing, shared, beyond, threads),
            actors.renew(repos.values / network.by_repo, flowing, shared, beyond, threads),
        )
        to_background = parameters.background_share * float(repos.values.sum() + actors.values.sum())
        background = (1 - parameters.background_retention) * to_background
        sweeps_count += 1
        if sweeps_count == _MOST_SWEEPS:
            raise LandscapeError(
                f"the values still move by {step:.3g} of themselves after {sweeps_count:,} sweeps",
                where=f"tolerance {parameters.tolerance:g}",
                hint="raise the tolerance in seeds/openrank.yml above what rounding leaves, about 1e-15",
            )
    return (repos.values, actors.values), background, sweeps_count


def _overshoot(parameters: OpenrankParameters) -> float:
    """How far beyond its new value a node goes, as a share of its step (successive over-relaxation).

    It saves a third of the sweeps. The most that is taken in of what a node gives bounds the spectral radius of the
    network, and up to 2 / (1 + radius) times the step every sweep brings the values nearer: D. M. Young, Iterative
    Solution of Large Linear Systems (1971), on systems without negative flows.
    """
    repos_take, actors_take = 1 - parameters.repo_retention, 1 - parameters.actor_retention
    sides_take = max(repos_take, actors_take)
    background_takes = 1 - parameters.background_retention
    share = parameters.background_share
    radius = max((1 - share) * sides_take + share * background_takes, sides_take)
    return 2 / (1 + radius) - 1


def _balance_error(values: _Pair, initial: _Pair, background: float, parameters: OpenrankParameters) -> float:
    flows_in = background / (1 - parameters.background_retention)
    for side, begun, retention in zip(
        values, initial, (parameters.repo_retention, parameters.actor_retention), strict=True
    ):
        flows_in += float((side - retention * begun).sum()) / (1 - retention)
    flows_out = background + float(sum(side.sum() for side in values))
    return abs(flows_in - flows_out) / flows_out if flows_out else 0.0
