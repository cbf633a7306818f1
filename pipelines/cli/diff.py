"""``landscape diff``: two landscapes compared, each change with its cause."""

from __future__ import annotations

from typing import Annotated

import polars as pl
import typer

from pipelines.cli.console import tell
from pipelines.cli.published import (
    chosen_month,
    chosen_one,
    names_in,
    projects_in_scope,
    read_created,
    read_defaults,
    read_domains,
    read_frame,
)
from pipelines.cli.tabular import AsOf, Format, Output, Top, write_rows
from pipelines.cli.view import ProfileId, Scope
from pipelines.landscape.changes import Vantage, compute_changes
from pipelines.publish import attach_published
from pipelines.query import OutputFormat
from pipelines.settings import load_settings


def diff(
    *,
    earlier: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="As-of month before, YYYY-MM; the month before --as-of by default.",
            show_default=False,
        ),
    ] = None,
    as_of: AsOf = None,
    profile: ProfileId = None,
    profile_before: Annotated[
        str | None,
        typer.Option("--from-profile", help="Profile before; --profile by default.", show_default=False),
    ] = None,
    taxonomy: Annotated[
        str | None,
        typer.Option(
            "--taxonomy", help="Taxonomy version after; the field's own by default.", show_default=False
        ),
    ] = None,
    taxonomy_before: Annotated[
        str | None,
        typer.Option("--from-taxonomy", help="Taxonomy before; --taxonomy by default.", show_default=False),
    ] = None,
    scope: Scope = "landscape",
    top: Top = None,
    output_format: Format = OutputFormat.TABLE,
    output: Output = None,
) -> None:
    """Compare two landscapes: who is new, dropped, moved or kept, each row with its one cause.

    Projects are compared by identity: a renamed repository is kept. A moved project is kept too and has a row more.

    Example: landscape diff --from 2025-01 --as-of 2025-04
    """
    with attach_published(load_settings().public_dir) as connection:
        defaults = read_defaults(connection)
        profiles = names_in(connection, "landscape_members", "profile")
        versions = names_in(connection, "project_domains", "taxonomy_version")
        profile_after = chosen_one(profiles, profile, defaults.profile_id, "--profile")
        version_after = chosen_one(versions, taxonomy, defaults.taxonomy_version, "--taxonomy")
        month_after = chosen_month(connection, as_of, defaults.as_of, "--as-of")
        after = Vantage(month_after, profile_after, version_after)
        before = Vantage(
            chosen_month(connection, earlier, month_after - 1, "--from"),
            chosen_one(profiles, profile_before, profile_after, "--from-profile"),
            chosen_one(versions, taxonomy_before, version_after, "--from-taxonomy"),
        )
        members = read_frame(
            connection,
            "FROM landscape_members WHERE list_contains($months, as_of_month) AND list_contains($profiles, profile)",
            months=[before.as_of.first_day, after.as_of.first_day],
            profiles=[before.profile_id, after.profile_id],
        )
        domains = read_domains(connection)
        names = read_frame(
            connection,
            "SELECT r.project_id, r.repo_full_name, r.first_seen_at::DATE AS first_seen_on FROM project_repos AS r"
            " JOIN projects AS p USING (project_id) WHERE r.repo_id = p.repo_id",
        )
        everyone = read_created(connection)["project_id"]
    in_scope = projects_in_scope(
        domains.filter(pl.col("taxonomy_version") == after.taxonomy_version), everyone, scope
    )
    kinds = pl.Enum(["new", "dropped", "moved", "kept"])
    changes = (
        compute_changes(members, domains, names, [(before, after)])
        .filter(pl.col("project_id").is_in(in_scope.implode()))
        .select(pl.col("kind").cast(kinds), "project_id", "cause", "detail")
        .sort("kind", "project_id")
    )
    counts = {kind: changes.filter(pl.col("kind") == kind).height for kind in kinds.categories}
    tell(
        f"{before.as_of} {before.profile_id} to {after.as_of} {after.profile_id}: {counts['kept']} kept"
        f" + {counts['new']} new = {counts['kept'] + counts['new']} after;"
        f" {counts['kept']} kept + {counts['dropped']} dropped = {counts['kept'] + counts['dropped']} before;"
        f" {counts['moved']} of the kept moved."
    )
    write_rows(
        changes.with_columns(pl.col("kind").cast(pl.String)),
        top,
        output_format,
        output,
        empty=f"nobody is in {scope} before or after",
    )
