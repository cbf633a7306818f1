"""What the commands that fetch share: settings, periods as people write them, the plan, and progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines.cli.console import err, tell
from pipelines.errors import SourceError
from pipelines.fetching import METRICS, REPOSITORIES, wanted_series_of
from pipelines.files import remove_leftovers
from pipelines.plan import estimate
from pipelines.settings import Profile, load_settings
from pipelines.sources.github import estimate_requests
from pipelines.warehouse.openrank_store import store_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pipelines.build import Build
    from pipelines.fetching import BronzeStep, Evidence, OnProgress
    from pipelines.periods import Hour
    from pipelines.settings import Settings

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


def print_plan(this_build: Build, hours: Sequence[Hour], steps: Sequence[BronzeStep]) -> None:
    """Say how many files, gigabytes, requests and hours the steps take."""
    github = estimate_requests(
        *(2 * [len(this_build.seeds.projects)]), has_token=this_build.settings.github_token is not None
    )
    series_count = sum(map(len, wanted_series_of(this_build, ()).values())) if METRICS in steps else 0
    plan = estimate(
        hours,
        series_count,
        github.requests if REPOSITORIES in steps else 0,
        github.hours if REPOSITORIES in steps else 0.0,
    )
    tell(
        f"{plan.files_count:,} hour files, about {plan.gigabytes:,.1f} GB; {plan.requests_count:,} requests;"
        f" about {plan.duration_hours:,.1f} h. What is held already is not sent again."
    )
    if REPOSITORIES not in steps:
        tell(
            "GitHub repositories are left out without LANDSCAPE_GITHUB_TOKEN;"
            f" `landscape repositories fetch` would take about {github.hours:,.1f} h without one."
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


def run_bronze_steps(this_build: Build, steps: Sequence[BronzeStep]) -> None:
    """Run steps in order, with their progress.

    Raises
    ------
    SourceError
        If an upstream cannot be read.
    """
    for step in steps:
        run_with_progress(step.label, step.run, this_build)


def run_bronze_steps_or_keep_held(this_build: Build, steps: Sequence[BronzeStep]) -> list[SourceError]:
    """Run steps in order; where an upstream is down, say so and go on with what bronze holds of it.

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
    for step in steps:
        try:
            run_with_progress(step.label, step.run, this_build)
        except SourceError as error:
            held_at = _held_at(this_build, step)
            if held_at is None:
                raise
            tell(f"{step.label}: {error}")
            tell(f"{step.label}: not up to date; going on with what was retrieved by {held_at}")
            outages.append(error)
    return outages


def keep_held(this_build: Build, steps: Sequence[BronzeStep]) -> list[BronzeStep]:
    """The steps that ask no host; of the others, say since when what bronze holds is from.

    Raises
    ------
    SourceError
        If bronze holds nothing of any upstream.
    """
    if this_build.settings.profile is Profile.SAMPLE:
        return list(steps)
    asking = [step for step in steps if step.held_at is not None]
    for step in asking:
        tell(f"{step.label}: not asked (--offline); bronze holds {_held_at(this_build, step) or 'nothing'}")
    if all(_held_at(this_build, step) is None for step in asking):
        raise SourceError(
            "nothing was fetched yet, so there is nothing to build offline",
            where=str(this_build.settings.bronze_dir),
            hint="run `landscape metrics fetch` first",
        )
    return [step for step in steps if step.held_at is None]


def _held_at(this_build: Build, step: BronzeStep) -> str | None:
    held_at = step.held_at(this_build.settings.bronze_dir) if step.held_at is not None else None
    return None if held_at is None else f"{held_at:%Y-%m-%d %H:%M} UTC"


def run_with_progress(label: str, run: Callable[[Build, OnProgress], Evidence], this_build: Build) -> None:
    """Run a step before the build file, with its progress, and say what it did."""
    with progress_bar() as progress:
        task = progress.add_task(label, total=None)

        def on_progress(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        evidence = run(this_build, on_progress)
    tell(f"{label}: {', '.join(f'{count:,} {name}' for name, count in evidence.items())}")
