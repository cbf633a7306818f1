"""``landscape build`` and ``landscape refresh``: every step in order, from the upstreams to the published file."""

from __future__ import annotations

import math
import shlex
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines import run
from pipelines.build import prepare
from pipelines.cli.console import Accept, Column, Wait, print_table, say
from pipelines.cli.steps import current_hour, live_settings, parsed, print_plan, running
from pipelines.floor.periods import Month, hours_of, last_complete_month
from pipelines.floor.settings import DataProfile, load_settings
from pipelines.published import open_landscape
from pipelines.sources import registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.build import Build
    from pipelines.floor.errors import SourceError
    from pipelines.floor.settings import Settings
    from pipelines.publish import Publication
    from pipelines.sources.source import Source


def build(
    *,
    sample: Annotated[
        bool, typer.Option("--sample", help="Read the committed sample, whatever LANDSCAPE_PROFILE says.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no upstream: build from what was fetched before.")
    ] = False,
    accept: Accept = None,
    wait: Wait = 600,
) -> None:
    """Fetch, load, check and publish the landscape: the whole road, safe to repeat at any time.

    Publishes only if the content changed. Where an upstream is down, says so and builds from what was fetched
    before. Example: landscape build --sample
    """
    settings = load_settings()
    if sample:
        settings = settings.with_profile(DataProfile.SAMPLE)
    now = datetime.now(UTC)
    this_build = prepare(settings, now)
    _run(this_build, now, wait, registry.sources_of_sample(), accept, offline=offline)


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
    accept: Accept = None,
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
    for outage in _run(this_build, now, wait, sources, accept):
        raise outage


def _run(
    this_build: Build,
    now: datetime,
    wait_seconds: float,
    sources: Sequence[Source],
    acceptance: str | None,
    *,
    offline: bool = False,
) -> list[SourceError]:
    """Refresh and print the summary. Returns the outages met."""
    with running(this_build.settings, now, wait_seconds) as screen:
        if offline:
            sources = run.offline_sources(this_build, sources, screen)
        publication, outages = run.refresh(this_build, sources, screen, acceptance)
    _print_summary(this_build.settings, publication)
    return outages


_TOP = 10


def _print_summary(settings: Settings, publication: Publication) -> None:
    landscape = open_landscape(settings.public_dir)
    as_of, as_of_month = landscape.provenance.metadata().frame.select("as_of", "as_of_month").row(0)
    projects_count, domains_count = landscape.provenance.size().frame.row(0)
    say(f"\n{projects_count} projects, {domains_count} domains; as of {as_of}")
    print_table(
        [
            Column("rank", is_number=True),
            Column("project"),
            Column("OpenRank", is_number=True),
            Column("year on year", is_number=True),
            Column("domain"),
        ],
        [
            (
                str(row["rank"]),
                row["name"],
                _whole(row["openrank_mean"]),
                "unknown"
                if row["openrank_yoy_delta"] is None
                else _whole(row["openrank_yoy_delta"], sign="+"),
                row["domain"] or "",
            )
            for row in landscape.rankings.leaders(_TOP).frame.iter_rows(named=True)
        ],
        title=f"Top of {as_of_month:%Y-%m} (mean monthly OpenRank since January)",
    )
    by_kind: dict[str, list[str]] = {}
    for kind, source, rows_count in landscape.provenance.rows_by_source().frame.iter_rows():
        by_kind.setdefault(kind, []).append(f"{source} ({rows_count:,} rows)")
    for kind, sources in by_kind.items():
        say(f"{kind}: {', '.join(sources)}")
    state = "published" if publication.is_new else "already published, unchanged"
    say(f"\nSnapshot {publication.snapshot_id} {state}: {publication.path}")
    example = f"FROM project_rankings WHERE as_of_month = DATE '{as_of_month}' ORDER BY rank LIMIT 20"
    command = shlex.quote(sys.argv[0])
    say(f'Next: {command} status\n      {command} query "{example}"\n      make app\n      make dagster')


def _whole(value: float, sign: str = "") -> str:
    """`value` to the integer, halves up as people round, without a negative zero."""
    return f"{math.floor(value + 0.5):{sign}d}"
