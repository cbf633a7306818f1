"""``landscape diff``: two landscapes compared, each change with its cause."""

from __future__ import annotations

from typing import Annotated

import polars as pl
import typer

from pipelines.cli.asked import option
from pipelines.cli.console import tell
from pipelines.cli.tabular import AsOf, Format, Output, OutputFormat, Top, write_rows
from pipelines.cli.view import ProfileId, Scope
from pipelines.floor.errors import UnknownChoiceError
from pipelines.published import open_landscape


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
    """Compare two landscapes: who is new, dropped, moved or kept, or became known or unknown, each with its one cause.

    Projects are compared by identity: a renamed repository is kept. A moved project is kept too and has a row more.

    Example: landscape diff --from 2025-01 --as-of 2025-04
    """
    landscape = open_landscape()
    choices = landscape.choices
    with option("--profile"):
        rule = choices.profile(profile)
    with option("--taxonomy"):
        version = choices.taxonomy(taxonomy)
    with option("--as-of"):
        after = choices.month(as_of)
    with option("--from"):
        before = choices.month(earlier or after - 1)
        if before > after:
            raise UnknownChoiceError(
                f"{before} is after {after}, the month of --as-of; give the earlier one here"
            )
    with option("--from-profile"):
        rule_before = choices.profile(profile_before or rule)
    with option("--from-taxonomy"):
        version_before = choices.taxonomy(taxonomy_before or version)
    with option("--scope"):
        in_scope = choices.projects_in(scope, taxonomy=version)
    kinds = pl.Enum(["new", "became_known", "dropped", "became_unknown", "moved", "kept"])
    changes = (
        landscape.changes.between(
            before,
            after,
            profile=rule,
            profile_before=rule_before,
            taxonomy=version,
            taxonomy_before=version_before,
        )
        .frame.filter(pl.col("project_id").is_in(in_scope.implode()))
        .select(pl.col("kind").cast(kinds), "project_id", "cause", "detail")
        .sort("kind", "project_id")
    )
    counts = {kind: changes.filter(pl.col("kind") == kind).height for kind in kinds.categories}
    tell(
        f"{before} {rule_before} to {after} {rule}: {counts['kept']} kept"
        f" + {counts['new']} new + {counts['became_known']} that became known"
        f" = {counts['kept'] + counts['new'] + counts['became_known']} after;"
        f" {counts['kept']} kept + {counts['dropped']} dropped + {counts['became_unknown']} that became unknown"
        f" = {counts['kept'] + counts['dropped'] + counts['became_unknown']} before;"
        f" {counts['moved']} of the kept moved."
    )
    write_rows(
        changes.with_columns(pl.col("kind").cast(pl.String)),
        output_format,
        output,
        top=top,
        empty=f"nobody is in {scope} before or after",
    )
