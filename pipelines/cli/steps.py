"""What the commands that fetch share: settings, periods as people write them, the plan, and progress."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, TypeVar

import typer

from pipelines import run
from pipelines.cli.console import command_line, progress, tell
from pipelines.floor.folders import moving_advice
from pipelines.floor.settings import DATA_DIRS, DataProfile, load_settings
from pipelines.run import Watcher
from pipelines.sources import registry
from pipelines.sources.source import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from pipelines.build import Build
    from pipelines.floor.settings import Settings
    from pipelines.sources.source import OnProgress, Source

Period = TypeVar("Period")


def live_settings() -> Settings:
    """Settings of a command that fetches: live, unless the sample was asked for by name."""
    settings = load_settings()
    if "data_profile" in settings.model_fields_set:
        return settings
    return settings.with_profile(DataProfile.LIVE)


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
    files = f"{plan.files_count:,} hour files, about {plan.gigabytes:,.1f} GB; " if plan.files_count else ""
    tell(
        f"{files}{plan.requests_count:,} requests; about {plan.duration_hours:,.1f} h."
        " What is held already is not sent again."
    )
    for note in plan.notes:
        tell(note)
    for source in registry.SOURCES:
        if source not in sources and source.needs_token and source.token and len(sources) > 1:
            tell(f"{source.label} are left out without {source.token.variable}. {source.instead}".rstrip())


class Screen(Watcher):
    """Shows a run to the person: progress while a step lasts, then a line, all on standard error."""

    def tell(self, text: str) -> None:
        """Write the line."""
        tell(text)

    def progress(self, label: str) -> AbstractContextManager[OnProgress]:
        """Draw a bar, unless standard error is no terminal."""
        return progress(label)


@contextmanager
def running(settings: Settings, now: datetime, wait_seconds: float) -> Iterator[Screen]:
    """Hold the writer's lock for a run, and show the run.

    Raises
    ------
    DataProfileError, BusyError, StorageError
        As `pipelines.run.writing`.
    """
    screen = Screen()
    advice = moving_advice()
    if advice is not None and settings.data_dir in DATA_DIRS.values():
        tell(advice)
    with run.writing(settings, command=command_line(), now=now, wait_seconds=wait_seconds, watcher=screen):
        yield screen
