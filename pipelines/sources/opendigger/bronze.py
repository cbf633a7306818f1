"""OpenDigger's series as bronze: one file a metric, the extents, and what every request came to.

Belongs here: rows and their layout, and what a pull changes of an earlier one. Must not: which repository is
which project, or what an absent month means.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.bronze.github import observed_names, present_names
from pipelines.bronze.manifest import read_rows
from pipelines.bronze.storage import naive_utc, write_parquet, write_quarantine
from pipelines.errors import SourceError
from pipelines.files import remove_file
from pipelines.periods import Month, last_complete_month
from pipelines.sources.github import WantedRepository, fetch_repositories
from pipelines.sources.http import Earlier
from pipelines.sources.opendigger.client import (
    Extent,
    Series,
    fetch_exports,
    fetch_extents,
    fetch_series,
    series_url,
)
from pipelines.sources.opendigger.vintages import compute_is_recomputed, name_vintage, newest_vintage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from pipelines.sources.connect import Upstreams
    from pipelines.sources.tables import Table

Request = tuple[str, str]
"""Repository name and metric id."""

PUBLICATION_DAY = 6
"""Day of the month from which on OpenDigger has exported the month before."""

WITNESSES_COUNT = 20
"""So many series without a month prove that it was not exported yet; fewer may all have been inactive."""

_REQUESTS_AT_ONCE = 8
_FIRST_MONTH = Month(2015, 1)
_LOG = logging.getLogger(__name__)

VALUES_SCHEMA = pl.Schema(
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
EXTENTS_SCHEMA = pl.Schema(
    {
        "repo_full_name": pl.String(),
        "extent_from": pl.Date(),
        "extent_through": pl.Date(),
        "vintage": pl.String(),
    }
)
SERIES_MANIFEST_SCHEMA = pl.Schema(
    {
        "repo_full_name": pl.String(),
        "metric_id": pl.String(),
        "url": pl.String(),
        "status": pl.String(),
        "months_count": pl.Int64(),
        "sha256": pl.String(),
        "etag": pl.String(),
        "last_modified": pl.String(),
        # The repository's number, where a name that led nowhere was looked up by it: null otherwise.
        "repo_id": pl.Int64(),
        "detail": pl.String(),
        "retrieved_at": pl.Datetime("us"),
    }
)
_EXPORTS_SCHEMA = pl.Schema(
    {
        "url": pl.String(),
        "names": pl.List(pl.String()),
        "etag": pl.String(),
        "last_modified": pl.String(),
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
        Series by what OpenDigger answers; ``manifest/opendigger.parquet`` names each. One that is held and
        did not change counts as what it is.
    months_count
        Values that bronze holds of the series that were loaded, in the newest vintage.
    extents_quarantined_count
        Rows of the table of extents that could not be read.
    unchanged_count
        Series of which OpenDigger sent nothing, because what is held still holds.
    vintages
        Metric id → vintage of this pull.
    """

    requested_count: int
    loaded_count: int
    unknown_count: int
    renamed_count: int
    malformed_count: int
    months_count: int
    extents_quarantined_count: int
    unchanged_count: int
    vintages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Held:
    """What bronze holds of earlier pulls."""

    manifest: Mapping[Request, Mapping[str, Any]]
    values: Mapping[str, pl.DataFrame]
    extents: pl.DataFrame

    @classmethod
    def nothing(cls) -> _Held:
        """Before the first pull, and before one that stands for itself."""
        return cls({}, {}, EXTENTS_SCHEMA.to_frame())

    @classmethod
    def of(cls, bronze_dir: Path) -> _Held:
        """Read it all: some megabytes."""
        folder = bronze_dir / "opendigger"
        manifest = read_rows(_manifest_path(bronze_dir), SERIES_MANIFEST_SCHEMA)
        return cls(
            {(row["repo_full_name"], row["metric_id"]): row for row in manifest.iter_rows(named=True)},
            {
                path.stem: read_rows(path, VALUES_SCHEMA)
                for path in sorted(folder.glob("*.parquet"))
                if path != _extents_path(bronze_dir)
            },
            read_rows(_extents_path(bronze_dir), EXTENTS_SCHEMA),
        )

    def newest(self, metric_id: str) -> pl.DataFrame:
        """The values of a metric in its newest vintage."""
        values = self.values.get(metric_id, VALUES_SCHEMA.to_frame())
        return values.filter(pl.col("vintage") == pl.lit(newest_vintage(values), pl.String))

    def months_counts(self) -> dict[Request, int]:
        """How many values of the newest vintage there are of each series."""
        counts: dict[Request, int] = {}
        for metric_id in self.values:
            by_name = self.newest(metric_id).group_by("repo_full_name").len()
            counts |= {(name, metric_id): count for name, count in by_name.iter_rows()}
        return counts


