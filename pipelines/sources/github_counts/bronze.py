"""GitHub's own counts in bronze: a file for each month counted, what became of every request, and earlier counts.

Belongs here: what is asked again, and the files. Must not: requests.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.bronze.counts import COUNTS_SCHEMA, GITHUB_COUNTS
from pipelines.bronze.storage import QuarantinedRow, naive_utc, read_rows, write_parquet, write_quarantine
from pipelines.floor.periods import last_complete_month
from pipelines.sources.github.bronze import present_names
from pipelines.sources.github_counts.client import fetch_counts
from pipelines.sources.github_counts.query import MEASURES, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from pipelines.floor.periods import Month
    from pipelines.sources.connect import Upstreams
    from pipelines.sources.github.answers import WantedRepository
    from pipelines.sources.github_counts.client import CountsAnswer

QUARANTINE = "github_counts"

MANIFEST_SCHEMA = pl.Schema(
    {
        "repo_full_name": pl.String(),
        "repo_id": pl.Int64(),
        "month": pl.Date(),
        "status": pl.String(),
        "found_full_name": pl.String(),
        "found_repo_id": pl.Int64(),
        "counts_count": pl.Int64(),
        "detail": pl.String(),
        "retrieved_at": pl.Datetime("us"),
    }
)
"""A row per repository name and month: the newest request, and what became of it."""

_RECOUNTED_MONTHS = 2
"""Complete months that every day's first run counts again: late closings and deletions still change them."""


@dataclass(frozen=True, slots=True)
class CountsReport:
    """What a round of counting came to, in months of repositories.

    Attributes
    ----------
    requested_count
        Months wanted of all repositories.
    known_count
        Held, or asked for that day already, and not asked again.
    found_count
        With every count.
    lost_count
        Of repositories that GitHub does not show, or shows another one in the place of; asked for once each.
    failed_count
        Without a count, or without one of them; the quarantine names each, and they are asked for again.
    rows_count
        Counts stored.
    """

    requested_count: int
    known_count: int
    found_count: int
    lost_count: int
    failed_count: int
    rows_count: int


def load_counts(
    upstreams: Upstreams,
    repositories: Iterable[WantedRepository],
    months: Sequence[Month],
    bronze_dir: Path,
    on_progress: Callable[[int, int], None],
) -> CountsReport:
    """Count months of repositories: ``github_counts/month=<month>/counts.parquet``.

    A past month is counted once, the last two complete ones again each day; the newest months come first, over all
    repositories. Each query's counts are stored before the next is asked, so that a run that breaks off, as GitHub's
    hourly limit makes it do, loses nothing, and the next one asks only for the rest.

    A count that differs from an earlier one replaces it; ``github_counts/earlier.parquet`` keeps the earlier, and the
    quarantine names each that shrank.

    Parameters
    ----------
    upstreams
        Where to ask; the day is that of `retrieved_at`.
    repositories
        Under the names of the seeds.
    months
        Complete ones.
    bronze_dir
        Folder of the bronze files.
    on_progress
        Called with the number of months of repositories so far and of all.

    Raises
    ------
    SourceError
        As `fetch_counts`; what came before is stored.
    StorageError
        If a file cannot be read or written.
    """
    held = _Held(bronze_dir, upstreams.retrieved_at)
    numbered = held.numbered(repositories)
    wanted = [
        Wanted(repository, month) for month in sorted(set(months), reverse=True) for repository in numbered
    ]
    pending = [one for one in wanted if held.is_due(one)]
    statuses: Counter[str] = Counter()
    rows_count = 0
    for answers in fetch_counts(upstreams, pending, held.shown_names(numbered)):
        held.store(answers)
        statuses.update(answer.status for answer in answers)
        rows_count += sum(len(answer.counts) for answer in answers)
        on_progress(statuses.total(), len(pending))
    return CountsReport(
        requested_count=len(wanted),
        known_count=len(wanted) - len(pending),
        found_count=statuses["found"],
        lost_count=len(pending) - statuses["found"] - statuses["failed"],
        failed_count=statuses["failed"],
        rows_count=rows_count,
    )


