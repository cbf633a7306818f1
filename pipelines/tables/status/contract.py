"""Contracts of the family status."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from pipelines.tables import column


class ProjectStatus(dy.Schema):
    """Whether each project lives on an as-of day: the last day of every month, and days that the seeds name.

    Each row rests on what was observed by its day and on the months that had ended by then; nothing simulated
    counts. A source that does not know a project has no vote. A project created after a day has no row of it.
    "On the way" to the graveyard are the declining, the furthest below their peak first.
    """

    as_of = dy.Date(primary_key=True, description="Day the project is looked at from")
    project_id = column.project(primary_key=True)
    status = column.one_of(
        ["active", "declining", "dormant", "graveyard", "archived", "resurrected", "unknown"],
        "graveyard and archived: ended. declining: far below its peak and still falling. dormant: no push, but"
        " people still come, or one origin alone says that it ended. resurrected: active, in the graveyard within"
        " a year before. unknown: no signal",
    )
    policy = column.reference(
        "graveyard_policies.policy",
        "Policy that put it into the graveyard, the first of flagged_by; NULL for any other status",
        nullable=True,
    )
    rule = dy.String(description="Condition that gave the status, language-free")
    flagged_by = dy.List(
        dy.String(),
        description="Every policy that flags it: official-end, published-2025-05, corroborated, curated-exception",
    )
    is_single_source = dy.Bool(
        nullable=True,
        description="True if a rule flags it on the word of one origin; NULL for a status outside the graveyard",
    )
    reasons = dy.List(dy.String(), description="The conclusion, then each fact looked at with value and day")
    reason_messages = dy.List(dy.String(), description=f"The same, {column.MESSAGE}")
    confidence = column.ratio(
        "(agreeing + 1) / (voting + 2) over the origins GitHub, OpenDigger and owner that say anything; 1 for an"
        " official end; NULL if nothing is known. It orders rows and is no calibrated probability",
        nullable=True,
    )
    first_flagged_month = column.month(
        "Month of the first assessment of the run of graveyard or archived that this one belongs to; NULL outside",
        nullable=True,
    )
    ended_on = dy.Date(
        nullable=True,
        description="Last sign of life of a project in the graveyard: the announcement of an official end, otherwise"
        " the last push; NULL outside, and where neither is known",
    )
    openrank_peak = dy.Float64(nullable=True, min=0, description="Highest monthly OpenRank up to the day")
    peak_month = column.month("Month of that peak", nullable=True)
    openrank_latest_mean = dy.Float64(
        nullable=True, min=0, description="Mean OpenRank of the three months up to the last retrieved one"
    )
    openrank_latest_high = dy.Float64(
        nullable=True,
        min=0,
        description="Upper end of the interval of openrank_latest_mean; the mean itself if all its months are"
        " published. declining needs the whole interval below",
    )
    latest_months_count = column.count(
        "Months of openrank_latest_mean that have a value, of three; NULL without it", nullable=True
    )
    openrank_drawdown_ratio = dy.Float64(
        nullable=True,
        max=1,
        description="Fall of openrank_latest_mean from openrank_peak, over the peak; 1 if those months were retrieved"
        " and have no value",
    )
    since_peak_months = column.count("Months from the peak to the last retrieved month", nullable=True)
    openrank_slope_ratio = dy.Float64(
        nullable=True,
        description="Least-squares change per month over the six months up to the last retrieved one, over their mean",
    )
    has_recent_openrank = dy.Bool(
        description="True if OpenRank is known, and above 0, in one of the recent_months complete months before the"
        " day; False also if nothing is known of them"
    )

    @dy.rule()
    def who_ended_has_a_policy(cls) -> pl.Expr:
        """A policy, the month of the first flag and the ended statuses go together."""
        ended = pl.col("status").is_in(["graveyard", "archived"])
        return (
            (ended == pl.col("policy").is_not_null())
            & (ended == pl.col("first_flagged_month").is_not_null())
            & (ended == (pl.col("flagged_by").list.len() > 0))
        )


class SurvivalCurves(dy.Schema):
    """Kaplan-Meier curves of project lifetimes, by domain and by year of creation, with 95 % intervals.

    A life begins in the month of creation. It ends with ended_on of a project that lies in the graveyard on the last
    as-of day of project_status, or with the last month with OpenRank before half a year of retrieved months without;
    any other project is censored at its last retrieved month. Projects of which creation or extents are unknown are
    left out and counted. Most projects here were chosen in 2025 because they were alive, and eleven because they were
    not, so the curves compare groups of this landscape and are no estimate for open-source projects at large.
    """

    grouping = column.one_of(["all", "domain", "cohort"], "What groups the projects", primary_key=True)
    group_value = dy.String(
        primary_key=True,
        description="English name of the domain in the default taxonomy, year of creation, or `all`",
    )
    age_months = column.count("Months since creation", primary_key=True)
    survival_ratio = column.ratio(
        "Estimated share that lives longer than that; NULL where unplaced_ended_count is not 0", nullable=True
    )
    survival_low_ratio = column.ratio(
        "Lower end of the 95 % interval (log-log); NULL before the first end", nullable=True
    )
    survival_high_ratio = column.ratio("Upper end of the interval", nullable=True)
    at_risk_count = column.count("Projects observed up to that age, alive before it")
    ended_count = column.count("Of these, lives that ended at that age")
    censored_count = column.count("Of these, projects observed no longer")
    projects_count = column.count("Projects of the group with a known extent")
    excluded_count = column.count("Projects of the group left out: creation or extents unknown")
    logrank_p_value = column.ratio(
        "Log-rank test of the group against all other projects; NULL where one side has no end or is empty",
        nullable=True,
    )
    unplaced_ended_count = column.count(
        "Projects that ended and belong to no group of the grouping; with any, no group of it can be estimated"
    )


class GraveyardPolicies(dy.Schema):
    """The policies by which project_status puts a project into the graveyard, in the order they name it."""

    position = dy.Int64(
        primary_key=True, min=1, description="Of what several policies flag, the first names it"
    )
    policy = dy.String(description="Identifier in the seeds, as in project_status")
    kind = column.one_of(
        ("official_end", "sudden_attention", "agreement", "curated"), "What the policy goes by"
    )
    created_from = dy.Date(nullable=True, description="Of sudden_attention: first day of creation; else NULL")
    stars_at_least = dy.Int64(nullable=True, min=1, description="Of sudden_attention: stars; else NULL")
    origins_at_least = dy.Int64(
        nullable=True, min=1, description="Of agreement: origins that say it ended; else NULL"
    )
    reason = dy.String(description="Why there is this policy")
