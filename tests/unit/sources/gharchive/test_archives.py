"""Several archives of the same hours: what is asked of which, and what bronze holds when they differ or fail."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.build import prepare
from pipelines.floor.errors import SeedsError, SourceError
from pipelines.floor.periods import Hour, Month
from pipelines.floor.settings import CHECKOUT, DataProfile, Settings
from pipelines.seeds import load_seeds
from pipelines.sources.gharchive import events as event_rows
from pipelines.sources.gharchive.archives import asked_hours, explain_plan
from pipelines.sources.gharchive.client import hour_url
from pipelines.sources.gharchive.compaction import fold_months, read_day
from pipelines.sources.gharchive.conflicts import read_conflicts
from pipelines.sources.gharchive.events import load_hours
from pipelines.sources.gharchive.layout import day_path, event_files
from pipelines.sources.gharchive.manifest import read_manifest
from pipelines.sources.gharchive.source import SOURCE, fetch_hours
from pipelines.sources.source import CONFLICTING, FAILED
from tests import factories
from tests.command import call_landscape
from tests.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_httpserver import HTTPServer

    from pipelines.sources.gharchive.client import FetchedHour

FIRST, SECOND = "gharchive", "opendigger-archive"
HOUR = Hour.parse("2026-09-15T15")
DAY = date(2026, 9, 15)
HOUR_MONTH = Month(2026, 9)
NOBODY = "http://127.0.0.1:9/archive"
"""Where no one listens."""


def push(event_id: int, created_at: str = "2026-09-15T15:00:00Z", actor_id: int = 7) -> factories.Event:
    return factories.push_event(
        event_id=event_id, created_at=created_at, actor_id=actor_id, repo_id=event_id % 3, era="trimmed"
    )


@dataclass
class Archives:
    """Two archives at a loopback server, and a landscape that reads them."""

    upstream: Upstream
    data_dir: Path
    silent: set[str] = field(default_factory=set)

    def hold(
        self, archive: str, hour: Hour, *events: factories.Event, says: Mapping[str, object] | None = None
    ) -> None:
        """Serve an hour; the second archive with a manifest, in which `says` replaces what is true."""
        content = gzip.compress(b"".join(factories.line(event) + b"\n" for event in events), mtime=0)
        self.upstream.files[f"{archive}/{hour.file_name}"] = content
        if archive == SECOND:
            manifest = {
                "event_count": len(events),
                "compressed_bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "minutes": {"0": len(events)},
            } | dict(says or {})
            name = hour.file_name.replace(".json.gz", ".manifest.json")
            self.upstream.files[f"{archive}/{name}"] = json.dumps(manifest).encode()

    def fetch(self, *hours: Hour) -> Mapping[str, int]:
        """Fetch hours as a live run does."""
        urls = {
            archive.replace("-", "_"): NOBODY
            if archive in self.silent
            else self.upstream.server.url_for(f"/{archive}")
            for archive in (FIRST, SECOND)
        }
        build = prepare(
            Settings(data_dir=self.data_dir, data_profile=DataProfile.LIVE, urls=urls),
            datetime(2026, 9, 20, tzinfo=UTC),
        )
        with build.upstreams.session:
            return fetch_hours(replace(build, scope=replace(build.scope, hours=hours)), lambda *_: None)

    @property
    def bronze_dir(self) -> Path:
        return self.data_dir / "bronze"

    def held(self, day: date = DAY) -> dict[int, str]:
        """The archive of each event of a day."""
        return dict(read_day(self.bronze_dir, day).sort("event_id").select("event_id", "archive").iter_rows())

    def manifest(self) -> dict[tuple[str, str], dict[str, object]]:
        """Rows of the manifest, by archive and hour."""
        rows = read_manifest(self.bronze_dir).iter_rows(named=True)
        return {(row["archive"], f"{row['hour']:%Y-%m-%dT%H}"): row for row in rows}

    def absent(self) -> str:
        return "\n".join(SOURCE.state(self.bronze_dir).absent)


@pytest.fixture
def archives(httpserver: HTTPServer, tmp_path: Path) -> Archives:
    upstream = Upstream(httpserver)
    upstream.start()
    return Archives(upstream, tmp_path / "data")


# --- which archive is asked for what ---------------------------------------------------------------------


def test_every_archive_that_has_an_hour_is_asked_for_it():
    seeds = load_seeds(CHECKOUT / "seeds")
    asked = asked_hours(seeds.archives, [Hour.parse("2026-09-06T00"), Hour.parse("2026-09-05T23")])
    assert [(one.archive.id, str(one.hour)) for one in asked] == [
        (FIRST, "2026-09-05T23"),
        (FIRST, "2026-09-06T00"),
        (SECOND, "2026-09-06T00"),
    ]


def test_an_archive_that_ended_is_not_asked_for_later_hours():
    first, second = load_seeds(CHECKOUT / "seeds").archives
    ended = first.model_copy(update={"last_day": date(2026, 9, 10)})
    asked = asked_hours([ended, second], [Hour.parse("2026-09-10T23"), Hour.parse("2026-09-11T00")])
    assert [(one.archive.id, str(one.hour)) for one in asked] == [
        (FIRST, "2026-09-10T23"),
        (SECOND, "2026-09-10T23"),
        (SECOND, "2026-09-11T00"),
    ]


def test_the_plan_says_which_archive_is_asked_for_which_days_how_much_and_why():
    archives = load_seeds(CHECKOUT / "seeds").archives
    assert explain_plan(archives, [Hour.parse("2026-09-05T23"), HOUR]) == (
        "GH Archive (gharchive), 2026-09-05: 1 hour files of about 50 MB and 170,000 events, 0.1 GB. No other archive"
        " has these days. It reads 1 of 3 pages of GitHub's public events.",
        "GH Archive (gharchive), 2026-09-15: 1 hour files of about 50 MB and 170,000 events, 0.1 GB. OpenDigger's"
        " archive is asked too: each holds events that the other lacks. It reads 1 of 3 pages of GitHub's public events.",
        "OpenDigger's archive (opendigger-archive), 2026-09-15: 1 hour files of about 400 MB and 600,000 events,"
        " 0.4 GB. GH Archive is asked too: each holds events that the other lacks. It reads 3 of 3 pages of GitHub's"
        " public events. Its events go to the hours they were created in.",
    )


def test_a_dry_run_shows_the_plan_and_asks_nobody(archives: Archives):
    finished = call_landscape(
        *("events", "fetch", "--from", "2026-09-05T23", "--to", "2026-09-06T00", "--dry-run"),
        data_dir=archives.data_dir,
        LANDSCAPE_GHARCHIVE_URL=NOBODY,
        LANDSCAPE_OPENDIGGER_ARCHIVE_URL=NOBODY,
    )
    said = " ".join(finished.stderr.split())
    assert finished.returncode == 0, said
    assert "3 hour files, about 0.5 GB; 4 requests" in said
    assert (
        "OpenDigger's archive (opendigger-archive), 2026-09-06: 1 hour files of about 400 MB and 600,000"
        in said
    )
    assert not (archives.data_dir / "bronze" / "manifest").exists()


def test_an_archive_without_an_address_is_an_error_of_the_seeds(archives: Archives):
    build = prepare(
        Settings(data_dir=archives.data_dir, data_profile=DataProfile.LIVE), datetime(2026, 9, 20, tzinfo=UTC)
    )
    with pytest.raises(SeedsError, match='address of the archive "third-archive"'):
        hour_url(build.upstreams, "third-archive", HOUR)


# --- events of both --------------------------------------------------------------------------------------


def test_events_of_both_are_united_by_id_and_each_names_its_archive(archives: Archives):
    archives.hold(FIRST, HOUR, push(1), push(2), push(3))
    archives.hold(SECOND, HOUR, push(2), push(3), push(4), push(5))
    evidence = archives.fetch(HOUR)
    assert archives.held() == {1: FIRST, 2: FIRST, 3: FIRST, 4: SECOND, 5: SECOND}
    assert (evidence["loaded"], evidence["rows"], evidence[CONFLICTING]) == (2, 5, 0)
    manifest = archives.manifest()
    assert [manifest[archive, "2026-09-15T15"]["kept"] for archive in (FIRST, SECOND)] == [3, 2]
    assert manifest[SECOND, "2026-09-15T15"]["duplicates"] == 2


def test_the_state_says_what_each_archive_holds(archives: Archives):
    archives.hold(FIRST, HOUR, push(1), push(2), push(3))
    archives.hold(SECOND, HOUR, push(3), push(4))
    archives.fetch(HOUR, Hour.parse("2026-09-15T16"))
    state = SOURCE.state(archives.bronze_dir)
    assert (state.loaded, state.missing, state.rows) == (2, 2, 4)
    assert {name: (part.loaded, part.missing, part.rows) for name, part in state.parts.items()} == {
        FIRST: (1, 1, 3),
        SECOND: (1, 1, 1),
    }


def test_another_payload_for_an_id_is_counted_and_named_and_the_copy_of_gh_archive_stays(archives: Archives):
    archives.hold(FIRST, HOUR, push(1), push(2))
    archives.hold(SECOND, HOUR, push(1), push(2, actor_id=8), push(3))
    evidence = archives.fetch(HOUR)
    assert evidence[CONFLICTING] == 1
    day = read_day(archives.bronze_dir, DAY).sort("event_id")
    assert day.select("event_id", "actor_id").rows() == [(1, 7), (2, 7), (3, 7)]
    assert read_conflicts(archives.bronze_dir).select("event_id", "actor_id", "archive").rows() == [
        (2, 8, SECOND)
    ]
    assert archives.manifest()[SECOND, "2026-09-15T15"]["conflicts"] == 1
    assert "1 events that another archive gives otherwise, whose copy stays: 2" in archives.absent()


def test_the_order_of_loading_does_not_matter(archives: Archives, tmp_path: Path):
    archives.hold(FIRST, HOUR, push(1), push(2))
    archives.hold(SECOND, HOUR, push(1), push(2, actor_id=8), push(3))
    archives.fetch(HOUR)
    other = Archives(archives.upstream, tmp_path / "other")
    first_file = archives.upstream.files.pop(f"{FIRST}/{HOUR.file_name}")
    other.fetch(HOUR)
    assert set(other.held().values()) == {SECOND}
    archives.upstream.files[f"{FIRST}/{HOUR.file_name}"] = first_file
    other.fetch(HOUR)
    assert read_day(other.bronze_dir, DAY).equals(read_day(archives.bronze_dir, DAY))
    assert read_conflicts(other.bronze_dir).equals(read_conflicts(archives.bronze_dir))
    assert other.manifest()[SECOND, "2026-09-15T15"]["conflicts"] == 1


def test_a_copy_that_was_left_out_comes_back_when_the_other_archive_loses_the_event(archives: Archives):
    archives.hold(FIRST, HOUR, push(1), push(2))
    archives.hold(SECOND, HOUR, push(2, actor_id=8))
    archives.fetch(HOUR)
    load_hours(
        [again(archives, push(1))], archives.bronze_dir, datetime(2026, 9, 21, tzinfo=UTC), lambda *_: None
    )
    assert archives.held() == {1: FIRST, 2: SECOND}
    assert read_conflicts(archives.bronze_dir).is_empty()
    assert archives.manifest()[SECOND, "2026-09-15T15"]["conflicts"] == 0


def again(archives: Archives, *events: factories.Event) -> FetchedHour:
    return factories.fetched_hour(factories.write_hour(archives.data_dir / "again" / HOUR.file_name, events))


def test_late_events_go_to_the_time_they_were_created(archives: Archives):
    late = [
        push(1),
        push(2, "2026-09-15T14:10:00Z"),
        push(3, "2026-09-15T13:00:00Z"),
        push(4, "2026-09-14T22:00:00Z"),
    ]
    before = Hour.parse("2026-09-15T14")
    archives.hold(FIRST, before, push(2, "2026-09-15T14:10:00Z"), push(9, "2026-09-15T14:20:00Z"))
    archives.fetch(before)
    archives.hold(SECOND, HOUR, *late)
    archives.fetch(HOUR)
    assert archives.held() == {1: SECOND, 2: FIRST, 3: SECOND, 9: FIRST}
    assert archives.held(date(2026, 9, 14)) == {4: SECOND}


def test_a_second_run_asks_for_manifests_only_and_changes_nothing(archives: Archives):
    archives.hold(FIRST, HOUR, push(1))
    archives.hold(SECOND, HOUR, push(1), push(2), push(4, "2026-09-14T22:00:00Z"))
    archives.fetch(HOUR)
    before = {path: path.read_bytes() for path in archives.bronze_dir.rglob("*.parquet")}
    archives.upstream.log.clear()
    evidence = archives.fetch(HOUR)
    assert evidence["unchanged"] == 2
    assert {path: path.read_bytes() for path in archives.bronze_dir.rglob("*.parquet")} == before
    assert sorted((path, status) for path, _, status in archives.upstream.log) == [
        (f"{FIRST}/2026-09-15-15.json.gz", 304),
        (f"{SECOND}/2026-09-15-15.manifest.json", 200),
    ]


def test_a_run_that_was_killed_between_the_files_is_completed(
    archives: Archives, monkeypatch: pytest.MonkeyPatch
):
    archives.hold(FIRST, HOUR, push(1), push(2))
    archives.hold(SECOND, HOUR, push(2, actor_id=8), push(3), push(4, "2026-09-14T22:00:00Z"))
    whole = Archives(archives.upstream, archives.data_dir.with_name("whole"))
    whole.fetch(HOUR)
    for step in ("write_parquet", "write_conflicts", "write_manifest"):
        killed = Archives(archives.upstream, archives.data_dir.with_name(step))
        with monkeypatch.context() as patch:
            patch.setattr(event_rows, step, _killed)
            with pytest.raises(KeyboardInterrupt):
                killed.fetch(HOUR)
        killed.fetch(HOUR)
        for day in (DAY, date(2026, 9, 14)):
            assert read_day(killed.bronze_dir, day).equals(read_day(whole.bronze_dir, day)), step
        assert read_conflicts(killed.bronze_dir).equals(read_conflicts(whole.bronze_dir)), step


def _killed(*_arguments: object) -> None:
    raise KeyboardInterrupt


# --- files against their manifest ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ({"sha256": "0" * 64}, "SHA-256"),
        ({"compressed_bytes": 5}, "its manifest says 5"),
        ({"event_count": 99}, "the file has 2 events, its manifest says 99"),
    ],
    ids=["digest", "bytes", "events"],
)
def test_a_file_that_disagrees_with_its_manifest_is_set_aside_and_the_other_archive_goes_on(
    archives: Archives, says: Mapping[str, object], words: str
):
    archives.hold(FIRST, HOUR, push(1))
    archives.hold(SECOND, HOUR, push(1), push(2), says=says)
    evidence = archives.fetch(HOUR)
    assert archives.held() == {1: FIRST}
    assert evidence[FAILED] == 1
    assert "2026-09-15T15 of opendigger-archive: disagrees: " in archives.absent()
    assert words in archives.absent()
    archives.hold(SECOND, HOUR, push(1), push(2))
    archives.fetch(HOUR)
    assert archives.held() == {1: FIRST, 2: SECOND}
    assert archives.absent() == ""


def test_a_fuller_file_replaces_a_thinner_one_and_never_the_other_way_round(archives: Archives):
    archives.hold(SECOND, HOUR, push(1))
    archives.hold(FIRST, HOUR, push(9))
    archives.fetch(HOUR)
    archives.hold(SECOND, HOUR, push(1), push(2))
    archives.fetch(HOUR)
    assert archives.held() == {1: SECOND, 2: SECOND, 9: FIRST}
    archives.hold(SECOND, HOUR, push(3))
    archives.fetch(HOUR)
    assert archives.held() == {1: SECOND, 2: SECOND, 9: FIRST}


@pytest.mark.parametrize(
    "manifest", [None, b"<html>", b'{"event_count": "many"}'], ids=["none", "a page", "words"]
)
def test_a_file_without_a_readable_manifest_is_taken_and_that_is_named(
    archives: Archives, manifest: bytes | None
):
    archives.hold(FIRST, HOUR, push(1))
    archives.hold(SECOND, HOUR, push(2))
    name = f"{SECOND}/2026-09-15-15.manifest.json"
    del archives.upstream.files[name]
    if manifest is not None:
        archives.upstream.files[name] = manifest
    archives.fetch(HOUR)
    assert archives.held() == {1: FIRST, 2: SECOND}
    assert str(archives.manifest()[SECOND, "2026-09-15T15"]["detail"]).startswith("not checked: ")


# --- an archive that is not there ------------------------------------------------------------------------


@pytest.mark.parametrize(("gone", "left"), [(FIRST, SECOND), (SECOND, FIRST)])
def test_an_archive_that_vanished_is_named_and_the_other_goes_on(archives: Archives, gone: str, left: str):
    hours = [Hour.parse("2026-09-14T00"), HOUR]
    for number, hour in enumerate(hours):
        archives.hold(left, hour, push(number, f"{hour}:00:00Z"))
    archives.silent = {gone}
    evidence = archives.fetch(*hours)
    assert (evidence["loaded"], evidence[FAILED]) == (2, 2)
    assert archives.held() == {1: left}
    assert archives.held(date(2026, 9, 14)) == {0: left}
    assert archives.absent().count(": unanswered: ") == 2
    archives.silent = set()
    archives.hold(gone, HOUR, push(7))
    archives.fetch(*hours)
    assert archives.held() == {1: left, 7: gone}


def test_without_any_archive_the_run_fails_as_with_one(archives: Archives):
    archives.silent = {FIRST, SECOND}
    with pytest.raises(SourceError, match="refuses the connection"):
        archives.fetch(HOUR)
    assert read_manifest(archives.bronze_dir).is_empty()


def test_an_hour_that_one_archive_lacks_is_missing_of_that_archive_only(archives: Archives):
    archives.hold(FIRST, HOUR, push(1))
    archives.fetch(HOUR)
    assert {key: row["status"] for key, row in archives.manifest().items()} == {
        (FIRST, "2026-09-15T15"): "loaded",
        (SECOND, "2026-09-15T15"): "missing",
    }


# --- files of earlier versions ---------------------------------------------------------------------------


def test_rows_that_an_earlier_version_stored_are_of_gh_archive(archives: Archives):
    archives.hold(FIRST, HOUR, push(1))
    archives.fetch(HOUR)
    for path in [*event_files(archives.bronze_dir), archives.bronze_dir / "manifest" / "events.parquet"]:
        rows = pl.read_parquet(path, hive_partitioning=False).filter(pl.col("archive") == FIRST)
        rows.drop("archive", "conflicts", strict=False).write_parquet(path)
    assert archives.held() == {1: FIRST}
    assert archives.manifest()[FIRST, "2026-09-15T15"]["conflicts"] == 0
    archives.hold(SECOND, HOUR, push(1), push(2))
    archives.fetch(HOUR)
    assert archives.held() == {1: FIRST, 2: SECOND}


def test_a_month_of_days_of_both_versions_is_folded_into_one_of_this(archives: Archives):
    other = Hour.parse("2026-09-16T15")
    archives.hold(FIRST, HOUR, push(1))
    archives.hold(SECOND, other, push(2, "2026-09-16T15:00:00Z"))
    archives.hold(FIRST, other, push(3, "2026-09-16T15:00:00Z"))
    archives.fetch(HOUR, other)
    old = day_path(archives.bronze_dir, DAY)
    pl.read_parquet(old, hive_partitioning=False).drop("archive").write_parquet(old)
    fold_months(archives.bronze_dir, [HOUR_MONTH])
    assert archives.held() == {1: FIRST}
    assert archives.held(date(2026, 9, 16)) == {2: SECOND, 3: FIRST}
