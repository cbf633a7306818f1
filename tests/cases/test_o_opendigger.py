"""Cases O: series as OpenDigger's host has served them, fetched by `landscape metrics fetch` and published."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest
from pytest_httpserver import HTTPServer

from tests.cases.entrances import INPUTS, Host, Place, Rows, lines_with
from tests.fields import project, projects_file, write_field

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAST_MONTH = date(2026, 10, 1)
"""The last month that is over at the time of the cases."""
LAST_BELIEVED_MONTH = date(2025, 9, 1)
"""From October 2025 on a value needs a measurement of its capture, and nobody asks GitHub in these cases."""
HEALTHY_MONTHS = [date(year, month, 1) for year in (2024, 2025, 2026) for month in range(1, 13)][:34]
REPOSITORIES = (
    ".github",
    "78",
    "a_b.c--d",
    "control",
    "current-month",
    "month-13",
    "odd-keys",
    "only-quarters",
    "openrank.json",
    "raw",
    "s-nan",
    "s-null",
    "s-text",
    "twice",
)


def slug(repository: str) -> str:
    """Id of the project that owns a repository."""
    return "p-" + repository.strip(".").replace("--", "-").replace(".", "-").replace("_", "-")


def given(repository: str) -> bytes:
    return (INPUTS / "opendigger" / "github" / "acme" / repository / "openrank.json").read_bytes()


def path_of(repository: str) -> str:
    return f"/opendigger/github/acme/{repository}/openrank.json"


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """The series of all cases on one server."""
    with HTTPServer() as server:
        host = Host(server).start()
        for repository in REPOSITORIES:
            host.hold(path_of(repository), given(repository))
        yield host


@pytest.fixture(scope="module")
def place(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A field of a project for each series, fetched and published."""
    folder = tmp_path_factory.mktemp("series")
    entries = [project(slug(name), f"acme/{name}") for name in REPOSITORIES]
    place = Place(folder / "data", host.settings(write_field(folder / "seeds", projects_file(entries))))
    place.done("metrics", "fetch")
    place.done("build")
    return place


def months(place: Place, repository: str) -> dict[date, tuple[float, bool]]:
    """Published months of a project: value, and whether it is partial."""
    rows = place.published(
        "SELECT month, value, is_partial FROM project_metrics_monthly"
        " WHERE project_id = ? AND metric_id = 'openrank' AND source = 'opendigger' ORDER BY month",
        slug(repository),
    )
    return {month: (value, is_partial) for month, value, is_partial in rows}


def membership(place: Place, repository: str) -> tuple[bool | None, str]:
    """Whether a project is a member in the last month, and why."""
    ((is_member, reason),) = place.published(
        "SELECT is_member, reason FROM landscape_members"
        " WHERE project_id = ? AND as_of_month = ? AND profile = 'year-mean-10'",
        slug(repository),
        LAST_BELIEVED_MONTH,
    )
    return is_member, reason


def bronze_status(place: Place, repository: str) -> str:
    manifest = place.bronze("manifest/opendigger.parquet").filter(
        (pl.col("repo_full_name") == f"acme/{repository}") & (pl.col("metric_id") == "openrank")
    )
    status: str = manifest["status"].item()
    return status


def test_o00_control(place):
    assert list(months(place, "control")) == HEALTHY_MONTHS
    assert not any(is_partial for _, is_partial in months(place, "control").values())
    assert membership(place, "control")[0] is True


def test_o01_only_quarters(place):
    """Years and quarters alone: unknown, and nobody claims a rename or a series that is missing."""
    assert months(place, "only-quarters") == {}
    is_member, reason = membership(place, "only-quarters")
    assert is_member is None
    assert "the source has no OpenRank series" not in reason
    assert bronze_status(place, "only-quarters") not in {"renamed", "loaded"}
    told = [reason, *lines_with(place.done("status"), "only-quarters")]
    for text in told:
        assert "renamed" not in text or re.search(r"renamed,? .*\bor\b|may .*renamed", text), "no fact"


@pytest.mark.parametrize("series", ["s-null", "s-nan", "s-text"])
def test_o03_null_and_nan(place, series):
    """A month without a number makes nothing zero: the series is quarantined, or the month unknown, and `status` says
    so."""
    found = months(place, series)
    assert found == {} or list(found) == [month for month in HEALTHY_MONTHS if month != date(2025, 3, 1)]
    assert 0 not in {value for value, _ in found.values()}
    if not found:
        is_member, reason = membership(place, series)
        assert is_member is None
        assert "the source has no OpenRank series" not in reason
    named = lines_with(place.done("status"), "quarantined", f"acme/{series}")
    assert named
    assert series == "s-nan" or "2025-03" in named[0]
    assert list(months(place, "control")) == HEALTHY_MONTHS, "the others load"