def load_export_list(upstreams: Upstreams, bronze_dir: Path) -> tuple[str, ...]:
    """Names of the repositories OpenDigger exports, kept in ``manifest/opendigger_exports.parquet``.

    A list that did not change is not sent again; a host that has none by now does not take it away.

    Raises
    ------
    SourceError
        If the list cannot be read.
    StorageError
        If the file cannot be read or written.
    """
    path = bronze_dir / "manifest" / "opendigger_exports.parquet"
    held = read_rows(path, _EXPORTS_SCHEMA).filter(pl.col("url") == upstreams.opendigger_url)
    row = held.row(0, named=True) if held.height else None
    exports = fetch_exports(upstreams, None if row is None else _earlier(row, is_held=bool(row["names"])))
    if exports is None or (row is not None and not exports.names):
        return tuple(row["names"]) if row is not None else ()
    if row is None or (row["names"], row["etag"], row["last_modified"]) != (
        list(exports.names),
        exports.etag,
        exports.last_modified,
    ):
        content = (
            upstreams.opendigger_url,
            exports.names,
            exports.etag,
            exports.last_modified,
            naive_utc(upstreams.retrieved_at),
        )
        write_parquet(pl.DataFrame([content], schema=_EXPORTS_SCHEMA, orient="row"), path)
    return exports.names


def load_series(
    upstreams: Upstreams,
    repo_full_names_by_metric: Mapping[str, Sequence[str]],
    vintage: str,
    bronze_dir: Path,
    on_progress: Callable[[int, int], None],
    *,
    repo_ids: Mapping[str, int] | None = None,
) -> SeriesReport:
    """Bring the OpenDigger part of bronze up to date by a pull.

    Nothing is written before every answer is in, so a pull that breaks off leaves the earlier one as it was;
    and only files whose facts changed are written. A live pull adds to what is held: series that did not
    change are not sent again, and what was read once is not given up because OpenDigger lost it. A pull with
    a table of extents stands for itself and replaces what is held.

    Parameters
    ----------
    upstreams
        Where to ask.
    repo_full_names_by_metric
        Metric id → names of the repositories to ask it for.
    vintage
        Which computation of OpenDigger's values pulled today belong to, as far as is known. A history that
        changed by more than rounding makes a vintage of its own: see `vintages`.
    bronze_dir
        Folder of the bronze files.
    on_progress
        Called with the number of answers so far and of requests, after each answer.
    repo_ids
        Repository name → GitHub's number, beside those that bronze observed. A live pull asks GitHub for the
        present name of a repository that OpenDigger knows under none of its names.

    Returns
    -------
    SeriesReport
        Counts for the summary.

    Raises
    ------
    SourceError
        If OpenDigger does not answer.
    StorageError
        If a file cannot be read or written.
    """
    requests = {(name, metric) for metric, names in repo_full_names_by_metric.items() for name in names}
    extents: Table[Extent] | None = None
    if upstreams.series_extent_url is None:
        held = _Held.of(bronze_dir)
        ids = _ids(observed_names(bronze_dir), repo_ids or {})
        requests |= _resolved_earlier(held, requests, ids)
        answers = _ask(upstreams, sorted(requests), held, on_progress)
        found_ids, renamed = _resolve(upstreams, answers, held, ids, present_names(bronze_dir))
        answers |= _ask(upstreams, sorted(renamed - requests), held, on_progress)
    else:
        held, found_ids = _Held.nothing(), {}
        extents = fetch_extents(upstreams)
        answers = _ask(upstreams, sorted(requests), held, on_progress)

    present = _present(answers, held)
    retrieved_on = upstreams.retrieved_at.astimezone(UTC).date()
    values, vintages, vouched = dict(held.values), dict[str, str](), list[pl.DataFrame]()
    for metric_id in sorted(repo_full_names_by_metric):
        newest = held.newest(metric_id)
        of_metric = [answers[request] for request in sorted(present) if request[1] == metric_id]
        answered = _answered(of_metric, newest, upstreams.retrieved_at)
        every = held.values.get(metric_id, newest)
        vintages[metric_id] = name_vintage(
            vintage,
            retrieved_on,
            newest_vintage(newest),
            set(every["vintage"]),
            is_recomputed=compute_is_recomputed(newest, answered),
        )
        answered = answered.with_columns(vintage=pl.lit(vintages[metric_id]))
        vouched.append(answered.select("repo_full_name", "vintage", "month"))
        values[metric_id] = _merged(every, answered)

    manifest = _manifest(answers.values(), held.manifest, found_ids, upstreams.retrieved_at)
    new_extents = (
        _extents(extents.rows, vintage)
        if extents is not None
        else _live_extents(pl.concat(vouched), held.extents, upstreams.retrieved_at)
    )
    folder = bronze_dir / "opendigger"
    files = {folder / f"{metric_id}.parquet": frame for metric_id, frame in values.items()}
    files[_extents_path(bronze_dir)] = new_extents
    files[_manifest_path(bronze_dir)] = _manifest_frame(manifest.values())
    for path, frame in files.items():
        _write_if_changed(frame, path)
    if extents is not None:
        write_quarantine(extents.quarantined, bronze_dir, "opendigger")
    for stale in sorted(set(folder.glob("*.parquet")) - set(files)):
        remove_file(stale)  # a metric that is no longer asked for

    statuses = Counter(manifest[request]["status"] for request in answers)
    loaded = {request for request in answers if manifest[request]["status"] == "loaded"}
    return SeriesReport(
        requested_count=len(answers),
        loaded_count=statuses["loaded"],
        unknown_count=statuses["unknown"],
        renamed_count=statuses["renamed"],
        malformed_count=statuses["malformed"],
        months_count=sum(manifest[request]["months_count"] for request in loaded),
        extents_quarantined_count=0 if extents is None else len(extents.quarantined),
        unchanged_count=sum(answer.status == "unchanged" for answer in answers.values()),
        vintages=vintages,
    )


