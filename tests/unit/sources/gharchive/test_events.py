"""Each event is stored once, in the day it was created, after any order, grouping or accident of loading."""

from __future__ import annotations

import itertools
import resource
import tempfile
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.bronze import storage
from pipelines.floor.errors import StorageError
from pipelines.sources.gharchive import content
from pipelines.sources.gharchive.compaction import EVENT_ORDER
from pipelines.sources.gharchive.events import LoadReport, load_hours
from pipelines.sources.gharchive.manifest import pending_hours, read_manifest, read_quarantine
from tests import factories

if TYPE_CHECKING:
    from pipelines.sources.gharchive.client import FetchedHour

RETRIEVED_AT = datetime(2025, 3, 5, 12, tzinfo=UTC)


def load(bronze_dir: Path, *fetched: FetchedHour) -> LoadReport:
    return load_hours(fetched, bronze_dir, RETRIEVED_AT, lambda *_: None)


def hour_file(folder: Path, name: str, *lines: bytes | factories.Event) -> FetchedHour:
    return factories.fetched_hour(factories.write_hour(folder / "hours" / f"{name}.json.gz", lines))


def day_rows(bronze_dir: Path, day: str) -> pl.DataFrame:
    return pl.read_parquet(bronze_dir / "events" / f"day={day}" / "events.parquet", hive_partitioning=False)


def sources(bronze_dir: Path) -> dict[str, dict[int, str]]:
    """Event id → source file, by day."""
    return {
        path.parent.name.removeprefix("day="): dict(
            pl.read_parquet(path).select("event_id", "source_file").iter_rows()
        )
        for path in sorted(bronze_dir.glob("events/*/*.parquet"))
    }


def tree(bronze_dir: Path) -> dict[str, bytes]:
    return {str(path.relative_to(bronze_dir)): path.read_bytes() for path in bronze_dir.rglob("*.*")}


def counts(bronze_dir: Path, *columns: str) -> dict[str, tuple[Any, ...]]:
    rows = read_manifest(bronze_dir).select("source_file", *columns).rows()
    return {source_file.removesuffix(".json.gz"): tuple(values) for source_file, *values in rows}


# --- days, order, copies ---------------------------------------------------------------------------------


def test_an_event_lands_in_the_day_it_was_created(tmp_path: Path):
    report = load(
        tmp_path,
        hour_file(
            tmp_path,
            "2025-03-04-0",
            factories.watch_event(event_id=1, created_at="2025-03-04T00:00:00Z"),
            factories.watch_event(event_id=2, created_at="2025-03-03T23:59:59Z"),
            factories.watch_event(event_id=3, created_at="2025-03-04T00:30:00+01:00"),
        ),
    )
    file = "2025-03-04-0.json.gz"
    assert sources(tmp_path) == {"2025-03-03": {2: file, 3: file}, "2025-03-04": {1: file}}
    assert report.changed_days == (date(2025, 3, 3), date(2025, 3, 4))


def test_a_day_is_sorted_by_repository_then_time(tmp_path: Path):
    made = [
        factories.watch_event(
            event_id=event_id, repo_id=repo_id, created_at=f"2025-03-03T00:{minute:02d}:00Z"
        )
        for event_id, repo_id, minute in [(5, 2, 1), (4, 1, 9), (3, 2, 0), (9, 1, 0), (2, 2, 1)]
    ]
    load(tmp_path, hour_file(tmp_path, "2025-03-03-0", *made))
    rows = day_rows(tmp_path, "2025-03-03")
    assert rows["event_id"].to_list() == [9, 4, 3, 2, 5]
    assert rows.equals(rows.sort(EVENT_ORDER))


def test_an_id_that_was_given_out_again_is_another_event(tmp_path: Path):
    load(
        tmp_path,
        hour_file(
            tmp_path,
            "2025-03-03-0",
            factories.watch_event(event_id=1, created_at="2025-03-03T00:00:00Z"),
            factories.watch_event(event_id=1, created_at="2025-03-03T00:00:01Z"),
        ),
    )
    assert day_rows(tmp_path, "2025-03-03").height == 2


