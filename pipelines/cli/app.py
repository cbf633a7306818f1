"""``landscape``: the command line. Thin: it reads the clock and the settings, and calls what Dagster calls."""

from __future__ import annotations

import math
import shlex
import sys
from collections.abc import Callable, Sequence  # noqa: TC003 - typer reads annotations
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import Annotated, NoReturn, TypeVar

import duckdb
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipelines.build import Build, prepare
from pipelines.cli import landscape as landscape_commands
from pipelines.cli import prune
from pipelines.cli.classify import classify, evaluate
from pipelines.cli.compare import compare
from pipelines.cli.console import Wait, err, out, say, tell, writing
from pipelines.cli.edges import edges
from pipelines.cli.explain import explain
from pipelines.cli.explore import explore_command
from pipelines.cli.graveyard import graveyard
from pipelines.cli.network import network_app
from pipelines.cli.openrank import activity, openrank
from pipelines.errors import LandscapeError, NotPublishedError, SeedsError, StorageError
from pipelines.fetching import (
    BRONZE_STEPS,
    EVENTS,
    METRICS,
    REPOSITORIES,
    BronzeStep,
    Evidence,
    OnProgress,
    wanted_series_of,
)
from pipelines.files import remove_leftovers
from pipelines.metrics import registry
from pipelines.metrics.pages import metric_index, metric_page
from pipelines.monthly_openrank import compute_all_months
from pipelines.periods import FIRST_HOUR, Hour, Month, hours_between, hours_of, last_complete_month
from pipelines.plan import MOST_HOURS, estimate, hour_megabytes
from pipelines.publish import Publication, publish, publish_if_changed
from pipelines.query import OutputFormat, run_query, write_result
from pipelines.seeds import check_seeds, load_seeds, write_schemas
from pipelines.settings import CHECKOUT, Profile, Settings, load_settings
from pipelines.sources.github import estimate_requests
from pipelines.status import Status, read_status
from pipelines.summary import read_summary
from pipelines.tables.steps import TABLE_STEPS
from pipelines.tables.warehouse import load_foundations
from pipelines.warehouse.connection import build_file, open_build
from pipelines.warehouse.ddl import data_dictionary
from pipelines.warehouse.openrank_store import store_dir

_EPILOG = """
Exit codes: 0 done · 1 a defect or a wrong setting · 2 wrong usage · 3 seeds · 4 source or sample ·
5 disk or file · 6 checks failed, nothing published · 7 another run is writing · 8 nothing published yet ·
9 SQL refused · 130 stopped by Ctrl-C.

Settings, from the environment: LANDSCAPE_PROFILE (sample or live), LANDSCAPE_DATA_DIR, LANDSCAPE_SEEDS_DIR,
LANDSCAPE_GHARCHIVE_URL, LANDSCAPE_OPENDIGGER_URL, LANDSCAPE_GITHUB_API_URL, LANDSCAPE_GITHUB_TOKEN,
LANDSCAPE_WORKERS (processes that read hour files).
"""

Period = TypeVar("Period")

