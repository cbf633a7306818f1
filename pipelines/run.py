"""The one order of a refresh: sources into bronze, OpenRank by month, staging, tables, publication.

Belongs here: the order, the lock that is held from the first step to the last, and what goes on when an upstream is
down. Must not: the steps themselves. The command line and Dagster both call these functions, each with a watcher.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from pipelines.floor.errors import SourceError
from pipelines.floor.files import remove_leftovers
from pipelines.floor.folders import claim, require_profile
from pipelines.floor.lock import writer_lock
from pipelines.floor.settings import DataProfile
from pipelines.openrank.months import compute_all_months
from pipelines.publish import publish_if_changed
from pipelines.tables.contracts import PUBLISHED
from pipelines.tables.ground import load_ground_floor
from pipelines.tables.registry import TABLES
from pipelines.tables.runner import Runner
from pipelines.warehouse.connection import open_build
from pipelines.warehouse.openrank_store import store_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from pipelines.build import Build
    from pipelines.floor.settings import Settings
    from pipelines.publish import Publication
    from pipelines.sources.source import Evidence, OnProgress, Source
    from pipelines.tables.checks import CheckResult

STAGING = "staging"


class Watcher:
    """What a run reports while it lasts; this one drops all of it."""

    def tell(self, text: str) -> None:
        """A line about the work."""

    def progress(self, label: str) -> AbstractContextManager[OnProgress]:  # noqa: ARG002
        """Open what shows the progress of a step."""
        return nullcontext(lambda _done, _total: None)

    def on_table(self, table: str, rows_count: int) -> None:
        """A table is loaded; the first one is `STAGING`."""

    def on_checked(self, results: Sequence[CheckResult]) -> None:
        """Every rule was checked, before anything is published."""


@contextmanager
def writing(
    settings: Settings, *, command: str, now: datetime, wait_seconds: float, watcher: Watcher
) -> Iterator[None]:
    """Hold the writer's lock of a data folder of the right profile, without what a stopped run left.

    Raises
    ------
    DataProfileError
        If the folder belongs to the other data profile; nothing is written then.
    BusyError, StorageError
        As `writer_lock`.
    """
    require_profile(settings)
    with writer_lock(
        settings.warehouse_dir,
        command=command,
        now=now,
        wait_seconds=wait_seconds,
        on_wait=lambda holder: watcher.tell(
            f"Waiting up to {wait_seconds:g} s: another run is writing: {holder}"
        ),
    ):
        claim(settings)
        for folder in (settings.bronze_dir, store_dir(settings.warehouse_dir)):
            for path in remove_leftovers(folder):
                watcher.tell(f"Removed what a stopped run left: {path}")
        yield


def fetch(build: Build, source: Source, watcher: Watcher) -> Evidence:
    """Fetch a source into bronze.

    Raises
    ------
    SourceError
        If its upstream cannot be read.
    """
    return _run_step(source.label, source.fetch, build, watcher)


def compute_openrank(build: Build, watcher: Watcher) -> Evidence:
    """Compute OpenRank of every month that bronze has events of, where its inputs changed."""
    return _run_step("OpenRank by month", compute_all_months, build, watcher)


def build_tables(build: Build, watcher: Watcher, acceptance: str | None = None) -> Publication:
    """Load every table from bronze and seeds, check all of them, and publish if anything changed.

    Parameters
    ----------
    build, watcher
        What is built, and who is shown it.
    acceptance
        As `publish_if_changed`.

    Raises
    ------
    RegressionError
        If the publication would lose what the last one had, without `acceptance`.
    ChecksFailedError
        If a row breaks a rule; nothing is published.
    StorageError
        If the disk refuses.
    """
    with open_build(build.settings.warehouse_dir) as connection:
        with watcher.progress("Warehouse") as on_progress:
            watcher.on_table(STAGING, load_ground_floor(build, connection))
            runner = Runner(build, connection)
            for done, table in enumerate(TABLES, start=1):
                watcher.on_table(table.qualified, runner.load(table))
                on_progress(done, len(TABLES))
        watcher.tell(f"Warehouse: {len(PUBLISHED)} tables loaded")
        publication = publish_if_changed(
            connection, build.settings.public_dir, watcher.on_checked, acceptance
        )
    for remark in publication.remarks:
        watcher.tell(remark)
    return publication


def refresh(
    build: Build, sources: Sequence[Source], watcher: Watcher, acceptance: str | None = None
) -> tuple[Publication, list[SourceError]]:
    """Fetch `sources`, compute OpenRank, build and publish the tables; call it inside `writing`.

    Where an upstream is down, the run goes on with what bronze holds of it. A source that is left out without a token
    may hold nothing: a token that GitHub refuses stops no more than none.

    Returns
    -------
    Publication, list of SourceError
        What is published, and the outages.

    Raises
    ------
    SourceError
        If an upstream is down of which bronze holds nothing, and no refresh does without it.
    """
    outages = []
    for source in sources:
        try:
            fetch(build, source, watcher)
        except SourceError as error:
            held_at = _held_at(build, source)
            if held_at is None and not source.needs_token:
                raise
            going_on = "without it" if held_at is None else f"with what was retrieved by {held_at}"
            watcher.tell(f"{source.label}: {error}")
            watcher.tell(f"{source.label}: not up to date; going on {going_on}")
            outages.append(error)
    compute_openrank(build, watcher)
    return build_tables(build, watcher, acceptance), outages


def offline_sources(build: Build, sources: Sequence[Source], watcher: Watcher) -> list[Source]:
    """The sources that ask no host; of the others, say since when what bronze holds is from.

    Raises
    ------
    SourceError
        If bronze holds nothing of any upstream.
    """
    if build.settings.data_profile is DataProfile.SAMPLE:
        return list(sources)
    asking = [source for source in sources if source.addresses]
    for source in asking:
        held_at = _held_at(build, source) or "nothing"
        watcher.tell(f"{source.label}: not asked (--offline); bronze holds {held_at}")
    if all(_held_at(build, source) is None for source in asking):
        raise SourceError(
            "nothing was fetched yet, so there is nothing to build offline",
            where=str(build.settings.bronze_dir),
            hint="run `landscape metrics fetch` first",
        )
    return [source for source in sources if not source.addresses]


def _held_at(build: Build, source: Source) -> str | None:
    held_at = source.state(build.settings.bronze_dir).held_at if source.addresses else None
    return None if held_at is None else f"{held_at:%Y-%m-%d %H:%M} UTC"


def _run_step(
    label: str, step: Callable[[Build, OnProgress], Evidence], build: Build, watcher: Watcher
) -> Evidence:
    with watcher.progress(label) as on_progress:
        evidence = step(build, on_progress)
    watcher.tell(f"{label}: {', '.join(f'{count:,} {name}' for name, count in evidence.items())}")
    return evidence