def test_o05_current_and_future_month(place):
    """A month that runs is absent or partial, one of the future absent, and the landscape ends with the last whole one."""
    found = months(place, "current-month")
    assert list(found)[:34] == HEALTHY_MONTHS
    assert set(found) - set(HEALTHY_MONTHS) <= {date(2026, 11, 1)}
    assert all(is_partial for month, (_, is_partial) in found.items() if month > LAST_MONTH)
    for table in ("project_openrank_monthly", "repo_openrank_monthly"):
        assert place.published(f"SELECT max(month) FROM {table}") == [(LAST_MONTH,)]
    assert place.published("SELECT max(month) FROM project_ranks_monthly") == [(LAST_BELIEVED_MONTH,)]
    for table in ("landscape_members", "project_rankings", "project_rankings_by_scope", "domain_growth"):
        assert place.published(f"SELECT max(as_of_month) FROM {table}") == [(LAST_BELIEVED_MONTH,)]
    assert place.published(
        "SELECT openrank_mean, months_count FROM project_rankings WHERE project_id = ? AND as_of_month = ?",
        slug("current-month"),
        LAST_BELIEVED_MONTH,
    ) == [(28.0, 9)]


def test_o07_odd_keys(place):
    """Keys of other kinds are left out, '2025-3' is not March, and a month 13 is reported."""
    found = months(place, "odd-keys")
    assert list(found) == HEALTHY_MONTHS
    assert (found[date(2025, 3, 1)][0], found[date(2025, 4, 1)][0]) == (27.0, 27.5)
    assert not {3, 900, 999} & {value for value, _ in found.values()}
    of_month_13 = months(place, "month-13")
    if of_month_13:
        assert list(of_month_13) == HEALTHY_MONTHS
        assert 999 not in {value for value, _ in of_month_13.values()}
    else:
        manifest = place.bronze("manifest/opendigger.parquet").filter(
            (pl.col("repo_full_name") == "acme/month-13") & (pl.col("metric_id") == "openrank")
        )
        assert "2025-13" in manifest["detail"].item()


def test_o08_same_month_twice(place):
    """Two values of one month: the series is set aside, or the month; not one of both without a word."""
    found = months(place, "twice")
    assert date(2025, 3, 1) not in found or found[date(2025, 3, 1)][1]
    assert 900 not in {value for value, _ in found.values()}
    assert lines_with(place.done("status"), "quarantined", "acme/twice", "2025-03")


@pytest.mark.parametrize("repository", [".github", "78", "a_b.c--d", "openrank.json"])
def test_o10_names(place, host, repository):
    assert path_of(repository) in host.log
    assert list(months(place, repository)) == HEALTHY_MONTHS
    names: Rows = place.published(
        "SELECT DISTINCT repo_full_name FROM project_repos JOIN repo_openrank_monthly USING (repo_full_name)"
        " WHERE project_id = ?",
        slug(repository),
    )
    assert names == [(f"acme/{repository}",)]


def test_o12_raw_only(place):
    """The value before interpolation, where there is one, and a flag either way."""
    found = months(place, "raw")
    assert found[date(2021, 10, 1)] == (3.21, True)
    assert found[date(2023, 5, 1)] == (28.0, True)
    assert [month for month, (_, is_partial) in found.items() if is_partial] == [
        date(2021, 10, 1),
        date(2023, 5, 1),
    ]


@pytest.fixture
def three(host: Host, tmp_path: Path) -> Place:
    """A field of three repositories whose series are healthy, not fetched yet."""
    for name in ("alpha", "beta", "gamma"):
        host.hold(path_of(name), given("control"))
    seeds = write_field(
        tmp_path / "seeds",
        projects_file(project(name, f"acme/{name}") for name in ("alpha", "beta", "gamma")),
    )
    return Place(tmp_path / "data", host.settings(seeds))


def loaded(place: Place) -> dict[str, int]:
    """Number of OpenRank months in bronze by repository."""
    frame = place.bronze("opendigger/openrank.parquet")
    return dict(frame.group_by("repo_full_name").len().rows()) if len(frame) else {}


def test_o20_list_with_new_column(three, host):
    host.hold("/opendigger/repo_list.csv", b"id,platform,repo_name,openrank\n9001,github,acme/alpha,34.5\n")
    three.done("metrics", "fetch")
    host.answers.pop("/opendigger/repo_list.csv")
    assert loaded(three) == {"acme/alpha": 34, "acme/beta": 34, "acme/gamma": 34}


def test_o22_one_page_of_html(three, host):
    """Two series are stored although the third is a page; the command names it."""
    host.hold(path_of("beta"), b"<html><body>Service busy</body></html>")
    finished = three.landscape("metrics", "fetch")
    assert finished.returncode in {0, 4}
    assert "Traceback" not in finished.stderr
    assert loaded(three) == {"acme/alpha": 34, "acme/gamma": 34}
    said = finished.stdout + finished.stderr + three.done("status")
    assert "acme/beta" in said
