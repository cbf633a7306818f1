"""Contracts of the family exploration."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from pipelines.tables import column


class ExplorationCandidates(dy.Schema):
    """Repositories found by following people from the field's seeds, hop by hop: proposals, of which people decide.

    A hop starts from a frontier, the first from the seeds; a later one from what the hop before found, lists,
    documentation, forks and mirrors left out. Membership and rankings never use this table.
    """

    source = column.source(primary_key=True)
    repo_id = dy.Int64(primary_key=True, description="GitHub's number of the repository")
    repo_full_name = dy.String(description="Its newest name in the window, owner/name")
    project_id = column.project("Project that owns it, as in projects; NULL if none does yet", nullable=True)
    kind = column.one_of(
        ["software", "list", "docs", "fork", "mirror", "unknown"],
        "What it holds; only software and unknown lead on",
    )
    kind_reason = dy.String(description="What the kind rests on, with its values")
    hop = dy.Int64(min=1, description="Hop that found it; 1 is reached from the seeds themselves")
    rank = dy.Int64(min=1, description="Place within the hop, by association")
    path = dy.List(
        dy.String(),
        description="From the seed to it by newest name: each step is the repository of the frontier that it is most"
        " closely associated with",
    )
    shared_people_count = dy.Int64(min=1, description="People active in it and in the frontier")
    people_count = dy.Int64(min=1, description="People active in it; those in too many repositories left out")
    frontier_people_count = dy.Int64(min=1, description="People active in the frontier of its hop")
    association = column.ratio(
        "Ochiai coefficient: shared_people_count over the root of people_count times frontier_people_count"
    )
    expected_people_count = dy.Float64(
        min=0,
        description="Shared people to be expected by chance, given who is active in how many repositories",
    )
    p_value = column.ratio("Probability to share that many or more by chance, from the Poisson distribution")
    leading_people = dy.List(
        dy.String(), description="Logins of those who were most active both in the frontier and in it"
    )
    first_seen_at = dy.Datetime(description="First collaboration in it in the window, UTC")
    last_seen_at = dy.Datetime(description="Last collaboration in it in the window, UTC")
    window_start = dy.Date(description="First day looked at")
    window_end = dy.Date(description="Last day looked at")

    @dy.rule()
    def path_has_a_step_a_hop(cls) -> pl.Expr:
        """A path leads from a seed to the repository, a step each hop."""
        return (pl.col("path").list.len() == pl.col("hop") + 1) & (
            pl.col("path").list.last() == pl.col("repo_full_name")
        )

    @dy.rule()
    def shared_are_some_of_both(cls) -> pl.Expr:
        """No more people are shared than either side has."""
        return pl.col("shared_people_count") <= pl.min_horizontal("people_count", "frontier_people_count")
