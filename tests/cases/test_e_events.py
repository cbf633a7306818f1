"""Cases E: hours of events as the archive has served them, fetched by `landscape events fetch`."""

from __future__ import annotations

import base64
import json
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest
from pytest_httpserver import HTTPServer

from tests import factories
from tests.cases.entrances import INPUTS, Host, Place, take_one_shared_person
from tests.command import LANDSCAPE, run_landscape
from tests.fields import project, projects_file, write_field

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = "2025-03-02"
MOST_MEMORY_MB = 1200
PROJECTS = {
    "alpha": "acme/alpha",
    "bot-a": "acme/bot-a",
    "bot-b": "acme/bot-b",
    "refine": "acme-new/refine",
    "left-a": "acme/left-a",
    "left-b": "acme/left-b",
}
HOURS = (0, 2, 4, 6, 8, 9, 10, 11, 14, 15, 17, 19, 20, 23)
ISSUE_OPENED, PULL_REQUEST_OPENED = 22.235, 40.679
"""Weights of seeds/openrank.yml: what one of each adds to a person's activity."""
AUTOMATION = {
    "dependabot[bot]",
    "dependabot-preview[bot]",
    "github-actions[bot]",
    "renovate-bot",
    "claude",
    "copilot-swe-agent",
    "Copilot",
    "github-actions",
    "dependabot",
    "ghost",
}


@pytest.fixture(scope="module")
def archive() -> Iterator[Host]:
    """The hours of all cases on one server."""
    with HTTPServer() as server:
        host = Host(server).start()
        for path in (INPUTS / "gharchive").glob("*.json.gz"):
            host.hold(f"/gharchive/{path.name}", path.read_bytes())
        host.hold(f"/gharchive/{source_file(9)}", factories.hour_bytes(comments_of_deleted_accounts()))
        host.hold(f"/gharchive/{source_file(23)}", factories.hour_bytes(deep_and_double()))
        yield host