def _ask(
    upstreams: Upstreams,
    requests: Sequence[Request],
    held: _Held,
    on_progress: Callable[[int, int], None],
) -> dict[Request, Series]:
    months_counts = held.months_counts()

    def ask(request: Request) -> Series:
        row = held.manifest.get(request)
        if row is None or row["url"] != series_url(upstreams, *request):
            return fetch_series(upstreams, *request)
        is_there = row["status"] != "unknown" and row["months_count"] in {0, months_counts.get(request)}
        return fetch_series(upstreams, *request, _earlier(row, is_held=is_there))

    answers: dict[Request, Series] = {}
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        for request, answer in zip(requests, pool.map(ask, requests), strict=True):
            answers[request] = answer
            on_progress(len(answers), len(requests))
    return answers


def _earlier(row: Mapping[str, Any], *, is_held: bool) -> Earlier:
    return Earlier(
        row["retrieved_at"].replace(tzinfo=UTC), row["etag"], row["last_modified"], is_held=is_held
    )


def _ids(observed: pl.DataFrame, curated: Mapping[str, int]) -> dict[str, int]:
    """Name in lower case → number, as the seeds say, else as GitHub always said.

    The number that a published list gives is not believed: people compared it with others, and where the
    seeds have none it was found to be that of another repository.
    """
    numbers: dict[str, set[int]] = defaultdict(set)
    for name, repo_id in observed.iter_rows():
        numbers[name.lower()].add(repo_id)
    agreed = {name: next(iter(found)) for name, found in numbers.items() if len(found) == 1}
    return agreed | {name.lower(): repo_id for name, repo_id in curated.items()}


def _resolved_earlier(held: _Held, requests: Collection[Request], ids: Mapping[str, int]) -> set[Request]:
    """Requests under names that earlier pulls learnt from GitHub."""
    wanted = {(ids.get(name.lower()), metric) for name, metric in requests}
    return {
        request
        for request, row in held.manifest.items()
        if row["repo_id"] is not None and (row["repo_id"], request[1]) in wanted
    }


