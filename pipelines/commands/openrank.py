"""``landscape openrank``: our own OpenRank for any month's activity."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from pipelines.bronze.storage import write_parquet
from pipelines.commands.console import tell
from pipelines.errors import LandscapeError, StorageError
from pipelines.graph.openrank import (
    ACTIVITY_COLUMNS,
    ACTOR,
    CARRIED_COLUMNS,
    REPO,
    OpenrankParameters,
    compute_openrank,
)
from pipelines.seeds import load_seeds
from pipelines.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.seeds import Seeds


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
    found = compute_openrank(pairs, left, openrank_parameters(load_seeds(load_settings().seeds_dir)))
    write_parquet(found, out)
    counts = dict(found.group_by("kind").len().iter_rows())
    tell(
        f"{counts.get(REPO, 0):,} repositories and {counts.get(ACTOR, 0):,} people from {pairs.height:,} rows: {out}"
    )


def openrank_parameters(seeds: Seeds) -> OpenrankParameters:
    """The curated parameters."""
    return OpenrankParameters(
        **{field.name: getattr(seeds.openrank, field.name) for field in fields(OpenrankParameters)}
    )


def _carried_of(path: Path | None) -> pl.DataFrame:
    if path is None:
        return pl.DataFrame(schema={"kind": pl.String, "id": pl.Int64, "openrank": pl.Float64})
    carried = _read(path, CARRIED_COLUMNS)
    _check_amounts(carried["openrank"], path)
    _refuse(carried["openrank"] < 0, "an openrank below 0", path)
    _refuse(~carried["kind"].is_in([REPO, ACTOR]), f"a kind other than {REPO} and {ACTOR}", path)
    _refuse(carried.select("kind", "id").is_duplicated(), "a node that stands twice", path)
    return carried


def _read(path: Path, columns: Sequence[str]) -> pl.DataFrame:
    """Columns of a Parquet file: ids as 64-bit integers, amounts as floats, nothing unknown."""
    try:
        found = pl.read_parquet(path)
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
