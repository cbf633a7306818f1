"""The OpenRank of each month that was computed here: a private file a month and source, whole or not there.

Belongs here: names, columns and manifest of these files, and the values that a month passes on to the next. Must not:
computing a value. A file holds everyone active in the month, and everyone active before whose value has not been
dropped yet.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.storage import write_parquet
from pipelines.floor.errors import StorageError
from pipelines.floor.files import aside_hint, remove_file
from pipelines.floor.periods import Month
from pipelines.warehouse.activity import Drops
from pipelines.warehouse.ddl import no_rows, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OPENRANK_SOURCES = {"gharchive": "computed", "gharchive-simulated": "computed-simulated"}
"""The source name of values, by the source of their events."""

EVENT_SOURCES = {source: event_source for event_source, source in OPENRANK_SOURCES.items()}

VALUES_SCHEMA = pl.Schema(
    {
        "kind": pl.String(),
        "id": pl.Int64(),
        "repo_full_name": pl.String(),
        "openrank": pl.Float64(),
        "last_month": pl.Date(),
    }
)
"""A row per repository (``kind`` ``repo``) and person (``actor``), ordered by kind and id. ``openrank`` is the value
of ``last_month``, the newest month in which the node was active. ``repo_full_name`` is a repository's newest name in
that month; NULL for people, and for repositories that were not active in the file's own month."""

PARTS_SCHEMA = pl.Schema(
    {
        "month": pl.Date(),
        "repo_id": pl.Int64(),
        "repo_full_name": pl.String(),
        "part": pl.String(),
        "people_count": pl.Int64(),
        "actions_count": pl.Int64(),
        "openrank": pl.Float64(),
    }
)
"""A row per part of a repository's value, as `pipelines.graph.openrank_parts.sum_parts` sums them."""

_SOURCED_PARTS_SCHEMA = pl.Schema({"source": pl.String()} | dict(PARTS_SCHEMA))

_ABOUT = "openrank_month"


@dataclass(frozen=True, slots=True)
class OpenrankMonth:
    """The manifest of a file: the inputs of its values.

    Attributes
    ----------
    fingerprint
        Of everything that the values follow from; equal inputs, equal fingerprint.
    repositories_count, people_count, pairs_count
        Of the month's network.
    inactive_count
        Nodes of earlier months that the file remembers.
    drops
        Counts that the rules left out.
    hours_loaded_count, hours_expected_count
        Hours of the month whose whole archive file was read, and hours of the month.
    carried_months_count
        Months before this one that were computed; with 0 it started from nothing.
    openrank_sum, openrank_min, openrank_max
        Of the month's network; 0, None and None when it is empty.
    background, sweeps_count, out_weight_error, balance_error
        As in `pipelines.graph.openrank.OpenrankSolution`.
    """

    month: Month
    source: str
    vintage: str
    fingerprint: str
    repositories_count: int
    people_count: int
    pairs_count: int
    inactive_count: int
    drops: Drops
    hours_loaded_count: int
    hours_expected_count: int
    carried_months_count: int
    openrank_sum: float
    openrank_min: float | None
    openrank_max: float | None
    background: float
    sweeps_count: int
    out_weight_error: float
    balance_error: float


def store_dir(warehouse_dir: Path) -> Path:
    """Folder of the files."""
    return warehouse_dir / "openrank"


def values_path(folder: Path, month: Month, source: str) -> Path:
    """The file of a month and source."""
    return folder / f"month={month}" / f"{source}.parquet"


def stored_months(folder: Path) -> Iterator[tuple[Month, str, Path]]:
    """Month, source and path of every file, in order.

    Raises
    ------
    StorageError
        If a folder is none of ours.
    """
    for path in sorted(folder.glob("month=*/*.parquet")):
        try:
            month = Month.parse(path.parent.name.removeprefix("month="))
        except ValueError as error:
            raise StorageError(str(error), where=str(path.parent), hint="move this folder away") from None
        yield month, path.stem, path


