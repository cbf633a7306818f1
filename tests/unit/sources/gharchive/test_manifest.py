"""The manifest says what became of every hour, and which hours still have to be loaded."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.floor.errors import StorageError
from pipelines.sources.gharchive.events import load_hours
from pipelines.sources.gharchive.manifest import (
    MANIFEST_SCHEMA,
    is_no_worse,
    kept_rows,
    pending_hours,
    read_manifest,
    read_quarantine,
    with_kept,
)
from pipelines.sources.gharchive.parsing import QUARANTINE_SCHEMA
from tests import factories

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.sources.gharchive.client import FetchedHour

AFTERNOON_IN_SHANGHAI = datetime(2025, 3, 5, 20, tzinfo=timezone(timedelta(hours=8)))


def load(bronze_dir: Path, *fetched: FetchedHour) -> None:
    load_hours(fetched, bronze_dir, AFTERNOON_IN_SHANGHAI, lambda *_: None)


@pytest.fixture
def bronze_dir(tmp_path: Path) -> Path:
    return tmp_path / "bronze"


@pytest.fixture
def hour(tmp_path: Path) -> FetchedHour:
    path = tmp_path / "hours" / "2025-03-03-7.json.gz"
    return factories.fetched_hour(factories.write_hour(path, [factories.push_event(), b"<html>"]))


def test_nothing_was_asked_for_yet(bronze_dir: Path):
    assert read_manifest(bronze_dir).equals(MANIFEST_SCHEMA.to_frame())
    assert read_quarantine(bronze_dir).equals(QUARANTINE_SCHEMA.to_frame())


def test_a_row_leads_back_to_the_file(bronze_dir: Path, hour: FetchedHour):
    load(bronze_dir, hour)
    manifest = read_manifest(bronze_dir)
    assert manifest.schema == MANIFEST_SCHEMA
    assert manifest.to_dicts() == [
        {
            "source_file": "2025-03-03-7.json.gz",
            "hour": datetime(2025, 3, 3, 7),  # noqa: DTZ001
            "url": f"{factories.ARCHIVE_URL}/2025-03-03-7.json.gz",
            "status": "loaded",
            "bytes": hour.bytes,
            "sha256": hour.sha256,
            "lines": 2,
            "kept": 1,
            "duplicates": 0,
            "quarantined": 1,
            "detail": "",
            "retrieved_at": datetime(2025, 3, 5, 12),  # noqa: DTZ001
            "archive": "gharchive",
            "conflicts": 0,
        }
    ]


def test_the_files_of_the_manifest_hold_no_event_type():
    assert "event_type" not in {*MANIFEST_SCHEMA, *QUARANTINE_SCHEMA}


def test_rows_are_in_the_order_of_the_hours(bronze_dir: Path):
    names = ["2025-03-03-10", "2025-03-03-9", "2025-03-02-23"]
    for name in names:
        load(bronze_dir, factories.absent_hour(name))
    files = [name.removesuffix(".json.gz") for name in read_manifest(bronze_dir)["source_file"]]
    assert files == names[::-1]


# --- pending hours ---------------------------------------------------------------------------------------


def test_an_hour_is_pending_until_it_is_loaded(bronze_dir: Path, hour: FetchedHour):
    missing = factories.absent_hour("2025-03-03-8")
    assert pending_hours([hour, missing], bronze_dir) == [hour, missing]
    load(bronze_dir, hour, missing)
    assert pending_hours([hour, missing], bronze_dir) == []


def test_an_hour_whose_file_changed_is_pending(bronze_dir: Path, hour: FetchedHour):
    load(bronze_dir, hour)
    assert hour.path is not None
    changed = factories.fetched_hour(factories.write_hour(hour.path, [factories.push_event()]))
    assert pending_hours([changed], bronze_dir) == [changed]


def test_an_hour_whose_day_was_deleted_is_pending(bronze_dir: Path, hour: FetchedHour):
    load(bronze_dir, hour)
    shutil.rmtree(bronze_dir / "events")
    assert pending_hours([hour], bronze_dir) == [hour]
    load(bronze_dir, hour)
    assert kept_rows(bronze_dir, ["2025-03-03-7.json.gz"]) == {"2025-03-03-7.json.gz": 1}


def test_an_hour_that_came_after_all_is_pending(bronze_dir: Path, hour: FetchedHour):
    load(bronze_dir, factories.absent_hour("2025-03-03-7"))
    assert pending_hours([hour], bronze_dir) == [hour]


def test_another_reason_for_having_no_file_is_pending(bronze_dir: Path):
    load(bronze_dir, factories.absent_hour("2025-03-03-7"))
    page = factories.absent_hour("2025-03-03-7", "not_gzip")
    assert pending_hours([page], bronze_dir) == [page]


def test_an_hour_that_the_archive_lost_is_not_pending(bronze_dir: Path, hour: FetchedHour):
    load(bronze_dir, hour)
    assert pending_hours([factories.absent_hour("2025-03-03-7")], bronze_dir) == []


def test_an_hour_without_events_is_loaded_once(bronze_dir: Path, tmp_path: Path):
    empty = factories.fetched_hour(factories.write_hour(tmp_path / "2025-03-03-7.json.gz", []))
    load(bronze_dir, empty)
    assert pending_hours([empty], bronze_dir) == []


# --- pure parts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recorded", "accepted"),
    [
        (None, {"missing", "not_gzip", "empty", "damaged", "loaded"}),
        ("missing", {"missing", "not_gzip", "empty", "damaged", "loaded"}),
        ("not_gzip", {"missing", "not_gzip", "empty", "damaged", "loaded"}),
        ("empty", {"missing", "not_gzip", "empty", "damaged", "loaded"}),
        ("damaged", {"damaged", "loaded"}),
        ("loaded", {"loaded"}),
    ],
)
def test_an_answer_gives_way_only_to_one_that_says_as_much(recorded: str | None, accepted: set[str]):
    statuses = ["missing", "not_gzip", "empty", "damaged", "loaded"]
    answered = None if recorded is None else (recorded, None)
    assert {status for status in statuses if is_no_worse(status, None, answered)} == accepted


def test_of_two_files_that_break_off_the_longer_counts_and_of_two_whole_ones_the_later():
    assert not is_no_worse("damaged", 119, ("damaged", 120))
    assert is_no_worse("damaged", 120, ("damaged", 120))
    assert is_no_worse("damaged", 121, ("damaged", 120))
    assert is_no_worse("loaded", 119, ("loaded", 120))
    assert is_no_worse("loaded", 119, ("damaged", 120))


def test_events_that_moved_to_another_file_count_as_duplicates():
    manifest = pl.DataFrame(
        {
            "source_file": ["a", "b", "c"],
            "kept": [5, 7, None],
            "duplicates": [1, 0, None],
            "conflicts": [0, 0, None],
        },
        schema_overrides={"kept": pl.Int64, "duplicates": pl.Int64, "conflicts": pl.Int64},
    )
    assert with_kept(manifest, {"a": 2}, {"b": 1}).rows() == [
        ("a", 2, 4, 0),
        ("b", 7, 0, 1),
        ("c", None, None, None),
    ]
    assert with_kept(manifest, {}, {}).equals(manifest)


@pytest.mark.parametrize("name", ["manifest", "quarantine"])
def test_a_damaged_file_of_ours_says_what_to_do(bronze_dir: Path, hour: FetchedHour, name: str):
    load(bronze_dir, hour)
    path = bronze_dir / name / "events.parquet"
    path.write_bytes(b"PAR1 no more")
    with pytest.raises(StorageError, match="move it aside") as raised:
        load(bronze_dir, hour)
    assert raised.value.where == str(path)
