"""What every source that asks GitHub declares: the address, the token, the repositories of the field, and its runs.

Belongs here: what more than one of them needs. Must not: a fetch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.sources.failures import NotAuthorizedError
from pipelines.sources.github.answers import WantedRepository
from pipelines.sources.github.rest import TOKEN_NAME
from pipelines.sources.source import RUNS_SCHEMA, Address, Token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.seeds import Seeds
    from pipelines.sources.source import FetchContext

GITHUB_API = Address("github_api", "https://api.github.com", "Base URL of the GitHub API.")
GITHUB_TOKEN = Token(TOKEN_NAME, "GitHub token; read from the environment only and never written anywhere.")


def curated_repositories(seeds: Seeds) -> list[WantedRepository]:
    """Each repository of each project, under its current name."""
    return [
        WantedRepository(repository.full_name, repository.repo_id)
        for project in seeds.projects
        for repository in project.repositories
    ]


LOST = ("gone", "blocked")
"""Statuses of a repository that GitHub does not show, or does not show to this token."""


def require_token(context: FetchContext, why: str) -> None:
    """Refuse a round without a token.

    Parameters
    ----------
    context
        Of the fetch.
    why
        What GitHub does for a request with a token only, as a sentence without its full stop.

    Raises
    ------
    NotAuthorizedError
        If no token is set.
    """
    if GITHUB_TOKEN.name not in context.upstreams.tokens:
        raise NotAuthorizedError(
            why,
            where=context.upstreams.urls[GITHUB_API.name],
            hint=f"set {GITHUB_TOKEN.variable} to a token with read access to public repositories",
        )


def runs_of(manifest: pl.DataFrame, rows_count: pl.Expr, failed: Sequence[str] = ("failed",)) -> pl.DataFrame:
    """Each round as a row of `RUNS_SCHEMA`.

    Parameters
    ----------
    manifest
        ``status, retrieved_at`` and what `rows_count` reads, a row for each thing asked for.
    rows_count
        Rows that a round brought.
    failed
        Statuses of what came without a usable answer.
    """
    status = pl.col("status")
    return (
        manifest.group_by("retrieved_at")
        .agg(
            requested_count=pl.len(),
            loaded_count=(status == "found").sum(),
            missing_count=status.is_in(LOST).sum(),
            quarantined_count=status.is_in(failed).sum(),
            rows_count=rows_count,
        )
        .cast(RUNS_SCHEMA)
    )