def pending_count(
    repositories: Iterable[WantedRepository], months: Sequence[Month], bronze_dir: Path, now: datetime
) -> int:
    """How many months of repositories `load_counts` would ask for at `now`."""
    held = _Held(bronze_dir, now)
    return sum(
        held.is_due(Wanted(repository, month))
        for repository in held.numbered(repositories)
        for month in set(months)
    )


def count_files(bronze_dir: Path) -> list[Path]:
    """A file for each month counted, in order."""
    return sorted((bronze_dir / "github_counts").glob("month=*/counts.parquet"))


def read_manifest(bronze_dir: Path) -> pl.DataFrame:
    """What was asked for of each repository and month, and what came."""
    return read_rows(_manifest_path(bronze_dir), MANIFEST_SCHEMA)


class _Held:
    """What bronze holds, and when it is asked for again."""

    def __init__(self, bronze_dir: Path, retrieved_at: datetime) -> None:
        self._bronze_dir = bronze_dir
        self._retrieved_at = naive_utc(retrieved_at)
        newest = last_complete_month(retrieved_at.astimezone(UTC))
        self._recounted = {(newest - back).first_day for back in range(_RECOUNTED_MONTHS)}
        self._counts: dict[date, dict[tuple[str, str], dict[str, Any]]] = {}
        for path in count_files(bronze_dir):
            for row in read_rows(path, COUNTS_SCHEMA).iter_rows(named=True):
                self._of_month(row["window_start"])[row["repo_full_name"], row["metric_id"]] = row
        self._earlier = read_rows(_earlier_path(bronze_dir), COUNTS_SCHEMA)
        self._asked = read_manifest(bronze_dir)
        self._manifest = {
            (row["repo_full_name"], row["month"]): row for row in self._asked.iter_rows(named=True)
        }
        self._lost_today = {
            name
            for (name, _), row in self._manifest.items()
            if row["status"] in {"gone", "taken"}  # a token that is refused may have been exchanged since
            and row["retrieved_at"].date() == self._retrieved_at.date()
        }

    def numbered(self, repositories: Iterable[WantedRepository]) -> list[WantedRepository]:
        """`repositories` once by name, each with the number that seeds or earlier answers know."""
        ids = {row["repo_full_name"]: row["found_repo_id"] for row in self._found()}
        by_name = {
            one.repo_full_name: replace(
                one, repo_id=ids.get(one.repo_full_name) if one.repo_id is None else one.repo_id
            )
            for one in repositories
        }
        return [by_name[name] for name in sorted(by_name, key=str.lower)]

    def shown_names(self, numbered: Iterable[WantedRepository]) -> dict[str, str]:
        """Name → the name under which GitHub last showed the repository, here or in the daily observation."""
        own = {row["repo_full_name"]: row["found_full_name"] for row in self._found()}
        observed = present_names(self._bronze_dir)
        return own | {
            one.repo_full_name: observed[one.repo_id]
            for one in numbered
            if one.repo_id is not None and one.repo_id in observed
        }

    def is_due(self, wanted: Wanted) -> bool:
        """Whether a month of a repository is to be asked for."""
        name, month = wanted.repository.repo_full_name, wanted.month.first_day
        row = self._manifest.get((name, month))
        if name in self._lost_today:
            return False
        if row is None or row["status"] != "found" or row["found_repo_id"] != wanted.repository.repo_id:
            return True
        if any((name, metric) not in self._of_month(month) for metric in MEASURES):
            return True
        return month in self._recounted and row["retrieved_at"].date() != self._retrieved_at.date()

    def store(self, answers: Sequence[CountsAnswer]) -> None:
        """Write the answers of a query: counts before the manifest, so that what it names is there."""
        replaced: list[Mapping[str, Any]] = []
        months: set[date] = set()
        asked: list[tuple[str, date]] = []
        for answer in answers:
            name, month = answer.wanted.repository.repo_full_name, answer.wanted.month
            asked.append((name, month.first_day))
            before = self._manifest.get(asked[-1])
            self._manifest[asked[-1]] = _manifest_row(answer, before, self._retrieved_at)
            held = self._of_month(month.first_day)
            for metric, count in answer.counts.items():
                earlier = held.get((name, metric))
                if earlier is not None and earlier["count"] != count:
                    replaced.append(earlier)
                held[name, metric] = _count_row(answer, metric, count, self._retrieved_at)
                months.add(month.first_day)
        if replaced:
            added = pl.concat([self._earlier, pl.DataFrame(replaced, schema=COUNTS_SCHEMA)])
            self._earlier = added.unique().sort("repo_full_name", "metric_id", "window_start", "retrieved_at")
            write_parquet(self._earlier, _earlier_path(self._bronze_dir))
        for first_day in sorted(months):
            rows = pl.DataFrame(list(self._of_month(first_day).values()), schema=COUNTS_SCHEMA)
            path = self._bronze_dir / "github_counts" / f"month={first_day:%Y-%m}" / "counts.parquet"
            write_parquet(rows.sort("repo_full_name", "metric_id"), path)
        rows = pl.DataFrame([self._manifest[key] for key in asked], schema=MANIFEST_SCHEMA)
        key = ["repo_full_name", "month"]
        self._asked = pl.concat([self._asked.join(rows, on=key, how="anti"), rows]).sort(key)
        write_parquet(self._asked, _manifest_path(self._bronze_dir))
        write_quarantine([*self._without_counts(), *self._shrunk()], self._bronze_dir, QUARANTINE)

    def _of_month(self, first_day: date) -> dict[tuple[str, str], dict[str, Any]]:
        return self._counts.setdefault(first_day, {})

    def _found(self) -> list[dict[str, Any]]:
        """The requests that found a repository, the oldest first."""
        rows = [row for row in self._manifest.values() if row["found_repo_id"] is not None]
        return sorted(rows, key=lambda row: (row["retrieved_at"], row["month"]))

    def _without_counts(self) -> list[QuarantinedRow]:
        rows = self._asked.filter(pl.col("status").is_in(["failed", "taken"])).iter_rows(named=True)
        return [
            QuarantinedRow(
                f"{row['repo_full_name']} {row['month']:%Y-%m}", None, f"not counted: {row['detail']}", ""
            )
            for row in rows
        ]

    def _shrunk(self) -> list[QuarantinedRow]:
        """The counts that were larger the last time they were different."""
        notes: dict[tuple[str, str, date], QuarantinedRow] = {}
        for before in self._earlier.iter_rows(named=True):
            name, metric, month = before["repo_full_name"], before["metric_id"], before["window_start"]
            now = self._of_month(month).get((name, metric))
            if now is None or now["repo_id"] != before["repo_id"] or now["count"] >= before["count"]:
                notes.pop((name, metric, month), None)
                continue
            notes[name, metric, month] = QuarantinedRow(
                f"{name} {month:%Y-%m}",
                None,
                f"{metric} shrank: {before['count']:,} on {before['retrieved_at']:%Y-%m-%d}, {now['count']:,} on"
                f" {now['retrieved_at']:%Y-%m-%d}; the newer counts",
                "",
            )
        return [notes[key] for key in sorted(notes)]


