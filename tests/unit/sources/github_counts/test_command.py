"""``landscape repositories counts``, as a person sees it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.github_counts.bronze import count_files
from tests.command import call_landscape
from tests.fields import project, projects_file, write_field
from tests.unit.sources.github_counts.github import CountingGitHub

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

    from pytest_httpserver import HTTPServer

NOW = datetime(2026, 9, 20, 5, tzinfo=UTC)
TOKEN = "ghp_0123456789"  # noqa: S105


@pytest.fixture
def github(httpserver: HTTPServer) -> CountingGitHub:
    started = CountingGitHub(ids={"acme/one": 1, "acme/two": 2})
    started.start(httpserver)
    return started


@pytest.fixture
def landscape(
    github: CountingGitHub, httpserver: HTTPServer, tmp_path: Path
) -> Callable[..., CompletedProcess[str]]:
    """Run a command on a field of two projects."""
    seeds = write_field(
        tmp_path / "seeds", projects_file([project("one", "acme/one"), project("two", "acme/two")])
    )

    def run(*arguments: str, token: str = TOKEN) -> CompletedProcess[str]:
        return call_landscape(
            *arguments,
            data_dir=tmp_path / "data",
            now=NOW,
            LANDSCAPE_PROFILE="live",
            LANDSCAPE_SEEDS_DIR=str(seeds),
            LANDSCAPE_GITHUB_API_URL=httpserver.url_for("/api"),
            LANDSCAPE_GITHUB_TOKEN=token,
            NO_PROXY="*",
            COLUMNS="300",
        )

    return run


def bronze(tmp_path: Path) -> Path:
    return Settings(data_profile=DataProfile.LIVE, data_dir=tmp_path / "data").bronze_dir


def test_a_dry_run_says_how_many_requests_and_asks_nobody(
    landscape: Callable[..., CompletedProcess[str]], github: CountingGitHub
) -> None:
    said = landscape("repositories", "counts", "--from", "2024-01", "--to", "2026-08", "--dry-run")
    assert (said.returncode, github.queries) == (0, [])
    assert "3 requests" in said.stderr  # 2 repositories × 32 months, 24 to a query


def test_the_months_asked_for_are_counted_and_status_says_so(
    landscape: Callable[..., CompletedProcess[str]], github: CountingGitHub, tmp_path: Path
) -> None:
    del github.ids["acme/two"]
    said = landscape("repositories", "counts", "--from", "2026-06", "--to", "2026-08")
    assert said.returncode == 0, said.stderr
    assert (
        "6 months of repositories, 0 known, 3 counted, 3 missing, 0 without a usable answer, 12 rows"
        in said.stderr
    )
    assert sum(pl.read_parquet(path).height for path in count_files(bronze(tmp_path))) == 12
    status = landscape("status")
    assert "github-counts" in status.stdout
    assert "acme/two: gone: Could not resolve two" in status.stdout
    again = landscape("repositories", "counts", "--from", "2026-06", "--to", "2026-08", "--dry-run")
    assert again.stderr.startswith("0 requests;")


def test_without_dates_everything_since_the_year_of_the_seeds_is_counted(
    landscape: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    assert landscape("repositories", "counts").returncode == 0
    months = [path.parent.name for path in count_files(bronze(tmp_path))]
    assert (months[0], months[-1], len(months)) == ("month=2024-01", "month=2026-08", 32)


def test_the_limit_is_told_with_its_end_and_the_next_run_goes_on(
    landscape: Callable[..., CompletedProcess[str]], github: CountingGitHub
) -> None:
    github.points = 21
    said = landscape("repositories", "counts", "--from", "2024-01", "--to", "2026-08")
    assert said.returncode == 4
    assert "40 months of repositories are not counted yet" in said.stderr
    assert "2026-11-30 05:30 UTC" in said.stderr
    github.points = 5000
    assert landscape("repositories", "counts", "--from", "2024-01", "--to", "2026-08").returncode == 0
    assert len(github.queries) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--to", "2026-09"], "that month is not over yet"),
        (["--from", "2026-08", "--to", "2026-07"], "the last month is before the first"),
        (["--from", "August"], "expected a month as YYYY-MM"),
    ],
)
def test_months_that_cannot_be_counted_are_refused(
    arguments: list[str],
    words: str,
    landscape: Callable[..., CompletedProcess[str]],
    github: CountingGitHub,
) -> None:
    said = landscape("repositories", "counts", *arguments)
    assert said.returncode == 2
    assert words in " ".join(said.stderr.replace("│", " ").split())
    assert github.queries == []


def test_without_a_token_it_says_which_one_is_needed(
    landscape: Callable[..., CompletedProcess[str]], github: CountingGitHub
) -> None:
    said = landscape("repositories", "counts", token="")
    assert said.returncode == 4
    assert "LANDSCAPE_GITHUB_TOKEN" in said.stderr
    assert github.queries == []
    plan = landscape("refresh", "--dry-run", token="")
    assert "GitHub's own counts are left out without LANDSCAPE_GITHUB_TOKEN." in plan.stderr
    assert "`landscape repositories fetch` asks for them without one" in plan.stderr
