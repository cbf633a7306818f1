"""What the commands that fetch share: settings, periods as people write them, the plan, and progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines.cli.console import err, tell
from pipelines.errors import SourceError
from pipelines.files import remove_leftovers
from pipelines.settings import Profile, load_settings
from pipelines.sources import registry
from pipelines.sources.source import Estimate
from pipelines.warehouse.openrank_store import store_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pipelines.build import Build
    from pipelines.settings import Settings
    from pipelines.sources.source import Evidence, OnProgress, Source

Period = TypeVar("Period")


def live_settings() -> Settings:
    """Settings of a command that fetches: live, unless the sample was asked for by name."""
    settings = load_settings()
    if "profile" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"profile": Profile.LIVE})


def parsed(option: str, parse: Callable[[str], Period], text: str) -> Period:
    """An option's text as a period.

    Raises
    ------
    typer.BadParameter
        If `parse` refuses it.
    """
    try:
        return parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def current_hour(now: datetime) -> datetime:
    """Start of the running hour."""
    return now.replace(minute=0, second=0, microsecond=0)


def print_plan(this_build: Build, sources: Sequence[Source]) -> None:
    """Say how many files, gigabytes, requests and hours a fetch of `sources` takes."""
    plan = sum((source.estimate(this_build) for source in sources), Estimate())
    tell(
        f"{plan.files_count:,} hour files, about {plan.gigabytes:,.1f} GB; {plan.requests_count:,} requests;"
        f" about {plan.duration_hours:,.1f} h. What is held already is not sent again."
    )
    for source in registry.SOURCES:
        if source not in sources and source.needs_token and source.token and len(sources) > 1:
            hours = source.estimate(this_build).duration_hours
            tell(
                f"{source.label} are left out without {source.token.variable};"
                f" `landscape repositories fetch` would take about {hours:,.1f} h without one."
            )


def clear_leftovers(settings: Settings) -> None:
    """Remove the unfinished files of a stopped run, and name them."""
    for path in (
        *remove_leftovers(settings.bronze_dir),
        *remove_leftovers(store_dir(settings.warehouse_dir)),
    ):
        tell(f"Removed what a stopped run left: {path}")


def progress_bar() -> Progress:
    """A progress bar on standard error; silent if that is no terminal."""
    return Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=not err.is_terminal,
    )


def fetch(this_build: Build, sources: Sequence[Source]) -> None:
    """Fetch sources in order, with their progress.

    Raises
    ------
    SourceError
        If an upstream cannot be read.
    """
    for source in sources:
        run_with_progress(source.label, source.fetch, this_build)


def fetch_or_keep_held(this_build: Build, sources: Sequence[Source]) -> list[SourceError]:
    """Fetch sources in order; where an upstream is down, say so and go on with what bronze holds of it.

    Returns
    -------
    list of SourceError
        The outages.

    Raises
    ------
    SourceError
        If an upstream is down of which bronze holds nothing.
    """
    outages: list[SourceError] = []
    for source in sources:
        try:
            run_with_progress(source.label, source.fetch, this_build)
        except SourceError as error:
            held_at = _held_at(this_build, source)
            if held_at is None:
                raise
            tell(f"{source.label}: {error}")
            tell(f"{source.label}: not up to date; going on with what was retrieved by {held_at}")
            outages.append(error)
    return outages


def keep_held(this_build: Build, sources: Sequence[Source]) -> list[Source]:
    """The sources that ask no host; of the others, say since when what bronze holds is from.

    Raises
    ------
    SourceError
        If bronze holds nothing of any upstream.
    """
    if this_build.settings.profile is Profile.SAMPLE:
        return list(sources)
    asking = [source for source in sources if source.addresses]
    for source in asking:
        held_at = _held_at(this_build, source) or "nothing"
        tell(f"{source.label}: not asked (--offline); bronze holds {held_at}")
    if all(_held_at(this_build, source) is None for source in asking):
        raise SourceError(
            "nothing was fetched yet, so there is nothing to build offline",
            where=str(this_build.settings.bronze_dir),
            hint="run `landscape metrics fetch` first",
        )
    return [source for source in sources if not source.addresses]


def _held_at(this_build: Build, source: Source) -> str | None:
    held_at = source.state(this_build.settings.bronze_dir).held_at if source.addresses else None
    return None if held_at is None else f"{held_at:%Y-%m-%d %H:%M} UTC"


def run_with_progress(label: str, run: Callable[[Build, OnProgress], Evidence], this_build: Build) -> None:
    """Run a step before the build file, with its progress, and say what it did."""
    with progress_bar() as progress:
        task = progress.add_task(label, total=None)

        def on_progress(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        evidence = run(this_build, on_progress)
    tell(f"{label}: {', '.join(f'{count:,} {name}' for name, count in evidence.items())}")