def test_the_first_copy_in_a_file_stays(tmp_path: Path):
    first, *others = (factories.watch_event(event_id=1, actor_id=place) for place in range(2000))
    report = load(tmp_path, hour_file(tmp_path, "2025-03-03-0", first, *others))
    assert day_rows(tmp_path, "2025-03-03")["actor_id"].to_list() == [0]
    assert (report.kept_count, report.duplicates_count) == (1, 1999)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_copies_in_two_files_the_smaller_name_stays(tmp_path: Path, order: tuple[int, int]):
    shared = factories.watch_event(event_id=1)
    hours = [
        hour_file(tmp_path, "2025-03-03-0", shared, factories.push_event(event_id=2)),
        hour_file(tmp_path, "2025-03-03-1", shared, shared, factories.push_event(event_id=3)),
    ]
    for index in order:
        load(tmp_path, hours[index])
    first, second = "2025-03-03-0.json.gz", "2025-03-03-1.json.gz"
    assert sources(tmp_path) == {"2025-03-03": {1: first, 2: first, 3: second}}
    assert counts(tmp_path, "kept", "duplicates") == {"2025-03-03-0": (2, 0), "2025-03-03-1": (1, 2)}


FILES = ("2025-03-03-0", "2025-03-03-9", "2025-03-03-10", "2025-03-04-0")
CREATED = ("2025-03-03T00:00:00Z", "2025-03-02T23:00:00Z", "2025-03-01T23:59:59Z", "2011-02-12T00:00:00Z")

copies = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(FILES)), min_size=1, max_size=25
)  # (event, file that holds it)
loads = st.permutations(FILES).flatmap(
    lambda order: st.integers(0, len(order)).map(lambda cut: (order[:cut], order[cut:]))
)


@settings(max_examples=60, deadline=None)
@given(copies=copies, loads=loads)
def test_bronze_depends_only_on_which_file_holds_which_event(
    copies: list[tuple[int, str]], loads: tuple[list[str], ...]
):
    lines: dict[str, list[factories.Event]] = {name: [] for name in FILES}
    holders: dict[int, set[str]] = defaultdict(set)
    for event_id, name in copies:
        lines[name].append(
            factories.watch_event(event_id=event_id, repo_id=event_id % 3, created_at=CREATED[event_id % 4])
        )
        holders[event_id].add(name)
    expected: dict[str, dict[int, str]] = defaultdict(dict)
    for event_id, names in holders.items():
        expected[CREATED[event_id % 4][:10]][event_id] = min(f"{name}.json.gz" for name in names)
    kept = Counter(file for day in expected.values() for file in day.values())

    with tempfile.TemporaryDirectory() as folder:
        bronze_dir = Path(folder)
        fetched = {name: hour_file(bronze_dir, name, *lines[name]) for name in FILES}
        for group in loads:
            load(bronze_dir, *(fetched[name] for name in group))
        assert sources(bronze_dir) == expected
        for day in expected:
            assert day_rows(bronze_dir, day).equals(day_rows(bronze_dir, day).sort(EVENT_ORDER))
        assert counts(bronze_dir, "kept", "duplicates", "lines") == {
            name: (
                kept[f"{name}.json.gz"],
                len(lines[name]) - kept[f"{name}.json.gz"],
                len(lines[name]),
            )
            for name in FILES
        }
        assert pending_hours(list(fetched.values()), bronze_dir) == []


# --- loading again ---------------------------------------------------------------------------------------


def hours_with_everything(folder: Path) -> list[FetchedHour]:
    """A copy across files, a late event, a line for the quarantine, and an hour that is missing.

    Event 4 is all that the later file has in its first day, and the earlier file takes it.
    """
    late = factories.watch_event(event_id=4, created_at="2025-03-03T23:59:59Z")
    return [
        hour_file(folder, "2025-03-03-23", factories.push_event(event_id=1), late, b"<html>"),
        hour_file(
            folder, "2025-03-04-0", late, factories.push_event(event_id=2, created_at="2025-03-04T00:00:00Z")
        ),
        factories.absent_hour("2025-03-04-1"),
    ]


def test_loading_again_changes_no_byte(tmp_path: Path):
    hours = hours_with_everything(tmp_path)
    load(tmp_path / "bronze", *hours)
    once = tree(tmp_path / "bronze")
    report = load(tmp_path / "bronze", *hours)
    assert tree(tmp_path / "bronze") == once
    assert report.changed_days == ()
    assert (report.statuses["loaded"], report.statuses["missing"]) == (2, 1)
    assert (report.kept_count, report.duplicates_count, report.quarantined_count) == (3, 1, 1)


