"""Contracts of the family openrank."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from pipelines.seeds.parameters import ActivityWeights
from pipelines.tables import column


class RepoOpenrankMonthly(dy.Schema):
    """OpenRank of a repository name in a month, one row per source and vintage; sources and vintages never mix.

    Source `opendigger` is what was retrieved; `repo_series_extents` says of which months. `computed` is our own from
    real events, `computed-simulated` from made-up ones: `openrank_months` says which months there are and what is
    missing in them. They hold the repositories that are watched and those whose value once exceeded 5.
    """

    repo_full_name = dy.String(
        primary_key=True,
        description="Name the series was retrieved under, or the newest one in events of the month",
    )
    repo_id = dy.Int64(nullable=True, description="GitHub's number of the repository; NULL until resolved")
    month = column.month("Month of the value", primary_key=True)
    openrank = dy.Float64(min=0, description="OpenRank of the month")
    source = column.source(primary_key=True)
    vintage = dy.String(primary_key=True, description="Version of the source's algorithm")
    is_interpolated = dy.Bool(description="True if the source interpolated the month instead of measuring it")


class OpenrankMonths(dy.Schema):
    """What the OpenRank computed here rests on: one row per month and source, for everyone on GitHub.

    A month rests on the newest one before it; months missing between count as months of rest. With
    carried_months_count 0 it started from nothing, so values are too low until some months later; where
    hours_loaded_count is below hours_expected_count, what happened in the rest is unknown and missing in every value.
    """

    month = column.month("Month of the values", primary_key=True)
    source = column.source("computed from real events, or computed-simulated", primary_key=True)
    vintage = dy.String(description="Version of the algorithm, by OpenDigger's names")
    repositories_count = column.count("Repositories with activity")
    people_count = column.count("People with activity")
    pairs_count = column.count("Pairs of a person and a repository that the network is made of")
    inactive_count = column.count(
        "Repositories and people without activity whose earlier value is not forgotten yet"
    )
    bots_count = column.count("Accounts of class bot, which are left out")
    bot_actions_count = column.count("Their actions")
    agents_count = column.count("Accounts of class agent, which are left out")
    agent_actions_count = column.count("Their actions")
    unknown_accounts_count = column.count("Accounts of class unknown, which are left out")
    unknown_account_actions_count = column.count("Their actions")
    snyk_actions_count = column.count("Actions of people left out because the title begins with [snyk]")
    push_only_pairs_count = column.count("Pairs left out because the person only pushed")
    weightless_pairs_count = column.count("Pairs left out because the person only closed pull requests")
    crowd_people_count = column.count(
        "Accounts left out because they count in more repositories than the cap allows"
    )
    crowd_pairs_count = column.count("Their pairs")
    hours_loaded_count = column.count("Hours of the month whose whole file was read")
    hours_expected_count = column.count("Hours of the month")
    carried_months_count = column.count("Months before it that were computed")
    openrank_sum = dy.Float64(min=0, description="Sum over all repositories and people with activity")
    openrank_min = dy.Float64(nullable=True, min=0, description="Smallest value; NULL without activity")
    openrank_max = dy.Float64(nullable=True, min=0, description="Largest value; NULL without activity")
    background = dy.Float64(min=0, description="Value of the background before it is shared out")
    sweeps_count = column.count("Times that every value was computed anew until nothing moved")
    out_weight_error = dy.Float64(
        min=0, description="Largest distance of the sum of a node's out-weights from 1"
    )
    balance_error = dy.Float64(
        min=0, description="What flows into all nodes against what flows out, relative to it"
    )

    @dy.rule()
    def loaded_are_some_of_all(cls) -> pl.Expr:
        """No more hours are loaded than there are."""
        return pl.col("hours_loaded_count") <= pl.col("hours_expected_count")


_NOBODYS_PARTS = ("retained", "background")


class OpenrankParts(dy.Schema):
    """What the value of each repository of a project is made of, in the newest month that was computed of a source.

    The parts of a repository add up to its value in repo_openrank_monthly. `landscape explain` opens any repository
    and month, person by person, and says what changed. OpenDigger publishes no parts of its values.
    """

    project_id = column.project(primary_key=True)
    repo_full_name = dy.String(primary_key=True, description="Newest name in events of the month")
    month = column.month("Month of the value", primary_key=True)
    source = column.source("computed from real events, or computed-simulated", primary_key=True)
    vintage = dy.String(description="Version of the algorithm, by OpenDigger's names")
    part = column.one_of(
        [*_NOBODYS_PARTS, *ActivityWeights.model_fields],
        "What earlier months left, the even share of everybody, or what people brought in by a kind of action",
        primary_key=True,
    )
    people_count = dy.Int64(
        min=1, nullable=True, description="People who did that; NULL for parts that are nobody's"
    )
    actions_count = dy.Int64(
        min=1, nullable=True, description="Their distinct actions; NULL for parts that are nobody's"
    )
    openrank = dy.Float64(min=0, description="OpenRank that the part brings in")

    @dy.rule()
    def who_did_it_is_counted(cls) -> pl.Expr:
        """A kind of action has people and actions, no fewer of these than of those; the other parts have neither."""
        is_nobodys = pl.col("part").is_in(_NOBODYS_PARTS)
        return (
            pl.when(is_nobodys)
            .then(pl.col("people_count").is_null() & pl.col("actions_count").is_null())
            .otherwise(pl.col("actions_count") >= pl.col("people_count"))
            .fill_null(value=False)
        )


class OpenrankComparison(dy.Schema):
    """OpenRank computed here against OpenDigger's, over the repositories that both have in a month; real values only.

    docs/openrank.md lists the known causes of difference.
    """

    month = column.month("Month of the values", primary_key=True)
    vintage = dy.String(primary_key=True, description="Version of the algorithm here")
    opendigger_vintage = dy.String(primary_key=True, description="Version of OpenDigger's algorithm")
    repositories_count = dy.Int64(min=1, description="Repositories that both have")
    rank_correlation = dy.Float64(
        nullable=True,
        min=-1,
        max=1,
        description="Spearman's; NULL for fewer than three repositories, or if a source has them all alike",
    )
    ratio_lower_quartile = dy.Float64(min=0, description="Of our value over OpenDigger's")
    ratio_median = dy.Float64(min=0, description="Of our value over OpenDigger's")
    ratio_upper_quartile = dy.Float64(min=0, description="Of our value over OpenDigger's")
