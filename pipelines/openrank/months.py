"""Compute the months whose inputs have changed, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import polars as pl

from pipelines.floor.errors import LandscapeError
from pipelines.floor.periods import hours_of
from pipelines.graph.openrank import ACTOR, REPO, OpenrankSolution, solve_openrank
from pipelines.openrank.events import open_events
from pipelines.openrank.held import fingerprint_of, is_held, read_before
from pipelines.openrank.opening import open_projects
from pipelines.sources.gharchive.layout import event_months
from pipelines.sources.gharchive.manifest import read_manifest
from pipelines.warehouse.activity import (
    load_month_pairs,
    read_activity,
    read_drops,
    read_event_sources,
    read_names,
)
from pipelines.warehouse.openrank_store import (
    OPENRANK_SOURCES,
    OpenrankMonth,
    forget_month,
    read_left,
    read_month,
    store_dir,
    stored_months,
    values_of,
    write_values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pipelines.build import Build
    from pipelines.floor.periods import Month
    from pipelines.warehouse.activity import Drops


def compute_all_months(build: Build, on_progress: Callable[[int, int], None]) -> Mapping[str, int]:
    """Bring every month that bronze has events of up to date, in order, and forget those it has none of any more.

    Returns
    -------
    mapping
        Counts for the person: as `compute_months`, and ``forgotten`` files.

    Raises
    ------
    LandscapeError, StorageError
        As `compute_months`.
    """
    months = event_months(build.settings.bronze_dir)
    folder = store_dir(build.settings.warehouse_dir)
    gone = [(month, source) for month, source, _ in stored_months(folder) if month not in months]
    for month, source in gone:
        forget_month(folder, month, source)
    return {**compute_months(build, months, on_progress), "forgotten": len(gone)}


def compute_months(
    build: Build, months: Sequence[Month], on_progress: Callable[[int, int], None]
) -> Mapping[str, int]:
    """Compute the OpenRank of those of `months` whose inputs have changed, and store it.

    A month builds on the newest computed month before it: without one it starts from nothing, and when that one changes
    it is recomputed. Real and simulated events have separate months.

    Parameters
    ----------
    build
        Settings and seeds.
    months
        In order. A month without events stores nothing.
    on_progress
        Called with the numbers of months done and of all months.

    Returns
    -------
    mapping
        Counts for the person: months ``computed``, ``unchanged``, ``incomplete`` (hours are missing) and
        ``from nothing`` (no month before), and the repositories ``opened`` of projects.

    Raises
    ------
    LandscapeError
        If the values of a month do not keep the network's equations.
    StorageError
        If a file cannot be read or written; the months before it are stored.
    """
    counts = dict.fromkeys(("computed", "unchanged", "incomplete", "from nothing"), 0)
    for done, month in enumerate(months, 1):
        if is_held(build, month):
            counts["unchanged"] += 1
        else:
            for stored in _compute_month(build, month):
                counts["computed"] += 1
                counts["incomplete"] += stored.hours_loaded_count < stored.hours_expected_count
                counts["from nothing"] += not stored.carried_months_count
        on_progress(done, len(months))
    return {**counts, "opened": open_projects(build)}


def _compute_month(build: Build, month: Month) -> list[OpenrankMonth]:
    folder, bronze_dir = store_dir(build.settings.warehouse_dir), build.settings.bronze_dir
    found: dict[str, _Activity] = {}
    # Closed before anything is solved: DuckDB and the solution would need their memory at the same time.
    with open_events(build, build.settings.warehouse_dir / ".openrank") as connection:
        for event_source in read_event_sources(connection, bronze_dir, month):
            load_month_pairs(connection, bronze_dir, month, event_source)
            found[OPENRANK_SOURCES[event_source]] = _Activity(
                read_activity(connection), read_drops(connection), read_names(connection, event_source)
            )
    for source in OPENRANK_SOURCES.values():
        if source not in found and read_month(folder, month, source) is not None:
            forget_month(folder, month, source)
    return [_compute_source(build, month, source, found.pop(source)) for source in list(found)]


@dataclass(frozen=True, slots=True)
class _Activity:
    """What people did in a month, by one source of events."""

    activity: pl.DataFrame
    drops: Drops
    names: pl.DataFrame


def _compute_source(build: Build, month: Month, source: str, found: _Activity) -> OpenrankMonth:
    rules, activity, names = build.seeds.openrank, found.activity, found.names
    folder = store_dir(build.settings.warehouse_dir)
    left = read_left(folder, month, source, rules.carry_decay, rules.carry_floor)
    solution = solve_openrank(activity, left, build.seeds.openrank)
    _check_solution(solution, rules.largest_error, f"{source} {month}")
    values = values_of(solution.values, names, left, month)
    openrank, kinds = solution.values["openrank"], solution.values["kind"]
    before = read_before(folder, month, source)
    stored = OpenrankMonth(
        month=month,
        source=source,
        vintage=rules.vintage,
        fingerprint=fingerprint_of(build, month, source),
        repositories_count=int((kinds == REPO).sum()),
        people_count=int((kinds == ACTOR).sum()),
        pairs_count=activity.height,
        inactive_count=values.height - solution.values.height,
        drops=found.drops,
        hours_loaded_count=_hours_loaded(build.settings.bronze_dir, month),
        hours_expected_count=len(hours_of(month)),
        carried_months_count=before.carried_months_count + 1 if before else 0,
        openrank_sum=float(openrank.sum()),
        openrank_min=cast("float | None", openrank.min()),
        openrank_max=cast("float | None", openrank.max()),
        background=solution.background,
        sweeps_count=solution.sweeps_count,
        out_weight_error=solution.out_weight_error,
        balance_error=solution.balance_error,
    )
    write_values(folder, values, stored)
    return stored


def _check_solution(solution: OpenrankSolution, largest_error: float, where: str) -> None:
    """Refuse values that do not keep the equations: nothing that was stored before is touched."""
    openrank = solution.values["openrank"]
    problems = [
        f"{what} is {error:.3g}, more than {largest_error:g}"
        for what, error in (
            ("the largest distance of a node's out-weights from 1", solution.out_weight_error),
            ("what flows in against what flows out", solution.balance_error),
        )
        if not error <= largest_error
    ]
    if not (openrank.is_finite() & (openrank >= 0)).all():
        problems.append("a value is negative or no number")
    if problems:
        raise LandscapeError(
            f"OpenRank was not solved: {'; '.join(problems)}",
            where=where,
            hint="the month is left as it was; check the parameters in seeds/openrank.yml",
        )


def _hours_loaded(bronze_dir: Path, month: Month) -> int:
    own = [hour.start.replace(tzinfo=None) for hour in hours_of(month)]
    loaded = read_manifest(bronze_dir).filter(pl.col("hour").is_in(own), pl.col("status") == "loaded")
    return loaded["hour"].n_unique()