def test_a_file_that_changed_replaces_its_rows_in_every_day(tmp_path: Path):
    old = [
        factories.push_event(event_id=1, created_at="2025-03-03T23:59:59Z"),
        factories.push_event(event_id=2, created_at="2025-03-04T00:00:00Z"),
        b"<html>",
    ]
    load(tmp_path, hour_file(tmp_path, "2025-03-04-0", *old))
    neighbour = factories.push_event(event_id=5, created_at="2025-03-04T01:00:00Z")
    load(tmp_path, hour_file(tmp_path, "2025-03-04-1", neighbour))
    new = factories.push_event(event_id=3, created_at="2025-03-04T00:00:00Z")
    report = load(tmp_path, hour_file(tmp_path, "2025-03-04-0", new))
    assert sources(tmp_path) == {"2025-03-04": {3: "2025-03-04-0.json.gz", 5: "2025-03-04-1.json.gz"}}
    assert report.changed_days == (date(2025, 3, 3), date(2025, 3, 4))
    assert read_quarantine(tmp_path).is_empty()
    assert counts(tmp_path, "kept", "quarantined") == {"2025-03-04-0": (1, 0), "2025-03-04-1": (1, 0)}


def test_the_result_does_not_depend_on_the_number_of_workers(tmp_path: Path):
    hours = [
        *hours_with_everything(tmp_path),
        cut_off(hour_file(tmp_path, "2025-03-05-0", factories.push_event())),
    ]
    told: list[tuple[int, int]] = []
    alone = load(tmp_path / "alone", *hours)
    together = load_hours(
        hours, tmp_path / "together", RETRIEVED_AT, lambda *counts: told.append(counts), workers=2
    )
    assert together == alone
    assert tree(tmp_path / "together") == tree(tmp_path / "alone")
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_an_error_in_a_worker_arrives_whole(tmp_path: Path):
    hour = hour_file(tmp_path, "2025-03-03-0", factories.push_event())
    assert hour.path is not None
    hour.path.unlink()
    with pytest.raises(StorageError, match="No such file") as raised:
        load_hours([hour], tmp_path / "bronze", RETRIEVED_AT, lambda *_: None, workers=2)
    assert raised.value.where == str(hour.path)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_hour_that_cannot_be_read_costs_no_day_before_it(tmp_path: Path, workers: int):
    whole, gone = (
        hour_file(tmp_path, f"2025-03-0{day}-0", factories.push_event(event_id=day)) for day in (3, 4)
    )
    assert gone.path is not None
    gone.path.unlink()
    with pytest.raises(StorageError, match="No such file"):
        load_hours([whole, gone], tmp_path / "bronze", RETRIEVED_AT, lambda *_: None, workers)
    assert pending_hours([whole, gone], tmp_path / "bronze") == [gone]


def test_a_full_disk_of_a_worker_is_reported(tmp_path: Path):
    events = [factories.push_event(event_id=number) for number in range(1, 200)]
    hour = hour_file(tmp_path, "2025-03-03-0", *events)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 12, before[1]))  # the workers inherit it
    try:
        with pytest.raises(StorageError, match=r"the rows of 2025-03-03-0\.json\.gz") as raised:
            load_hours([hour], tmp_path / "bronze", RETRIEVED_AT, lambda *_: None, workers=2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "LANDSCAPE_WORKERS=1" in raised.value.hint
    assert list((tmp_path / "bronze").iterdir()) == []


def test_a_file_made_to_fill_a_memory_is_damaged_and_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(content, "MAX_BYTES", 100_000)
    bomb = hour_file(tmp_path, "2025-03-03-0", factories.push_event(event_id=1), b"a" * 1_000_000)
    load(tmp_path, bomb, hour_file(tmp_path, "2025-03-03-1", factories.push_event(event_id=2)))
    assert {name: status for name, (status,) in counts(tmp_path, "status").items()} == {
        "2025-03-03-0": "damaged",
        "2025-03-03-1": "loaded",
    }
    assert counts(tmp_path, "detail")["2025-03-03-0"][0].startswith("too large: more than 100,000 bytes")


class Killed(BaseException):
    """Simulates a process that ends here."""


@pytest.mark.parametrize("loaded_before", [[], [0], [1]])
def test_a_load_that_was_killed_is_completed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loaded_before: list[int]
):
    hours = hours_with_everything(tmp_path)
    load(tmp_path / "whole", *hours)
    before = [hours[index] for index in loaded_before]
    others = [hour for hour in hours if hour not in before]
    write_whole = storage.write_whole

    def is_killed_at(write_number: int, bronze_dir: Path) -> bool:
        numbers = itertools.count()

        def write_until_killed(path: Path, chunks: Any) -> None:
            if next(numbers) == write_number:
                raise Killed
            write_whole(path, chunks)

        with monkeypatch.context() as killing:
            killing.setattr(storage, "write_whole", write_until_killed)
            try:
                load(bronze_dir, *others)
            except Killed:
                return True
        return False

    for write_number in itertools.count():
        bronze_dir = tmp_path / f"killed-{write_number}"
        load(bronze_dir, *before)
        killed = is_killed_at(write_number, bronze_dir)
        load(bronze_dir, *pending_hours(hours, bronze_dir))
        assert tree(bronze_dir) == tree(tmp_path / "whole")
        if not killed:
            break
    assert write_number >= 3, "a day, the quarantine and the manifest must each have met a kill"