app = typer.Typer(
    name="landscape",
    help="Build, check, publish and query a map of an open-source ecosystem.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line: expected failures become a message and an exit code."""
    try:
        app()
    except LandscapeError as error:
        _leave(error)
    except duckdb.Error as error:
        _leave(
            StorageError(
                f"DuckDB could not go on: {error}",
                hint="if it names a file that is damaged, delete that file and fetch its hours or series again",
            )
        )


def _leave(error: LandscapeError) -> NoReturn:
    err.print(f"error: {error}", style="bold red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(error.exit_code)


@app.command()
def build(
    *,
    sample: Annotated[
        bool, typer.Option("--sample", help="Read the committed sample, whatever LANDSCAPE_PROFILE says.")
    ] = False,
    wait: Wait = 600,
) -> None:
    """Fetch, load, check and publish the landscape: the whole road, safe to repeat at any time.

    Publishes only if the content changed. Example: landscape build --sample
    """
    settings = load_settings()
    if sample:
        settings = settings.model_copy(update={"profile": Profile.SAMPLE})
    now = datetime.now(UTC)
    this_build = prepare(settings, now)
    _run(this_build, now, wait, BRONZE_STEPS)


@app.command()
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
    settings, now = _live_settings(), datetime.now(UTC)
    this_build = prepare(settings, now)
    this_month = _parsed("--month", Month.parse, month) if month else last_complete_month(now)
    hours = [hour for hour in hours_of(this_month) if hour.start < _current_hour(now)]
    steps = list(BRONZE_STEPS)
    if settings.github_token:
        steps.append(REPOSITORIES)
    _print_plan(this_build, hours, steps)
    if dry_run:
        return
    _run(replace(this_build, scope=replace(this_build.scope, hours=tuple(hours))), now, wait, steps)


events_app = typer.Typer(help="Hour files of GH Archive.", no_args_is_help=True)
metrics_app = typer.Typer(help="Monthly series of OpenDigger.", no_args_is_help=True)
repositories_app = typer.Typer(help="Repositories as GitHub shows them today.", no_args_is_help=True)
app.add_typer(events_app, name="events")
app.add_typer(metrics_app, name="metrics")
app.add_typer(repositories_app, name="repositories")
app.add_typer(network_app, name="network")
landscape_commands.register(app)


@events_app.command("fetch")
def events_fetch(
    *,
    first: Annotated[str, typer.Option("--from", help="First hour, YYYY-MM-DDTHH, UTC.")],
    last: Annotated[str, typer.Option("--to", help="Last hour, included.")],
    yes: Annotated[bool, typer.Option("--yes", help="Fetch more than a month at once.")] = False,
    wait: Wait = 600,
) -> None:
    """Download hour files and write their events to bronze; what is held already is not sent again.

    Example: landscape events fetch --from 2015-01-01T00 --to 2015-01-01T23
    """
    settings, now = _live_settings(), datetime.now(UTC)
    hours = list(hours_between(_parsed("--from", Hour.parse, first), _parsed("--to", Hour.parse, last)))
    _check_hours(hours, now, yes=yes)
    this_build = prepare(settings, now)
    _fetch(replace(this_build, scope=replace(this_build.scope, hours=tuple(hours))), now, wait, [EVENTS])


@metrics_app.command("fetch")
def metrics_fetch(wait: Wait = 600) -> None:
    """Pull OpenDigger's series of all projects, and OpenRank of watched repositories; only what changed is sent."""
    now = datetime.now(UTC)
    _fetch(prepare(_live_settings(), now), now, wait, [METRICS])


@repositories_app.command("fetch")
def repositories_fetch(wait: Wait = 600) -> None:
    """Observe the projects' repositories on GitHub, once a day each.

    With LANDSCAPE_GITHUB_TOKEN it takes seconds; without one GitHub allows 60 requests an hour.
    """
    settings, now = _live_settings(), datetime.now(UTC)
    this_build = prepare(settings, now)
    _print_plan(this_build, [], [REPOSITORIES])
    _fetch(this_build, now, wait, [REPOSITORIES])


@app.command("publish")
def publish_command(wait: Wait = 600) -> None:
    """Check the build file and publish it again, for instance after a full disk.

    Replaces the published file in one rename and keeps the last three different snapshots.
    """
    settings = load_settings()
    if not build_file(settings.warehouse_dir).exists():
        raise NotPublishedError(
            "there is no build file to publish",
            where=str(build_file(settings.warehouse_dir)),
            hint="run `landscape build --sample` first",
        )
    with writing(settings, datetime.now(UTC), wait), open_build(settings.warehouse_dir) as connection:
        publication = publish(connection, settings.public_dir)
    say(f"Published snapshot {publication.snapshot_id} at {publication.path}")


app.command()(prune.prune)


@app.command()
def status() -> None:
    """Say what is fresh, missing and quarantined, and who is writing. Never opens the build file."""
    _print_status(read_status(load_settings()))


@app.command()
def validate(
    folder: Annotated[
        Path | None, typer.Argument(help="Seeds folder; LANDSCAPE_SEEDS_DIR by default.", show_default=False)
    ] = None,
) -> None:
    """Check every file of a seeds folder and name file, line and entry of each problem.

    Example: landscape validate seeds/examples/databases
    """
    seeds_dir = folder.absolute() if folder else load_settings().seeds_dir
    problems = check_seeds(seeds_dir)
    if problems:
        for problem in problems:
            say(str(problem))
        raise SeedsError(
            f"{len(problems)} problem(s) in the seeds",
            where=str(seeds_dir),
            hint="correct the lines named above; the models in pipelines/seeds/models.py say what a file may hold",
        )
    seeds = load_seeds(seeds_dir)
    domains = sum(len(layer.domains) for layer in seeds.default_taxonomy.layers)
    say(f"{seeds_dir}: {len(seeds.projects)} projects, {domains} domains: no problem found")


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT over the published tables.")],
    *,
    output_format: Annotated[OutputFormat, typer.Option("--format", help="How to write the result.")] = (
        OutputFormat.TABLE
    ),
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; standard output by default.")
    ] = None,
) -> None:
    """Ask the published file with SQL, read only.

    Example: landscape query "SELECT rank, project_id, openrank_mean FROM project_rankings
    WHERE as_of_month = DATE '2025-04-01' ORDER BY rank LIMIT 10"
    """
    write_result(run_query(load_settings().public_dir, sql), output_format, output)


app.command()(classify)
app.command()(evaluate)
app.command()(graveyard)
app.command()(compare)
app.command()(activity)
app.command()(openrank)
app.command()(edges)
app.command("explore")(explore_command)
app.command()(explain)


