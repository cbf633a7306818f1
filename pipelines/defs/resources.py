"""What every asset of a run shares: one build, looked at from one moment, under one hold of the writer's lock.

A run is one process (`pipelines.definitions` says so), and its resources live as long as it does. So nobody else
writes between two of its assets.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg

from pipelines import run
from pipelines.build import Build, prepare
from pipelines.floor.settings import Settings
from pipelines.sources.source import OnProgress

_WAIT_SECONDS = 600.0
_PROGRESS_LINES = 100


class RunLog(run.Watcher):
    """Writes what a run reports into Dagster's log."""

    def __init__(self, log: dg.DagsterLogManager) -> None:
        self._log = log

    def tell(self, text: str) -> None:
        """Write the line."""
        self._log.info(text)

    @contextmanager
    def progress(self, label: str) -> Iterator[OnProgress]:
        """Write a line now and then, at most a hundred of them."""

        def on_progress(done: int, total: int) -> None:
            if done == total or done % max(1, total // _PROGRESS_LINES) == 0:
                self._log.info(f"{label}: {done:,} of {total:,}")

        yield on_progress


@dataclass(frozen=True, slots=True)
class LandscapeRun:
    """What the assets of a run need.

    Attributes
    ----------
    build
        Settings, seeds and upstreams as they were when the run began.
    log
        Takes what the run reports.
    """

    build: Build
    log: RunLog


def landscape_run(settings: Settings) -> dg.ResourceDefinition:
    """The resource that holds the writer's lock of the data folder for as long as a run lasts."""

    @dg.resource
    def landscape(context: dg.InitResourceContext) -> Iterator[LandscapeRun]:
        if context.log is None or context.run is None:
            raise dg.DagsterInvariantViolationError("the landscape is written by a run only")
        log, now = RunLog(context.log), datetime.now(UTC)
        with run.writing(
            settings,
            command=f"dagster run {context.run.run_id}",
            now=now,
            wait_seconds=_WAIT_SECONDS,
            watcher=log,
        ):
            yield LandscapeRun(prepare(settings, now), log)

    return landscape
