"""``landscape repositories stars``, as a person sees it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from tests.command import call_landscape
from tests.fields import project, projects_file, write_field
from tests.unit.sources.github_stars.github import WEEK, StarryGitHub

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

    from pytest_httpserver import HTTPServer

NOW = datetime(2026, 9, 24, 5, tzinfo=UTC)


def test_a_dry_run_asks_nobody_and_a_run_is_in_status(httpserver: HTTPServer, tmp_path: Path) -> None:
    github = StarryGitHub(ids={"acme/one": 1}, created={"acme/one": date(2026, 9, 20) - WEEK * 35})
    github.start(httpserver)
    seeds = write_field(
        tmp_path / "seeds", projects_file([project("one", "acme/one"), project("two", "acme/two")])
    )

    def landscape(*arguments: str, token: str = "ghp_0123456789") -> CompletedProcess[str]:  # noqa: S107
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

    planned = landscape("repositories", "stars", "--dry-run")
    assert (planned.returncode, github.queries, github.pages) == (0, [], [])
    assert "21 requests" in planned.stderr  # ten for each of two repositories, and one for their names
    unsigned = landscape("repositories", "stars", token="")
    assert unsigned.returncode == 4
    assert "LANDSCAPE_GITHUB_TOKEN" in unsigned.stderr
    said = landscape("repositories", "stars")
    assert said.returncode == 0, said.stderr
    assert "2 repositories, 0 known, 1 whole, 1 missing" in said.stderr
    assert [page for _, page, _ in github.pages] == [1, 2]
    assert "acme/two: gone" in landscape("status").stdout
    assert landscape("repositories", "stars", "--dry-run").stderr.startswith("0 requests;")
