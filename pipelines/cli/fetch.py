"""``landscape events fetch``, ``metrics fetch``, ``repositories fetch``…: one source into bronze, nothing published."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines import run
from pipelines.build import prepare
from pipelines.cli.console import Wait
from pipelines.cli.steps import current_hour, live_settings, parsed, print_plan, running
from pipelines.floor.periods import (
    FIRST_HOUR,
    Hour,
    Month,
    hours_between,
    last_complete_month,
    months_between,
)
from pipelines.sources.gharchive.source import MOST_HOURS
from pipelines.sources.github_counts.source import counts_of, first_month_of_counts
from pipelines.sources.github_facts.source import facts_since, first_month_of_facts
from pipelines.sources.opendigger.source import SOURCE_OF_ALL
from pipelines.sources.registry import source_named

if TYPE_CHECKING:
    from pipelines.build import Build


def events(
    *,
    first: Annotated[str, typer.Option("--from", help="First hour, YYYY-MM-DDTHH, UTC.")],
    last: Annotated[str, typer.Option("--to", help="Last hour, included.")],
    yes: Annotated[bool, typer.Option("--yes", help="Fetch more than a month at once.")] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only say which archive is asked for which days, and how much it is."),
    ] = False,
    wait: Wait = 600,
) -> None:
    """Download hour files and write their events to bronze; what is held already is not sent again.

    Every archive that has an hour is asked for it, since none holds all events of another; an event that several hold
    is stored once.

    Example: landscape events fetch --from 2015-01-01T00 --to 2015-01-01T23
    """
    settings, now = live_settings(), datetime.now(UTC)
    hours = list(hours_between(parsed("--from", Hour.parse, first), parsed("--to", Hour.parse, last)))
    this_build = prepare(settings, now)
    this_build = replace(this_build, scope=replace(this_build.scope, hours=tuple(hours)))
    _check_hours(this_build, now, yes=yes or dry_run)
    if dry_run:
        print_plan(this_build, [source_named("gharchive")])
    else:
        with running(this_build.settings, now, wait) as screen:
            run.fetch(this_build, source_named("gharchive"), screen)


def metrics(
    *,
    ask_all: Annotated[
        bool,
        typer.Option("--all", help="Ask for each series, also without news and if it was missing lately."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many requests it takes.")] = False,
    wait: Wait = 600,
) -> None:
    """Pull OpenDigger's series of all projects, and OpenRank of watched repositories; only what changed is sent.

    One request tells whether OpenDigger published anything since the last pull. Without news, only series that are not
    held are asked for. One that OpenDigger did not have is asked for again after about a month.

    Example: landscape metrics fetch
    """
    now = datetime.now(UTC)
    this_build = prepare(live_settings(), now)
    source = SOURCE_OF_ALL if ask_all else source_named("opendigger")
    if dry_run:
        print_plan(this_build, [source])
        return
    with running(this_build.settings, now, wait) as screen:
        run.fetch(this_build, source, screen)


def repositories(wait: Wait = 600) -> None:
    """Observe the projects' repositories on GitHub, once a day each.

    With LANDSCAPE_GITHUB_TOKEN it takes seconds; without one GitHub allows 60 requests an hour.

    Example: landscape repositories fetch
    """
    settings, now = live_settings(), datetime.now(UTC)
    this_build = prepare(settings, now)
    source = source_named("github")
    print_plan(this_build, [source])
    with running(settings, now, wait) as screen:
        run.fetch(this_build, source, screen)


def counts(
    *,
    first: Annotated[
        str | None,
        typer.Option(
            "--from", help="First month, YYYY-MM; that of the seeds by default.", show_default=False
        ),
    ] = None,
    last: Annotated[
        str | None,
        typer.Option(
            "--to", help="Last month, included; the last complete one by default.", show_default=False
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many requests and hours it takes.")
    ] = False,
    wait: Wait = 600,
) -> None:
    """Count issues and pull requests of the projects' repositories by month, as GitHub itself counts them.

    Opened and closed issues, opened and merged pull requests: what the event archives should hold, so that what they
    lost can be measured. Up to 96 counts share a request; the newest months come first. A past month is counted once,
    the last two again each day.

    Needs LANDSCAPE_GITHUB_TOKEN. When its hourly limit is nearly used up, the command says until when, and keeps what
    it has; the same command later asks only for the rest.

    Example: landscape repositories counts --from 2024-01 --to 2026-08 --dry-run
    """
    settings, now = live_settings(), datetime.now(UTC)
    this_build = prepare(settings, now)
    first_month = parsed("--from", Month.parse, first) if first else first_month_of_counts(this_build.seeds)
    last_month = parsed("--to", Month.parse, last) if last else last_complete_month(now)
    if last_month > last_complete_month(now):
        raise typer.BadParameter("that month is not over yet", param_hint="--to")
    if last_month < first_month:
        raise typer.BadParameter("the last month is before the first", param_hint="--to")
    source = counts_of(list(months_between(first_month, last_month)))
    print_plan(this_build, [source])
    if not dry_run:
        with running(settings, now, wait) as screen:
            run.fetch(this_build, source, screen)


def stars(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many requests it takes.")] = False,
    wait: Wait = 600,
) -> None:
    """Read on which days the projects' repositories got their stars, back to their creation.

    A star that was taken back is on no day any more, so the past shrinks a little: the newer count holds, and the
    older is kept. A request covers 30 weeks. A history is read once, ten requests for six years; after that the command
    asks for the newest weeks, once a month and repository, so running it again costs nothing.

    Needs LANDSCAPE_GITHUB_TOKEN. When its hourly limit is nearly used up, the command says until when, and keeps what
    it has; the same command later goes on there.

    Example: landscape repositories stars --dry-run
    """
    settings, now = live_settings(), datetime.now(UTC)
    this_build = prepare(settings, now)
    source = source_named("github-star-history")
    print_plan(this_build, [source])
    if not dry_run:
        with running(settings, now, wait) as screen:
            run.fetch(this_build, source, screen)


def facts(
    *,
    first: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="First month, YYYY-MM; January of the newest complete month's year by default.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many requests it takes at least.")
    ] = False,
    wait: Wait = 600,
) -> None:
    """Read issues, pull requests, merges, comments and reviews of the projects' repositories from GitHub itself.

    With who and when: what the event archives should hold, for these repositories whole. Each fact that an archive has
    as well counts once. Only what changed since the last reading is sent.

    Needs LANDSCAPE_GITHUB_TOKEN. When its hourly limit is nearly used up, the command says until when, and keeps what
    it has; the same command later goes on from there.

    Example: landscape repositories facts --from 2026-01
    """
    settings, now = live_settings(), datetime.now(UTC)
    this_build = prepare(settings, now)
    first_month = parsed("--from", Month.parse, first) if first else first_month_of_facts(now)
    if first_month > Month.of(now):
        raise typer.BadParameter("that month has not begun yet", param_hint="--from")
    source = facts_since(first_month)
    print_plan(this_build, [source])
    if not dry_run:
        with running(settings, now, wait) as screen:
            run.fetch(this_build, source, screen)


def _check_hours(this_build: Build, now: datetime, *, yes: bool) -> None:
    hours = this_build.scope.hours
    if not hours:
        raise typer.BadParameter("the last hour is before the first", param_hint="--to")
    if hours[0] < FIRST_HOUR:
        raise typer.BadParameter(f"files before {FIRST_HOUR} have another schema", param_hint="--from")
    if hours[-1].start >= current_hour(now):
        raise typer.BadParameter("that hour is not over yet", param_hint="--to")
    if len(hours) > MOST_HOURS and not yes:
        plan = source_named("gharchive").estimate(this_build)
        raise typer.BadParameter(
            f"{plan.files_count:,} files, about {plan.gigabytes:,.0f} GB: more than a month; add --yes if you mean it",
            param_hint="--to",
        )
