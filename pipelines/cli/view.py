"""What `rank` and `growth` look at: a month, a profile, a window and a scope, checked against the published file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from pipelines.cli.published import (
    chosen_month,
    chosen_one,
    names_in,
    projects_in_scope,
    read_created,
    read_defaults,
    read_domains,
    read_frame,
    read_panel,
)
from pipelines.landscape.rankings import compute_prior_means, rank_members
from pipelines.metrics.panel import compute_window_means
from pipelines.periods import Month, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

ProfileId = Annotated[
    str | None,
    typer.Option("--profile", help="Membership profile; the field's own by default.", show_default=False),
]
Scope = Annotated[
    str, typer.Option("--scope", help="landscape, or layer=…, domain=…, subdomain=… with an English name.")
]


class Order(StrEnum):
    """By which change risers and fallers are ordered."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"


@dataclass(frozen=True, slots=True)
class View:
    """What was asked for, checked against the published file."""

    as_of: Month
    profile_id: str
    window: Window
    project_ids: pl.Series
    only: tuple[str, ...]
    order: Order
    taxonomy_version: str

    @property
    def windows(self) -> dict[Month, Window]:
        """The window by its as-of month."""
        return {self.as_of: self.window}

    def within(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rows of the projects in scope."""
        return frame.filter(pl.col("project_id").is_in(self.project_ids.implode()))


def chosen_view(
    connection: duckdb.DuckDBPyConnection,
    as_of: str | None,
    profile: str | None,
    window_months: int | None,
    scope: str,
    *,
    projects: Sequence[str] = (),
    order: Order = Order.ABSOLUTE,
) -> View:
    """Check what was asked for against the published file.

    Raises
    ------
    typer.BadParameter
        If a month, profile, scope or project is not published; the message names those that are.
    """
    defaults = read_defaults(connection)
    month = chosen_month(connection, as_of, defaults.as_of, "--as-of")
    profiles = names_in(connection, "landscape_members", "profile")
    everyone = read_created(connection)["project_id"]
    domains = read_domains(connection).filter(pl.col("taxonomy_version") == defaults.taxonomy_version)
    in_scope = projects_in_scope(domains, everyone, scope)
    only = tuple(chosen_one(everyone.to_list(), project, "", "--project") for project in projects)
    return View(
        month,
        chosen_one(profiles, profile, defaults.profile_id, "--profile"),
        Window.trailing(month, window_months) if window_months else Window.year_to_date(month),
        in_scope.filter(in_scope.is_in(only)) if only else in_scope,
        only,
        order,
        defaults.taxonomy_version,
    )


def rank_view(connection: duckdb.DuckDBPyConnection, view: View) -> pl.DataFrame:
    """The members of the view, ranked within its scope."""
    panel = read_panel(connection)
    members = read_frame(
        connection,
        "FROM landscape_members WHERE as_of_month = $month AND profile = $profile",
        month=view.as_of.first_day,
        profile=view.profile_id,
    )
    stars = read_frame(
        connection,
        "SELECT DISTINCT as_of_month, project_id, stars_count, stars_observed_on, stars_basis"
        " FROM project_rankings_by_scope WHERE as_of_month = $month",
        month=view.as_of.first_day,
    )
    return rank_members(
        view.within(members),
        compute_window_means(panel, view.windows),
        compute_prior_means(panel, read_created(connection), view.windows),
        stars,
        view.windows,
    )