# --- hours that were not read whole ----------------------------------------------------------------------


def test_a_missing_hour_is_a_row_without_counts(tmp_path: Path):
    report = load(
        tmp_path, factories.absent_hour("2025-03-03-7"), factories.absent_hour("2025-03-03-8", "not_gzip")
    )
    assert counts(tmp_path, "status", "bytes", "lines", "kept", "duplicates", "quarantined", "detail") == {
        "2025-03-03-7": ("missing", None, None, None, None, None, "missing, said the archive"),
        "2025-03-03-8": ("not_gzip", None, None, None, None, None, "not_gzip, said the archive"),
    }
    assert (report.statuses["missing"], report.statuses["not_gzip"], report.kept_count) == (1, 1, 0)


@pytest.mark.parametrize("lines", [[], [b"<html>502 Bad Gateway</html>"]])
def test_an_hour_without_an_event_is_not_loaded(tmp_path: Path, lines: list[bytes]):
    report = load(tmp_path, hour_file(tmp_path, "2025-03-03-7", *lines))
    assert counts(tmp_path, "status", "lines", "kept", "detail") == {
        "2025-03-03-7": ("empty", len(lines), 0, "the gzip file holds no event")
    }
    assert (report.statuses["empty"], report.statuses["loaded"], report.quarantined_count) == (
        1,
        0,
        len(lines),
    )


def test_a_neighbour_leaves_the_counts_of_a_missing_hour_unknown(tmp_path: Path):
    load(tmp_path, factories.absent_hour("2025-03-03-7"))
    load(tmp_path, hour_file(tmp_path, "2025-03-03-8", factories.push_event()))
    assert counts(tmp_path, "kept", "duplicates") == {"2025-03-03-7": (None, None), "2025-03-03-8": (1, 0)}


def cut_off(hour: FetchedHour) -> FetchedHour:
    assert hour.path is not None
    hour.path.write_bytes(hour.path.read_bytes()[:-12])
    return factories.fetched_hour(hour.path)


def test_a_file_that_breaks_off_is_damaged_until_it_is_whole(tmp_path: Path):
    made = [factories.push_event(event_id=n, push_id=n**9) for n in range(1, 50)]
    damaged = load(tmp_path, cut_off(hour_file(tmp_path, "2025-03-03-0", *made)))
    ((status, kept, detail),) = counts(tmp_path, "status", "kept", "detail").values()
    assert (status, damaged.statuses["damaged"]) == ("damaged", 1)
    assert 0 < kept <= 49
    assert detail == "truncated: the gzip file breaks off"
    load(tmp_path, hour_file(tmp_path, "2025-03-03-0", *made))
    assert counts(tmp_path, "status", "kept", "quarantined") == {"2025-03-03-0": ("loaded", 49, 0)}