def _resolve(
    upstreams: Upstreams,
    answers: Mapping[Request, Series],
    held: _Held,
    ids: Mapping[str, int],
    shown: Mapping[int, str],
) -> tuple[dict[str, int], set[Request]]:
    """The present names of repositories that OpenDigger knows under none of the names asked for.

    GitHub is asked once for each that it has not shown yet, not in every pull; if it does not answer, the
    pull stands without.

    Returns
    -------
    tuple
        Name → number of what GitHub was asked for or told; and the requests to make under present names.
    """
    requests_by_id: dict[int, list[Request]] = defaultdict(list)
    for request, row in held.manifest.items():
        if row["repo_id"] is not None and request in answers:
            requests_by_id[row["repo_id"]].append(request)
    for request in answers:
        repo_id = ids.get(request[0].lower())
        if repo_id is not None and request not in requests_by_id[repo_id]:
            requests_by_id[repo_id].append(request)

    present = _present(answers, held)

    def was_resolved(request: Request) -> bool:
        row = held.manifest.get(request)
        return row is not None and row["repo_id"] is not None

    lost = {
        repo_id: requests
        for repo_id, requests in requests_by_id.items()
        if present.isdisjoint(requests) and not all(map(was_resolved, requests))
    }
    names: dict[str, int] = {}
    renamed: set[Request] = set()

    def learn(repo_id: int, present_name: str | None) -> None:
        names.update({name: repo_id for name, _ in lost[repo_id]})
        if present_name is not None:
            names[present_name] = repo_id
            renamed.update((present_name, metric) for _, metric in lost[repo_id])

    for repo_id in lost.keys() & shown.keys():
        learn(repo_id, shown[repo_id])
    wanted = [
        WantedRepository(requests[0][0], repo_id)
        for repo_id, requests in sorted(lost.items())
        if repo_id not in shown
    ]
    try:
        for told in fetch_repositories(upstreams, wanted):
            if told.wanted.repo_id is not None:
                learn(
                    told.wanted.repo_id,
                    None if told.repository is None else told.repository.repo_full_name,
                )
    except SourceError as error:
        _LOG.warning(
            "present names of %d repositories stay unknown until the next pull: %s", len(wanted), error
        )
    return names, renamed


def _present(answers: Mapping[Request, Series], held: _Held) -> set[Request]:
    """The requests that OpenDigger answers with a series, sent now or held since it was sent."""
    return {
        request
        for request, answer in answers.items()
        if (held.manifest[request]["status"] if answer.status == "unchanged" else answer.status) == "loaded"
    }


def _answered(answers: Collection[Series], newest: pl.DataFrame, retrieved_at: datetime) -> pl.DataFrame:
    """The values of present series of one metric; those held as they are keep their time of retrieval."""
    held = {
        name: rows.select("month", "value", "is_interpolated").rows()
        for (name,), rows in newest.partition_by("repo_full_name", as_dict=True).items()
    }
    months = {
        answer.repo_full_name: [
            (each.month.first_day, each.value, each.is_interpolated) for each in answer.months
        ]
        for answer in answers
        if answer.status == "loaded"
    }
    news = {name: rows for name, rows in months.items() if held.get(name) != rows}
    same = [answer.repo_full_name for answer in answers if answer.repo_full_name not in news]
    kept = newest.filter(pl.col("repo_full_name").is_in(same))
    rows = [
        (answer.repo_full_name, answer.metric_id, *row, None, naive_utc(retrieved_at))
        for answer in answers
        for row in news.get(answer.repo_full_name, ())
    ]
    return pl.concat([kept, pl.DataFrame(rows, schema=VALUES_SCHEMA, orient="row")])


def _merged(held: pl.DataFrame, answered: pl.DataFrame) -> pl.DataFrame:
    """Put the answered series in the place of the same series of the same vintage."""
    others = held.join(answered, on=["repo_full_name", "vintage"], how="anti")
    return pl.concat([others, answered]).sort("repo_full_name", "vintage", "month")


def _extents(extents: Iterable[Extent], vintage: str) -> pl.DataFrame:
    rows = [
        (extent.repo_full_name, extent.first.first_day, extent.last.first_day, vintage)
        for extent in sorted(extents)
    ]
    return pl.DataFrame(rows, schema=EXTENTS_SCHEMA, orient="row")


