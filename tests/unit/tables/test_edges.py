"""From events to edges: whose event counts where, what the cap drops, and the real hour counted in plain Python."""

from __future__ import annotations

import gzip
import itertools
import json
import math
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from pipelines.bronze.storage import write_parquet
from pipelines.build import Build, Scope
from pipelines.floor.periods import Month
from pipelines.floor.settings import Settings
from pipelines.seeds import load_seeds
from pipelines.sources.gharchive.events import load_hours
from pipelines.sources.gharchive.facts import EVENT_SCHEMA
from pipelines.sources.gharchive.layout import day_path
from pipelines.tables.checks import check_contract
from pipelines.tables.contracts import PUBLISHED
from pipelines.tables.edges import build as edges
from pipelines.tables.ground import load_ground_floor
from pipelines.tables.registry import TABLES
from pipelines.tables.runner import Runner
from pipelines.warehouse.connection import open_scratch
from pipelines.warehouse.load import load_frame
from tests.conftest import CHECKOUT
from tests.factories import fetched_hour
from tests.unit.tables.edges_among import read_edges_among

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

SEEDS = load_seeds(CHECKOUT / "seeds")
DAY = date(2025, 3, 3)
SGLANG, VLLM = ("sgl-project/sglang", 740303686), ("vllm-project/vllm", 599547518)
HIGHEST = 2**63 - 1
COLLABORATION = {
    "IssuesEvent",
    "IssueCommentEvent",
    "PullRequestEvent",
    "PullRequestReviewEvent",
    "PullRequestReviewCommentEvent",
}

_NAMES = {"name_sightings", "project_names", "repo_ids"}
"""Private tables that the edges rest on."""

Event = dict[str, Any]


def worked(actor_id: int | None, *repositories: tuple[str, int], **other: Any) -> list[Event]:
    """An event of one person in each of these repositories."""
    return [
        {
            "event_type": "IssueCommentEvent",
            "actor_id": actor_id,
            "actor_login": f"person-{actor_id}",
            "repo_full_name": name,
            "repo_id": repo_id,
            "created_at": datetime(2025, 3, 3, 12),  # noqa: DTZ001
            **other,
        }
        for name, repo_id in repositories
    ]


def build_of(data_dir: Path, as_of_month: Month) -> Build:
    scope = Scope(date(2025, 4, 20), as_of_month, ())
    return Build(Settings(data_dir=data_dir), SEEDS, None, scope)


@contextmanager
def staged(data_dir: Path, *events: Event) -> Iterator[tuple[Build, duckdb.DuckDBPyConnection]]:
    """A database in memory with these events, and the private tables between staging and mart."""
    if events:
        numbered = [{"event_id": number, **event} for number, event in enumerate(events, 1)]
        write_parquet(pl.DataFrame(numbered, schema=EVENT_SCHEMA), day_path(data_dir / "bronze", DAY))
    build = build_of(data_dir, Month.of(DAY))
    with open_scratch(data_dir / "scratch") as connection:
        load_ground_floor(build, connection)
        load_frame(
            connection, "mart", "exploration_candidates", PUBLISHED["exploration_candidates"].create_empty()
        )
        runner = Runner(build, connection)
        for table in TABLES:
            if table.schema == "core" and table.name in _NAMES:
                runner.load(table)
        yield build, connection


def load_edges(build: Build, connection: duckdb.DuckDBPyConnection) -> None:
    """Every table of who shares people with whom."""
    runner = Runner(build, connection)
    for table in edges.TABLES:
        runner.load(table)


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql).fetchall()


def edges_of(data_dir: Path, *events: Event) -> list[tuple[Any, ...]]:
    """``project_a, project_b, shared, people of a, people of b`` of the projects that work together."""
    with staged(data_dir, *events) as (build, connection):
        load_edges(build, connection)
        assert all(
            result.has_passed
            for result in check_contract(
                connection.table("mart.collaboration_edges").pl(), "collaboration_edges"
            )
        )
        return rows(
            connection,
            "SELECT project_a, project_b, shared_people_count, people_a_count, people_b_count"
            " FROM mart.collaboration_edges ORDER BY ALL",
        )


def crowd(first: int, count: int, *repositories: tuple[str, int], **other: Any) -> list[Event]:
    return [
        event
        for actor_id in range(first, first + count)
        for event in worked(actor_id, *repositories, **other)
    ]


# --- whose event counts where --------------------------------------------------------------------------------


def test_a_recycled_name_does_not_count_for_the_old_project(tmp_path: Path):
    events = [
        *crowd(1, 20, SGLANG, ("some/former-name", VLLM[1])),
        *crowd(100, 30, SGLANG, (VLLM[0], 12345)),
    ]
    assert edges_of(tmp_path, *events) == [("sglang", "vllm", 20, 50, 20)]


