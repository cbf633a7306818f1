"""The parts of a repository's OpenRank: the rest of earlier months, and each person's contribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from pipelines.seeds.parameters import OpenrankParameters

RETAINED, BACKGROUND, PERSON = "retained", "background", "person"

PARTS_SCHEMA = pl.Schema(
    {"part": pl.String(), "actor_id": pl.Int64(), "kind": pl.String(), "openrank": pl.Float64()}
)
"""``part`` is `RETAINED`, `BACKGROUND` or `PERSON`; only `PERSON` has a person and a kind of action."""


@dataclass(frozen=True, slots=True)
class RepositoryMonth:
    """A repository in a solved month.

    Attributes
    ----------
    left
        What earlier months left to the repository, decayed.
    background
        Value of the background before it is shared out.
    nodes_count
        Repositories and people of the month.
    people
        A row per person of the repository: ``actor_id``; ``activity``, of the pair; ``total_activity`` of the person
        in all repositories; ``openrank``, of the person.
    actions
        ``actor_id, kind, amount``: the weight of each kind of action of these people in the repository.
    """

    left: float
    background: float
    nodes_count: int
    people: pl.DataFrame
    actions: pl.DataFrame


def decompose_openrank(month: RepositoryMonth, parameters: OpenrankParameters) -> pl.DataFrame:
    """Open the value of a repository.

    Parameters
    ----------
    month
        The repository and its people.
    parameters
        Those that the month was solved with.

    Returns
    -------
    polars.DataFrame
        Rows of `PARTS_SCHEMA`, ordered by part, person and kind, whose sum is the value of the repository.

    Notes
    -----
    With ρ the retention of a repository, s the share of the background, b its value and N the number of nodes, the
    equation of `pipelines.graph.openrank.solve_openrank` reads

        value = ρ · left + Σ (1 − ρ) · (1 − s) · a / A(person) · (v(person) − b / N) + (1 − ρ) · b / N + b / N

    where v(person) is the published value, which has its part of the background. Within a person a kind of
    action has the share of its weighted count in the person's activity in the repository.

    Examples
    --------
    The second repository of the example in `solve_openrank`: 0.7 · 0.95 of the only person's 0.38213 flow in.

    >>> from pipelines.seeds.parameters import OpenrankParameters
    >>> people = pl.DataFrame({"actor_id": [8], "activity": [44.08], "total_activity": [44.08], "openrank": [0.39586]})
    >>> actions = pl.DataFrame({"actor_id": [8, 8], "kind": ["push", "issue_opened"], "amount": [11.02, 33.06]})
    >>> v3 = OpenrankParameters(
    ...     repo_retention=0.3, actor_retention=0.5, background_retention=0.15, background_share=0.05,
    ...     attention_midpoint=44.08, attention_slope=0.10425, tolerance=1e-13,
    ... )
    >>> for row in decompose_openrank(RepositoryMonth(0.0, 0.05490, 4, people, actions), v3).iter_rows():
    ...     print(*row[:3], round(row[3], 5))
    background None None 0.02333
    person 8 issue_opened 0.19059
    person 8 push 0.06353
    retained None None 0.0
    """
    shared = month.background / month.nodes_count
    taken_in = 1 - parameters.repo_retention
    flow = (
        taken_in
        * (1 - parameters.background_share)
        * pl.col("activity")
        / pl.col("total_activity")
        * (pl.col("openrank") - shared)
    )
    amount = pl.col("amount")
    by_kind = (
        month.actions.filter(amount > 0)
        .join(month.people.with_columns(flow=flow).select("actor_id", "flow"), on="actor_id")
        .select(
            part=pl.lit(PERSON),
            actor_id="actor_id",
            kind=pl.col("kind").cast(pl.String),
            openrank=pl.col("flow") * amount / amount.sum().over("actor_id"),
        )
    )
    alone = [(RETAINED, parameters.repo_retention * month.left), (BACKGROUND, (taken_in + 1) * shared)]
    others = pl.DataFrame(
        [(part, None, None, openrank) for part, openrank in alone], schema=PARTS_SCHEMA, orient="row"
    )
    return pl.concat([others, by_kind.cast(PARTS_SCHEMA)]).sort("part", "actor_id", "kind")


SUMMED_SCHEMA = pl.Schema(
    {"part": pl.String(), "people_count": pl.Int64(), "actions_count": pl.Int64(), "openrank": pl.Float64()}
)


def sum_parts(parts: pl.DataFrame, actions: pl.DataFrame) -> pl.DataFrame:
    """Sum the parts of a repository's value over its people: who they are is no question to a whole landscape.

    Parameters
    ----------
    parts
        Rows of `PARTS_SCHEMA`.
    actions
        ``actor_id, kind, actions_count``: distinct actions in the repository.

    Returns
    -------
    polars.DataFrame
        Rows of `SUMMED_SCHEMA`, ordered: a kind of action, or `RETAINED` or `BACKGROUND`, which belong to no person and
        have no counts.
    """
    is_person = pl.col("part") == PERSON
    counts = pl.when(is_person.first())
    return (
        parts.join(actions, on=["actor_id", "kind"], how="left")
        .sort("part", "kind", "actor_id")
        .group_by(part=pl.when(is_person).then("kind").otherwise("part"), maintain_order=True)
        .agg(
            people_count=counts.then(pl.col("actor_id").n_unique()),
            actions_count=counts.then(pl.col("actions_count").sum()),
            openrank=pl.col("openrank").sum(),
        )
        .cast(SUMMED_SCHEMA)
        .sort("part")
    )


CHANGES_SCHEMA = pl.Schema(
    {
        "change": pl.String(),
        "actor_id": pl.Int64(),
        "before": pl.Float64(),
        "after": pl.Float64(),
        "delta": pl.Float64(),
    }
)


def compare_parts(
    before: RepositoryMonth, after: RepositoryMonth, parameters: OpenrankParameters
) -> pl.DataFrame:
    """Split the change of a repository's value from one month to the next into parts.

    Parameters
    ----------
    before, after
        The repository in both months; without activity in the earlier one, it has no people there.
    parameters
        Those that both months were solved with.

    Returns
    -------
    polars.DataFrame
        Rows of `CHANGES_SCHEMA`, ordered: ``retained`` and ``background``; ``new person`` and ``person gone``; and of
        a person in both months ``share`` and ``own weight``. ``delta`` sums up to the change of the value.
        ``before`` and ``after`` are the part itself, whole, in each row of it.

    Notes
    -----
    What flows from a person is a product: the share of the person's activity that is in this repository, times
    the person's own weight. Its change is split as (new share − old share) · mean weight and (new weight −
    old weight) · mean share, which is exact and treats both alike (the two-factor Shapley value).
    """
    parts = [decompose_openrank(month, parameters) for month in (before, after)]
    sums = [one.group_by("part", "actor_id").agg(pl.col("openrank").sum()) for one in parts]
    factors = [
        month.people.select(
            "actor_id",
            share=pl.col("activity") / pl.col("total_activity"),
            weight=(1 - parameters.repo_retention)
            * (1 - parameters.background_share)
            * (pl.col("openrank") - month.background / month.nodes_count),
        )
        for month in (before, after)
    ]
    whole = sums[0].join(
        sums[1], on=["part", "actor_id"], how="full", coalesce=True, nulls_equal=True, suffix="_after"
    )
    joined = (
        whole.rename({"openrank": "before", "openrank_after": "after"})
        .join(factors[0], on="actor_id", how="left")
        .join(factors[1], on="actor_id", how="left", suffix="_after")
    )
    difference = pl.col("after").fill_null(0.0) - pl.col("before").fill_null(0.0)
    is_person = pl.col("part") == PERSON
    stays = is_person & pl.col("before").is_not_null() & pl.col("after").is_not_null()
    by_share = (pl.col("share_after") - pl.col("share")) * (pl.col("weight_after") + pl.col("weight")) / 2
    by_weight = (pl.col("weight_after") - pl.col("weight")) * (pl.col("share_after") + pl.col("share")) / 2
    name = (
        pl.when(~is_person)
        .then(pl.col("part"))
        .when(pl.col("before").is_null())
        .then(pl.lit("new person"))
        .otherwise(pl.lit("person gone"))
    )
    columns = ["change", "actor_id", "before", "after", "delta"]
    return (
        pl.concat(
            [
                joined.filter(~stays).with_columns(change=name, delta=difference).select(columns),
                joined.filter(stays).with_columns(change=pl.lit("share"), delta=by_share).select(columns),
                joined.filter(stays)
                .with_columns(change=pl.lit("own weight"), delta=by_weight)
                .select(columns),
            ]
        )
        .cast(CHANGES_SCHEMA)
        .sort("change", "actor_id")
    )
