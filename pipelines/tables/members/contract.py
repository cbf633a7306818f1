"""Contracts of the family members."""

from __future__ import annotations

from typing import Any

import dataframely as dy
import polars as pl

from pipelines.tables import column


def _profile(description: str, **options: Any) -> dy.String:
    return column.reference("membership_profiles.profile", description, **options)


class LandscapeMembers(dy.Schema):
    """For each as-of month and profile: is the project in the landscape, and why."""

    as_of_month = column.month("Last month that was looked at", primary_key=True)
    profile = _profile("Membership rule, as in the seeds", primary_key=True)
    project_id = column.project(primary_key=True)
    openrank_mean = dy.Float64(
        nullable=True, min=0, description="Mean OpenRank of the window; NULL without a value"
    )
    months_count = column.count("Months of the window that have a value")
    window_months_count = column.count("Months of the window")
    retrieved_months_count = column.count(
        "Months of the window of which it is known whether they have a value"
    )
    openrank_low = dy.Float64(
        nullable=True,
        min=0,
        description="Lower end of the interval of the mean; the mean itself if published",
    )
    openrank_high = dy.Float64(nullable=True, min=0, description="Upper end of the interval")
    nowcast_months_count = column.count("Months of the mean whose value is a nowcast")
    membership_probability = column.ratio(
        "Probability that the mean meets the rule: 0 or 1 if it is published; NULL if it is unknown",
        nullable=True,
    )
    basis = column.one_of(
        ("published", "nowcast", "unknown"),
        "What the mean rests on: published values alone, some nowcast, nothing",
    )
    is_member = dy.Bool(
        nullable=True, description="In or out; NULL if unknown, or if the nowcast is not sure enough"
    )
    reason_code = column.one_of(
        [
            "above_threshold",
            "below_threshold",
            "too_new",
            "too_old",
            "no_activity",
            "unknown_to_source",
            "no_months",
            "series_set_aside",
            "not_answered",
            "not_asked",
            "outside_retrieved_months",
            "undecided",
        ],
        "Why, language-free. Out: below_threshold; too_new (created after the window began); too_old (met the rule"
        " as of an earlier month); no_activity. Unknown: unknown_to_source (no series up to the month);"
        " no_months (an answer without a complete month); series_set_aside (an answer with a value that cannot be);"
        " not_answered (no usable answer came); not_asked;"
        " outside_retrieved_months (a series that does not cover the window); undecided (a nowcast on both sides of the"
        " line)",
    )
    reason = dy.String(description="Why, as a sentence with its numbers")
    last_passed_month = column.month(
        "Last earlier as-of month at which the rule held; NULL if it never did", nullable=True
    )
    last_retrieved_month = column.month(
        "Last month up to the as-of month that was retrieved; NULL if none was", nullable=True
    )
    asked_repo_full_name = dy.String(
        nullable=True,
        description="Name that the source was asked for, where its answer leaves the series unknown",
    )
    answer_detail = dy.String(nullable=True, description="What was wrong with that answer")

    @dy.rule()
    def verdict_needs_a_value(cls) -> pl.Expr:
        """Membership without a value would be a guess."""
        return (pl.col("is_member").fill_null(value=False) & pl.col("openrank_mean").is_null()).not_()


class MembershipWatchList(dy.Schema):
    """Projects near the line of a profile, in or out, with the direction of their last month."""

    as_of_month = column.month("Last month that was looked at", primary_key=True)
    profile = _profile("Membership rule, as in the seeds", primary_key=True)
    project_id = column.project(primary_key=True)
    is_member = dy.Bool(description="In or out")
    openrank_mean = dy.Float64(min=0, description="Mean OpenRank of the profile's window")
    months_count = column.count("Months of the window that have a value")
    window_months_count = column.count("Months of the window")
    threshold = dy.Float64(description="What the profile holds the mean against")
    margin_ratio = dy.Float64(description="Mean minus threshold, over the threshold")
    openrank_latest = dy.Float64(nullable=True, min=0, description="OpenRank of the as-of month")
    openrank_previous = dy.Float64(nullable=True, min=0, description="OpenRank of the month before it")
    direction = column.one_of(
        ["rising", "falling", "steady", "unknown"],
        "openrank_latest against openrank_previous; unknown if either is",
    )


class LandscapeChanges(dy.Schema):
    """Difference of the landscapes of consecutive as-of months, under the default profile and taxonomy.

    `landscape diff` compares any two as-of months, profiles and taxonomies. Kept and new projects are the
    landscape after, kept and dropped ones the landscape before; a moved project is kept as well and has a row more.
    """

    as_of_month_before = column.month("As-of month of the earlier landscape", primary_key=True)
    as_of_month_after = column.month("As-of month of the later landscape", primary_key=True)
    profile_before = _profile("Membership rule of the earlier landscape", primary_key=True)
    profile_after = _profile("Membership rule of the later landscape", primary_key=True)
    taxonomy_version_before = dy.String(primary_key=True, description="Taxonomy of the earlier landscape")
    taxonomy_version_after = dy.String(primary_key=True, description="Taxonomy of the later landscape")
    project_id = column.project(primary_key=True)
    kind = column.one_of(
        ["kept", "new", "became_known", "dropped", "became_unknown", "moved"],
        "In both; only after; only after and unknown before; only before; only before and unknown after; other box",
        primary_key=True,
    )
    cause = column.one_of(
        ["metric", "coverage", "rule", "rename", "label", "taxonomy"],
        "The one cause: the mean; a value that became known or unknown; the profile; a kept project's new name;"
        " another label; another taxonomy",
    )
    detail = dy.String(description="What the row rests on, with its values")
    new_repo_full_name = dy.String(
        nullable=True, description="Name under which the main repository was first seen between both months"
    )
    box_before = dy.String(nullable=True, description="Layer, domain and subdomain before a move")
    box_after = dy.String(nullable=True, description="Layer, domain and subdomain after a move")


class MembershipProfiles(dy.Schema):
    """The rules of membership that landscape_members applies."""

    profile = dy.String(primary_key=True, description="Membership rule, as in the seeds")
    kind = column.one_of(
        ("year_to_date_mean", "trailing_mean", "latest_month"),
        "What is compared: mean of the year's complete months, mean of the last `months`, or the latest month",
    )
    months = dy.Int64(min=1, nullable=True, description="Months of a trailing mean; NULL for other kinds")
    comparison = column.one_of((">", ">="), "How it is compared")
    threshold = dy.Float64(min=0, description="OpenRank that it is compared with")
    reason = dy.String(description="Why the line is drawn there")
