"""What `rank` and `growth` look at: a month, a profile, a window and a scope, checked against the published file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.asked import option
from pipelines.published import open_landscape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.floor.periods import Month, Window
    from pipelines.published import Answer, Landscape

ProfileId = Annotated[
    str | None,
    typer.Option("--profile", help="Membership profile; the field's own by default.", show_default=False),
]
Scope = Annotated[
    str, typer.Option("--scope", help="landscape, or layer=…, domain=…, subdomain=… with an English name.")
]


@dataclass(frozen=True, slots=True)
class View:
    """What was asked for; the published landscape has all of it."""

    landscape: Landscape
    as_of: Month
    profile: str
    window: Window
    scope: str
    only: tuple[str, ...]

    def ranking(self) -> Answer:
        """The members of the view, ranked within its scope."""
        return self.landscape.rankings.ranking(
            self.as_of, window_months=len(self.window.months), scope=self.scope, profile=self.profile
        )


def chosen_view(
    as_of: str | None,
    profile: str | None,
    window_months: int | None,
    scope: str,
    *,
    projects: Sequence[str] = (),
) -> View:
    """Check what was asked for against the published landscape.

    Raises
    ------
    typer.BadParameter
        If a month, profile, scope or project is not published; the message names those that are.
    """
    landscape = open_landscape()
    choices = landscape.choices
    with option("--as-of"):
        month = choices.month(as_of)
    with option("--profile"):
        rule = choices.profile(profile)
    with option("--scope"):
        choices.scope(scope)
    with option("--project"):
        only = tuple(choices.project(project) for project in projects)
    return View(landscape, month, rule, choices.window(month, window_months), scope, only)
