"""A month's events are in one file or in those of its days, never in both, even after a kill at any step."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest

from pipelines.floor.errors import StorageError
from pipelines.floor.periods import Hour, Month, hours_between, hours_of
from pipelines.floor.settings import CHECKOUT
from pipelines.seeds import load_seeds
from pipelines.sources.gharchive import compaction
from pipelines.sources.gharchive.compaction import (
    EVENT_ORDER,
    fold_months,
    read_day,
    reopen_month,
    settled_months,
)
from pipelines.sources.gharchive.events import LoadReport, load_hours
from pipelines.sources.gharchive.layout import event_files, source_file_of
from pipelines.sources.gharchive.manifest import kept_rows, pending_hours, read_manifest
from tests import factories

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pipelines.sources.gharchive.client import FetchedHour

ARCHIVES = load_seeds(CHECKOUT / "seeds").archives
MARCH, APRIL = Month(2025, 3), Month(2025, 4)


def load(bronze_dir: Path, *fetched: FetchedHour) -> LoadReport:
    return load_hours(fetched, bronze_dir, datetime(2025, 5, 1, tzinfo=UTC), lambda *_: None)


def hour_file(folder: Path, name: str, *events: factories.Event) -> FetchedHour:
    return factories.fetched_hour(factories.write_hour(folder / "hours" / f"{name}.json.gz", events))


def push(event_id: int, created_at: str) -> factories.Event:
    return factories.push_event(event_id=event_id, repo_id=event_id % 3, created_at=created_at, era="full")


@pytest.fixture
def hours(tmp_path: Path) -> list[FetchedHour]:
    """Two days of March, one of April, and an event of March in a file of April."""
    return [
        hour_file(tmp_path, "2025-03-03-0", *(push(n, "2025-03-03T00:00:01Z") for n in range(1, 9))),
        hour_file(tmp_path, "2025-03-31-23", *(push(n, "2025-03-31T23:00:01Z") for n in range(10, 15))),
        hour_file(
            tmp_path, "2025-04-01-0", push(20, "2025-04-01T00:00:01Z"), push(21, "2025-03-31T23:59:59Z")
        ),
    ]


@pytest.fixture
def bronze_dir(tmp_path: Path, hours: list[FetchedHour]) -> Path:
    load(tmp_path / "bronze", *hours)
    return tmp_path / "bronze"


def tree(bronze_dir: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(bronze_dir)): path.read_bytes()
        for path in bronze_dir.rglob("*")
        if path.is_file()
    }


def names(bronze_dir: Path) -> list[str]:
    return sorted(path.parent.name for path in (bronze_dir / "events").rglob("*.*"))


def ids_of_an_outsider(bronze_dir: Path) -> list[int]:
    """Event ids by the agreement with readers that know only file names and columns."""
    paths = [
        str(path) for path in bronze_dir.rglob("*.parquet") if "event_type" in pl.read_parquet_schema(path)
    ]
    rows = duckdb.execute("SELECT event_id FROM read_parquet(?) ORDER BY ALL", [paths]).fetchall()
    return [event_id for (event_id,) in rows]


EVERY_ID = [*range(1, 9), *range(10, 15), 20, 21]


def test_a_month_becomes_one_file_and_a_growing_one_stays(bronze_dir: Path):
    assert fold_months(bronze_dir, [MARCH]) == (MARCH,)
    assert names(bronze_dir) == ["day=2025-04-01", "month=2025-03"]
    assert ids_of_an_outsider(bronze_dir) == EVERY_ID
    assert fold_months(bronze_dir, [MARCH]) == ()


def test_a_month_settles_with_the_hours_that_hold_its_late_events():
    reach = list(hours_between(Hour.parse("2025-04-01T00"), Hour.parse("2025-04-01T05")))
    asked = files_of("gharchive", [*hours_of(MARCH), *reach])
    assert settled_months(asked, ARCHIVES) == (MARCH,)
    for lacking in (asked[0], asked[400], asked[-1]):
        assert settled_months([file for file in asked if file != lacking], ARCHIVES) == ()
    more = files_of("gharchive", [*hours_of(Month(2025, 2)), *hours_of(APRIL)])
    assert settled_months([*asked, *more], ARCHIVES) == (Month(2025, 2), MARCH)
    assert settled_months([], ARCHIVES) == ()


def test_a_month_settles_with_the_files_of_every_archive_that_has_it():
    october, november = hours_of(Month(2026, 10)), hours_of(Month(2026, 11))
    first = files_of("gharchive", [*october, *november[:6]])
    second = files_of("opendigger-archive", [*october, *november[:24]])
    assert settled_months([*first, *second], ARCHIVES) == (Month(2026, 10),)
    for lacking in (second[0], second[-1], first[-1]):
        assert settled_months([file for file in [*first, *second] if file != lacking], ARCHIVES) == ()


def test_a_month_asks_an_archive_from_its_first_day_on():
    september, october = hours_of(Month(2026, 9)), hours_of(Month(2026, 10))
    files = [
        *files_of("gharchive", [*september, *october[:6]]),
        *files_of("opendigger-archive", [*september[5 * 24 :], *october[:24]]),
    ]
    assert settled_months(files, ARCHIVES) == (Month(2026, 9),)
    assert settled_months(files[:-1], ARCHIVES) == ()


def files_of(archive: str, hours: Iterable[Hour]) -> list[str]:
    return [source_file_of(archive, hour) for hour in hours]


def test_a_month_is_sorted_by_repository(bronze_dir: Path):
    fold_months(bronze_dir, [MARCH])
    rows = pl.read_parquet(
        bronze_dir / "events" / "month=2025-03" / "events.parquet", hive_partitioning=False
    )
    assert rows["repo_id"].n_unique() == 3
    assert rows.equals(rows.sort(EVENT_ORDER))


def test_a_folded_day_reads_as_before(bronze_dir: Path):
    days = [date(2025, 3, 3), date(2025, 3, 31), date(2025, 3, 4), date(2025, 4, 1)]
    before = [read_day(bronze_dir, day) for day in days]
    fold_months(bronze_dir, [MARCH])
    assert all(
        now.equals(then)
        for now, then in zip([read_day(bronze_dir, day) for day in days], before, strict=True)
    )


def test_days_come_back_byte_for_byte(bronze_dir: Path):
    before = tree(bronze_dir)
    fold_months(bronze_dir, [MARCH])
    reopen_month(bronze_dir, MARCH)
    assert tree(bronze_dir) == before
    reopen_month(bronze_dir, MARCH)
    assert tree(bronze_dir) == before


def test_a_folded_month_is_held_and_loading_it_again_changes_no_byte(
    bronze_dir: Path, hours: list[FetchedHour]
):
    manifest = read_manifest(bronze_dir)
    fold_months(bronze_dir, [MARCH])
    folded = tree(bronze_dir)
    assert pending_hours(hours, bronze_dir) == []
    assert load(bronze_dir, *hours).changed_days == ()
    assert tree(bronze_dir) == folded
    assert read_manifest(bronze_dir).equals(manifest)


def test_a_late_event_of_a_folded_month_is_merged(tmp_path: Path, bronze_dir: Path, hours: list[FetchedHour]):
    late = hour_file(
        tmp_path, "2025-04-01-3", push(22, "2025-03-31T22:00:00Z"), push(21, "2025-03-31T23:59:59Z")
    )
    load(tmp_path / "unfolded", *hours, late)
    fold_months(bronze_dir, [MARCH])
    report = load(bronze_dir, late)
    assert report.changed_days == (date(2025, 3, 31),)
    assert (report.kept_count, report.duplicates_count) == (1, 1)
    assert tree(bronze_dir) == tree(tmp_path / "unfolded")
    assert fold_months(bronze_dir, [MARCH]) == (MARCH,)
    assert ids_of_an_outsider(bronze_dir) == [*EVERY_ID, 22]


def test_a_file_that_lost_its_rows_of_a_folded_month_takes_them_out(tmp_path: Path, bronze_dir: Path):
    fold_months(bronze_dir, [MARCH])
    load(bronze_dir, hour_file(tmp_path, "2025-03-03-0", push(99, "2025-03-02T23:59:59Z")))
    assert ids_of_an_outsider(bronze_dir) == [*range(10, 15), 20, 21, 99]
    assert names(bronze_dir) == ["day=2025-03-02", "day=2025-03-31", "day=2025-04-01"]


class Killed(BaseException):
    """Simulates a process that ends here."""


@pytest.mark.parametrize("step", ["fold", "reopen"])
def test_a_reader_sees_every_event_once_wherever_the_process_is_killed(
    bronze_dir: Path, monkeypatch: pytest.MonkeyPatch, step: str
):
    unfolded = tree(bronze_dir)

    def run() -> None:
        fold_months(bronze_dir, [MARCH]) if step == "fold" else reopen_month(bronze_dir, MARCH)

    def killed_at(number: int) -> bool:
        numbers = itertools.count()

        def until_killed(act: Any) -> Any:
            def acted(*args: Any) -> Any:
                if next(numbers) == number:
                    raise Killed
                return act(*args)

            return acted

        with monkeypatch.context() as killing:
            for name in ("write_whole", "write_parquet", "remove_file"):
                killing.setattr(compaction, name, until_killed(getattr(compaction, name)))
            try:
                run()
            except Killed:
                return True
        return False

    for number in itertools.count():
        if step == "reopen":
            fold_months(bronze_dir, [MARCH])
        killed = killed_at(number)
        rows = pl.read_parquet(event_files(bronze_dir), hive_partitioning=False)
        assert sorted(rows["event_id"]) == EVERY_ID
        assert sum(kept_rows(bronze_dir, ["2025-03-03-0.json.gz"]).values()) == 8
        run()
        fold_months(bronze_dir, [MARCH])
        assert ids_of_an_outsider(bronze_dir) == EVERY_ID
        reopen_month(bronze_dir, MARCH)
        assert tree(bronze_dir) == unfolded
        if not killed:
            break
    assert number >= 3


def test_an_unfinished_month_is_no_file_that_a_reader_finds(
    bronze_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    write_whole = compaction.write_whole

    def write_after_a_look(path: Path, chunks: Any) -> None:
        assert ids_of_an_outsider(bronze_dir) == EVERY_ID
        write_whole(path, chunks)

    monkeypatch.setattr(compaction, "write_whole", write_after_a_look)
    assert fold_months(bronze_dir, [MARCH]) == (MARCH,)


@pytest.mark.parametrize("act", [lambda folder: fold_months(folder, [MARCH, APRIL]), lambda folder: None])
def test_a_damaged_file_stops_the_step_and_says_what_to_do(bronze_dir: Path, act: Any):
    act(bronze_dir)
    path = event_files(bronze_dir)[0]
    path.write_bytes(path.read_bytes()[:40])
    before = tree(bronze_dir)
    is_folded = path.parent.name.startswith("month=")
    with pytest.raises(StorageError, match="move it aside"):
        reopen_month(bronze_dir, MARCH) if is_folded else fold_months(bronze_dir, [MARCH])
    assert tree(bronze_dir) == before