def test_a_project_without_a_known_number_is_found_by_name_but_for_disputed_ones(tmp_path: Path):
    former_name = "mannaandpoem/openmanus"
    events = [
        *crowd(1, 21, SGLANG, (former_name, 555)),
        *crowd(100, 30, SGLANG, ("mannaandpoem/OpenManus", 943934999)),
    ]
    assert edges_of(tmp_path, *events) == [("openmanus", "sglang", 21, 21, 51)]


def test_only_people_and_what_they_do_together_count(tmp_path: Path):
    events = [
        *crowd(1, 19, SGLANG, VLLM),
        *crowd(30, 5, SGLANG, VLLM, event_type="PushEvent"),
        *crowd(40, 5, SGLANG, VLLM, event_type="WatchEvent"),
        *crowd(50, 5, SGLANG, VLLM, actor_login="helper[bot]"),
        *crowd(60, 5, SGLANG, VLLM, created_at=datetime(2024, 12, 31, 23)),  # noqa: DTZ001
        *worked(None, SGLANG, VLLM, actor_login=None),
    ]
    assert edges_of(tmp_path / "below", *events) == []
    events += worked(20, SGLANG, VLLM)
    assert edges_of(tmp_path / "at", *events) == [("sglang", "vllm", 20, 20, 20)]


def test_an_empty_window_has_no_edges(tmp_path: Path):
    assert edges_of(tmp_path) == []


# --- the cap, and the people of an edge ----------------------------------------------------------------------


def test_what_the_cap_drops_is_counted(tmp_path: Path):
    busy = worked(7, SGLANG, VLLM, *((f"some/repository-{number}", number) for number in range(1, 300)))
    at_cap = worked(8, SGLANG, VLLM, *((f"some/repository-{number}", number) for number in range(1, 299)))
    with staged(tmp_path, *crowd(100, 20, SGLANG, VLLM), *busy, *at_cap) as (build, connection):
        load_edges(build, connection)
        assert rows(
            connection,
            "SELECT * EXCLUDE (source, window_start, window_end) FROM mart.collaboration_windows ORDER BY level",
        ) == [("project", 21, 42, 21, 1, 2, 1), ("repository", 21, 42, 21, 1, 2, 1)]
        assert rows(
            connection, "SELECT shared_people_count, people_a_count FROM mart.collaboration_edges"
        ) == [(21, 21)]


def test_an_edge_opens_to_its_people_the_most_active_first(tmp_path: Path):
    later = datetime(2025, 3, 3, 13)  # noqa: DTZ001
    events = [
        *crowd(1, 120, SGLANG, VLLM),
        *worked(77, SGLANG, VLLM),
        *worked(77, SGLANG, created_at=later, actor_login="renamed"),
        *worked(78, SGLANG, SGLANG, SGLANG),
    ]
    with staged(tmp_path, *events) as (build, connection):
        load_edges(build, connection)
        columns = "rank, actor_id, actor_login, actions_a_count, actions_b_count, left_out_count"
        found = rows(connection, f"SELECT {columns} FROM mart.edge_evidence ORDER BY rank")
    assert found[:3] == [
        (1, 77, "renamed", 3, 2, 20),
        (2, 78, "person-78", 4, 1, 20),
        (3, 1, "person-1", 1, 1, 20),
    ]
    assert [rank for rank, *_ in found] == list(range(1, 101))


def test_repositories_keep_their_numbers_and_newest_names(tmp_path: Path):
    later = datetime(2025, 3, 3, 13)  # noqa: DTZ001
    events = [
        *crowd(1, 20, SGLANG, VLLM),
        *worked(1, ("new-owner/vllm", VLLM[1]), created_at=later),
    ]
    with staged(tmp_path, *events) as (build, connection):
        load_edges(build, connection)
        assert rows(
            connection,
            "SELECT repo_a_id, repo_b_id, repo_a, repo_b, shared_people_count FROM mart.repository_edges",
        ) == [(VLLM[1], SGLANG[1], "new-owner/vllm", SGLANG[0], 20)]


def test_numbers_near_the_highest_stay_exact(tmp_path: Path):
    far = [("far/a", HIGHEST), ("far/b", HIGHEST - 1)]
    with staged(tmp_path, *crowd(1, 3, *far)) as (build, connection):
        found = read_edges_among(build, connection, pl.Series([number for _, number in far]), 2)
    assert found.select("node_a", "node_b", "shared_people_count").rows() == [(HIGHEST - 1, HIGHEST, 3)]


# --- the real hour -------------------------------------------------------------------------------------------


