"""What GitHub said of repositories, day by day.

Belongs here: one partition a day that is only ever added to, and the status of every request. Must not: which
observation counts for a month.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.bronze.observations import OBSERVATIONS_SCHEMA, read_observations
from pipelines.bronze.storage import QuarantinedRow, naive_utc, read_rows, write_parquet, write_quarantine
from pipelines.sources.answer import Earlier
from pipelines.sources.github.answers import RepositoryAnswer, WantedRepository
from pipelines.sources.github.client import fetch_repositories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from pipelines.sources.connect import Upstreams
    from pipelines.sources.github.answers import Repository

SOURCE, _DETAIL = "github", "GitHub API"
QUARANTINE = "github"

GITHUB_MANIFEST_SCHEMA = pl.Schema(
    {
        "repo_full_name": pl.String(),
        "repo_id": pl.Int64(),
        "status": pl.String(),
        "found_full_name": pl.String(),
        "found_repo_id": pl.Int64(),
        "etag": pl.String(),
        "detail": pl.String(),
        "retrieved_at": pl.Datetime("us"),
    }
)


@dataclass(frozen=True, slots=True)
class RepositoriesReport:
    """The result of a round of observations.

    Attributes
    ----------
    requested_count
        Repositories wanted; the next six add up to it.
    known_count
        Already asked for that day, and not asked again.
    unchanged_count
        All as in the earlier answer; GitHub sent nothing, and the day's observation repeats the earlier one.
    found_count, gone_count, blocked_count
        By what GitHub answered; ``manifest/github.parquet`` names each.
    failed_count
        Without a usable answer; ``quarantine/github.parquet`` names each, and they are asked for again.
    """

    requested_count: int
    known_count: int
    unchanged_count: int
    found_count: int
    gone_count: int
    blocked_count: int
    failed_count: int


@dataclass(frozen=True, slots=True)
class _HeldAnswer:
    """An answer that GitHub may confirm instead of sending it again."""

    retrieved_at: datetime
    etag: str
    observation: Mapping[str, Any]


def load_repositories(
    upstreams: Upstreams,
    wanted: Sequence[WantedRepository],
    bronze_dir: Path,
    on_progress: Callable[[int, int], None],
) -> RepositoriesReport:
    """Observe repositories, once a day each: ``github/observed_on=<day>/observations.parquet``.

    A round that breaks off, as GitHub's hourly limit makes it do, stores what it has; the next one on the
    same day asks only for the rest. Without a token, what did not change since an earlier day is not sent
    again: GitHub's ETag is of the whole answer, so the earlier observation holds for the day.

    Parameters
    ----------
    upstreams
        Where to ask; the day is that of `retrieved_at`.
    wanted
        What to ask for.
    bronze_dir
        Folder of the bronze files.
    on_progress
        Called with the number of answers so far and of requests, after each answer.

    Raises
    ------
    SourceError
        If GitHub is down or its limit is used up; what came before is stored.
    StorageError
        If a file cannot be read or written.
    """
    day = upstreams.retrieved_at.astimezone(UTC).date()
    manifest = read_manifest(bronze_dir)
    known = _asked_on(manifest, day)
    distinct = sorted(set(wanted), key=lambda one: (one.repo_full_name.lower(), one.repo_id or 0))
    pending = [one for one in distinct if one not in known]
    held = _held_answers(manifest, bronze_dir)
    earlier = {one: Earlier(answer.retrieved_at, answer.etag) for one, answer in held.items()}
    answers: list[RepositoryAnswer] = []
    try:
        for answer in fetch_repositories(upstreams, pending, earlier):
            answers.append(answer)
            on_progress(len(answers), len(pending))
    finally:
        if answers:
            _store(answers, held, manifest, upstreams.retrieved_at, bronze_dir)
    statuses = Counter(answer.status for answer in answers)
    return RepositoriesReport(
        requested_count=len(distinct),
        known_count=len(distinct) - len(pending),
        unchanged_count=statuses["unchanged"],
        found_count=statuses["found"],
        gone_count=statuses["gone"],
        blocked_count=statuses["blocked"],
        failed_count=statuses["failed"],
    )


def observed_names(bronze_dir: Path) -> pl.DataFrame:
    """The names under which GitHub ever showed a repository.

    Returns
    -------
    polars.DataFrame
        ``repo_full_name``, ``repo_id``; no rows when GitHub was never asked.

    Raises
    ------
    StorageError
        If a file is damaged.
    """
    frames = [read_observations(path) for path in observation_files(bronze_dir)]
    columns = ["repo_full_name", "repo_id"]
    return pl.concat([OBSERVATIONS_SCHEMA.to_frame(), *frames]).select(columns).unique()


def observation_files(bronze_dir: Path) -> list[Path]:
    """A file for each day on which GitHub was asked, in order."""
    return sorted((bronze_dir / "github").glob("observed_on=*/observations.parquet"))


def present_names(bronze_dir: Path) -> dict[int, str]:
    """GitHub's number → the name under which GitHub last showed the repository.

    Raises
    ------
    StorageError
        If the manifest is damaged.
    """
    manifest = read_manifest(bronze_dir)
    found = manifest.filter(
        pl.col("status").is_in(["found", "failed"]), pl.col("found_repo_id").is_not_null()
    )
    return dict(found.sort("retrieved_at").select("found_repo_id", "found_full_name").iter_rows())


def _held_answers(manifest: pl.DataFrame, bronze_dir: Path) -> dict[WantedRepository, _HeldAnswer]:
    """The newest answers that have an ETag and a stored observation."""
    held = {}
    confirmable = manifest.filter(pl.col("etag").is_not_null()).with_columns(
        day=pl.col("retrieved_at").dt.date()
    )
    for (day,), rows in confirmable.partition_by("day", as_dict=True).items():
        observed = read_observations(_observations_path(bronze_dir, day))
        by_id = {row["repo_id"]: row for row in observed.iter_rows(named=True)}
        for row in rows.iter_rows(named=True):
            if row["found_repo_id"] in by_id:
                wanted = WantedRepository(row["repo_full_name"], row["repo_id"])
                held[wanted] = _HeldAnswer(
                    row["retrieved_at"].replace(tzinfo=UTC), row["etag"], by_id[row["found_repo_id"]]
                )
    return held


def _store(
    answers: Sequence[RepositoryAnswer],
    held: Mapping[WantedRepository, _HeldAnswer],
    manifest: pl.DataFrame,
    retrieved_at: datetime,
    bronze_dir: Path,
) -> None:
    day = retrieved_at.astimezone(UTC).date()
    path = _observations_path(bronze_dir, day)
    found = [_observation(answer.repository, day) for answer in answers if answer.repository is not None]
    confirmed = [
        {**held[answer.wanted].observation, "observed_on": day}
        for answer in answers
        if answer.status == "unchanged"
    ]
    rows = pl.DataFrame(found + confirmed, schema=OBSERVATIONS_SCHEMA)
    observed = pl.concat([read_observations(path), rows])
    if not observed.is_empty():
        # Two names of one repository lead to the same row.
        write_parquet(observed.unique("repo_id", keep="first").sort("repo_full_name"), path)
    # The manifest last: every observation it names is then stored.
    asked = _manifest(answers, held, manifest, retrieved_at)
    others = manifest.join(asked, on=["repo_full_name", "repo_id"], how="anti", nulls_equal=True)
    known = pl.concat([others, asked]).sort("repo_full_name", "repo_id")
    write_parquet(known, _manifest_path(bronze_dir))
    failed = known.filter(pl.col("status") == "failed").select("repo_full_name", "detail").unique()
    write_quarantine(
        [
            QuarantinedRow(name, None, f"not observed: {detail}", "")
            for name, detail in sorted(failed.iter_rows())
        ],
        bronze_dir,
        QUARANTINE,
    )


def _observation(repository: Repository, day: date) -> dict[str, Any]:
    return {
        "observed_on": day,
        "repo_id": repository.repo_id,
        "repo_full_name": repository.repo_full_name,
        "stars_count": repository.stars_count,
        "forks_count": repository.forks_count,
        "open_issues_count": repository.open_issues_count,
        "language": repository.language,
        "created_at": naive_utc(repository.created_at),
        "pushed_at": _naive(repository.pushed_at),
        "description": repository.description,
        "topics": repository.topics,
        "license_spdx": repository.license_spdx,
        "is_archived": repository.is_archived,
        "latest_issue_at": _naive(repository.latest_issue_at),
        "latest_pull_request_at": _naive(repository.latest_pull_request_at),
        "latest_release_at": _naive(repository.latest_release_at),
        "source": SOURCE,
        "detail": _DETAIL,
    }


def _naive(moment: datetime | None) -> datetime | None:
    return None if moment is None else naive_utc(moment)


def _manifest(
    answers: Iterable[RepositoryAnswer],
    held: Mapping[WantedRepository, _HeldAnswer],
    manifest: pl.DataFrame,
    retrieved_at: datetime,
) -> pl.DataFrame:
    before = {
        WantedRepository(row["repo_full_name"], row["repo_id"]): row for row in manifest.iter_rows(named=True)
    }
    rows = []
    for one in answers:
        status, etag = one.status, one.etag
        found_full_name = one.repository and one.repository.repo_full_name
        found_repo_id = one.repository and one.repository.repo_id
        if one.status == "unchanged":
            confirmed = held[one.wanted]
            status, etag = "found", confirmed.etag
            found_full_name = confirmed.observation["repo_full_name"]
            found_repo_id = confirmed.observation["repo_id"]
        if one.status == "failed" and one.wanted in before:
            # What GitHub said before is still the newest that is known.
            found_full_name = before[one.wanted]["found_full_name"]
            found_repo_id = before[one.wanted]["found_repo_id"]
        rows.append(
            {
                "repo_full_name": one.wanted.repo_full_name,
                "repo_id": one.wanted.repo_id,
                "status": status,
                "found_full_name": found_full_name,
                "found_repo_id": found_repo_id,
                "etag": etag,
                "detail": one.detail,
                "retrieved_at": naive_utc(retrieved_at),
            }
        )
    return pl.DataFrame(rows, schema=GITHUB_MANIFEST_SCHEMA)


def _asked_on(manifest: pl.DataFrame, day: date) -> set[WantedRepository]:
    asked = manifest.filter(pl.col("retrieved_at").dt.date() == day, pl.col("status") != "failed")
    return {WantedRepository(*key) for key in asked.select("repo_full_name", "repo_id").iter_rows()}


def _observations_path(bronze_dir: Path, day: date) -> Path:
    return bronze_dir / "github" / f"observed_on={day}" / "observations.parquet"


def read_manifest(bronze_dir: Path) -> pl.DataFrame:
    """The request for each repository, and its answer."""
    return read_rows(_manifest_path(bronze_dir), GITHUB_MANIFEST_SCHEMA)


def _manifest_path(bronze_dir: Path) -> Path:
    return bronze_dir / "manifest" / "github.parquet"
