"""OpenDigger's series as bronze: one file a metric, the extents, and what every request came to.

Belongs here: rows and their layout. Must not: which repository is which project, or what an absent month
means.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.storage import naive_utc, write_parquet, write_quarantine
from pipelines.files import remove_file
from pipelines.sources.opendigger import Extent, Series, fetch_extents, fetch_series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from pipelines.sources.connect import Upstreams

_REQUESTS_AT_ONCE = 8

_VALUES_SCHEMA = pl.Schema(
    {
        "repo_full_name": pl.String(),
        "metric_id": pl.String(),
        "month": pl.Date(),
        "value": pl.Float64(),
        "is_interpolated": pl.Boolean(),
        "vintage": pl.String(),
        "retrieved_at": pl.Datetime("us"),
    }
)
_EXTENTS_SCHEMA = pl.Schema(
    {
        "repo_full_name": pl.String(),
        "extent_from": pl.Date(),
        "extent_through": pl.Date(),
        "vintage": pl.String(),
    }
)
_MANIFEST_SCHEMA = pl.Schema(
    {
        "repo_full_name": pl.String(),
        "metric_id": pl.String(),
        "url": pl.String(),
        "status": pl.String(),
        "months_count": pl.Int64(),
        "sha256": pl.String(),
        "detail": pl.String(),
        "retrieved_at": pl.Datetime("us"),
    }
)


@dataclass(frozen=True, slots=True)
class SeriesReport:
    """What a pull of OpenDigger came to.

    Attributes
    ----------
    requested_count
        Series asked for; the next four add up to it.
    loaded_count, unknown_count, renamed_count, malformed_count
        Series by what OpenDigger answered; ``manifest/opendigger.parquet`` names each.
    months_count
        Values stored.
    extents_quarantined_count
        Rows of the table of extents that could not be read.
    """

    requested_count: int
    loaded_count: int
    unknown_count: int
    renamed_count: int
    malformed_count: int
    months_count: int
    extents_quarantined_count: int


def load_series(
    upstreams: Upstreams,
    repo_full_names_by_metric: Mapping[str, Sequence[str]],
    vintage: str,
    bronze_dir: Path,
    on_progress: Callable[[int, int], None],
) -> SeriesReport:
    """Replace the OpenDigger part of bronze by a new pull.

    Nothing is written before every answer is in, so a pull that breaks off leaves the earlier one as it was.

    Parameters
    ----------
    upstreams
        Where to ask.
    repo_full_names_by_metric
        Metric id → names of the repositories to ask it for.
    vintage
        Which computation of OpenDigger's these values belong to; values of two vintages are not comparable.
    bronze_dir
        Folder of the bronze files.
    on_progress
        Called with the number of answers so far and of requests, after each answer.

    Returns
    -------
    SeriesReport
        Counts for the summary.

    Raises
    ------
    SourceError
        If OpenDigger does not answer.
    StorageError
        If a file cannot be written.
    """
    extents = fetch_extents(upstreams)
    requests = sorted(
        {(name, metric) for metric, names in repo_full_names_by_metric.items() for name in names}
    )
    series: list[Series] = []
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        for answer in pool.map(lambda request: fetch_series(upstreams, *request), requests):
            series.append(answer)
            on_progress(len(series), len(requests))

    folder = bronze_dir / "opendigger"
    files = {
        folder / f"{metric_id}.parquet": _values(
            (one for one in series if one.metric_id == metric_id), vintage, upstreams.retrieved_at
        )
        for metric_id in sorted(repo_full_names_by_metric)
    }
    files[folder / "extents.parquet"] = _extents(extents.rows, vintage)
    files[bronze_dir / "manifest" / "opendigger.parquet"] = _manifest(series, upstreams.retrieved_at)
    for path, frame in files.items():
        write_parquet(frame, path)
    write_quarantine(extents.quarantined, bronze_dir, "opendigger")
    for stale in sorted(set(folder.glob("*.parquet")) - set(files)):
        remove_file(stale)  # a metric that is no longer asked for

    statuses = Counter(one.status for one in series)
    return SeriesReport(
        requested_count=len(requests),
        loaded_count=statuses["loaded"],
        unknown_count=statuses["unknown"],
        renamed_count=statuses["renamed"],
        malformed_count=statuses["malformed"],
        months_count=sum(len(one.months) for one in series),
        extents_quarantined_count=len(extents.quarantined),
    )


def _values(series: Iterable[Series], vintage: str, retrieved_at: datetime) -> pl.DataFrame:
    rows = [
        (
            one.repo_full_name,
            one.metric_id,
            value.month.first_day,
            value.value,
            value.is_interpolated,
            vintage,
            naive_utc(retrieved_at),
        )
        for one in series
        for value in one.months
    ]
    return pl.DataFrame(rows, schema=_VALUES_SCHEMA, orient="row").sort("repo_full_name", "month")


def _extents(extents: Iterable[Extent], vintage: str) -> pl.DataFrame:
    rows = [
        (extent.repo_full_name, extent.first.first_day, extent.last.first_day, vintage)
        for extent in sorted(extents)
    ]
    return pl.DataFrame(rows, schema=_EXTENTS_SCHEMA, orient="row")


def _manifest(series: Iterable[Series], retrieved_at: datetime) -> pl.DataFrame:
    rows = [
        (
            one.repo_full_name,
            one.metric_id,
            one.url,
            one.status,
            len(one.months),
            one.sha256,
            one.detail,
            naive_utc(retrieved_at),
        )
        for one in series
    ]
    return pl.DataFrame(rows, schema=_MANIFEST_SCHEMA, orient="row").sort("repo_full_name", "metric_id")