@pytest.mark.real_files
def test_the_real_hour_against_plain_python(tmp_path: Path, real_files: Path):
    path = real_files / "gharchive" / "2015-01-01-0.json.gz"
    wanted, repositories_counts = _counted(path)
    build = build_of(tmp_path, Month(2015, 1))
    load_hours(
        [fetched_hour(path)], build.settings.bronze_dir, datetime(2026, 1, 1, tzinfo=UTC), lambda *_: None
    )
    with open_scratch(tmp_path / "scratch") as connection:
        load_ground_floor(build, connection)
        repo_ids = connection.sql("SELECT DISTINCT repo_id FROM staging.events").pl()["repo_id"]
        found = read_edges_among(build, connection, repo_ids, 1)
        again = read_edges_among(build, connection, repo_ids.sort(descending=True), 1)
    assert again.equals(found)
    # By hand: 788 people in 836 places, who tie 54 pairs, four of them with two people.
    rust, rfcs = 724712, 17527989
    assert (len(repositories_counts), sum(repositories_counts)) == (788, 836)
    assert (found.height, found["shared_people_count"].sum()) == (50, 54)
    of_rust = found.row(by_predicate=pl.col("node_a") == rust, named=True)
    assert of_rust == {
        "source": "gharchive",
        "node_a": rust,
        "node_b": rfcs,
        "shared_people_count": 2,
        "people_a_count": 7,
        "people_b_count": 3,
        "jaccard": 0.25,
        "association": pytest.approx(0.4364, abs=1e-4),
        "expected_people_count": pytest.approx(0.003245, abs=1e-6),
        "p_value": pytest.approx(5.254e-6, rel=1e-3),
    }
    counts = ["node_a", "node_b", "shared_people_count", "people_a_count", "people_b_count"]
    assert found.select(counts).rows() == wanted
    meetings = sum(count * (count - 1) for count in repositories_counts)
    rate = meetings / sum(repositories_counts) ** 2
    for pair in found.to_dicts():
        shared, people_a, people_b = (pair[name] for name in counts[2:])
        expected = people_a * people_b * rate
        assert pair["expected_people_count"] == pytest.approx(expected)
        assert pair["jaccard"] == pytest.approx(shared / (people_a + people_b - shared))
        fewer = sum(math.exp(-expected) * expected**k / math.factorial(k) for k in range(shared))
        assert pair["p_value"] == pytest.approx(1 - fewer, rel=1e-4, abs=1e-9)


def _counted(path: Path) -> tuple[list[tuple[int, ...]], list[int]]:
    """Edges of the hour file, and repositories of each person, from the archive's own lines."""
    bots = {rule.login_key for rule in SEEDS.account_rules if rule.account_class != "person"}
    suffixes = tuple(rule.login_key for rule in SEEDS.account_rules if rule.is_suffix)
    people, places = defaultdict(set), defaultdict(set)
    with gzip.open(path) as lines:
        for event in map(json.loads, lines):
            login = event["actor"]["login"].lower()
            if event["type"] in COLLABORATION and login not in bots and not login.endswith(suffixes):
                people[event["repo"]["id"]].add(event["actor"]["id"])
                places[event["actor"]["id"]].add(event["repo"]["id"])
    pairs = {
        pair for repositories in places.values() for pair in itertools.combinations(sorted(repositories), 2)
    }
    return (
        sorted((a, b, len(people[a] & people[b]), len(people[a]), len(people[b])) for a, b in pairs),
        [len(repositories) for repositories in places.values()],
    )


def test_no_account_that_is_judged_or_listed_changes_an_edge(tmp_path: Path):
    """Each is added twice: with its number under a new login, and with its login under a new number."""
    people = crowd(1_000_000_000, 25, SGLANG, VLLM)
    others: list[Event] = []
    for place, rule in enumerate(SEEDS.account_rules):
        if rule.account_class == "person":
            continue
        login = f"app{rule.login}" if rule.is_suffix else rule.login
        if rule.actor_id is not None:
            others += worked(rule.actor_id, SGLANG, VLLM, actor_login=f"renamed-{place}")
        if login is not None:
            others += worked(2_000_000_000 + place, SGLANG, VLLM, actor_login=login.swapcase())
    others += worked(3_000_000_000, SGLANG, VLLM, actor_login=None)
    assert len(others) > 3_000
    expected = [("sglang", "vllm", 25, 25, 25)]
    assert edges_of(tmp_path / "people", *people) == expected
    assert edges_of(tmp_path / "all", *people, *others) == expected


def test_a_listed_account_that_people_judged_to_be_a_person_links(tmp_path: Path):
    [number] = [rule.actor_id for rule in SEEDS.account_rules if rule.login_key == "nielsrogge"]
    people = crowd(1_000_000_000, 25, SGLANG, VLLM)
    assert edges_of(tmp_path, *people, *worked(number, SGLANG, VLLM, actor_login="NielsRogge")) == [
        ("sglang", "vllm", 26, 26, 26)
    ]
