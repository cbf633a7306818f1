"""Contracts of the family catalogue."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from pipelines.seeds.accounts import ACCOUNT_CLASSES
from pipelines.tables import column


class DataSources(dy.Schema):
    """Where rows come from, and whether they are real, derived or simulated."""

    source = dy.String(min_length=1, primary_key=True, description="Identifier used by every other table")
    name = dy.String(description="Name")
    kind = column.one_of(
        ["real", "derived", "simulated"], "Observed in the world, computed from it, or made up"
    )
    url = dy.String(nullable=True, description="Where it is published")
    license = dy.String(description="Licence as SPDX identifier, or unknown")
    description = dy.String(description="What it holds")


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
    source = column.source()
    reference = dy.String(description="Where the definition is published")
    rests_on = dy.List(
        dy.String(),
        description="Metrics of project_metrics_monthly it is computed from; none where it rests on events or seeds",
    )
    caveats = dy.List(dy.String(), description="What to know before defending the number")
    is_additive_over_months = dy.Bool(description="True if monthly values may be summed to a year")
    is_additive_over_repos = dy.Bool(description="True if repositories may be summed to a project")


class Thresholds(dy.Schema):
    """The numbers that decide something, as the seeds hold them."""

    threshold_id = dy.String(primary_key=True, description="Identifier in the seeds")
    value = dy.Float64(description="The number")
    unit = dy.String(description="What it counts")
    reason = dy.String(description="Why it is this number")


class AccountClasses(dy.Schema):
    """Accounts that are no persons, by number and login, and why: a row for each number and each login.

    Only persons link projects. An account is of the class of the row that has its number or its login, in any case;
    where these differ, unknown counts before agent and agent before bot. Otherwise a login with an ending of
    `is_suffix` is a bot, and everybody else a person. What people judged wins over OpenDigger's labels. An account
    whose login is not recorded is of class unknown.
    """

    actor_id = dy.Int64(nullable=True, min=0, description="GitHub's number of the account; NULL if not known")
    login = dy.String(nullable=True, min_length=1, description="Login; NULL if only the number is known")
    is_suffix = dy.Bool(description="True if login is the ending of logins")
    account_class = column.one_of(
        ACCOUNT_CLASSES,
        "bot works by rules, agent with a language model, unknown stands for anybody whose account is gone, person"
        " for one whom OpenDigger's labels take for a bot",
    )
    reason = dy.String(min_length=1, description="What the account does")
    evidence_source = dy.String(min_length=1, description="Who says so")
    evidence_date = dy.Date(description="Day of the source, or of the judgement")

    @dy.rule()
    def fits_some_account(cls) -> pl.Expr:
        """A row has a number or a login, and an ending has no number."""
        return (
            pl.when("is_suffix")
            .then(pl.col("actor_id").is_null() & pl.col("login").is_not_null())
            .otherwise(pl.col("actor_id").is_not_null() | pl.col("login").is_not_null())
        )


class Metadata(dy.Schema):
    """One row that says which landscape this file holds; cite its snapshot_id."""

    snapshot_id = dy.String(
        primary_key=True, description="Fingerprint of all tables: equal content, equal id"
    )
    schema_version = dy.String(description="Version of the published tables")
    code_version = dy.String(description="Version of the software that wrote the file")
    seeds_hash = dy.String(description="Fingerprint of the curated seeds")
    field = dy.String(description="Field of study, from the seeds")
    data_profile = column.one_of(["sample", "live"], "Where the data was read from")
    as_of = dy.Date(description="Day the file looks at the world from")
    as_of_month = column.month(
        "Month the app opens on: the newest complete one that enough is known for, by month_completeness"
    )
    field_name = dy.String(description="Name of the field in English")
    field_name_zh = dy.String(description="Name of the field in Chinese")
    taxonomy_version = dy.String(description="Default version of the taxonomy")
    membership_profile = column.reference("membership_profiles.profile", "Default membership rule")
    has_simulated_rows = dy.Bool(description="True if a table holds rows of a simulated source")
    acceptance_note = dy.String(
        nullable=True,
        min_length=1,
        description="Why a person let this file replace a better one; NULL if nothing got worse",
    )
    regressions = dy.List(
        dy.String(),
        description="What got worse against the publication before it; none without acceptance_note",
    )
    regression_messages = dy.List(dy.String(), description=f"The same, {column.MESSAGE}")

    @dy.rule()
    def what_got_worse_was_accepted(cls) -> pl.Expr:
        """A note goes with what it accepts."""
        return pl.col("acceptance_note").is_null() == (pl.col("regressions").list.len() == 0)
