"""GitHub's facts in bronze: a file for each repository, and how far each of its lists was read.

Belongs here: what is read on from where, and the files. Must not: requests.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.bronze.storage import QuarantinedRow, naive_utc, read_rows, write_parquet, write_quarantine
from pipelines.floor.errors import SourceError
from pipelines.sources.failures import NotAuthorizedError, RateLimitedError
from pipelines.sources.gharchive.facts import EVENT_SCHEMA
from pipelines.sources.github.client import MOST_FAILURES_IN_A_ROW, fetch_repositories
from pipelines.sources.github_facts.budget import Budget
from pipelines.sources.github_facts.client import (
    ENDPOINTS,
    Asked,
    LostRepositoryError,
    Position,
    read_changes,
    read_feed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pipelines.floor.periods import Month
    from pipelines.sources.connect import Upstreams
    from pipelines.sources.github.answers import Repository, RepositoryAnswer, WantedRepository
    from pipelines.sources.github_facts.client import Endpoint, Step

QUARANTINE = "github_facts"

READS_SCHEMA = pl.Schema(
    {
        "repo_full_name": pl.String(),
        "endpoint": pl.String(),
        "status": pl.String(),
        "found_full_name": pl.String(),
        "found_repo_id": pl.Int64(),
        "read_from": pl.Date(),
        "since": pl.Datetime("us"),
        "seen_through": pl.Datetime("us"),
        "complete_through": pl.Datetime("us"),
        "etag": pl.String(),
        "rows_count": pl.Int64(),
        "detail": pl.String(),
        "retrieved_at": pl.Datetime("us"),
    }
)
"""A row per repository name and list: how far it was read. What happened from ``read_from`` on and before
``complete_through`` is in bronze; the latter is NULL while the first reading has not come to its end."""

_STEPS_AT_ONCE = 20
"""Pages whose rows are written together: a killed run reads at most as many again."""


@dataclass(frozen=True, slots=True)
class FactsReport:
    """What a round of reading came to.

    Attributes
    ----------
    repositories_count
        Repositories wanted.
    read_count
        Lists read to their end, of four a repository.
    lost_count
        Repositories that GitHub does not show, or blocks, or shows another one in the place of.
    failed_count
        Lists without a usable answer; the quarantine names each, and they are read on the next time.
    rows_count
        Facts that are new in bronze.
    """

    repositories_count: int
    read_count: int
    lost_count: int
    failed_count: int
    rows_count: int


def load_facts(
    upstreams: Upstreams,
    repositories: Iterable[WantedRepository],
    first_month: Month,
    bronze_dir: Path,
    on_progress: Callable[[int, int], None],
) -> FactsReport:
    """Read what happened in repositories since `first_month`: ``github_facts/repository=<id>/facts.parquet``.

    Each list goes on where it was left, and is read again from an earlier month only when one is asked for. Rows are
    written before the position they lead to, so that a run that breaks off loses nothing.

    Parameters
    ----------
    upstreams
        Where to ask, and the token.
    repositories
        Under the names of the seeds.
    first_month
        What happened before is not kept.
    bronze_dir
        Folder of the bronze files.
    on_progress
        Called with the number of lists so far and of all.

    Raises
    ------
    RateLimitedError
        When GitHub's limit is nearly used up; what came before is stored.
    SourceError
        If GitHub is down, or refuses the token.
    StorageError
        If a file cannot be read or written.
    """
    held = _Held(bronze_dir, upstreams.retrieved_at)
    wanted = held.numbered(repositories)
    shown: list[tuple[str, Repository]] = []
    counts: Counter[str] = Counter()
    for answer in fetch_repositories(upstreams, wanted):
        if answer.repository is not None:
            shown.append((answer.wanted.repo_full_name, answer.repository))
        else:
            counts["failed" if answer.status == "failed" else "lost"] += 1
            held.lose(answer)
    held.write()
    budget = Budget(upstreams.urls["github_api"])
    failures_in_a_row = 0
    lost: set[str] = set()
    all_count = len(shown) * len(ENDPOINTS)
    for number, (endpoint, (name, repository)) in enumerate(
        ((endpoint, each) for endpoint in ENDPOINTS for each in shown), start=1
    ):
        if name not in lost:
            try:
                counts["rows"] += held.read(Asked(upstreams, repository, budget), name, endpoint, first_month)
            except (RateLimitedError, NotAuthorizedError):
                raise
            except LostRepositoryError as error:
                lost.add(name)
                held.note(name, endpoint, status=error.status, detail=error.what)
                counts["lost"] += 1
            except SourceError as error:
                failures_in_a_row += 1
                held.note(name, endpoint, status="failed", detail=error.what)
                counts["failed"] += 1
                if failures_in_a_row == MOST_FAILURES_IN_A_ROW:
                    raise
            else:
                failures_in_a_row = 0
                counts["read"] += 1
        on_progress(number, all_count)
    return FactsReport(len(wanted), counts["read"], counts["lost"], counts["failed"], counts["rows"])


def fact_files(bronze_dir: Path) -> list[Path]:
    """A file for each repository, in order."""
    return sorted((bronze_dir / "github_facts").glob("repository=*/facts.parquet"))


def facts_digest(bronze_dir: Path, month: Month) -> str | None:
    """Digest of the numbers of all facts of a month; None if there are none."""
    files = fact_files(bronze_dir)
    if not files:
        return None
    days = pl.col("created_at").dt.date().is_between(month.first_day, month.last_day)
    numbers = pl.scan_parquet(files).filter(days).select(pl.col("event_id").sort()).collect().to_series()
    return None if numbers.is_empty() else hashlib.sha256(numbers.to_numpy().tobytes()).hexdigest()


def reads_path(bronze_dir: Path) -> Path:
    """The file of `READS_SCHEMA`."""
    return bronze_dir / "manifest" / "github_facts.parquet"


def read_manifest(bronze_dir: Path) -> pl.DataFrame:
    """How far each list of each repository was read."""
    return read_rows(reads_path(bronze_dir), READS_SCHEMA)


def _fact_path(bronze_dir: Path, repo_id: int) -> Path:
    return bronze_dir / "github_facts" / f"repository={repo_id}" / "facts.parquet"


class _Held:
    """How far each list was read, and the rows that came of it."""

    def __init__(self, bronze_dir: Path, retrieved_at: datetime) -> None:
        self._bronze_dir = bronze_dir
        self._retrieved_at = naive_utc(retrieved_at)
        self._reads: dict[tuple[str, str], dict[str, Any]] = {
            (row["repo_full_name"], row["endpoint"]): row
            for row in read_manifest(bronze_dir).iter_rows(named=True)
        }

    def numbered(self, repositories: Iterable[WantedRepository]) -> list[WantedRepository]:
        """`repositories` once by name, each with the number that seeds or earlier answers know."""
        ids = {
            name: row["found_repo_id"]
            for (name, _), row in self._reads.items()
            if row["found_repo_id"] is not None
        }
        by_name = {
            one.repo_full_name: one
            if one.repo_id is not None
            else replace(one, repo_id=ids.get(one.repo_full_name))
            for one in repositories
        }
        return [by_name[name] for name in sorted(by_name, key=str.lower)]

    def lose(self, answer: RepositoryAnswer) -> None:
        """Note of every list that GitHub does not show the repository."""
        for endpoint in ENDPOINTS:
            self._set(answer.wanted.repo_full_name, endpoint, status=answer.status, detail=answer.detail)

    def note(self, name: str, endpoint: Endpoint, *, status: str, detail: str) -> None:
        """Note why a list was not read to its end."""
        self._set(name, endpoint, status=status, detail=detail)
        self.write()

    def read(self, asked: Asked, name: str, endpoint: Endpoint, first_month: Month) -> int:
        """Read a list on to its end; returns the number of new rows.

        Raises
        ------
        SourceError
            As `read_changes`; what came before is stored.
        """
        repository = asked.repository
        standing = read_rows(_fact_path(self._bronze_dir, repository.repo_id), EVENT_SCHEMA)
        waiting: list[Step] = []
        new_count = 0
        start = self._start(name, endpoint, repository, first_month)
        try:
            for step in self._steps(asked, endpoint, start, standing):
                waiting.append(step)
                if len(waiting) == _STEPS_AT_ONCE:
                    new_count += self._store(name, endpoint, repository, waiting)
                    waiting = []
        finally:
            if waiting:
                new_count += self._store(name, endpoint, repository, waiting)
        return new_count

    def write(self) -> None:
        """Write how far each list was read, and the quarantine."""
        rows = [self._reads[key] for key in sorted(self._reads)]
        write_parquet(pl.DataFrame(rows, READS_SCHEMA, orient="row"), reads_path(self._bronze_dir))
        failed = [
            QuarantinedRow(
                f"{row['repo_full_name']} {row['endpoint']}", None, f"not read: {row['detail']}", ""
            )
            for row in rows
            if row["status"] == "failed"
        ]
        write_quarantine(failed, self._bronze_dir, QUARANTINE)

    def _start(self, name: str, endpoint: Endpoint, repository: Repository, first_month: Month) -> Position:
        """Where reading begins; notes the repository and the first day in its row."""
        row = self._reads.get((name, endpoint))
        first_day = first_month.first_day
        is_same = row is not None and row["found_repo_id"] == repository.repo_id
        if row is None or not is_same or row["read_from"] is None or first_day < row["read_from"]:
            since = datetime(first_day.year, first_day.month, first_day.day, tzinfo=UTC)
            fresh = {"read_from": first_day, "since": naive_utc(since), "seen_through": None, "etag": None}
            self._set(name, endpoint, complete_through=None, status="begun", detail="", **fresh)
            return Position(since)
        seen = row["seen_through"]
        return Position(row["since"].replace(tzinfo=UTC), seen and seen.replace(tzinfo=UTC), row["etag"])

    @staticmethod
    def _steps(asked: Asked, endpoint: Endpoint, start: Position, standing: pl.DataFrame) -> Iterator[Step]:
        if endpoint == "events":
            newest = standing.filter(pl.col("source_file").str.ends_with("/events"))["created_at"].max()
            held_until = newest.replace(tzinfo=UTC) if isinstance(newest, datetime) else None
            yield read_feed(asked, start.etag, held_until)
        else:
            yield from read_changes(asked, endpoint, start)

    def _store(self, name: str, endpoint: Endpoint, repository: Repository, steps: list[Step]) -> int:
        """Write rows, then the position that they lead to."""
        path = _fact_path(self._bronze_dir, repository.repo_id)
        standing = read_rows(path, EVENT_SCHEMA)
        read_from = self._reads[name, endpoint]["read_from"]
        first = datetime(read_from.year, read_from.month, read_from.day)  # noqa: DTZ001 - as bronze keeps it
        coming = pl.concat([step.rows for step in steps]).filter(pl.col("created_at") >= first)
        rows = (
            pl.concat([standing, coming])
            .unique(["event_id", "created_at"], keep="last", maintain_order=True)
            .sort("created_at", "event_id")
        )
        if not coming.is_empty():
            write_parquet(rows, path)
        last = steps[-1]
        is_feed = endpoint == "events"
        self._set(
            name,
            endpoint,
            status="found" if last.is_last else "begun",
            found_full_name=repository.repo_full_name,
            found_repo_id=repository.repo_id,
            since=naive_utc(last.position.since),
            seen_through=last.position.seen_through and naive_utc(last.position.seen_through),
            etag=last.position.etag,
            rows_count=(self._reads[name, endpoint]["rows_count"] or 0) + rows.height - standing.height,
            detail="",
        )
        if last.is_last and not is_feed:
            self._set(name, endpoint, complete_through=self._retrieved_at)
        self.write()
        return rows.height - standing.height

    def _set(self, name: str, endpoint: str, **values: object) -> None:
        before = self._reads.get((name, endpoint)) or dict.fromkeys(READS_SCHEMA)
        self._reads[name, endpoint] = before | {
            "repo_full_name": name,
            "endpoint": endpoint,
            "retrieved_at": self._retrieved_at,
            **values,
        }