def _live_extents(vouched: pl.DataFrame, held: pl.DataFrame, retrieved_at: datetime) -> pl.DataFrame:
    """From the first value through the last month that was exported.

    That a series begins with its repository is for the warehouse to say: bronze knows of one source at a
    time, so that the order in which sources are fetched changes nothing. A series that OpenDigger did not
    answer with keeps its earlier extent.

    Parameters
    ----------
    vouched
        ``repo_full_name``, ``vintage``, ``month`` of every value of the present series.
    held
        Earlier extents.
    retrieved_at
        Time of the pull.
    """
    if vouched.is_empty():
        return held
    newest_month = vouched.select(pl.col("month").max()).item()
    through = published_through(newest_month, vouched["repo_full_name"].n_unique(), retrieved_at)
    before = held.group_by("repo_full_name", "vintage").agg(
        pl.col("extent_from").min(), pl.col("extent_through").max()
    )
    pulled = (
        vouched.group_by("repo_full_name", "vintage")
        .agg(first=pl.col("month").min())
        .join(before, on=["repo_full_name", "vintage"], how="left")
        .select(
            "repo_full_name",
            pl.max_horizontal(
                pl.min_horizontal("first", "extent_from"), pl.lit(_FIRST_MONTH.first_day)
            ).alias("extent_from"),
            pl.max_horizontal(pl.lit(through), "extent_through").alias("extent_through"),
            "vintage",
        )
    )
    others = held.join(pulled, on=["repo_full_name", "vintage"], how="anti")
    return pl.concat([others, pulled]).sort("repo_full_name", "vintage", "extent_from")


def published_through(newest_month: date, series_count: int, retrieved_at: datetime) -> date:
    """The last month that a pull can speak for, as its first day.

    Parameters
    ----------
    newest_month
        First day of the newest month in any answer.
    series_count
        Series that were answered.
    retrieved_at
        Time of the pull, with a time zone.

    Returns
    -------
    datetime.date
        The last complete month; but not a month that OpenDigger had no time to export, nor one that so many
        series lack that it must have been missing: its absence would read as no activity.
    """
    complete = last_complete_month(retrieved_at)
    if newest_month >= complete.first_day:
        return complete.first_day
    if series_count >= WITNESSES_COUNT:
        return newest_month
    is_too_early = retrieved_at.astimezone(UTC).day < PUBLICATION_DAY
    return max(newest_month, (complete - 1 if is_too_early else complete).first_day)


def _manifest(
    answers: Iterable[Series],
    held: Mapping[Request, Mapping[str, Any]],
    found_ids: Mapping[str, int],
    retrieved_at: datetime,
) -> dict[Request, Mapping[str, Any]]:
    """Every request that was ever made; one whose answer says nothing new keeps its row."""
    manifest = dict(held)
    for answer in answers:
        request = (answer.repo_full_name, answer.metric_id)
        before = held.get(request)
        repo_id = found_ids.get(answer.repo_full_name, before["repo_id"] if before else None)
        if answer.status == "unchanged" and before is not None:
            row = {**before, "repo_id": repo_id}
        else:
            row = {
                "repo_full_name": answer.repo_full_name,
                "metric_id": answer.metric_id,
                "url": answer.url,
                "status": answer.status,
                "months_count": len(answer.months),
                "sha256": answer.sha256,
                "etag": answer.etag,
                "last_modified": answer.last_modified,
                "repo_id": repo_id,
                "detail": answer.detail,
                "retrieved_at": before["retrieved_at"] if before else naive_utc(retrieved_at),
            }
            if row != before:
                row["retrieved_at"] = naive_utc(retrieved_at)
        manifest[request] = row
    return manifest


def _manifest_frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    frame = pl.DataFrame(list(rows), schema=SERIES_MANIFEST_SCHEMA)
    return frame.sort("repo_full_name", "metric_id")


def _write_if_changed(frame: pl.DataFrame, path: Path) -> None:
    """Replace `path`, unless it holds the same rows: a file's time says when its facts last changed."""
    if not _holds(path, frame):
        write_parquet(frame, path)


def _holds(path: Path, frame: pl.DataFrame) -> bool:
    try:
        return path.exists() and frame.equals(pl.read_parquet(path))
    except (pl.exceptions.PolarsError, OSError):
        return False  # a damaged file is no reason to keep it


def _manifest_path(bronze_dir: Path) -> Path:
    return bronze_dir / "manifest" / "opendigger.parquet"


def _extents_path(bronze_dir: Path) -> Path:
    return bronze_dir / "opendigger" / "extents.parquet"
