"""The published tables, each defined once.

A contract here is the check before publishing, the DDL with its comments and constraints in the published
file, and the chapter in ``docs/data_dictionary.md``. A column exists nowhere else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import dataframely as dy
import polars as pl

from pipelines.seeds.models import ActivityWeights

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA_VERSION = "1"
"""Raised when a published table or column is renamed, removed or changes its meaning."""


def _month(description: str, **options: Any) -> dy.Date:
    return dy.Date(resolution="1mo", description=f"{description} (first day of the month)", **options)


def _one_of(values: Sequence[str], description: str, **options: Any) -> dy.String:
    allowed = list(values)
    return dy.String(
        check={"one_of": lambda column: column.is_in(allowed)},
        metadata={"one_of": allowed},
        description=description,
        **options,
    )


def _project(description: str = "Project, as in projects", **options: Any) -> dy.String:
    return dy.String(min_length=1, description=description, **options)


def _source(description: str = "Origin of the row, as in data_sources", **options: Any) -> dy.String:
    return dy.String(min_length=1, description=description, **options)


def _count(description: str, **options: Any) -> dy.Int64:
    return dy.Int64(min=0, description=description, **options)


def _ratio(description: str, **options: Any) -> dy.Float64:
    return dy.Float64(min=0, max=1, description=description, **options)


class Projects(dy.Schema):
    """Projects of the field, with what was observed of each project's main repository.

    Each observed column holds the newest value observed by the as-of date of `metadata`; where only a later
    observation exists, the earliest of those, and is_observed_later says so. NULL is unknown, not zero.
    """

    project_id = _project(
        "Short name of the project in the seeds; the key of every other table", primary_key=True
    )
    name = dy.String(description="Name as people write it")
    organization = dy.String(description="Organisation that runs it, from the seeds")
    repo_id = dy.Int64(
        nullable=True, description="GitHub's number of the main repository; NULL until resolved"
    )
    repo_full_name = dy.String(description="Current owner/name of the main repository")
    description = dy.String(
        nullable=True, description="Description on GitHub, as its owners wrote it: plain text"
    )
    language = dy.String(nullable=True, description="Main programming language, as GitHub measured it")
    license_spdx = dy.String(nullable=True, description="SPDX identifier of the licence; NULL if unknown")
    created_at = dy.Datetime(nullable=True, description="When the repository was created, UTC")
    pushed_at = dy.Datetime(nullable=True, description="Last push known at observed_on, UTC")
    is_archived = dy.Bool(nullable=True, description="Archived on GitHub; NULL if unknown")
    stars_count = _count("Stars at observed_on", nullable=True)
    forks_count = _count("Forks at observed_on", nullable=True)
    observed_on = dy.Date(nullable=True, description="Day of the observation that stars_count is from")
    is_observed_later = dy.Bool(nullable=True, description="True if observed_on is after the as-of date")
    topics = dy.List(dy.String(), nullable=True, description="Topics on GitHub; NULL if unknown")
    source = _source("Origin of the observation, as in data_sources; NULL if never observed", nullable=True)
    origin = dy.String(description="How the project entered the seeds")
    is_candidate = dy.Bool(description="True if the project may be a member; False if it is only watched")

    @dy.rule()
    def observed_on_goes_with_source(cls) -> pl.Expr:
        """An observation has a date and an origin, or there is none."""
        return pl.col("observed_on").is_null() == pl.col("source").is_null()


class ProjectRepos(dy.Schema):
    """Every repository name ever known for a project: current, former, and seen in events."""

    project_id = _project(primary_key=True)
    repo_full_name = dy.String(
        primary_key=True, regex=r"^[^/\s]+/[^/\s]+$", description="owner/name, case kept"
    )
    repo_id = dy.Int64(nullable=True, description="GitHub's number of the repository; NULL until resolved")
    first_seen_at = dy.Datetime(nullable=True, description="First real observation under this name, UTC")
    last_seen_at = dy.Datetime(nullable=True, description="Last real observation under this name, UTC")
    is_current = dy.Bool(description="True for the name in use today")

    @dy.rule()
    def seen_in_order(cls) -> pl.Expr:
        """A name is last seen no earlier than first seen."""
        return pl.col("first_seen_at").is_null() | (pl.col("first_seen_at") <= pl.col("last_seen_at"))


class ProjectMetricsMonthly(dy.Schema):
    """Monthly values of every metric of a project, summed over its repositories where that has a meaning.

    A month without a row is absent (no activity) inside the extents of `repo_series_extents` and unknown
    outside them; it is never zero.
    """

    project_id = _project(primary_key=True)
    month = _month("Month of the value", primary_key=True)
    metric_id = dy.String(primary_key=True, description="Metric, as in metric_catalog")
    value = dy.Float64(min=0, description="Value in the unit of metric_catalog")
    source = _source(primary_key=True)
    vintage = dy.String(nullable=True, description="Version of the source's algorithm; NULL for plain counts")
    coverage_ratio = _ratio("Share of the project's repositories whose month was retrieved")
    is_partial = dy.Bool(description="True if a repository is missing or the source interpolated the month")


class ProjectDomains(dy.Schema):
    """The technical domain of a project in a version of the taxonomy."""

    project_id = _project(primary_key=True)
    taxonomy_version = dy.String(primary_key=True, description="Version of the taxonomy")
    layer = dy.String(nullable=True, description="Layer, English name; NULL if unclassified")
    domain = dy.String(nullable=True, description="Domain, English name; NULL if unclassified")
    subdomain = dy.String(
        nullable=True,
        description="Sub-row of the domain, English name; NULL if it has none or the domain is predicted",
    )
    assignment = _one_of(["curated", "predicted", "unclassified"], "Who decided: a person, the model, nobody")
    confidence = _ratio(
        "Calibrated probability of the most probable domain; NULL for a curated one", nullable=True
    )
    reasons = dy.List(dy.String(), description="What the assignment rests on, in words")


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
    month = _month("Month of the value", primary_key=True)
    openrank = dy.Float64(min=0, description="OpenRank of the month")
    source = _source(primary_key=True)
    vintage = dy.String(primary_key=True, description="Version of the source's algorithm")
    is_interpolated = dy.Bool(description="True if the source interpolated the month instead of measuring it")


class OpenrankMonths(dy.Schema):
    """What stands behind the OpenRank that was computed here: one row per month and source, for everyone on GitHub.

    A month rests on the newest one before it; months missing between count as months of rest. With
    carried_months_count 0 it started from nothing, so values are too low until some months later; where
    hours_loaded_count is below hours_expected_count, what happened in the rest is unknown and missing in every value.
    """

    month = _month("Month of the values", primary_key=True)
    source = _source("computed from real events, or computed-simulated", primary_key=True)
    vintage = dy.String(description="Version of the algorithm, by OpenDigger's names")
    repositories_count = _count("Repositories with activity")
    people_count = _count("People with activity")
    pairs_count = _count("Pairs of a person and a repository that the network is made of")
    inactive_count = _count(
        "Repositories and people without activity whose earlier value is not forgotten yet"
    )
    bots_count = _count("Accounts left out because they are programs")
    bot_actions_count = _count("Their actions")
    snyk_actions_count = _count("Actions of people left out because the title begins with [snyk]")
    push_only_pairs_count = _count("Pairs left out because the person only pushed")
    weightless_pairs_count = _count("Pairs left out because the person only closed pull requests")
    crowd_people_count = _count(
        "Accounts left out because they count in more repositories than the cap allows"
    )
    crowd_pairs_count = _count("Their pairs")
    hours_loaded_count = _count("Hours of the month whose whole file was read")
    hours_expected_count = _count("Hours of the month")
    carried_months_count = _count("Months before it that were computed")
    openrank_sum = dy.Float64(min=0, description="Sum over all repositories and people with activity")
    openrank_min = dy.Float64(nullable=True, min=0, description="Smallest value; NULL without activity")
    openrank_max = dy.Float64(nullable=True, min=0, description="Largest value; NULL without activity")
    background = dy.Float64(min=0, description="Value of the background before it is shared out")
    sweeps_count = _count("Times that every value was computed anew until nothing moved")
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

    project_id = _project(primary_key=True)
    repo_full_name = dy.String(primary_key=True, description="Newest name in events of the month")
    month = _month("Month of the value", primary_key=True)
    source = _source("computed from real events, or computed-simulated", primary_key=True)
    vintage = dy.String(description="Version of the algorithm, by OpenDigger's names")
    part = _one_of(
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

    month = _month("Month of the values", primary_key=True)
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


class RepoSeriesExtents(dy.Schema):
    """Months that were retrieved for a repository: inside a missing value is absent, outside it is unknown."""

    repo_full_name = dy.String(primary_key=True, description="Repository name the series was retrieved under")
    source = _source(primary_key=True)
    vintage = dy.String(primary_key=True, description="Version of the source's algorithm")
    extent_from = _month("First retrieved month of an unbroken run", primary_key=True)
    extent_through = _month("Last retrieved month of the run")

    @dy.rule()
    def extent_in_order(cls) -> pl.Expr:
        """A run ends no earlier than it starts."""
        return pl.col("extent_from") <= pl.col("extent_through")


class LandscapeMembers(dy.Schema):
    """For each as-of month and profile: is the project in the landscape, and why."""

    as_of_month = _month("Last month that was looked at", primary_key=True)
    profile = dy.String(primary_key=True, description="Membership rule, as in the seeds")
    project_id = _project(primary_key=True)
    openrank_mean = dy.Float64(
        nullable=True, min=0, description="Mean OpenRank of the window; NULL without a value"
    )
    months_count = _count("Months of the window that have a value")
    window_months_count = _count("Months of the window")
    retrieved_months_count = _count("Months of the window that were retrieved")
    is_member = dy.Bool(nullable=True, description="In or out; NULL if unknown")
    reason_code = _one_of(
        [
            "above_threshold",
            "below_threshold",
            "too_new",
            "too_old",
            "no_activity",
            "unknown_to_source",
            "outside_retrieved_months",
        ],
        "Why, language-free. Out: below_threshold; too_new (created after the window began); too_old (met the rule"
        " as of an earlier month); no_activity. Unknown: unknown_to_source (no series up to the month);"
        " outside_retrieved_months (a series that does not cover the window)",
    )
    reason = dy.String(description="Why, as a sentence with its numbers")

    @dy.rule()
    def verdict_needs_a_value(cls) -> pl.Expr:
        """Membership without a value would be a guess."""
        return (pl.col("is_member").fill_null(value=False) & pl.col("openrank_mean").is_null()).not_()


class MembershipWatchList(dy.Schema):
    """Projects near the line of a profile, in or out, with the direction of their last month."""

    as_of_month = _month("Last month that was looked at", primary_key=True)
    profile = dy.String(primary_key=True, description="Membership rule, as in the seeds")
    project_id = _project(primary_key=True)
    is_member = dy.Bool(description="In or out")
    openrank_mean = dy.Float64(min=0, description="Mean OpenRank of the profile's window")
    threshold = dy.Float64(description="What the profile holds the mean against")
    margin_ratio = dy.Float64(description="Mean minus threshold, over the threshold")
    openrank_latest = dy.Float64(nullable=True, min=0, description="OpenRank of the as-of month")
    openrank_previous = dy.Float64(nullable=True, min=0, description="OpenRank of the month before it")
    direction = _one_of(
        ["rising", "falling", "steady", "unknown"],
        "openrank_latest against openrank_previous; unknown if either is",
    )


class ProjectRankings(dy.Schema):
    """Members of the default profile ranked by mean OpenRank from January to the as-of month."""

    as_of_month = _month("Last month of the window", primary_key=True)
    window_start = _month("First month of the window")
    window_end = _month("Last month of the window")
    rank = dy.Int64(min=1, description="1 is the highest mean; equal means share a rank")
    project_id = _project(primary_key=True)
    openrank_mean = dy.Float64(min=0, description="Plain mean of the monthly OpenRank values in the window")
    months_count = dy.Int64(min=1, description="Months of the window that have a value")
    openrank_prior_mean = dy.Float64(
        nullable=True,
        min=0,
        description="The same mean one year before; 0 if created after that window, NULL if unknown",
    )
    openrank_yoy_delta = dy.Float64(nullable=True, description="openrank_mean minus openrank_prior_mean")
    openrank_yoy_ratio = dy.Float64(
        nullable=True,
        description="openrank_yoy_delta over openrank_prior_mean; NULL when that is 0 or unknown",
    )
    stars_count = _count("Stars by the end of the as-of month; NULL if not observed by then", nullable=True)
    stars_observed_on = dy.Date(
        nullable=True, description="Day stars_count was observed, or the first later day if only that exists"
    )
    stars_basis = _one_of(["observed", "observed_later_only", "unknown"], "What stars_count rests on")

    @dy.rule()
    def delta_is_the_difference(cls) -> pl.Expr:
        """The year-on-year change can be recomputed from its row."""
        difference = pl.col("openrank_mean") - pl.col("openrank_prior_mean")
        return (difference - pl.col("openrank_yoy_delta")).abs().fill_null(0.0) < 1e-9  # noqa: PLR2004


class ProjectRankingsByScope(ProjectRankings):
    """Members of the default profile ranked by mean OpenRank over windows of 1, 3, 6 and 12 months and of the year.

    Each window ends with the as-of month. January to the as-of month is the row whose window_months is the
    number of that month. Who is ranked is decided by the default profile, whatever the window.
    """

    window_months = dy.Int64(min=1, max=12, description="Months of the window", primary_key=True)
    scope = _one_of(
        ["landscape", "layer", "domain", "subdomain"], "Among whom the rank counts", primary_key=True
    )
    scope_value = dy.String(
        description="English name of the layer, domain or subdomain; `landscape` for all", primary_key=True
    )
    taxonomy_version = dy.String(
        nullable=True, description="Taxonomy that scope_value is of; NULL for the whole landscape"
    )


class ProjectRanksMonthly(dy.Schema):
    """Every project with a value in the month, member or not, ranked month by month; a missing month has no row."""

    # The key orders the file, and who asks for ranks of months asks for those of some projects.
    project_id = _project(primary_key=True)
    scope = _one_of(
        ["landscape", "layer", "domain", "subdomain"], "Among whom the rank counts", primary_key=True
    )
    scope_value = dy.String(
        description="English name of the layer, domain or subdomain; `landscape` for all", primary_key=True
    )
    taxonomy_version = dy.String(
        nullable=True, description="Taxonomy that scope_value is of; NULL for the whole landscape"
    )
    month = _month("Month", primary_key=True)
    rank = dy.Int64(min=1, description="1 is the highest value; equal values share a rank")
    openrank = dy.Float64(min=0, description="OpenRank of the month")


class ScopeOpenrankMonthly(dy.Schema):
    """OpenRank of each layer, domain and subdomain month by month, summed over its labelled projects.

    Which projects have a value changes from month to month: compare months only where known_projects_count is near
    existing_projects_count. A month in which none has a value has no row.
    """

    month = _month("Month", primary_key=True)
    scope = _one_of(["layer", "domain", "subdomain"], "What is summed over", primary_key=True)
    scope_value = dy.String(primary_key=True, description="English name of the layer, domain or subdomain")
    taxonomy_version = dy.String(description="Taxonomy that scope_value is of")
    openrank_sum = dy.Float64(description="Sum of the month's values")
    projects_count = _count("Projects with a value")
    known_projects_count = _count("Projects with a value, or without activity in a retrieved month")
    existing_projects_count = _count("Labelled projects that were created by the month")


class DomainGrowth(dy.Schema):
    """OpenRank of each domain from January to the as-of month against the same months one year before.

    A row whose subdomain is NULL holds the whole domain, those of its subdomains included; so sum over rows
    with subdomain NULL, or look at one subdomain. Compared are the labelled projects, members or not, with a
    known mean in both windows; one created after the earlier window counts there with 0. Both sums are over
    the compared projects alone.
    """

    as_of_month = _month("Last month of the window")
    layer = dy.String(description="Layer, English name, under the default taxonomy")
    domain = dy.String(description="Domain, English name")
    subdomain = dy.String(nullable=True, description="Subdomain, English name; NULL for the whole domain")
    projects_count = _count("Projects with that label today, whether or not they existed in the window")
    compared_projects_count = _count("Of these, projects with a known mean in both windows")
    openrank_sum = dy.Float64(
        nullable=True, min=0, description="Sum of the compared projects' means; NULL if none is compared"
    )
    openrank_prior_sum = dy.Float64(
        nullable=True, min=0, description="Sum of their means one year before; NULL if none is compared"
    )
    growth_ratio = dy.Float64(
        nullable=True,
        description="openrank_sum over openrank_prior_sum, minus 1; NULL if the latter is 0 or NULL",
    )

    @dy.rule()
    def compared_are_some_of_all(cls) -> pl.Expr:
        """No more projects are compared than there are, and sums exist only with some."""
        compared = pl.col("compared_projects_count")
        return (compared <= pl.col("projects_count")) & (
            (compared > 0) == pl.col("openrank_sum").is_not_null()
        )


class TechnologyAreaAnnual(dy.Schema):
    """OpenRank of technology areas by year, as far as the repositories that OpenDigger's labels name have a series.

    Labels of the form owner/* are left out, since no list says what they held in which year. A repository may
    stand in several areas. Compare areas only where covered_repos_count is near repos_count.
    """

    area = dy.String(primary_key=True, description="Technology area, as in the seeds")
    year = dy.Int64(primary_key=True, description="Calendar year")
    openrank_sum = dy.Float64(
        min=0, description="Sum of the monthly OpenRank of all its repositories with a value"
    )
    months_count = dy.Int64(min=1, max=12, description="Months of the year with a value")
    repos_count = _count("Repositories that the labels name one by one")
    covered_repos_count = _count("Of these, repositories of which every month of the year was retrieved")

    @dy.rule()
    def covered_are_some_of_all(cls) -> pl.Expr:
        """No more repositories are covered than there are."""
        return pl.col("covered_repos_count") <= pl.col("repos_count")


class TechnologyAreas(dy.Schema):
    """The technology areas of technology_area_annual, with their names."""

    area = dy.String(primary_key=True, description="Technology area, as in the seeds")
    name = dy.String(description="Name in English")
    name_zh = dy.String(description="Name in Chinese")
    owners_count = _count("Labels of the form owner/*: nobody says how many repositories they stand for")


class ProjectStatus(dy.Schema):
    """Whether each project lives on an as-of day: the last day of every month, and days that the seeds name.

    Each row rests on what was observed by its day and on the months that had ended by then; nothing simulated
    counts. A source that does not know a project has no vote. A project created after a day has no row of it.
    "On the way" to the graveyard are the declining, the furthest below their peak first.
    """

    as_of = dy.Date(primary_key=True, description="Day the project is looked at from")
    project_id = _project(primary_key=True)
    status = _one_of(
        ["active", "declining", "dormant", "graveyard", "archived", "resurrected", "unknown"],
        "graveyard and archived: ended. declining: far below its peak and still falling. dormant: no push, but"
        " people still come, or one origin alone says that it ended. resurrected: active, in the graveyard within"
        " a year before. unknown: no signal",
    )
    policy = dy.String(
        nullable=True,
        description="Policy that put it into the graveyard, the first of flagged_by; NULL for any other status",
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
    confidence = _ratio(
        "(agreeing + 1) / (voting + 2) over the origins GitHub, OpenDigger and owner that say anything; 1 for an"
        " official end; NULL if nothing is known. It orders rows and is no calibrated probability",
        nullable=True,
    )
    first_flagged_month = _month(
        "Month of the first assessment of the run of graveyard or archived that this one belongs to; NULL outside",
        nullable=True,
    )
    ended_on = dy.Date(
        nullable=True,
        description="Last sign of life of a project in the graveyard: the announcement of an official end, otherwise"
        " the last push; NULL outside, and where neither is known",
    )
    openrank_peak = dy.Float64(nullable=True, min=0, description="Highest monthly OpenRank up to the day")
    peak_month = _month("Month of that peak", nullable=True)
    openrank_latest_mean = dy.Float64(
        nullable=True, min=0, description="Mean OpenRank of the three months up to the last retrieved one"
    )
    openrank_drawdown_ratio = dy.Float64(
        nullable=True,
        max=1,
        description="Fall of openrank_latest_mean from openrank_peak, over the peak; 1 if those months were retrieved"
        " and have no value",
    )
    since_peak_months = _count("Months from the peak to the last retrieved month", nullable=True)
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

    grouping = _one_of(["all", "domain", "cohort"], "What groups the projects", primary_key=True)
    group_value = dy.String(
        primary_key=True,
        description="English name of the domain in the default taxonomy, year of creation, or `all`",
    )
    age_months = _count("Months since creation", primary_key=True)
    survival_ratio = _ratio("Estimated share that lives longer than that")
    survival_low_ratio = _ratio(
        "Lower end of the 95 % interval (log-log); NULL before the first end", nullable=True
    )
    survival_high_ratio = _ratio("Upper end of the interval", nullable=True)
    at_risk_count = _count("Projects observed up to that age, alive before it")
    ended_count = _count("Of these, lives that ended at that age")
    censored_count = _count("Of these, projects observed no longer")
    projects_count = _count("Projects of the group with a known extent")
    excluded_count = _count("Projects of the group left out: creation or extents unknown")
    logrank_p_value = _ratio(
        "Log-rank test of the group against all other projects; NULL where one side has no end or is empty",
        nullable=True,
    )


class ProjectAnnotations(dy.Schema):
    """Dated events of projects, each with a link: what a chart may mark."""

    project_id = _project(primary_key=True)
    happened_on = dy.Date(primary_key=True, description="Day of the event, or on which it was first seen")
    kind = _one_of(
        ["created", "renamed", "official_end", "listed_in_graveyard"],
        "created on GitHub; first seen under a new name; its owner announced the end; on a published graveyard list",
        primary_key=True,
    )
    text = dy.String(description="What happened, as a sentence", primary_key=True)
    url = dy.String(regex=r"^https?://\S+$", description="Where it can be read up")
    source = _source("Origin as in data_sources; `curated` for what people wrote down")


class LandscapeChanges(dy.Schema):
    """Difference of the landscapes of consecutive as-of months, under the default profile and taxonomy.

    `landscape diff` compares any two as-of months, profiles and taxonomies. Kept and new projects are the
    landscape after, kept and dropped ones the landscape before; a moved project is kept as well and has a row more.
    """

    as_of_month_before = _month("As-of month of the earlier landscape", primary_key=True)
    as_of_month_after = _month("As-of month of the later landscape", primary_key=True)
    profile_before = dy.String(primary_key=True, description="Membership rule of the earlier landscape")
    profile_after = dy.String(primary_key=True, description="Membership rule of the later landscape")
    taxonomy_version_before = dy.String(primary_key=True, description="Taxonomy of the earlier landscape")
    taxonomy_version_after = dy.String(primary_key=True, description="Taxonomy of the later landscape")
    project_id = _project(primary_key=True)
    kind = _one_of(
        ["kept", "new", "dropped", "moved"], "In both, only after, only before, other box", primary_key=True
    )
    cause = _one_of(
        ["metric", "coverage", "rule", "rename", "label", "taxonomy"],
        "The one cause: the mean; a value that became known or unknown; the profile; a kept project's new name;"
        " another label; another taxonomy",
    )
    detail = dy.String(description="What the row rests on, with its values")


_SHARED = "Distinct people active in both, bots left out, in the five collaboration event types"
_JACCARD = "Shared people over people active in either"
_ASSOCIATION = "Ochiai's coefficient: shared people over the geometric mean of the people of each"
_EXPECTED = "People that two of these sizes share by chance, where everyone keeps the number of places"
_P_VALUE = "Probability to share that many or more by chance, of this pair looked at by itself"
_UNSTATED = "; NULL if the source does not say"


class CollaborationWindows(dy.Schema):
    """What the edges of a source rest on: days, people and where they are active, and what the cap dropped.

    Dropped are people active in more repositories than person_repositories_cap of the thresholds.
    """

    source = _source(primary_key=True)
    level = _one_of(["project", "repository"], "What the edges are between", primary_key=True)
    window_start = dy.Date(description="First day with an event of these types")
    window_end = dy.Date(description="Last day with an event of these types")
    people_count = _count("Distinct people active in any of the projects or repositories")
    memberships_count = _count("Pairs of a person and a project or repository: M of the null model")
    meetings_count = _count("Pairs of projects or repositories that a person ties, added up over the people")
    dropped_people_count = _count("People left out for the cap")
    dropped_memberships_count = _count("Pairs of such a person and a project or repository")
    dropped_meetings_count = _count("Pairs of projects or repositories that such people would tie")


class CollaborationEdges(dy.Schema):
    """Pairs of projects that share people: project_a sorts before project_b, one row per window and source."""

    source = _source()
    project_a = _project()
    project_b = _project()
    window_start = dy.Date(nullable=True, description=f"First day counted{_UNSTATED}")
    window_end = dy.Date(nullable=True, description=f"Last day counted{_UNSTATED}")
    shared_people_count = dy.Int64(min=1, description=_SHARED)
    people_a_count = _count(f"Distinct people active in project_a{_UNSTATED}", nullable=True)
    people_b_count = _count(f"Distinct people active in project_b{_UNSTATED}", nullable=True)
    jaccard = _ratio(f"{_JACCARD}{_UNSTATED}", nullable=True)
    association = _ratio(f"{_ASSOCIATION}{_UNSTATED}", nullable=True)
    expected_people_count = dy.Float64(min=0, nullable=True, description=f"{_EXPECTED}{_UNSTATED}")
    p_value = _ratio(f"{_P_VALUE}{_UNSTATED}", nullable=True)

    @dy.rule()
    def pair_in_order(cls) -> pl.Expr:
        """Each pair stands once, without loops."""
        return pl.col("project_a") < pl.col("project_b")

    @dy.rule()
    def measures_follow_from_counts(cls) -> pl.Expr:
        """No more people are shared than either has, and the coefficients are those of the counts."""
        return _measures_follow()


class RepositoryEdges(dy.Schema):
    """Pairs of repositories that share people: repo_a_id is below repo_b_id, one row per window and source."""

    source = _source(primary_key=True)
    window_start = dy.Date(primary_key=True, description="First day counted")
    window_end = dy.Date(description="Last day counted")
    repo_a_id = dy.Int64(primary_key=True, description="Number of the repository, as its events carry it")
    repo_b_id = dy.Int64(primary_key=True, description="Number of the repository, as its events carry it")
    repo_a = dy.String(description="Newest owner/name of repo_a_id in these events")
    repo_b = dy.String(description="Newest owner/name of repo_b_id in these events")
    shared_people_count = dy.Int64(min=1, description=_SHARED)
    people_a_count = _count("Distinct people active in repo_a_id")
    people_b_count = _count("Distinct people active in repo_b_id")
    jaccard = _ratio(_JACCARD)
    association = _ratio(_ASSOCIATION)
    expected_people_count = dy.Float64(min=0, description=_EXPECTED)
    p_value = _ratio(_P_VALUE)

    @dy.rule()
    def pair_in_order(cls) -> pl.Expr:
        """Each pair stands once, without loops."""
        return pl.col("repo_a_id") < pl.col("repo_b_id")

    @dy.rule()
    def measures_follow_from_counts(cls) -> pl.Expr:
        """No more people are shared than either has, and the coefficients are those of the counts."""
        return _measures_follow()


def _measures_follow() -> pl.Expr:
    """True where nothing but the shared people is stated."""
    shared, people_a, people_b = (
        pl.col(name) for name in ("shared_people_count", "people_a_count", "people_b_count")
    )
    jaccard = shared / (people_a + people_b - shared)
    association = shared / (people_a.cast(pl.Float64) * people_b).sqrt()
    return people_a.is_null() | (
        (shared <= pl.min_horizontal(people_a, people_b))
        & ((pl.col("jaccard") - jaccard).abs() < _ROUNDING)
        & ((pl.col("association") - association).abs() < _ROUNDING)
    )


_ROUNDING = 1e-9


class EdgeEvidence(dy.Schema):
    """Who ties two projects: the people active in both, the most active first, up to edge_evidence_cap an edge.

    People are public GitHub accounts. The published network of May 2025 names none.
    """

    source = _source(primary_key=True)
    window_start = dy.Date(primary_key=True, description="First day counted")
    window_end = dy.Date(description="Last day counted")
    project_a = _project(primary_key=True)
    project_b = _project(primary_key=True)
    rank = dy.Int64(
        min=1, description="By the actions in the project with fewer of them, then in both, then actor_id"
    )
    actor_id = dy.Int64(primary_key=True, description="GitHub's number of the account")
    actor_login = dy.String(description="Newest login of the account in these events")
    actions_a_count = dy.Int64(min=1, description="Events of the five types in project_a")
    actions_b_count = dy.Int64(min=1, description="Events of the five types in project_b")
    left_out_count = _count("Further people of the same edge, who are not listed")


class GraphNodes(dy.Schema):
    """Every project of each collaboration network: its place by several measures, its community, where it is drawn.

    A network has a window and a source, as in collaboration_edges. It holds every project with a curated domain in
    the default taxonomy, isolated or not, and whoever else has an edge. Which projects are its core depends on the
    measure: rank by each (`landscape network core --by …`). docs/network.md explains them.
    """

    source = _source("Source of the edges, as in data_sources")
    window_start = dy.Date(nullable=True, description="First day counted; NULL if the source does not say")
    window_end = dy.Date(nullable=True, description="Last day counted; NULL if the source does not say")
    project_id = _project()
    degree = _count("Projects it shares people with; 0 is isolated")
    weighted_degree = _count("Sum of shared_people_count over its edges")
    betweenness = _ratio(
        "Share of the shortest paths between all other pairs that lead through it; an edge is as long as one over its"
        " shared_people_count"
    )
    closeness = dy.Float64(
        min=0,
        description="One over the mean length of the shortest paths to the projects it reaches, times their share of"
        " all others; lengths as in betweenness",
    )
    pagerank = _ratio("PageRank with the shared people as weights, damping 0.85; sums to 1 over the network")
    clustering = _ratio(
        "Share of the pairs of its neighbours that share people themselves; NULL with fewer than two neighbours",
        nullable=True,
    )
    core_number = _count("Largest k such that it is in a group in which everybody has k neighbours or more")
    community = dy.Int64(
        min=1, nullable=True, description="Community, as in graph_communities; NULL if isolated"
    )
    community_stability_ratio = _ratio(
        "How like its community is to those it has in runs with other seeds: members in both over members in either,"
        " mean over the runs; NULL if isolated",
        nullable=True,
    )
    x = dy.Float64(min=-1, max=1, description="Where it is drawn, from left to right")
    y = dy.Float64(min=-1, max=1, description="Where it is drawn, from bottom to top")

    @dy.rule()
    def isolated_belong_nowhere(cls) -> pl.Expr:
        """Who shares nobody has no community, no core and no weight; everybody else has all of them."""
        is_isolated = pl.col("degree") == 0
        return (
            (pl.col("community").is_null() == is_isolated)
            & (pl.col("community_stability_ratio").is_null() == is_isolated)
            & ((pl.col("core_number") == 0) == is_isolated)
            & ((pl.col("weighted_degree") == 0) == is_isolated)
        )


class GraphCommunities(dy.Schema):
    """Communities of each collaboration network: projects that share people with each other more than with the rest.

    Found by modularity (Louvain) over shared people in several runs with different seeds; kept is the partition most
    like all others. A community is a finding, not a domain: projects of many domains may stand in one.
    """

    source = _source("Source of the edges, as in data_sources")
    window_start = dy.Date(nullable=True, description="First day counted; NULL if the source does not say")
    window_end = dy.Date(nullable=True, description="Last day counted; NULL if the source does not say")
    community = dy.Int64(min=1, description="Number: 1 is the largest, ties by the smallest project_id")
    name = dy.String(description="Its projects with the highest weighted degree, three at most")
    projects_count = dy.Int64(min=2, description="Projects in it")
    domain = dy.String(
        nullable=True,
        description="Commonest curated domain of its projects, ties by name; NULL if none has one",
    )
    domain_ratio = _ratio("Share of its projects with that domain", nullable=True)
    inside_weight_ratio = _ratio("Share of its projects' weighted degree that leads to projects in it")
    stability_ratio = _ratio("Mean community_stability_ratio of its projects")


class DomainConnectivity(dy.Schema):
    """Core and edge of each collaboration network by domain and subdomain of the default taxonomy.

    A row whose subdomain is NULL holds the whole domain, those of its subdomains included. Only curated labels count.
    """

    source = _source("Source of the edges, as in data_sources")
    window_start = dy.Date(nullable=True, description="First day counted; NULL if the source does not say")
    window_end = dy.Date(nullable=True, description="Last day counted; NULL if the source does not say")
    layer = dy.String(description="Layer, English name")
    domain = dy.String(description="Domain, English name")
    subdomain = dy.String(nullable=True, description="Subdomain, English name; NULL for the whole domain")
    projects_count = dy.Int64(min=1, description="Projects with that label")
    isolated_count = _count("Of these, projects that share nobody")
    degree_mean = dy.Float64(min=0, description="Mean degree of its projects, isolated ones included")
    core_number_mean = dy.Float64(min=0, description="Mean core number of its projects")
    innermost_core_ratio = _ratio("Share of its projects whose core number is the highest of the network")
    inside_weight_ratio = _ratio(
        "Share of its projects' weighted degree that leads to projects of the same row; NULL if that degree is 0",
        nullable=True,
    )


class GraphSummary(dy.Schema):
    """Size and shape of each collaboration network, beside the size that a report printed of it."""

    source = _source("Source of the edges, as in data_sources")
    window_start = dy.Date(nullable=True, description="First day counted; NULL if the source does not say")
    window_end = dy.Date(nullable=True, description="Last day counted; NULL if the source does not say")
    nodes_count = dy.Int64(min=2, description="Projects, isolated ones included")
    edges_count = dy.Int64(min=1, description="Pairs that share people")
    isolated_count = _count("Projects that share nobody")
    components_count = dy.Int64(min=1, description="Connected components of two projects or more")
    largest_component_count = dy.Int64(min=2, description="Projects in the largest of them")
    density_ratio = _ratio("Pairs that share people over all pairs")
    communities_count = dy.Int64(min=1, description="Communities")
    modularity = dy.Float64(
        min=-1,
        max=1,
        description="Weight inside communities beyond what chance would put there with the same weighted degrees",
    )
    community_runs_count = dy.Int64(
        min=2, description="Runs that looked for communities, each with its own seed"
    )
    community_partitions_count = dy.Int64(min=1, description="Different partitions they found")
    community_agreement_score = dy.Float64(
        min=-1,
        max=1,
        description="Mean adjusted Rand index of the partition with those of the other runs: 1 if all are alike, about"
        " 0 if they agree by chance alone",
    )
    domain_assortativity = dy.Float64(
        nullable=True,
        min=-1,
        max=1,
        description="Newman's coefficient over the edges of labelled projects: 1 if edges stay inside domains, 0 if"
        " they ignore them; NULL if fewer than two domains have edges",
    )
    published_nodes_count = _count("Projects that the report counts; NULL if no report does", nullable=True)
    published_isolated_count = _count(
        "Isolated projects that it counts; NULL if no report does", nullable=True
    )
    published_remark = dy.String(
        nullable=True, description="Where those counts stand, and why they differ; NULL if no report has them"
    )


class ExplorationCandidates(dy.Schema):
    """Repositories found by following people from the field's seeds, hop by hop: proposals, of which people decide.

    A hop starts from a frontier, the first from the seeds; a later one from what the hop before found, lists,
    documentation, forks and mirrors left out. Membership and rankings never use this table.
    """

    source = _source(primary_key=True)
    repo_id = dy.Int64(primary_key=True, description="GitHub's number of the repository")
    repo_full_name = dy.String(description="Its newest name in the window, owner/name")
    project_id = _project("Project that owns it, as in projects; NULL if none does yet", nullable=True)
    kind = _one_of(
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
    association = _ratio(
        "Ochiai coefficient: shared_people_count over the root of people_count times frontier_people_count"
    )
    expected_people_count = dy.Float64(
        min=0,
        description="Shared people to be expected by chance, given who is active in how many repositories",
    )
    p_value = _ratio("Probability to share that many or more by chance, from the Poisson distribution")
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


class DataCoverage(dy.Schema):
    """What was observed of each source in each period, against what was expected; a gap is unknown, not zero."""

    source = _source(primary_key=True)
    period = dy.String(
        primary_key=True, description="Month 2025-04, hour 2025-04-30T05, or first/last hour of a known gap"
    )
    event_type = dy.String(
        primary_key=True, description="Event type or metric; `all` for every type together"
    )
    period_start = dy.Datetime(description="Start of the period, UTC")
    observed_count = _count(
        "Events, or repositories with a retrieved month; NULL if nothing was read", nullable=True
    )
    expected_count = _count("What a complete period would hold; NULL without a baseline", nullable=True)
    coverage_ratio = dy.Float64(nullable=True, min=0, description="observed_count over expected_count")
    is_gap = dy.Bool(description="True if the period must be read as unknown")
    detail = dy.String(nullable=True, description="What is known about the gap, and from where")


class MetricCatalog(dy.Schema):
    """Every metric: what it means, how it is computed, where it is from.

    Those from source `computed` are columns of other tables than project_metrics_monthly.
    """

    metric_id = dy.String(primary_key=True, description="Identifier; OpenDigger's name where it has one")
    name = dy.String(description="Name in English")
    name_zh = dy.String(description="Name in Chinese")
    unit = dy.String(description="Unit of a value")
    window = dy.String(description="Stretch of time a value covers")
    definition = dy.String(description="What the number says, in one sentence")
    formula = dy.String(description="How it is computed")
    source = _source()
    reference = dy.String(description="Where the definition stands")
    rests_on = dy.List(
        dy.String(),
        description="Metrics of project_metrics_monthly it is computed from; none where it rests on events or seeds",
    )
    caveats = dy.List(dy.String(), description="What to know before defending the number")
    is_additive_over_months = dy.Bool(description="True if monthly values may be summed to a year")
    is_additive_over_repos = dy.Bool(description="True if repositories may be summed to a project")


class DataSources(dy.Schema):
    """Where rows come from, and whether they are real, derived or simulated."""

    source = _source("Identifier used by every other table", primary_key=True)
    name = dy.String(description="Name")
    kind = _one_of(["real", "derived", "simulated"], "Observed in the world, computed from it, or made up")
    url = dy.String(nullable=True, description="Where it is published")
    license = dy.String(description="Licence as SPDX identifier, or unknown")
    description = dy.String(description="What it holds")


class TaxonomyBoxes(dy.Schema):
    """Layers, domains and subdomains of each version of the taxonomy, in the order they are drawn.

    A row whose subdomain is NULL is a whole domain. English names are the keys that other tables use.
    """

    taxonomy_version = dy.String(primary_key=True, description="Version of the taxonomy")
    position = dy.Int64(min=1, primary_key=True, description="Place in the order of drawing, from 1")
    layer = dy.String(description="Layer, English name")
    layer_zh = dy.String(description="Layer, Chinese name")
    domain = dy.String(description="Domain, English name")
    domain_zh = dy.String(description="Domain, Chinese name")
    subdomain = dy.String(nullable=True, description="Subdomain, English name; NULL for the whole domain")
    subdomain_zh = dy.String(nullable=True, description="Subdomain, Chinese name; NULL for the whole domain")
    definition = dy.String(description="What belongs in it, in English")
    definition_zh = dy.String(description="What belongs in it, in Chinese")

    @dy.rule()
    def both_names_of_a_subdomain(cls) -> pl.Expr:
        """A subdomain has its name in both languages."""
        return pl.col("subdomain").is_null() == pl.col("subdomain_zh").is_null()


class MembershipProfiles(dy.Schema):
    """The rules of membership that landscape_members applies."""

    profile = dy.String(primary_key=True, description="Membership rule, as in the seeds")
    kind = _one_of(
        ("year_to_date_mean", "trailing_mean", "latest_month"),
        "What is compared: mean of the year's complete months, mean of the last `months`, or the latest month",
    )
    months = dy.Int64(min=1, nullable=True, description="Months of a trailing mean; NULL for other kinds")
    comparison = _one_of((">", ">="), "How it is compared")
    threshold = dy.Float64(min=0, description="OpenRank that it is compared with")
    reason = dy.String(description="Why the line is drawn there")


class Thresholds(dy.Schema):
    """The numbers that decide something, as the seeds hold them."""

    threshold_id = dy.String(primary_key=True, description="Identifier in the seeds")
    value = dy.Float64(description="The number")
    unit = dy.String(description="What it counts")
    reason = dy.String(description="Why it is this number")


class GraveyardPolicies(dy.Schema):
    """The policies by which project_status puts a project into the graveyard, in the order they name it."""

    position = dy.Int64(
        primary_key=True, min=1, description="Of what several policies flag, the first names it"
    )
    policy = dy.String(description="Identifier in the seeds, as in project_status")
    kind = _one_of(("official_end", "sudden_attention", "agreement", "curated"), "What the policy goes by")
    created_from = dy.Date(nullable=True, description="Of sudden_attention: first day of creation; else NULL")
    stars_at_least = dy.Int64(nullable=True, min=1, description="Of sudden_attention: stars; else NULL")
    origins_at_least = dy.Int64(
        nullable=True, min=1, description="Of agreement: origins that say it ended; else NULL"
    )
    reason = dy.String(description="Why there is this policy")


class PublishedFigures(dy.Schema):
    """Figures as a report printed them, each beside what the tables of this file give for the same.

    A number agrees if what was measured is within its tolerance, or keeps the bound. Where nothing was measured, or
    less than comparable_coverage_ratio of what the figure rests on is here, it is not reproducible: no vote either way.
    """

    figure_id = dy.String(primary_key=True, description="Identifier in the seeds")
    section = dy.String(nullable=True, description="Section of the story that tells it; NULL for none")
    project_id = _project("Project it is about, as in projects; NULL if about more than one", nullable=True)
    measure = dy.String(description="What the report calls it, in English")
    measure_zh = dy.String(description="The same in Chinese")
    value = dy.String(description="The figure as printed")
    number = dy.Float64(
        nullable=True, description="The figure as a number in its unit, a ratio as a fraction of 1"
    )
    unit = dy.String(description="Unit of number and measured")
    comparison = _one_of(
        ("=", "<", "<=", ">", ">="), "Whether the number is the value, or a bound that it keeps"
    )
    tolerance = dy.Float64(min=0, description="How far measured may be off number")
    tolerance_reason = dy.String(description="Why as far as that, in English")
    tolerance_reason_zh = dy.String(description="The same in Chinese")
    measured = dy.Float64(nullable=True, description="What measured_by gives; NULL if nothing")
    coverage_ratio = _ratio("Share of what the figure rests on that this file holds", nullable=True)
    verdict = _one_of(("agrees", "differs", "not_reproducible"), "Whether number and measured agree")
    measured_by = dy.String(
        nullable=True, description="SELECT over this file that measures it; NULL if none can"
    )
    report = dy.String(description="The report")
    where = dy.String(description="Section, table or figure of the report")
    last_month = _month("Newest month the report speaks of")
    remark = dy.String(description="How it is defined, and why both differ where they do, in English")
    remark_zh = dy.String(description="The same in Chinese")


class RefreshRuns(dy.Schema):
    """What each refresh retrieved of each source; the sample carries the fixed date of its own retrieval."""

    run_id = dy.String(primary_key=True, description="Source and time of the retrieval")
    source = _source()
    retrieved_at = dy.Datetime(description="When it was retrieved, UTC")
    requested_count = _count("Files asked for")
    loaded_count = _count("Files loaded")
    missing_count = _count("Files the source does not have")
    quarantined_count = _count("Rows set aside as unreadable")
    rows_count = _count("Rows kept")


class Metadata(dy.Schema):
    """One row that says which landscape this file holds; cite its snapshot_id."""

    snapshot_id = dy.String(
        primary_key=True, description="Fingerprint of all tables: equal content, equal id"
    )
    schema_version = dy.String(description="Version of the published tables")
    code_version = dy.String(description="Version of the software that wrote the file")
    seeds_hash = dy.String(description="Fingerprint of the curated seeds")
    field = dy.String(description="Field of study, from the seeds")
    profile = _one_of(["sample", "live"], "Where the data was read from")
    as_of = dy.Date(description="Day the file looks at the world from")
    as_of_month = _month("Month the app opens on")
    field_name = dy.String(description="Name of the field in English")
    field_name_zh = dy.String(description="Name of the field in Chinese")
    taxonomy_version = dy.String(description="Default version of the taxonomy")
    membership_profile = dy.String(description="Default membership rule")
    has_simulated_rows = dy.Bool(description="True if a table holds rows of a simulated source")


PUBLISHED: dict[str, type[dy.Schema]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", contract.__name__).lower(): contract
    for contract in (
        Projects,
        ProjectRepos,
        ProjectMetricsMonthly,
        ProjectDomains,
        RepoOpenrankMonthly,
        OpenrankMonths,
        OpenrankParts,
        OpenrankComparison,
        RepoSeriesExtents,
        LandscapeMembers,
        MembershipWatchList,
        ProjectRankings,
        ProjectRankingsByScope,
        ProjectRanksMonthly,
        ScopeOpenrankMonthly,
        DomainGrowth,
        TechnologyAreaAnnual,
        TechnologyAreas,
        ProjectStatus,
        SurvivalCurves,
        ProjectAnnotations,
        LandscapeChanges,
        CollaborationWindows,
        CollaborationEdges,
        GraphNodes,
        GraphCommunities,
        DomainConnectivity,
        GraphSummary,
        RepositoryEdges,
        EdgeEvidence,
        ExplorationCandidates,
        DataCoverage,
        MetricCatalog,
        DataSources,
        TaxonomyBoxes,
        MembershipProfiles,
        Thresholds,
        GraveyardPolicies,
        PublishedFigures,
        RefreshRuns,
        Metadata,
    )
}
"""Published table name → contract, in the order of the data dictionary."""


def sort_key(contract: type[dy.Schema]) -> list[str]:
    """Columns that order a published table: its key, or every column where the key may repeat."""
    return contract.primary_key() or contract.column_names()