def month_before(folder: Path, month: Month, source: str) -> Month | None:
    """The newest month before `month` that was computed of a source; None if there is none."""
    return max(
        (other for other, name, _ in stored_months(folder) if name == source and other < month), default=None
    )


def write_values(folder: Path, values: pl.DataFrame, month: OpenrankMonth) -> None:
    """Replace the file of a month and source.

    Raises
    ------
    StorageError
        If the disk refuses; what was there before is untouched.
    """
    _forget_parts(folder, month.source)  # before: parts are never kept with values they do not add up to
    about = json.dumps(asdict(month) | {"month": str(month.month)})
    write_parquet(values, values_path(folder, month.month, month.source), {_ABOUT: about})


def read_month(folder: Path, month: Month, source: str) -> OpenrankMonth | None:
    """The manifest of a month and source; None if it was not computed.

    Raises
    ------
    StorageError
        If the file cannot be read.
    """
    path = values_path(folder, month, source)
    if not path.exists():
        return None
    try:
        about = json.loads(pl.read_parquet_metadata(path)[_ABOUT])
        return OpenrankMonth(
            **about | {"month": Month.parse(about["month"]), "drops": Drops(**about["drops"])}
        )
    except (pl.exceptions.PolarsError, OSError, KeyError, TypeError, ValueError) as error:
        raise _unreadable(path, error) from error


def read_months(folder: Path) -> list[OpenrankMonth]:
    """The manifests of all files, in order.

    Raises
    ------
    StorageError
        If a file cannot be read.
    """
    found = [read_month(folder, month, source) for month, source, _ in stored_months(folder)]
    return [month for month in found if month is not None]


def forget_month(folder: Path, month: Month, source: str) -> None:
    """Remove the file of a month and source.

    Raises
    ------
    StorageError
        If the disk refuses.
    """
    _forget_parts(folder, source)
    remove_file(values_path(folder, month, source))


def parts_path(folder: Path, source: str) -> Path:
    """The file with the parts of the values of a source's newest month."""
    return folder / "parts" / f"{source}.parquet"


def write_parts(folder: Path, parts: pl.DataFrame, source: str, fingerprint: str) -> None:
    """Replace the parts of a source.

    Parameters
    ----------
    folder, source
        Whose.
    parts
        Rows of `PARTS_SCHEMA`.
    fingerprint
        Of their inputs.

    Raises
    ------
    StorageError
        If the disk refuses; what was there before is untouched.
    """
    write_parquet(parts, parts_path(folder, source), {_ABOUT: fingerprint})


def parts_fingerprint(folder: Path, source: str) -> str | None:
    """The fingerprint of the inputs of a source's parts; None if there are none.

    Raises
    ------
    StorageError
        If the file cannot be read.
    """
    path = parts_path(folder, source)
    if not path.exists():
        return None
    try:
        return pl.read_parquet_metadata(path).get(_ABOUT)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _unreadable(path, error) from error


def _forget_parts(folder: Path, source: str) -> None:
    path = parts_path(folder, source)
    if path.exists():
        remove_file(path)


def read_left(folder: Path, month: Month, source: str, decay: float, floor: float) -> pl.DataFrame:
    """What earlier months left to `month`: of each node its newest value, decayed once for each month since.

    Parameters
    ----------
    folder, source
        Whose months.
    month
        The month that begins with it. A missing month between counts as one without activity: nobody knows better.
    decay, floor
        Share that is left a month later, and what must be exceeded to count.

    Returns
    -------
    polars.DataFrame
        ``kind, id, openrank`` (decayed), ``newest_openrank``, ``last_month``.

    Raises
    ------
    StorageError
        If the file cannot be read.
    """
    before = month_before(folder, month, source)
    if before is None:
        rows = VALUES_SCHEMA.to_frame()
    else:
        path = values_path(folder, before, source)
        try:
            rows = pl.read_parquet(
                path, columns=["kind", "id", "openrank", "last_month"], hive_partitioning=False
            )
        except (pl.exceptions.PolarsError, OSError) as error:
            raise _unreadable(path, error) from error
    last = pl.col("last_month").dt
    months_since = month.year * 12 + month.month - (last.year() * 12 + last.month().cast(pl.Int32))
    return (
        rows.with_columns(
            newest_openrank=pl.col("openrank"), openrank=pl.col("openrank") * decay**months_since
        )
        .filter(pl.col("openrank") > floor)
        .select("kind", "id", "openrank", "newest_openrank", "last_month")
    )


