"""``landscape build`` and ``landscape refresh``: every step in order, from the upstreams to the published file."""

from __future__ import annotations

import math
import shlex
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from pipelines.build import prepare
from pipelines.cli.console import Wait, out, say, tell, writing
from pipelines.cli.steps import (
    clear_leftovers,
    current_hour,
    fetch_or_keep_held,
    keep_held,
    live_settings,
    parsed,
    print_plan,
    progress_bar,
    run_with_progress,
)
from pipelines.monthly_openrank import compute_all_months
from pipelines.periods import Month, hours_of, last_complete_month
from pipelines.publish import publish_if_changed
from pipelines.settings import Profile, load_settings
from pipelines.sources import registry
from pipelines.summary import read_summary
from pipelines.tables.steps import TABLE_STEPS
from pipelines.tables.warehouse import load_foundations
from pipelines.warehouse.connection import open_build

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.build import Build
    from pipelines.errors import SourceError
    from pipelines.publish import Publication
    from pipelines.settings import Settings
    from pipelines.sources.source import Source


def build(
    *,
    sample: Annotated[
        bool, typer.Option("--sample", help="Read the committed sample, whatever LANDSCAPE_PROFILE says.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no upstream: build from what was fetched before.")
    ] = False,
    wait: Wait = 600,
) -> None:
    """Fetch, load, check and publish the landscape: the whole road, safe to repeat at any time.

    Publishes only if the content changed. Where an upstream is down, says so and builds from what was fetched
    before. Example: landscape build --sample
    """
    settings = load_settings()
    if sample:
        settings = settings.model_copy(update={"profile": Profile.SAMPLE})
    now = datetime.now(UTC)
    this_build = prepare(settings, now)
    sources = registry.sources_of_sample()
    _run(this_build, now, wait, keep_held(this_build, sources) if offline else sources)


def refresh(
    *,
    month: Annotated[
        str | None,
        typer.Option(
            "--month", help="Month of events, YYYY-MM; the last complete one by default.", show_default=False
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only say how many files, gigabytes, requests and hours it takes."),
    ] = False,
    wait: Wait = 600,
) -> None:
    """Bring a month of events, all metrics and today's repositories in, and publish if anything changed.

    Reads the live upstreams unless LANDSCAPE_PROFILE=sample is set. One month at a time: the whole history is
    about 100,000 files; fetch a longer range by name with `landscape events fetch`. Safe to repeat, from cron too.

    Example: landscape refresh --month 2025-04 --dry-run
    """
    settings, now = live_settings(), datetime.now(UTC)
    this_build = prepare(settings, now)
    this_month = parsed("--month", Month.parse, month) if month else last_complete_month(now)
    hours = [hour for hour in hours_of(this_month) if hour.start < current_hour(now)]
    this_build = replace(this_build, scope=replace(this_build.scope, hours=tuple(hours)))
    sources = registry.sources_of_refresh(settings)
    print_plan(this_build, sources)
    if dry_run:
        return
    for outage in _run(this_build, now, wait, sources):
        raise outage


def _run(
    this_build: Build, now: datetime, wait_seconds: float, sources: Sequence[Source]
) -> list[SourceError]:
    """The whole road under one lock: fetch, load, publish, print the summary. Returns the outages met."""
    settings = this_build.settings
    with writing(settings, now, wait_seconds):
        clear_leftovers(settings)
        outages = fetch_or_keep_held(this_build, sources)
        run_with_progress("OpenRank by month", compute_all_months, this_build)
        with open_build(settings.warehouse_dir) as connection:
            _run_table_steps(this_build, connection)
            publication = publish_if_changed(connection, settings.public_dir)
    _print_summary(settings, publication)
    return outages


def _run_table_steps(this_build: Build, connection: duckdb.DuckDBPyConnection) -> None:
    with progress_bar() as progress:
        task = progress.add_task("Warehouse", total=len(TABLE_STEPS) + 1)
        load_foundations(this_build, connection)
        progress.advance(task)
        for step in TABLE_STEPS:
            step.load(this_build, connection)
            progress.advance(task)
    tell(f"Warehouse: {len(TABLE_STEPS)} tables loaded")


def _print_summary(settings: Settings, publication: Publication) -> None:
    summary = read_summary(settings.public_dir)
    say(f"\n{summary.projects_count} projects, {summary.domains_count} domains; as of {summary.as_of}")
    table = Table(title=f"Top of {summary.as_of_month:%Y-%m} (mean monthly OpenRank since January)")
    for heading in ("rank", "project", "OpenRank", "year on year", "domain"):
        table.add_column(heading, justify="left" if heading in {"project", "domain"} else "right")
    for row in summary.top:
        change = "unknown" if row.yoy_delta is None else _whole(row.yoy_delta, sign="+")
        table.add_row(str(row.rank), row.name, _whole(row.openrank_mean), change, row.domain or "")
    out.print(table)
    for kind, sources in summary.sources_by_kind.items():
        listed = ", ".join(f"{source} ({rows_count:,} rows)" for source, rows_count in sources)
        say(f"{kind}: {listed}")
    state = "published" if publication.is_new else "already published, unchanged"
    say(f"\nSnapshot {publication.snapshot_id} {state}: {publication.path}")
    example = f"FROM project_rankings WHERE as_of_month = DATE '{summary.as_of_month}' ORDER BY rank LIMIT 20"
    command = shlex.quote(sys.argv[0])
    say(f'Next: {command} status\n      {command} query "{example}"\n      make app\n      make dagster')


def _whole(value: float, sign: str = "") -> str:
    """`value` to the integer, halves up as people round, without a negative zero."""
    return f"{math.floor(value + 0.5):{sign}d}"
