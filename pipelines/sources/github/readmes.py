"""The newest README of each repository, by its number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.bronze.storage import QuarantinedRow, naive_utc, read_rows, write_parquet, write_quarantine
from pipelines.sources.answer import Earlier
from pipelines.sources.github.answers import ReadmeAnswer, WantedRepository
from pipelines.sources.github.bronze import read_manifest
from pipelines.sources.github.client import fetch_readmes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from pipelines.sources.connect import Upstreams

README_QUARANTINE = "github_readmes"

_READMES_SCHEMA = pl.Schema(
    {
        "repo_full_name": pl.String(),
        "status": pl.String(),
        "readme": pl.String(),
        "etag": pl.String(),
        "last_modified": pl.String(),
        "retrieved_at": pl.Datetime("us"),
    }
)


@dataclass(frozen=True, slots=True)
class ReadmesReport:
    """The result of a round of READMEs; the last four counts add up to the first."""

    requested_count: int
    found_count: int
    absent_count: int
    unchanged_count: int
    failed_count: int


def load_readmes(
    upstreams: Upstreams,
    wanted: Sequence[WantedRepository],
    bronze_dir: Path,
    on_progress: Callable[[int, int], None],
) -> ReadmesReport:
    """Bring ``github/readmes.parquet`` up to date; what did not change is not sent again.

    Parameters
    ----------
    upstreams, bronze_dir, on_progress
        As `load_repositories`.
    wanted
        Whose README is wanted. Those of other repositories stay as they are. Where the number is not given, the one
        that GitHub last showed under the name is asked for.

    Raises
    ------
    SourceError, StorageError
        As `load_repositories`.
    """
    path = bronze_dir / "github" / "readmes.parquet"
    held = read_rows(path, _READMES_SCHEMA)
    rows = {row["repo_full_name"]: row for row in held.iter_rows(named=True)}
    numbered = _numbered(wanted, bronze_dir)
    earlier = {name: _earlier(row) for name, row in rows.items()}
    statuses: Counter[str] = Counter()
    failed: list[QuarantinedRow] = []
    try:
        for answer in fetch_readmes(upstreams, numbered, earlier):
            name = answer.repo_full_name
            statuses[answer.status] += 1
            if answer.status == "failed":
                failed.append(QuarantinedRow(f"README of {name}", None, answer.detail, ""))
            elif _is_news(answer, rows.get(name)):
                rows[name] = _readme_row(answer, upstreams.retrieved_at)
            on_progress(statuses.total(), len(numbered))
    finally:
        write_quarantine(failed, bronze_dir, README_QUARANTINE)
        frame = pl.DataFrame(list(rows.values()), schema=_READMES_SCHEMA).sort("repo_full_name")
        if not frame.equals(held):
            write_parquet(frame, path)
    return ReadmesReport(
        requested_count=len(numbered),
        found_count=statuses["found"],
        absent_count=statuses["absent"],
        unchanged_count=statuses["unchanged"],
        failed_count=statuses["failed"],
    )


def _numbered(wanted: Iterable[WantedRepository], bronze_dir: Path) -> list[WantedRepository]:
    """`wanted` once by name, with the numbers that seeds or GitHub know, so that no other repository answers."""
    manifest = read_manifest(bronze_dir)
    shown = manifest.filter(pl.col("found_repo_id").is_not_null()).sort("retrieved_at")
    ids = dict(shown.select("repo_full_name", "found_repo_id").iter_rows())
    by_name = {
        one.repo_full_name: WantedRepository(
            one.repo_full_name, ids.get(one.repo_full_name) if one.repo_id is None else one.repo_id
        )
        for one in wanted
    }
    return [by_name[name] for name in sorted(by_name)]


def _earlier(row: Mapping[str, Any]) -> Earlier:
    return Earlier(
        row["retrieved_at"].replace(tzinfo=UTC),
        row["etag"],
        row["last_modified"],
        is_held=row["status"] == "found",
    )


def _is_news(answer: ReadmeAnswer, row: Mapping[str, Any] | None) -> bool:
    """Whether an answer says anything that is not held; a README that was read once is never given up."""
    if row is None:
        return True
    return answer.status == "found" and (answer.text, answer.etag) != (row["readme"], row["etag"])


def _readme_row(answer: ReadmeAnswer, retrieved_at: datetime) -> dict[str, Any]:
    return {
        "repo_full_name": answer.repo_full_name,
        "status": answer.status,
        "readme": answer.text,
        "etag": answer.etag,
        "last_modified": answer.last_modified,
        "retrieved_at": naive_utc(retrieved_at),
    }
