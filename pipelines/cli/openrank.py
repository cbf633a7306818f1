"""``landscape activity`` and ``landscape openrank``: our own OpenRank, step by step."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from pipelines.build import prepare
from pipelines.cli.console import tell
from pipelines.cli.tabular import OutputFormat, write_rows
from pipelines.floor.errors import LandscapeError, StorageError
from pipelines.floor.folders import fetching_hint
from pipelines.floor.periods import Month
from pipelines.floor.settings import load_settings
from pipelines.graph.openrank import ACTIVITY_COLUMNS, ACTOR, CARRIED_COLUMNS, REPO, solve_openrank
from pipelines.openrank.events import open_events
from pipelines.seeds import load_seeds
from pipelines.sources.gharchive.layout import event_months
from pipelines.warehouse.activity import load_month_pairs, read_activity, read_drops, read_event_sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.build import Build


def openrank(
    activity: Annotated[
        Path, typer.Option(help="Parquet file with repo_id, actor_id, activity: who did how much where.")
    ],
    out: Annotated[Path, typer.Option(help="Parquet file to write: kind, id, openrank.")],
    carried: Annotated[
        Path | None,
        typer.Option(help="Parquet file with kind (repo or actor), id, openrank: what earlier months left."),
    ] = None,
) -> None:
    """Compute the OpenRank of repositories and people from a month's activity.

    Rows of the same pair add up. Bots, people who only push and people in more than 300 repositories are left
    out before, and carried values have their decay applied already.

    Example: landscape openrank --activity activity.parquet --carried last.parquet --out openrank.parquet
    """
    for given in filter(None, (activity, carried)):
        if out.exists() and given.exists() and out.samefile(given):
            raise LandscapeError(
                "the output is an input", where=str(given), hint="name another file with --out"
            )
    pairs = _read(activity, ACTIVITY_COLUMNS)
    _check_amounts(pairs["activity"], activity)
    _refuse(pairs["activity"] <= 0, "an activity that is not above 0", activity)
    left = _carried_of(carried)
    found = solve_openrank(pairs, left, load_seeds(load_settings().seeds_dir).openrank).values
    write_rows(found, OutputFormat.PARQUET, out)
    counts = dict(found.group_by("kind").len().iter_rows())
    tell(
        f"{counts.get(REPO, 0):,} repositories and {counts.get(ACTOR, 0):,} people from {pairs.height:,} rows: {out}"
    )


def activity(
    month: Annotated[str, typer.Option(help="Month, YYYY-MM, of which bronze holds events.")],
    out: Annotated[Path, typer.Option(help="Parquet file to write: repo_id, actor_id, activity.")],
) -> None:
    """Weigh what people did in each repository in a month: the input of `landscape openrank`.

    Left out and counted are bots, [snyk] titles, people who only push to a repository, and who counts in more than
    300 repositories. Real events if the month has any, otherwise simulated ones.

    Example: landscape activity --month 2015-01 --out activity.parquet
    """
    now = datetime.now(UTC)
    build = prepare(load_settings(), now)
    this_month = event_month(build, month, now)
    with TemporaryDirectory() as folder, open_events(build, Path(folder) / "spill") as connection:
        event_source = read_event_sources(connection, build.settings.bronze_dir, this_month)[0]
        load_month_pairs(connection, build.settings.bronze_dir, this_month, event_source)
        drops = read_drops(connection)
        pairs = read_activity(connection)
    write_rows(pairs, OutputFormat.PARQUET, out)
    dropped = ", ".join(f"{count:,} {name.removesuffix('_count')}" for name, count in asdict(drops).items())
    tell(f"Left out: {dropped.replace('_', ' ')}")
    tell(
        f"{pairs['repo_id'].n_unique():,} repositories and {pairs['actor_id'].n_unique():,} people in"
        f" {pairs.height:,} pairs from {event_source} {this_month}: {out}"
    )


def event_month(build: Build, text: str, now: datetime) -> Month:
    """The month that a person asked for, of which bronze holds events.

    Raises
    ------
    typer.BadParameter
        If it is no month, has not begun, or bronze has no events of it.
    """
    try:
        month = Month.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--month") from None
    months = event_months(build.settings.bronze_dir)
    if month in months:
        return month
    if month > Month.of(now):
        problem = f"{month} has not begun"
    else:
        held = f"it has {months[0]} to {months[-1]}" if months else "it has none at all"
        problem = f"bronze has no events of {month}; {held}; {fetching_hint(build.settings.data_dir, 'events fetch')}"
    raise typer.BadParameter(problem, param_hint="--month")


def _carried_of(path: Path | None) -> pl.DataFrame:
    if path is None:
        return pl.DataFrame(schema={"kind": pl.String, "id": pl.Int64, "openrank": pl.Float64})
    carried = _read(path, CARRIED_COLUMNS)
    _check_amounts(carried["openrank"], path)
    _refuse(carried["openrank"] < 0, "an openrank below 0", path)
    _refuse(~carried["kind"].is_in([REPO, ACTOR]), f"a kind other than {REPO} and {ACTOR}", path)
    _refuse(carried.select("kind", "id").is_duplicated(), "a node that occurs twice", path)
    return carried


def _holds_integers(dtype: pl.DataType) -> bool:
    """Whether a column may hold ids; one without any value has no type of its own."""
    return dtype.is_integer() or dtype == pl.Null


def _read(path: Path, columns: Sequence[str]) -> pl.DataFrame:
    """Columns of a Parquet file: ids as 64-bit integers, amounts as floats, nothing unknown."""
    try:
        found = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise StorageError(
            f"could not read this Parquet file: {error}", where=str(path), hint="check the path and the file"
        ) from error
    missing = [name for name in columns if name not in found.columns]
    if missing:
        raise LandscapeError(
            f"no column {', '.join(missing)}; there are {', '.join(found.columns) or 'none'}",
            where=str(path),
            hint=f"give the columns {', '.join(columns)}",
        )
    types = {"kind": pl.String, "activity": pl.Float64, "openrank": pl.Float64}
    other = [name for name in columns if name not in types and not _holds_integers(found.schema[name])]
    if other:
        raise LandscapeError(
            f"the ids in {', '.join(other)} are {found.schema[other[0]]}, not integers",
            where=str(path),
            hint="cast them to 64-bit integers; rounding would merge repositories",
        )
    try:
        typed = found.select(pl.col(name).cast(types.get(name, pl.Int64)) for name in columns)
    except pl.exceptions.PolarsError as error:
        raise LandscapeError(
            f"a column holds other values than expected: {error}",
            where=str(path),
            hint="ids are integers below 2^63, amounts are numbers",
        ) from error
    for name in columns:
        _refuse(typed[name].is_null(), f"no value in column {name}", path)
    return typed


def _check_amounts(amounts: pl.Series, path: Path) -> None:
    _refuse(~amounts.is_finite(), f"{amounts.name} that is infinite or no number", path)


def _refuse(is_bad: pl.Series, what: str, path: Path) -> None:
    if is_bad.any():
        raise LandscapeError(
            f"row {is_bad.arg_max():,} (from 0) has {what}; {is_bad.sum():,} rows in all",
            where=str(path),
            hint="correct or leave out these rows",
        )