def read_values(folder: Path, month: Month, source: str, kind: str, condition: pl.Expr) -> pl.DataFrame:
    """Rows of `VALUES_SCHEMA` of the nodes of a kind that were active in a month and meet a condition, ordered by id.

    Raises
    ------
    StorageError
        If the file cannot be read.
    """
    path = values_path(folder, month, source)
    try:
        rows = pl.scan_parquet(path, hive_partitioning=False)
        is_active = pl.col("last_month") == _first_day(month)
        return rows.filter(pl.col("kind") == kind, is_active, condition).sort("id").collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _unreadable(path, error) from error


def values_of(solved: pl.DataFrame, names: pl.DataFrame, left: pl.DataFrame, month: Month) -> pl.DataFrame:
    """Rows of `VALUES_SCHEMA`: the month's own nodes, and those of earlier months that are not forgotten.

    Parameters
    ----------
    solved
        ``kind, id, openrank`` of the month's network.
    names
        ``repo_id, repo_full_name`` of the month.
    left
        As `read_left` gives it for `month`.
    month
        The month.
    """
    # Texts are joined on last: by number alone, half the rows and a third of the time.
    is_repo = pl.col("kind") == "repo"
    named = solved.filter(is_repo).join(names.rename({"repo_id": "id"}), on="id", how="left")
    nameless = solved.filter(~is_repo).with_columns(repo_full_name=pl.lit(None, pl.String))
    active = pl.concat([nameless, named]).with_columns(last_month=_first_day(month))
    inactive = left.join(solved, on=["kind", "id"], how="anti").select(
        "kind",
        "id",
        "last_month",
        repo_full_name=pl.lit(None, pl.String),
        openrank="newest_openrank",
    )
    columns = VALUES_SCHEMA.names()
    return pl.concat([active.select(columns), inactive.select(columns)]).sort("kind", "id")


def select_values(openrank_store: Path) -> str:
    """The SELECT that shows the values of all months that were computed, with their month and source."""
    schema = pl.Schema({"month": pl.Date(), "source": pl.String()} | dict(VALUES_SCHEMA))
    return " UNION ALL BY NAME ".join(
        [no_rows(schema)]
        + [
            f"SELECT DATE '{month.first_day}' AS month, {quoted(source)} AS source, *"
            f" FROM read_parquet({quoted(str(path))}, hive_partitioning = false)"
            for month, source, path in stored_months(openrank_store)
        ]
    )


def select_parts(openrank_store: Path) -> str:
    """The SELECT that shows the parts of the newest months, with their source."""
    paths = [(source, parts_path(openrank_store, source)) for source in sorted(OPENRANK_SOURCES.values())]
    return " UNION ALL BY NAME ".join(
        [no_rows(_SOURCED_PARTS_SCHEMA)]
        + [
            f"SELECT {quoted(source)} AS source, * FROM read_parquet({quoted(str(path))}, hive_partitioning = false)"
            for source, path in paths
            if path.exists()
        ]
    )


def _first_day(month: Month) -> pl.Expr:
    return pl.lit(month.first_day, pl.Date)


def _unreadable(path: Path, error: Exception) -> StorageError:
    return StorageError(
        f"could not read this file: {error}",
        where=str(path),
        hint=aside_hint(path, "nothing is lost, it is computed anew from bronze"),
    )
