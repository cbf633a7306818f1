"""The observations of the reference tables as bronze."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.observations import OBSERVATIONS_SCHEMA
from pipelines.bronze.storage import TableReport, naive_utc, write_parquet, write_quarantine
from pipelines.sources.reference.client import fetch_observations

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pipelines.sources.connect import Upstreams
    from pipelines.sources.reference.client import RepositoryObservation


def load_observations(upstreams: Upstreams, bronze_dir: Path) -> TableReport:
    """Replace ``github/observations.parquet`` and the quarantine of its rows.

    Raises
    ------
    SourceError
        If a file of observations cannot be read.
    StorageError
        If a file cannot be written.
    """
    observations = fetch_observations(upstreams)
    write_parquet(_frame(observations.rows), bronze_dir / "github" / "observations.parquet")
    write_quarantine(observations.quarantined, bronze_dir, "observations")
    return TableReport(len(observations.rows), len(observations.quarantined))


def _frame(observations: Iterable[RepositoryObservation]) -> pl.DataFrame:
    rows = [
        {
            "observed_on": one.observed_on,
            "repo_id": one.repo_id,
            "repo_full_name": one.repo_full_name,
            "stars_count": one.stars_count,
            "forks_count": one.forks_count,
            "open_issues_count": one.open_issues_count,
            "language": one.language,
            "created_at": one.created_at and naive_utc(one.created_at),
            "pushed_at": one.pushed_at and naive_utc(one.pushed_at),
            "description": one.description,
            "topics": one.topics,
            "license_spdx": None,  # no source here says it, nor what follows
            "is_archived": None,
            "latest_issue_at": None,
            "latest_pull_request_at": None,
            "latest_release_at": None,
            "source": one.source,
            "detail": one.detail,
        }
        for one in observations
    ]
    return pl.DataFrame(rows, schema=OBSERVATIONS_SCHEMA).sort(
        "observed_on", "repo_full_name", "source", "detail"
    )
