"""OpenRank of a month: the weight of repositories and people in the network of who works where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

ACTIVITY_COLUMNS = ("repo_id", "actor_id", "activity")
CARRIED_COLUMNS = ("kind", "id", "openrank")
REPO, ACTOR = "repo", "actor"


@dataclass(frozen=True, slots=True)
class OpenrankParameters:
    """What the network and its iteration are made of.

    Attributes
    ----------
    repo_retention, actor_retention, background_retention
        Share of a node's initial value in its value; the rest flows in along the edges.
    background_share
        Share of each node's weight that goes to the background, which gives it back to all nodes alike.
    attention_midpoint, attention_slope
        Logistic curve from the activity of a person in the month to what the person brings in anew.
    tolerance
        Largest change of any value in a sweep, relative to that value, at which the iteration ends. Above the
        rounding of sums, about 1e-15, or it never would.
    """

    repo_retention: float
    actor_retention: float
    background_retention: float
    background_share: float
    attention_midpoint: float
    attention_slope: float
    tolerance: float


def compute_openrank(
    activity: pl.DataFrame, carried: pl.DataFrame, parameters: OpenrankParameters
) -> pl.DataFrame:
    """Solve for the values at which the network of a month is at rest.

    Parameters
    ----------
    activity
        ``repo_id, actor_id`` (64-bit integers) and ``activity`` (above 0): who did how much where. Rows of the
        same pair add up. Bots and whoever else does not count are left out before.
    carried
        ``kind`` (``repo`` or ``actor``), ``id``, ``openrank``: what is left of earlier months, with the decay
        already applied, at most one row a node. Nodes without activity in the month are ignored.
    parameters
        Of the network and the iteration.

    Returns
    -------
    pl.DataFrame
        ``kind, id, openrank``: every repository and person with activity, ordered by kind and id.

    Notes
    -----
    With a the activity of a pair, A the sum over a node's pairs, N the number of repositories and people, ρ a
    node's retention, s the background's share and v₀ the initial value, the values satisfy

        v(repo)   = ρ v₀ + (1 − ρ) · (Σ (1 − s) · a / A(actor) · v(actor) + v(background) / N)
        v(actor)  = ρ v₀ + (1 − ρ) · (Σ (1 − s) · a / A(repo) · v(repo) + v(background) / N)
        v(background) = (1 − ρ) · s · Σ v

    and at the end the background is shared out: v + v(background) / N. Repositories, people and the background
    are updated in turn, each from the newest values of the others; since every ρ is above 0 each sweep brings
    the values nearer to the one solution. OpenDigger stops a node once its own step is below 0.01, so its values
    differ from these by about that much.

    References
    ----------
    OpenDigger, X-lab2017/open-digger, src/cron/tasks/globalOpenrank.ts; X-lab2017/openrank-neo4j-gds.

    Examples
    --------
    Two repositories with one person each, and the background. Both people did 44.08, the midpoint, so each brings
    in 0.5. By symmetry there are two unknowns, repo r and actor a, and s = r + a the half of their sum:
    background = 0.85 · 0.05 · 2 s = 0.085 s, of which each of the four nodes gets 0.02125 s.

        r = 0.7 · (0.95 a + 0.02125 s)             so  r = 0.69014 a
        a = 0.25 + 0.5 · (0.95 r + 0.02125 s)      so  a = 0.38213, r = 0.26372

    With its part of the background, 0.01372, a repository has 0.27745 and a person 0.39586:

    >>> import polars as pl
    >>> pairs = pl.DataFrame({"repo_id": [1, 2], "actor_id": [7, 8], "activity": [44.08, 44.08]})
    >>> nothing = pl.DataFrame(schema={"kind": pl.String, "id": pl.Int64, "openrank": pl.Float64})
    >>> v3 = OpenrankParameters(0.3, 0.5, 0.15, 0.05, 44.08, 0.10425, 1e-13)
    >>> for kind, node, value in compute_openrank(pairs, nothing, v3).iter_rows():
    ...     print(kind, node, round(value, 5))
    actor 7 0.39586
    actor 8 0.39586
    repo 1 0.27745
    repo 2 0.27745
    """
    repo_ids, rows = _numbered(activity["repo_id"])
    actor_ids, columns = _numbered(activity["actor_id"])
    amounts = activity["activity"].cast(pl.Float64).to_numpy()
    shape = (len(repo_ids), len(actor_ids))
    # Built from (row, column) pairs, which adds up repeated ones.
    matrix = sparse.csr_array((amounts, (rows, columns)), shape=shape)
    by_repo, by_actor = matrix.sum(axis=1), matrix.sum(axis=0)
    attention = 1 / (1 + np.exp(parameters.attention_slope * (parameters.attention_midpoint - by_actor)))
    values = _at_rest(
        matrix,
        (by_repo, by_actor),
        (_carried(carried, REPO, repo_ids), _carried(carried, ACTOR, actor_ids) + attention),
        parameters,
    )
    return pl.concat(
        [
            pl.DataFrame({"kind": [kind] * len(ids), "id": ids, "openrank": found}, schema=_RESULT)
            for kind, ids, found in zip((ACTOR, REPO), (actor_ids, repo_ids), values[::-1], strict=True)
        ]
    )


_RESULT = {"kind": pl.String, "id": pl.Int64, "openrank": pl.Float64}

_Pair = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


def _at_rest(
    matrix: sparse.csr_array, activity: _Pair, initial: _Pair, parameters: OpenrankParameters
) -> _Pair:
    """Values of repositories and of actors, with their part of the background."""
    nodes_count = sum(matrix.shape)
    if not nodes_count:
        return initial
    by_repo, by_actor = activity
    transposed = matrix.T  # a view: no second copy of a month
    flowing = 1 - parameters.background_share
    repos, actors = (values.copy() for values in initial)
    background = 0.0
    while True:
        shared = background / nodes_count
        to_repos = flowing * (matrix @ (actors / by_actor)) + shared
        new_repos = parameters.repo_retention * initial[0] + (1 - parameters.repo_retention) * to_repos
        to_actors = flowing * (transposed @ (new_repos / by_repo)) + shared
        new_actors = parameters.actor_retention * initial[1] + (1 - parameters.actor_retention) * to_actors
        to_background = parameters.background_share * (new_repos.sum() + new_actors.sum())
        new_background = (1 - parameters.background_retention) * to_background
        # No new value is 0: each person brings something in, and each repository has a person.
        step = max(np.abs(1 - repos / new_repos).max(), np.abs(1 - actors / new_actors).max())
        repos, actors, background = new_repos, new_actors, new_background
        if step <= parameters.tolerance:
            return repos + background / nodes_count, actors + background / nodes_count


def _numbered(ids: pl.Series) -> tuple[pl.Series, NDArray[np.int64]]:
    """Distinct ids in order, and the place of each row's id among them."""
    distinct = ids.unique().sort()
    return distinct, distinct.search_sorted(ids).cast(pl.Int64).to_numpy()


def _carried(carried: pl.DataFrame, kind: str, ids: pl.Series) -> NDArray[np.float64]:
    known = carried.filter(pl.col("kind") == kind).select("id", pl.col("openrank").cast(pl.Float64))
    found = ids.to_frame("id").join(known, on="id", how="left", maintain_order="left")["openrank"]
    return found.fill_null(0.0).to_numpy().copy()