@app.command()
def dictionary() -> None:
    """Write docs/data_dictionary.md, docs/metrics and the JSON Schemas of the seeds anew from their definitions."""
    path = CHECKOUT / "docs" / "data_dictionary.md"
    path.write_text(data_dictionary(), encoding="utf-8")
    write_schemas(CHECKOUT / "seeds" / "schemas")
    _write_metric_pages(CHECKOUT / "docs" / "metrics")
    say(f"Wrote {path}, the pages in docs/metrics and the schemas in seeds/schemas")


def _write_metric_pages(folder: Path) -> None:
    thresholds = load_seeds(CHECKOUT / "seeds").thresholds
    folder.mkdir(exist_ok=True)
    for metric in registry.METRICS:
        (folder / f"{metric.metric_id}.md").write_text(metric_page(metric, thresholds), encoding="utf-8")
    (folder / "README.md").write_text(metric_index(registry.METRICS), encoding="utf-8")


def _live_settings() -> Settings:
    """Settings of a command that fetches: live, unless the sample was asked for by name."""
    settings = load_settings()
    if "profile" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"profile": Profile.LIVE})


def _parsed(option: str, parse: Callable[[str], Period], text: str) -> Period:
    try:
        return parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def _current_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def _check_hours(hours: Sequence[Hour], now: datetime, *, yes: bool) -> None:
    if not hours:
        raise typer.BadParameter("the last hour is before the first", param_hint="--to")
    if hours[0] < FIRST_HOUR:
        raise typer.BadParameter(f"files before {FIRST_HOUR} have another schema", param_hint="--from")
    if hours[-1].start >= _current_hour(now):
        raise typer.BadParameter("that hour is not over yet", param_hint="--to")
    if len(hours) > MOST_HOURS and not yes:
        size = sum(map(hour_megabytes, hours)) / 1000
        raise typer.BadParameter(
            f"{len(hours):,} files, about {size:,.0f} GB: more than a month; add --yes if you mean it",
            param_hint="--to",
        )


def _run(this_build: Build, now: datetime, wait_seconds: float, steps: Sequence[BronzeStep]) -> None:
    """The whole road under one lock: fetch, load, publish, and say what came of it."""
    settings = this_build.settings
    with writing(settings, now, wait_seconds):
        _remove_leftovers(settings)
        _run_bronze_steps(this_build, steps)
        _tell_evidence("OpenRank by month", compute_all_months, this_build)
        with open_build(settings.warehouse_dir) as connection:
            _run_table_steps(this_build, connection)
            publication = publish_if_changed(connection, settings.public_dir)
    _print_summary(settings, publication)


def _fetch(this_build: Build, now: datetime, wait_seconds: float, steps: Sequence[BronzeStep]) -> None:
    with writing(this_build.settings, now, wait_seconds):
        _remove_leftovers(this_build.settings)
        _run_bronze_steps(this_build, steps)


def _print_plan(this_build: Build, hours: Sequence[Hour], steps: Sequence[BronzeStep]) -> None:
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


def _remove_leftovers(settings: Settings) -> None:
    for path in (
        *remove_leftovers(settings.bronze_dir),
        *remove_leftovers(store_dir(settings.warehouse_dir)),
    ):
        tell(f"Removed what a stopped run left: {path}")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=not err.is_terminal,
    )


def _run_bronze_steps(this_build: Build, steps: Sequence[BronzeStep]) -> None:
    for step in steps:
        _tell_evidence(step.label, step.run, this_build)


def _tell_evidence(label: str, run: Callable[[Build, OnProgress], Evidence], this_build: Build) -> None:
    """Run a step before the build file, with its progress, and say what it did."""
    with _progress() as progress:
        task = progress.add_task(label, total=None)

        def on_progress(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        evidence = run(this_build, on_progress)
    tell(f"{label}: {', '.join(f'{count:,} {name}' for name, count in evidence.items())}")


def _run_table_steps(this_build: Build, connection: duckdb.DuckDBPyConnection) -> None:
    with _progress() as progress:
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


def _print_status(state: Status) -> None:
    if state.writer:
        say(f"Being written by {state.writer}")
    if state.published:
        published = state.published
        say(
            f"Published: snapshot {published.snapshot_id}, as of {published.as_of}, profile {published.profile},"
            f" written {published.written_at:%Y-%m-%d %H:%M} UTC\n           {published.path}"
        )
    else:
        say("Published: nothing yet; run `landscape build --sample`")
    table = Table(title="Sources in bronze")
    for heading in ("source", "fresh as of", "loaded", "missing", "quarantined", "rows"):
        table.add_column(heading, justify="left" if heading in {"source", "fresh as of"} else "right")
    for source in state.sources:
        fresh = f"{source.fresh_as_of:%Y-%m-%d %H:%M} UTC" if source.fresh_as_of else "never fetched"
        table.add_row(
            source.name,
            fresh,
            *(
                "" if count is None else f"{count:,}"
                for count in (source.loaded, source.missing, source.quarantined, source.rows)
            ),
        )
    out.print(table)
    for line in state.gaps:
        say(f"unknown: {line}")
    for line in state.quarantined:
        say(f"quarantined: {line}")
