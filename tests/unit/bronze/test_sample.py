"""The content of the committed sample, and the script that makes it."""

from __future__ import annotations

import csv
import gzip
import hashlib
import importlib.util
import io
import json
import sys
import zipfile
import zlib
from collections import Counter, defaultdict
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.floor.periods import Hour, hours_between

if TYPE_CHECKING:
    from types import ModuleType

CHECKOUT = Path(__file__).resolve().parents[3]
ARCHIVE = CHECKOUT / "data" / "sample" / "sample.zip"
SHARED = CHECKOUT.parent / "shared" / "data"
SIMULATED_IDS_FROM = 10**15
COLLABORATION_TYPES = {
    "IssuesEvent",
    "IssueCommentEvent",
    "PullRequestEvent",
    "PullRequestReviewEvent",
    "PullRequestReviewCommentEvent",
}
HOURS = tuple(hours_between(Hour.parse("2025-04-30T00"), Hour.parse("2025-04-30T23")))


@pytest.fixture(scope="module")
def members() -> dict[str, bytes]:
    with zipfile.ZipFile(ARCHIVE) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def events_by_hour(members: dict[str, bytes]) -> dict[Hour, list[dict[str, Any]]]:
    return {
        hour: [
            json.loads(line) for line in gzip.decompress(members[f"gharchive/{hour.file_name}"]).splitlines()
        ]
        for hour in HOURS
    }


@pytest.fixture(scope="module")
def events(events_by_hour: dict[Hour, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [event for hour in HOURS for event in events_by_hour[hour]]


@pytest.fixture(scope="module")
def edges(members: dict[str, bytes]) -> dict[frozenset[str], int]:
    text = members["reference/landscape_2025-05_shared_developers.csv"].decode()
    return {
        frozenset((row["repo_a"], row["repo_b"])): int(row["shared_developers"])
        for row in csv.DictReader(io.StringIO(text))
    }


@pytest.fixture(scope="module")
def make_sample() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_sample", ARCHIVE.with_name("make_sample.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_the_archive_is_small_and_every_member_matches_its_digest(members: dict[str, bytes]) -> None:
    assert ARCHIVE.stat().st_size <= 5_000_000
    listed = json.loads(members["sample.json"])["members"]
    assert listed == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in members.items()
        if name != "sample.json"
    }


def test_members_are_sorted_and_carry_no_time(members: dict[str, bytes]) -> None:
    assert list(members) == sorted(members)
    with zipfile.ZipFile(ARCHIVE) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert {members[f"gharchive/{hour.file_name}"][4:8] for hour in HOURS} == {b"\0\0\0\0"}


def test_every_published_edge_has_exactly_its_people_and_no_other_pair_shares_one(
    events: list[dict[str, Any]], edges: dict[frozenset[str], int]
) -> None:
    repositories_by_person: dict[int, set[str]] = defaultdict(set)
    for event in events:
        repositories_by_person[event["actor"]["id"]].add(event["repo"]["name"])
    people_by_pair = Counter(
        frozenset(pair)
        for repositories in repositories_by_person.values()
        for pair in combinations(sorted(repositories), 2)
    )
    assert len(edges) == 897
    assert people_by_pair == {pair: round(count / 10) for pair, count in edges.items()}
    assert min(people_by_pair.values()) == 2
    assert {len(repositories) for repositories in repositories_by_person.values()} == {2}


def test_simulated_people_and_events_cannot_be_taken_for_real_ones(events: list[dict[str, Any]]) -> None:
    for event in events:
        actor = event["actor"]
        assert actor["id"] >= SIMULATED_IDS_FROM
        assert actor["login"] == f"sim-{actor['id'] - SIMULATED_IDS_FROM}"
        assert int(event["id"]) >= SIMULATED_IDS_FROM
    assert "@" not in json.dumps(events)
    assert len({event["id"] for event in events}) == len(events)


def test_repositories_keep_their_real_ids_where_one_is_known(
    events: list[dict[str, Any]], members: dict[str, bytes]
) -> None:
    text = members["reference/github_repositories.csv"].decode()
    known = {
        row["full_name"]: int(row["repo_id"]) for row in csv.DictReader(io.StringIO(text)) if row["repo_id"]
    }
    ids = {(event["repo"]["name"], event["repo"]["id"]) for event in events}
    assert len(ids) == 122
    assert {name for name, repo_id in ids if known.get(name) != repo_id} == {"warpdotdev/Warp"}
    assert all(repo_id >= SIMULATED_IDS_FROM for name, repo_id in ids if name == "warpdotdev/Warp")


def test_each_hour_holds_its_own_events_in_order(events_by_hour: dict[Hour, list[dict[str, Any]]]) -> None:
    for hour, events in events_by_hour.items():
        moments = [datetime.fromisoformat(event["created_at"]) for event in events]
        assert moments == sorted(moments)
        assert {Hour(moment) for moment in moments} == {hour}
    counts = [len(events) for events in events_by_hour.values()]
    assert min(counts) > 0.9 * max(counts)


def test_the_five_collaboration_types_in_the_layout_before_october_2025(
    events: list[dict[str, Any]],
) -> None:
    by_type: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        by_type[event["type"]].append(event["payload"])
    assert set(by_type) == COLLABORATION_TYPES
    merged = [payload["pull_request"]["merged"] for payload in by_type["PullRequestEvent"]]
    assert set(merged) == {True, False}
    assert all(
        payload["action"] == "closed" or not payload["pull_request"]["merged"]
        for payload in by_type["PullRequestEvent"]
    )
    on_pull_requests = [("pull_request" in payload["issue"]) for payload in by_type["IssueCommentEvent"]]
    assert 0.65 < sum(on_pull_requests) / len(on_pull_requests) < 0.75
    assert {payload["action"] for payload in by_type["IssuesEvent"]} == {"opened", "closed"}


@pytest.mark.real_files
def test_the_script_makes_the_committed_archive(make_sample: ModuleType) -> None:
    if not SHARED.is_dir():
        pytest.skip(f"needs the collected upstream files in {SHARED}")
    made = make_sample.build(SHARED)
    if "ng" in zlib.ZLIB_RUNTIME_VERSION:
        pytest.skip(f"zlib {zlib.ZLIB_RUNTIME_VERSION} compresses to other bytes than the usual one")
    assert hashlib.sha256(made).hexdigest() == hashlib.sha256(ARCHIVE.read_bytes()).hexdigest()


@pytest.mark.real_files
def test_every_collected_series_is_in_the_sample_unchanged(members: dict[str, bytes]) -> None:
    if not SHARED.is_dir():
        pytest.skip(f"needs the collected upstream files in {SHARED}")
    collected = {
        path.relative_to(SHARED).as_posix(): path.read_bytes()
        for path in (SHARED / "opendigger").rglob("*.json")
    }
    assert collected == {
        name: content for name, content in members.items() if name.startswith("opendigger/github/")
    }
    for name in ("github_repositories.csv", "github_stars_monthly.csv"):
        assert members[f"reference/{name}"] == (SHARED / name).read_bytes()
