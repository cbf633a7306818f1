"""A pull of OpenDigger into bronze: one file a metric, the extents, the answers by request, the quarantine.

Belongs here: how a pull changes the earlier ones. Must not: which repository is which project, or what an
absent month means.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.storage import (
    QuarantinedRow,
    naive_utc,
    read_rows,
    write_if_changed,
    write_parquet,
    write_quarantine,
)
from pipelines.floor.errors import SourceError
from pipelines.floor.files import remove_file
from pipelines.sources.github.bronze import observed_names, present_names
from pipelines.sources.opendigger.asking import Pull
from pipelines.sources.opendigger.due import plan_due, write_is_settled
from pipelines.sources.opendigger.extents import live_extents, stated_extents
from pipelines.sources.opendigger.held import (
    VALUES_SCHEMA,
    Held,
    earlier_answer,
    extents_path,
    manifest_frame,
    manifest_path,
    manifest_rows,
    quarantined_series,
    values_path,
)
from pipelines.sources.opendigger.lists import export_list_url, fetch_exports, fetch_extents
from pipelines.sources.opendigger.renames import (
    find_present_names,
    present_series,
    repo_ids,
    resolved_earlier,
)
from pipelines.sources.opendigger.vintages import compute_is_recomputed, name_vintage, newest_vintage
from pipelines.sources.opendigger.wanted import WATCHED_METRIC

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from pipelines.sources.connect import Upstreams
    from pipelines.sources.opendigger.client import Series
    from pipelines.sources.opendigger.due import Planner
    from pipelines.sources.opendigger.held import Request, Row
    from pipelines.sources.opendigger.lists import Extent
    from pipelines.sources.tables import Table

_LOG = logging.getLogger(__name__)
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
    """A pull of OpenDigger in counts.

    Attributes
    ----------
    requested_count
        Series to ask for; the next six add up to it.
    loaded_count, unknown_count, no_months_count, malformed_count
        Series by OpenDigger's answer; ``manifest/opendigger.parquet`` names each. One that is held and did
        not change counts as what it is.
    left_count
        Series that were not asked for, since nothing new was to be expected; they count as what is held as well.
    failed_count, not_asked_count
        Series without a usable answer this time, and those after an early end of the pull. Both keep their values.
    months_count
        Values that bronze holds of the series that were loaded, in the newest vintage.
    quarantined_count
        Series, keys and rows of the table of extents that are set aside.
    unchanged_count
        Series for which OpenDigger sent nothing new, because the held answer is still valid.
    vintages
        Metric id → vintage of this pull.
    outage
        Why the pull ended early or brought nothing; None for any other pull. Every answer is stored.
    """

    requested_count: int
    loaded_count: int
    unknown_count: int
    no_months_count: int
    malformed_count: int
    left_count: int
    failed_count: int
    not_asked_count: int
    months_count: int
    quarantined_count: int
    unchanged_count: int
    vintages: Mapping[str, str]
    outage: SourceError | None = None


def load_export_list(upstreams: Upstreams, bronze_dir: Path) -> tuple[str, ...]:
    """Names of the repositories OpenDigger exports, kept in ``manifest/opendigger_exports.parquet``.

    A list that did not change is not sent again. One that cannot be read is set aside with a warning and its
    name in the quarantine: the held list stays, since not it alone decides which series are asked for.

    Raises
    ------
    StorageError
        If the file cannot be read or written.
    """
    path = bronze_dir / "manifest" / "opendigger_exports.parquet"
    held = read_rows(path, _EXPORTS_SCHEMA).filter(pl.col("url") == upstreams.urls["opendigger"])
    row = held.row(0, named=True) if held.height else None
    held_names: tuple[str, ...] = tuple(row["names"]) if row is not None else ()
    try:
        exports = fetch_exports(
            upstreams, None if row is None else earlier_answer(row, is_held=bool(row["names"]))
        )
    except SourceError as error:
        _LOG.warning(
            "the list of exported repositories is set aside, the one held before is used: %s", error.what
        )
        cause = f"list set aside: {error.what}"
        write_quarantine(
            [QuarantinedRow(export_list_url(upstreams), None, cause, "")], bronze_dir, "opendigger_exports"
        )
        return held_names
    if exports is None:
        return held_names
    write_quarantine(exports.quarantined, bronze_dir, "opendigger_exports")
    if row is not None and not exports.names:
        return held_names  # a host that has no list by now does not take it away
    if row is None or (row["names"], row["etag"], row["last_modified"]) != (
        list(exports.names),
        exports.etag,
        exports.last_modified,
    ):
        content = (
            upstreams.urls["opendigger"],
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
    curated_ids: Mapping[str, int] | None = None,
    planned: Planner = plan_due,
) -> SeriesReport:
    """Bring the OpenDigger part of bronze up to date by a pull.

    A live pull adds to what is held: series that did not change are not sent again, one without a usable
    answer is named in the quarantine and stops no other, and what was read once is not given up because
    OpenDigger lost it. A pull with a table of extents replaces what is held, or nothing if an answer fails.
    Only files whose facts changed are written.

    Parameters
    ----------
    upstreams
        Where to ask. No month that was not over at its time of retrieval is stored.
    repo_full_names_by_metric
        Metric id → names of the repositories to ask it for.
    vintage
        Which computation of OpenDigger's values pulled today belong to, as far as is known. A history that
        changed by more than rounding makes a vintage of its own: see `vintages`.
    bronze_dir
        Folder of the bronze files.
    on_progress
        Called with the number of answers so far and of requests, after each answer.
    curated_ids
        Repository name → GitHub's number, added to those that bronze observed. A live pull asks GitHub for
        the present name of a repository that OpenDigger knows under none of its names.
    planned
        Which requests a live pull makes.

    Returns
    -------
    SeriesReport
        Counts, and the outage that the caller may raise.

    Raises
    ------
    SourceError
        If the table of extents, or a series that goes with it, cannot be read.
    StorageError
        If a file cannot be read or written.
    """
    extents: Table[Extent] | None = None
    found_ids: dict[str, int] = {}
    is_settled = False
    if upstreams.series_extent_url is None:
        held = Held.of(bronze_dir)
        ids = repo_ids(observed_names(bronze_dir), curated_ids or {})
        requests = live_requests(repo_full_names_by_metric, held, ids)
        pull = Pull(upstreams, held, on_progress)
        is_settled = pull.ask_what_is_due(planned(upstreams, requests, held, bronze_dir))
        if not pull.has_ended:
            found_ids, renamed = find_present_names(
                upstreams, pull.answers, held, ids, present_names(bronze_dir)
            )
            pull.ask(sorted(renamed - requests))
    else:
        held = Held.nothing()
        extents = fetch_extents(upstreams)
        pull = Pull(upstreams, held, on_progress)
        pull.ask(sorted(requests_of(repo_full_names_by_metric)))
        pull.raise_first_error()
    answers, outage = pull.answers, pull.outage()

    present = present_series(answers, held)
    manifest = manifest_rows(answers.values(), held.manifest, found_ids, upstreams.retrieved_at)
    values, vintages, vouched = dict(held.values), dict[str, str](), list[pl.DataFrame]()
    for metric_id in sorted(repo_full_names_by_metric):
        of_metric = [answers[request] for request in sorted(present) if request[1] == metric_id]
        newest = held.newest(metric_id)
        every = held.values.get(metric_id, newest)
        answered = _answered(of_metric, newest, upstreams.retrieved_at)
        vintages[metric_id] = name_vintage(
            vintage,
            upstreams.retrieved_at.astimezone(UTC).date(),
            newest_vintage(newest),
            set(every["vintage"]),
            is_recomputed=compute_is_recomputed(newest, answered),
        )
        answered = answered.with_columns(vintage=pl.lit(vintages[metric_id]))
        vouched.append(answered.select("repo_full_name", "vintage", "month"))
        values[metric_id] = _merged(every, answered)
    files = {values_path(bronze_dir, metric_id): frame for metric_id, frame in values.items()}
    files[extents_path(bronze_dir)] = (
        stated_extents(extents.rows, vintage)
        if extents is not None
        else live_extents(
            pl.concat(vouched).filter(~pl.col("repo_full_name").is_in(_without_openrank(answers, present))),
            held.extents,
            _incomplete(manifest.values()),
            upstreams.retrieved_at,
        )
    )
    files[manifest_path(bronze_dir)] = manifest_frame(manifest.values())
    # Before the files where news came, after them where none did: a pull that is killed here is made again as a whole.
    if extents is None and not is_settled:
        write_is_settled(bronze_dir, upstreams.urls["opendigger"], is_settled=False)
    for path, frame in files.items():
        write_if_changed(frame, path)
    if extents is None and is_settled:
        write_is_settled(bronze_dir, upstreams.urls["opendigger"], is_settled=True)
    quarantined = [
        *(extents.quarantined if extents is not None else ()),
        *_quarantined(manifest, answers, outage),
    ]
    write_quarantine(quarantined, bronze_dir, "opendigger")
    for stale in sorted(set((bronze_dir / "opendigger").glob("*.parquet")) - set(files)):
        remove_file(stale)  # a metric that is no longer asked for

    answered_statuses = {
        request: answer.status if answer.status in {"failed", "not_asked"} else manifest[request]["status"]
        for request, answer in answers.items()
    }
    statuses = Counter(answered_statuses.values())
    return SeriesReport(
        requested_count=len(answers),
        loaded_count=statuses["loaded"],
        unknown_count=statuses["unknown"],
        no_months_count=statuses["no_months"],
        malformed_count=statuses["malformed"],
        left_count=pull.left_count,
        failed_count=statuses["failed"],
        not_asked_count=statuses["not_asked"],
        months_count=sum(
            manifest[request]["months_count"]
            for request, status in answered_statuses.items()
            if status == "loaded"
        ),
        quarantined_count=len(quarantined),
        unchanged_count=sum(answer.status == "unchanged" for answer in answers.values()) - pull.left_count,
        vintages=vintages,
        outage=outage,
    )


def requests_of(repo_full_names_by_metric: Mapping[str, Sequence[str]]) -> set[Request]:
    """Each metric of each name as a request."""
    return {(name, metric) for metric, names in repo_full_names_by_metric.items() for name in names}


def live_requests(
    repo_full_names_by_metric: Mapping[str, Sequence[str]], held: Held, ids: Mapping[str, int]
) -> set[Request]:
    """What a live pull may ask for: the series wanted, and those under names that GitHub showed in earlier pulls."""
    requests = requests_of(repo_full_names_by_metric)
    return requests | resolved_earlier(held, requests, ids)


def _answered(answers: Collection[Series], newest: pl.DataFrame, retrieved_at: datetime) -> pl.DataFrame:
    """The values of present series of one metric; those held as they are keep their time of retrieval."""
    held = {
        name: rows.select("month", "value", "is_interpolated").rows()
        for (name,), rows in newest.partition_by("repo_full_name", as_dict=True).items()
    }
    months = {
        answer.repo_full_name: [
            (each.month.first_day, each.value, each.is_interpolated) for each in answer.months.values
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


def _without_openrank(answers: Mapping[Request, Series], present: Collection[Request]) -> list[str]:
    """Names whose OpenRank was asked for and did not come.

    An extent gives the months with known OpenRank: other series of the name prove nothing about it.
    """
    return [name for name, metric in answers if metric == WATCHED_METRIC and (name, metric) not in present]


def _incomplete(manifest: Collection[Row]) -> dict[str, date]:
    """Repository name → the earliest month that a file of it holds before the month was over."""
    months = [
        (row["incomplete_month"], row["repo_full_name"])
        for row in manifest
        if row["incomplete_month"] is not None
    ]
    return {name: month for month, name in sorted(months, reverse=True)}


def _quarantined(
    manifest: Mapping[Request, Row], answers: Mapping[Request, Series], outage: SourceError | None
) -> list[QuarantinedRow]:
    """Quarantined series by name; for a pull that ended early or brought nothing, the one cause."""
    if outage is None:
        return quarantined_series(manifest.values())
    failed_now = {request for request, answer in answers.items() if answer.status == "failed"}
    others = [{**row, "failure": None} if request in failed_now else row for request, row in manifest.items()]
    return [QuarantinedRow(outage.where, None, outage.what, ""), *quarantined_series(others)]