@pytest.fixture(scope="module")
def place(archive: Host, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """All hours but the very long one fetched, and published: a field of the projects that they are about."""
    folder = tmp_path_factory.mktemp("events")
    entries = [project(project_id, name) for project_id, name in PROJECTS.items()]
    seeds = write_field(folder / "seeds", projects_file(entries))
    take_one_shared_person(seeds)
    place = Place(folder / "data", archive.settings(seeds))
    for hour in HOURS:
        fetch(place, hour)
    place.done("build")
    return place


def fetch(place: Place, hour: int) -> None:
    place.done("events", "fetch", "--from", f"{DAY}T{hour:02d}", "--to", f"{DAY}T{hour:02d}")


def comments_of_deleted_accounts() -> list[factories.Event]:
    """Two placeholders of deleted accounts and a person, each with a comment in two repositories."""
    actors = [(10137, "ghost"), (0, "zero"), (501, "a-person")]
    return [
        factories.issue_comment_event(
            event_id=71000000000 + 10 * number + repo_id,
            created_at=f"{DAY}T09:00:00Z",
            actor_id=actor_id,
            actor_login=login,
            repo_id=repo_id,
            repo_full_name=name,
            comment_id=8000 + 10 * number + repo_id,
        )
        for number, (actor_id, login) in enumerate(actors)
        for repo_id, name in ((9801, "acme/left-a"), (9802, "acme/left-b"))
    ]


def deep_and_double() -> list[factories.Event | bytes]:
    """Five events: the second with parts nested 5,000 deep, the third with a key twice, the fourth with many labels."""
    created_at = f"{DAY}T23:00:00Z"
    first, double, last = (
        factories.watch_event(event_id=number, created_at=created_at) for number in (10, 11, 13)
    )
    nested = factories.issues_event(event_id=9, issue_id=1, number=1, created_at=created_at)
    nested["payload"]["issue"]["x"] = "DEEP"
    labelled = factories.issues_event(
        event_id=12, issue_id=1, number=1, action="labeled", created_at=created_at
    )
    labelled["payload"]["issue"]["labels"] = [{"name": str(number)} for number in range(200_000)]
    return [
        first,
        factories.line(nested).replace(b'"DEEP"', b"[" * 5000 + b"]" * 5000),
        factories.line(double).replace(b'"type":', b'"type":"ForkEvent","type":'),
        labelled,
        last,
    ]


def source_file(hour: int) -> str:
    return f"{DAY}-{hour}.json.gz"


def events(place: Place, *hours: int) -> pl.DataFrame:
    """Rows of bronze that came of these hours, in order."""
    files = [source_file(hour) for hour in hours]
    return place.bronze("events/*/events.parquet").filter(pl.col("source_file").is_in(files)).sort("event_id")


def status_of(place: Place, hour: int) -> str:
    """What the manifest calls an hour."""
    manifest = place.bronze("manifest/events.parquet").filter(pl.col("source_file") == source_file(hour))
    status: str = manifest["status"].item()
    return status


def activity(place: Place, *repositories: int) -> dict[tuple[int, int], float]:
    """What `landscape activity` writes about `repositories`: (repository, person) → activity."""
    out = place.data_dir.parent / "activity.parquet"
    place.done("activity", "--month", DAY[:7], "--out", str(out))
    rows = pl.read_parquet(out).filter(pl.col("repo_id").is_in(repositories))
    return {(repo, actor): value for repo, actor, value in rows.iter_rows()}


def shared_people(place: Place, first: str, second: str) -> set[str]:
    """Who ties two projects, as `landscape edges --between` lists them."""
    finished = place.landscape("edges", "--between", first, second, "--format", "json")
    assert finished.returncode == 0, finished.stderr
    return {row["actor_login"] for row in json.loads(finished.stdout)}


def test_e01_empty_actor_and_repo(place):
    assert events(place, 0)["event_id"].to_list() == [70000000001]
    (second, third) = place.quarantine(source_file(0))
    assert second[0] == 2
    assert second[1] in {"actor.id is missing", "repo.id is missing"}
    assert third == (3, "actor.id is missing")
    status = place.done("status")
    for line, cause in (second, third):
        assert f"quarantined: {source_file(0)}:{line}: {cause}" in status


def test_e03_repo_name_is_a_slash(place):
    """The name is quarantined with its event, or unknown: nowhere does it become a repository's name."""
    kept = events(place, 2)
    assert 70000000010 in kept["event_id"].to_list()
    assert set(kept["repo_full_name"]) <= {"acme/alpha", None}
    quarantined = place.quarantine(source_file(2))
    unnamed = kept.filter(pl.col("repo_full_name").is_null())["repo_id"].to_list()
    assert len(quarantined) + len(unnamed) == 3
    assert set(unnamed) <= {9101, 9102, 9103}
    assert all("repo.name" in str(cause) for _, cause in quarantined)
    names = {name for (name,) in place.published("SELECT repo_full_name FROM project_repos")}
    names |= {name for (name,) in place.published("SELECT repo_full_name FROM repo_openrank_monthly")}
    assert not names & {"/", "", "alpha"}


def test_e05_trimmed_pull_request_actions(place):
    """Labels and assignments of the trimmed era are no openings, and a merge is one."""
    kept = events(place, 4)
    assert kept["is_pull_request"].to_list() == [True] * 6
    assert kept.filter("is_merged").select("number", "action").rows() == [(1, "merged")]
    opened = kept.filter(pl.col("action") == "opened")
    assert opened.select("actor_login", "number").rows() == [("ta", 1), ("tc", 2)]
    assert activity(place, 9301) == {(9301, 301): PULL_REQUEST_OPENED, (9301, 304): PULL_REQUEST_OPENED}


def test_e07_gzip_members(place):
    """Two members with a cut in a line, an empty one, and padding: gzip reads it all, and so do we."""
    assert events(place, 6)["event_id"].to_list() == [70000000029, 70000000030, 70000000031]
    assert status_of(place, 6) == "loaded"


def test_e09_deleted_account(place):
    """Nobody at all is quarantined; deleted accounts are kept and link nothing."""
    assert place.quarantine(source_file(8)) == [(1, "actor is null")]
    assert events(place, 8).select("actor_id", "actor_login").rows() == [
        (444, None),
        (10137, "ghost"),
        (0, "zero"),
    ]
    assert len(events(place, 9)) == 6
    assert shared_people(place, "left-a", "left-b") == {"a-person"}
    assert place.published(
        "SELECT shared_people_count, people_count FROM exploration_candidates"
        " WHERE repo_full_name = 'acme/left-b'"
    ) == [(1, 1)]
    assert {actor for _, actor in activity(place, 9801, 9802)} == {501}


def test_e11_empty_hour(place):
    """An hour of GitHub without one event does not exist: unknown, whichever way nothing came."""
    assert status_of(place, 10) != "loaded"
    assert status_of(place, 11) == "not_gzip"
    coverage = place.published(
        "SELECT DISTINCT period, observed_count, is_gap FROM data_coverage"
        " WHERE source = 'gharchive' AND period IN (?, ?) ORDER BY period",
        *(f"{DAY}T{hour}" for hour in (10, 11)),
    )
    assert coverage == [(f"{DAY}T10", None, True), (f"{DAY}T11", None, True)]
    status = place.done("status")
    assert f"unknown: gharchive: {DAY}T10: empty" in status
    assert f"unknown: gharchive: {DAY}T11: not_gzip" in status


def test_e12_very_long_line(archive, place, tmp_path):
    """Forty megabytes in one line between two events, read by a process that stays small."""
    text = base64.b64encode(random.Random(1).randbytes(3_000_000)).decode() * 10  # noqa: S311
    created_at = f"{DAY}T12:00:00Z"
    log = factories.issues_event(event_id=2, issue_id=88, number=8, created_at=created_at)
    log["payload"]["issue"]["body"] = text
    stars = [factories.watch_event(event_id=number, created_at=created_at) for number in (1, 3)]
    hour = factories.hour_bytes([stars[0], log, stars[1]])
    archive.hold(f"/gharchive/{source_file(12)}", hour)
    other, peak = Place(tmp_path / "data", place.settings), tmp_path / "peak"
    finished = run_landscape(
        *("events", "fetch", "--from", f"{DAY}T12", "--to", f"{DAY}T12"),
        data_dir=other.data_dir,
        program=[sys.executable, str(Path(__file__).with_name("peak_memory.py")), str(peak), str(LANDSCAPE)],
        **other.settings,
    )
    assert finished.returncode == 0, finished.stderr
    assert len(text) == 40_000_000
    assert events(other, 12).select("event_id", "issue_id").rows() == [(1, None), (2, 88), (3, None)]
    assert int(peak.read_text()) < MOST_MEMORY_MB


def test_e14_transfer(place):
    """A repository that changes its owner stays one: by its number, under the newest name."""
    assert events(place, 14, 15)["repo_full_name"].to_list() == ["acme-old/refine", "acme-new/refine"]
    assert activity(place, 9401) == {(9401, 401): 2 * ISSUE_OPENED}
    assert place.published(
        "SELECT repo_full_name FROM repo_openrank_monthly WHERE repo_id = 9401 AND source = 'computed'"
    ) == [("acme-new/refine",)]


def test_e16_automation_accounts(place):
    """Ten accounts that programs write with share nothing; the person does."""
    logins = set(events(place, 17)["actor_login"])
    assert logins > AUTOMATION
    (person,) = logins - AUTOMATION
    assert shared_people(place, "bot-a", "bot-b") == {person}
    assert place.published(
        "SELECT shared_people_count FROM collaboration_edges WHERE project_a = 'bot-a' AND project_b = 'bot-b'"
    ) == [(1,)]
    ((shared, path),) = place.published(
        "SELECT shared_people_count, leading_people FROM exploration_candidates"
        " WHERE repo_full_name = 'acme/bot-b'"
    )
    assert shared == 1
    assert person in str(path)
    assert not [login for login in AUTOMATION if login in str(path)]


def test_e18_strange_text(place):
    """Line separators, NUL, half a surrogate pair and ten thousand marks: one row each, for every reader."""
    numbers = [70000000096, 70000000097, 70000000098, 70000000099]
    assert events(place, 19)["event_id"].to_list() == numbers
    assert place.quarantine(source_file(19)) == []
    files = place.data_dir / "bronze" / "events" / "*" / "events.parquet"
    read = duckdb.sql(f"SELECT event_id, issue_id FROM '{files}' WHERE source_file = '{source_file(19)}'")
    assert sorted(read.fetchall()) == list(zip(numbers, [1, 2, 3, 4], strict=True))


def test_e19_snyk(place):
    is_snyk = dict(events(place, 20).select("event_id", "is_snyk").rows())
    leading_blank = is_snyk.pop(70000000101)
    assert is_snyk == {
        70000000100: True,  # [Snyk] Upgrade x
        70000000102: False,  # Fix [Snyk] thing
        70000000103: True,  # [SNYK]
        70000000104: False,  # trimmed: no title
        70000000105: True,  # a comment, whose issue has the title
    }
    assert isinstance(leading_blank, bool)


def test_e21_deep_and_double(place):
    """Parts nested 5,000 deep, a key that is written twice and 200,000 labels leave their neighbours alone."""
    kept = events(place, 23)["event_id"].to_list()
    assert [number for number in kept if number != 9] == [10, 11, 12, 13]
    quarantined = place.quarantine(source_file(23))
    if 9 not in kept:
        ((line, cause),) = quarantined
        assert line == 2
        assert "nest" in str(cause)
    else:
        assert quarantined == []