def test_what_was_read_once_outlives_a_worse_answer(tmp_path: Path):
    whole = hour_file(
        tmp_path, "2025-03-03-0", factories.push_event(event_id=1), factories.push_event(event_id=2)
    )
    load(tmp_path / "bronze", whole)
    once = tree(tmp_path / "bronze")
    load(tmp_path / "bronze", factories.absent_hour("2025-03-03-0"))
    report = load(tmp_path / "bronze", cut_off(whole))
    assert tree(tmp_path / "bronze") == once
    assert report.statuses["damaged"] == 1


def test_a_file_that_breaks_off_earlier_takes_nothing_away(tmp_path: Path):
    made = [factories.push_event(event_id=n, push_id=n**9) for n in range(1, 90)]
    cut = cut_off(hour_file(tmp_path, "2025-03-03-0", *made))
    assert cut.path is not None
    load(tmp_path / "bronze", cut)
    once = tree(tmp_path / "bronze")
    cut.path.write_bytes(cut.path.read_bytes()[:-200])
    load(tmp_path / "bronze", factories.fetched_hour(cut.path))
    assert tree(tmp_path / "bronze") == once


def test_the_manifest_says_what_was_saved(tmp_path: Path):
    pair = factories.line(factories.push_event(event_id=1)) + factories.line(factories.push_event(event_id=2))
    load(tmp_path, hour_file(tmp_path, "2025-03-03-0", pair, b"\0\0", factories.push_event(event_id=3)))
    assert counts(tmp_path, "status", "lines", "kept", "duplicates", "quarantined", "detail") == {
        "2025-03-03-0": ("loaded", 3, 3, 0, 1, "2 events recovered from damaged lines")
    }


# --- the outside -----------------------------------------------------------------------------------------


def test_progress_counts_every_hour(tmp_path: Path):
    told: list[tuple[int, int]] = []
    load_hours(hours_with_everything(tmp_path), tmp_path, RETRIEVED_AT, lambda *counts: told.append(counts))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_reader_finds_event_rows_by_their_column(tmp_path: Path):
    load(tmp_path / "bronze", *hours_with_everything(tmp_path))
    with_events = [
        path
        for path in (tmp_path / "bronze").rglob("*.parquet")
        if "event_type" in pl.read_parquet_schema(path)
    ]
    assert {path.parts[-3] for path in with_events} == {"events"}
    rows = duckdb.execute(
        "SELECT day::VARCHAR, event_type, count(*) FROM read_parquet($paths) GROUP BY ALL ORDER BY ALL",
        {"paths": [str(path) for path in with_events]},
    ).fetchall()
    assert rows == [
        ("2025-03-03", "PushEvent", 1),
        ("2025-03-03", "WatchEvent", 1),
        ("2025-03-04", "PushEvent", 1),
    ]


def test_a_damaged_day_stops_the_load_and_says_what_to_do(tmp_path: Path):
    hours = hours_with_everything(tmp_path)
    load(tmp_path / "bronze", *hours)
    (day, _) = sorted((tmp_path / "bronze" / "events").glob("*/events.parquet"))
    day.write_bytes(day.read_bytes()[:50])
    with pytest.raises(StorageError, match="move it aside"):
        load(tmp_path / "bronze", *hours)


def test_a_day_of_another_version_is_not_mixed_with_ours(tmp_path: Path):
    hours = hours_with_everything(tmp_path)
    load(tmp_path / "bronze", *hours)
    path = tmp_path / "bronze" / "events" / "day=2025-03-03" / "events.parquet"
    pl.read_parquet(path, hive_partitioning=False).drop("push_id").write_parquet(path)
    with pytest.raises(StorageError, match="other columns"):
        load(tmp_path / "bronze", *hours)


# --- real files ------------------------------------------------------------------------------------------


@pytest.mark.real_files
def test_every_real_file_is_loaded_with_nothing_lost(tmp_path: Path, real_files: Path):
    fetched = [factories.fetched_hour(path) for path in sorted((real_files / "gharchive").glob("*.json.gz"))]
    report = load(tmp_path, *fetched)
    manifest = read_manifest(tmp_path)
    assert report.statuses["loaded"] == len(fetched) == manifest.height
    assert manifest.filter(pl.col("lines") != pl.col("kept")).is_empty()
    assert report.kept_count == sum(len(ids) for ids in sources(tmp_path).values()) == 7919
    assert (report.duplicates_count, report.quarantined_count) == (0, 0)
    assert pending_hours(fetched, tmp_path) == []