def _count_row(answer: CountsAnswer, metric: str, count: int, retrieved_at: datetime) -> dict[str, Any]:
    return {
        "repo_full_name": answer.wanted.repository.repo_full_name,
        "repo_id": answer.found_id,
        "metric_id": metric,
        "window_start": answer.wanted.month.first_day,
        "window_end": answer.wanted.month.last_day,
        "count": count,
        "retrieved_at": retrieved_at,
        "source": GITHUB_COUNTS,
    }


def _manifest_row(
    answer: CountsAnswer, before: Mapping[str, Any] | None, retrieved_at: datetime
) -> dict[str, Any]:
    found_name, found_id = answer.found_name, answer.found_id
    if found_id is None and before is not None:
        # What GitHub showed before is still the newest that is known of it.
        found_name, found_id = before["found_full_name"], before["found_repo_id"]
    return {
        "repo_full_name": answer.wanted.repository.repo_full_name,
        "repo_id": answer.wanted.repository.repo_id,
        "month": answer.wanted.month.first_day,
        "status": answer.status,
        "found_full_name": found_name,
        "found_repo_id": found_id,
        "counts_count": len(answer.counts),
        "detail": answer.detail,
        "retrieved_at": retrieved_at,
    }


def _earlier_path(bronze_dir: Path) -> Path:
    return bronze_dir / "github_counts" / "earlier.parquet"


def _manifest_path(bronze_dir: Path) -> Path:
    return bronze_dir / "manifest" / "github_counts.parquet"
