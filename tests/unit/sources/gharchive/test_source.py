"""What the fetching steps decide, and what they do at the same time."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.build import prepare
from pipelines.floor.errors import SourceError
from pipelines.floor.periods import Hour, hours_between
from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.gharchive import source as gharchive_source
from pipelines.sources.gharchive.client import FetchedHour
from pipelines.sources.gharchive.source import _workers_for, fetch_hours

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipelines.build import Build
    from pipelines.sources.gharchive.archives import AskedHour

HOUR = Hour.parse("2025-04-30T07")
DAYS = list(hours_between(Hour.parse("2025-03-03T00"), Hour.parse("2025-03-06T23")))


def hours(count: int, megabytes: int) -> list[FetchedHour]:
    return [
        FetchedHour(HOUR, "http://127.0.0.1/", "fetched", Path("hour"), megabytes * 1_000_000)
        for _ in range(count)
    ]


@pytest.mark.parametrize(
    ("fetched", "most", "workers"),
    [
        (hours(0, 0), 4, 1),
        (hours(24, 1), 4, 1),
        (hours(24, 90), 4, 4),
        (hours(3, 90), 4, 3),
        (hours(24, 90), 1, 1),
    ],
    ids=["nothing", "small files", "a day", "three hours", "one allowed"],
)
def test_as_many_processes_as_there_is_work_for(fetched: list[FetchedHour], most: int, workers: int):
    assert _workers_for(fetched, most) == workers


@pytest.fixture
def build(tmp_path: Path) -> Build:
    whole = prepare(
        Settings(data_dir=tmp_path, data_profile=DataProfile.LIVE), datetime(2025, 5, 1, tzinfo=UTC)
    )
    return replace(whole, scope=replace(whole.scope, hours=tuple(DAYS)))


class Archive:
    """Answers at once, and remembers what it was asked for."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, load: Callable[[Sequence[FetchedHour]], None]
    ) -> None:
        self.asked: list[Hour] = []
        self.failing: set[Hour] = set()
        self.second_day_asked = threading.Event()
        self.loaded: list[list[Hour]] = []
        self._load = load
        monkeypatch.setattr(gharchive_source, "fetch_checked", self.fetch_checked)
        monkeypatch.setattr(gharchive_source, "_load_day", self.load_day)

    def fetch_checked(self, _upstreams: object, asked: AskedHour, folder: Path, _held: object) -> FetchedHour:
        hour = asked.hour
        self.asked.append(hour)
        if hour in self.failing:
            raise SourceError("no answer", where=str(hour), hint="try later")
        if hour == DAYS[47]:
            self.second_day_asked.set()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / hour.file_name
        path.write_bytes(b"content")
        return FetchedHour(hour, "http://127.0.0.1/", "fetched", path, 7)

    def load_day(
        self, _build: Build, fetched: Sequence[FetchedHour], on_read: gharchive_source.OnProgress
    ) -> Counter[str]:
        self._load(fetched)
        on_read(12, 24)
        self.loaded.append([hour.hour for hour in fetched])
        return Counter({"loaded": len(fetched)})


def test_the_next_day_arrives_while_a_day_is_loaded(build: Build, monkeypatch: pytest.MonkeyPatch):
    def wait_for_the_second_day(_fetched: Sequence[FetchedHour]) -> None:
        assert archive.second_day_asked.wait(20)

    archive = Archive(monkeypatch, wait_for_the_second_day)
    told: list[tuple[int, int]] = []
    evidence = fetch_hours(build, lambda *counts: told.append(counts))
    assert archive.loaded == [DAYS[:24], DAYS[24:48], DAYS[48:72], DAYS[72:]]
    assert told == [(count, 96) for count in range(12, 97, 12)]
    assert evidence["loaded"] == 96
    assert not (build.settings.bronze_dir / ".hours").exists()


def test_the_files_of_two_days_are_on_disk_at_most(build: Build, monkeypatch: pytest.MonkeyPatch):
    folder = build.settings.bronze_dir / ".hours"
    days_on_disk: list[int] = []

    def look(fetched: Sequence[FetchedHour]) -> None:
        archive.second_day_asked.wait(20)
        assert all(hour.path is not None and hour.path.exists() for hour in fetched)
        days_on_disk.append(len({path.name.rsplit("-", 1)[0] for path in folder.iterdir()}))

    archive = Archive(monkeypatch, look)
    fetch_hours(build, lambda *_: None)
    assert days_on_disk[0] == 2
    assert max(days_on_disk) == 2


def test_what_came_of_a_day_is_loaded_though_an_hour_of_it_cannot_be_fetched(
    build: Build, monkeypatch: pytest.MonkeyPatch
):
    archive = Archive(monkeypatch, lambda _fetched: None)
    archive.failing = {DAYS[47]}  # the last of the second day
    with pytest.raises(SourceError, match="no answer"):
        fetch_hours(build, lambda *_: None)
    assert archive.loaded == [DAYS[:24], DAYS[24:47]]
    assert not set(DAYS[72:]) & set(archive.asked)


def test_after_an_hour_that_cannot_be_fetched_no_other_day_is_asked_for(
    build: Build, monkeypatch: pytest.MonkeyPatch
):
    archive = Archive(monkeypatch, lambda _fetched: None)
    archive.failing = {DAYS[0]}
    at_once = archive.fetch_checked

    def one_after_the_other(upstreams: object, asked: AskedHour, *rest: object) -> FetchedHour:
        if asked.hour != DAYS[0]:
            threading.Event().wait(0.2)  # time in which the others are taken back
        return at_once(upstreams, asked, *rest)

    monkeypatch.setattr(gharchive_source, "fetch_checked", one_after_the_other)
    with pytest.raises(SourceError, match="no answer"):
        fetch_hours(build, lambda *_: None)
    assert not set(DAYS[24:]) & set(archive.asked)
    assert archive.loaded == [sorted(set(archive.asked) - {DAYS[0]})]


def test_after_an_error_while_loading_nothing_more_is_asked_for(
    build: Build, monkeypatch: pytest.MonkeyPatch
):
    is_refused = threading.Event()

    def refuse(_fetched: Sequence[FetchedHour]) -> None:
        is_refused.set()
        raise OSError("no space left")

    archive = Archive(monkeypatch, refuse)
    at_once = archive.fetch_checked

    def hold_back_the_second_day(upstreams: object, asked: AskedHour, *rest: object) -> FetchedHour:
        if asked.hour in DAYS[24:]:
            assert is_refused.wait(20)
            threading.Event().wait(0.5)  # time in which the others are taken back
        return at_once(upstreams, asked, *rest)

    monkeypatch.setattr(gharchive_source, "fetch_checked", hold_back_the_second_day)
    with pytest.raises(OSError, match="no space left"):
        fetch_hours(build, lambda *_: None)
    assert len(set(DAYS[24:]) & set(archive.asked)) <= 4  # those that were under way
