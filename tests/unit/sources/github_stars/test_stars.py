"""Star history: to the digit, once, in few requests, and what becomes of every kind of bad answer."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import stamina
from pydantic import SecretStr

from pipelines.bronze.storage import write_parquet
from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.connect import Upstreams, connect
from pipelines.sources.failures import RateLimitedError, SourceError, UpstreamTroubleError
from pipelines.sources.github.answers import WantedRepository
from pipelines.sources.github.bronze import GITHUB_MANIFEST_SCHEMA
from pipelines.sources.github_stars.bronze import StarsReport, day_files, load_stars
from tests.unit.sources.github_stars.github import (
    StarryGitHub,
    bad_gateway,
    cut,
    secondary_limit,
    something_went_wrong,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_httpserver import HTTPServer

NOW = datetime(2026, 9, 24, 5, tzinfo=UTC)
NEXT_MONTH = datetime(2026, 10, 2, 5, tzinfo=UTC)
OLD, YOUNG = "a/old", "a/young"


@pytest.fixture(autouse=True)
def one_attempt_a_request() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture
def github(httpserver: HTTPServer) -> StarryGitHub:
    """Repositories of 72 and of 4 weeks: three pages and one."""
    newest = date(2026, 9, 20)
    started = StarryGitHub(
        ids={OLD: 1, YOUNG: 2},
        created={OLD: newest - timedelta(weeks=71), YOUNG: newest - timedelta(weeks=3)},
    )
    started.start(httpserver)
    return started


@pytest.fixture
def live(httpserver: HTTPServer) -> Iterator[Upstreams]:
    settings = Settings(data_profile=DataProfile.LIVE, urls={"github_api": httpserver.url_for("/api")})
    upstreams = connect(settings, NOW)
    with upstreams.session:
        yield dataclasses.replace(upstreams, tokens={"github": SecretStr("ghp_0123456789")})


def load(live: Upstreams, bronze: Path, *names: str, now: datetime = NOW) -> StarsReport:
    wanted = [WantedRepository(name) for name in names or (OLD, YOUNG)]
    return load_stars(dataclasses.replace(live, retrieved_at=now), wanted, bronze, lambda _done, _of: None)


def stored(bronze: Path, name: str) -> dict[date, int]:
    frames = [pl.read_parquet(path) for path in day_files(bronze)]
    rows = pl.concat(frames).filter(pl.col("repo_full_name") == name)
    assert rows["day"].is_unique().all()
    return dict(rows.select("day", "stars_count").iter_rows())


def history(bronze: Path, name: str) -> dict[str, Any]:
    rows = pl.read_parquet(bronze / "manifest" / "github_stars.parquet")
    return rows.row(by_predicate=pl.col("repo_full_name") == name, named=True)


def set_aside(bronze: Path) -> list[str]:
    rows = pl.read_parquet(bronze / "quarantine" / "github_stars.parquet")
    return [f"{file}: {cause}" for file, cause in rows.select("source_file", "cause").iter_rows()]


def test_every_day_back_to_the_creation_comes_out_to_the_digit(
    github: StarryGitHub, live: Upstreams, tmp_path: Path
) -> None:
    report = load(live, tmp_path)
    for name in (OLD, YOUNG):
        assert stored(tmp_path, name) == github.days(name, before=NOW.date())
    assert github.pages == [(OLD, 1, 200), (OLD, 2, 200), (OLD, 3, 200), (YOUNG, 1, 200)]
    assert len(github.queries) == 1
    assert report == StarsReport(2, 0, 2, 0, 0, 0, 4)
    assert set_aside(tmp_path) == []


def test_a_second_run_asks_nobody_and_one_a_month_later_for_the_newest_page(
    github: StarryGitHub, live: Upstreams, tmp_path: Path
) -> None:
    load(live, tmp_path)
    github.pages.clear()
    assert load(live, tmp_path, now=NOW + timedelta(days=7)).known_count == 2
    assert load(live, tmp_path, now=datetime(2026, 10, 1, 23, tzinfo=UTC)).known_count == 2
    assert github.pages == []
    github.newest_week = date(2026, 9, 27)
    assert load(live, tmp_path, now=NEXT_MONTH).pages_count == 2
    assert github.pages == [(OLD, 1, 200), (YOUNG, 1, 200)]
    assert stored(tmp_path, OLD) == github.days(OLD, before=NEXT_MONTH.date())
    assert history(tmp_path, OLD)["settled_through"] == date(2026, 9, 30)


def test_a_page_that_did_not_change_costs_nothing(
    github: StarryGitHub, live: Upstreams, tmp_path: Path
) -> None:
    load(live, tmp_path)
    github.pages.clear()
    left = github.left
    load(live, tmp_path, now=NEXT_MONTH)
    assert github.pages == [(OLD, 1, 304), (YOUNG, 1, 304)]
    assert github.left == left
    assert history(tmp_path, OLD)["settled_through"] == date(2026, 9, 30)


def test_weeks_between_the_newest_page_and_what_is_held_are_read(
    github: StarryGitHub, live: Upstreams, tmp_path: Path
) -> None:
    load(live, tmp_path)
    github.pages.clear()
    late = NOW + timedelta(weeks=40)
    github.newest_week += timedelta(weeks=40)
    load(live, tmp_path, OLD, now=late)
    assert [page for _, page, _ in github.pages] == [1, 2, 3, 4]
    assert stored(tmp_path, OLD) == github.days(OLD, before=late.date())


class KilledError(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("killed_at", [1, 2, 3, 4])
def test_a_run_that_is_killed_loses_no_page_and_the_next_one_goes_on(
    killed_at: int, github: StarryGitHub, live: Upstreams, tmp_path: Path
) -> None:
    def kill(done: int, _of: int) -> None:
        if len(github.pages) == killed_at:
            raise KilledError

    with pytest.raises(KilledError):
        load_stars(live, [WantedRepository(OLD), WantedRepository(YOUNG)], tmp_path, kill)
    load(live, tmp_path)
    assert [page for _, page, _ in github.pages] == [1, 2, 3, 1]
    for name in (OLD, YOUNG):
        assert stored(tmp_path, name) == github.days(name, before=NOW.date())


def test_a_history_that_is_finished_in_another_month_has_the_days_between(
    github: StarryGitHub, live: Upstreams, tmp_path: Path
) -> None:
    github.left = 51
    with pytest.raises(RateLimitedError, match=r"1 repositories|repositories is not whole"):
        load(live, tmp_path, OLD)
    assert not history(tmp_path, OLD)["is_whole"]
    github.left = 5000
    github.newest_week = date(2026, 9, 27)
    load(live, tmp_path, OLD, now=NEXT_MONTH)
    assert history(tmp_path, OLD)["is_whole"]
    assert stored(tmp_path, OLD) == github.days(OLD, before=NEXT_MONTH.date())


def test_it_stops_before_the_limit_is_used_up_and_says_until_when(
    github: StarryGitHub, live: Upstreams, tmp_path: Path
) -> None:
    github.left = 52
    with pytest.raises(RateLimitedError) as stopped:
        load(live, tmp_path)
    assert "49 requests are left" in stopped.value.what
    assert "the star history of 1 repositories is not whole yet" in stopped.value.what
    assert "2026-09-21 14:13 UTC" in stopped.value.what
    assert len(github.pages) == 3
    github.left = 5000
    load(live, tmp_path)
    assert github.pages[3:] == [(YOUNG, 1, 200)]


def test_stars_that_were_taken_back_leave_the_newer_count_and_a_note(
    github: StarryGitHub, live: Upstreams, tmp_path: Path
) -> None:
    day = date(2026, 9, 3)
    github.stars[OLD, day] = 8
    load(live, tmp_path)
    github.stars[OLD, day] = 5
    github.newest_week = date(2026, 9, 27)
    load(live, tmp_path, now=NEXT_MONTH)
    assert stored(tmp_path, OLD)[day] == 5
    earlier = pl.read_parquet(tmp_path / "github_stars" / "earlier.parquet")
    assert earlier.select("repo_full_name", "day", "stars_count").rows() == [(OLD, day, 8)]
    assert set_aside(tmp_path) == [
        f"{OLD}: 3 stars of 1 days were taken back; the newer counts hold, github_stars/earlier.parquet keeps the older"
    ]


@pytest.mark.parametrize(
    ("item", "cause"),
    [
        ({"week": 1788652800, "total": 99, "days": [1] * 7}, "its days have 7 stars, its total says 99"),
        ({"week": 1788652800, "total": -1, "days": [0] * 7}, "page 1, week 3: Expected `int` >= 0"),
        ({"week": 1788652800, "total": 6, "days": [1] * 6}, "Expected `array` of length >= 7"),
        ({"week": 1788652800}, "missing required field"),
        ({"week": 99999999999, "total": 0, "days": [0] * 7}, "it has not begun"),
        ({"week": 0, "total": 0, "days": [0] * 7}, "it is before GitHub"),
        ({"week": 1789862400, "total": 0, "days": [0] * 7}, "it is not older than the week before"),
        ({"week": 10**30, "total": 0, "days": [0] * 7}, "page 1, week 3"),
    ],
)
def test_a_week_that_cannot_be_believed_is_set_aside_and_asked_for_again(
    item: dict[str, Any], cause: str, github: StarryGitHub, live: Upstreams, tmp_path: Path
) -> None:
    week = date(2026, 9, 6)
    github.spoilt[OLD, week] = item
    assert load(live, tmp_path).set_aside_count == 1
    days = github.days(OLD, before=NOW.date())
    lost = {week + timedelta(days=n) for n in range(7)}
    assert stored(tmp_path, OLD) == {day: count for day, count in days.items() if day not in lost}
    [note] = set_aside(tmp_path)
    assert note.startswith(f"{OLD}: week set aside: page 1, week 3")
    assert cause in note
    github.spoilt.clear()
    github.pages.clear()
    load(live, tmp_path, now=NEXT_MONTH)
    assert [page for name, page, _ in github.pages if name == OLD] == [1, 2, 3]
    assert stored(tmp_path, OLD) == github.days(OLD, before=date(2026, 9, 27))
    assert set_aside(tmp_path) == []


def test_with_faults_of_every_kind_the_days_come_out_all_the_same(
    github: StarryGitHub, live: Upstreams, tmp_path: Path
) -> None:
    github.faults = [bad_gateway(), None, something_went_wrong(), None, cut(), None]
    load(live, tmp_path)
    for name in (OLD, YOUNG):
        assert stored(tmp_path, name) == github.days(name, before=NOW.date())


def test_a_page_without_a_usable_answer_is_named_and_asked_for_again(
    github: StarryGitHub, live: Upstreams, tmp_path: Path
) -> None:
    github.faults = [None, something_went_wrong(), None, something_went_wrong(), something_went_wrong()]
    report = load(live, tmp_path)
    assert (report.whole_count, report.failed_count) == (1, 1)
    assert [note.partition(":")[0] for note in set_aside(tmp_path)] == [OLD]
    github.pages.clear()
    assert load(live, tmp_path, now=NOW + timedelta(days=1)).failed_count == 0
    assert github.pages == [(OLD, 2, 200), (OLD, 3, 200)]


def test_a_github_that_is_down_ends_the_round(github: StarryGitHub, live: Upstreams, tmp_path: Path) -> None:
    github.faults = [bad_gateway() for _ in range(20)]
    with pytest.raises(UpstreamTroubleError):
        load(live, tmp_path)
    assert len(github.pages) <= 6


def test_a_limit_on_bursts_ends_the_round_and_loses_nothing(
    github: StarryGitHub, live: Upstreams, tmp_path: Path
) -> None:
    github.faults = [None, secondary_limit()]
    with pytest.raises(SourceError, match="secondary"):
        load(live, tmp_path)
    load(live, tmp_path)
    assert [page for _, page, _ in github.pages] == [1, 2, 2, 3, 1]


def test_a_renamed_repository_is_asked_for_under_its_present_name(
    github: StarryGitHub, live: Upstreams, tmp_path: Path
) -> None:
    github.moved["a/former"] = OLD
    load(live, tmp_path, "a/former")
    assert {name for name, *_ in github.pages} == {OLD}
    assert stored(tmp_path, "a/former") == github.days(OLD, before=NOW.date())
    assert history(tmp_path, "a/former")["repo_id"] == 1


def test_a_repository_that_is_gone_keeps_its_days_and_is_asked_for_once_a_month(
    github: StarryGitHub, live: Upstreams, tmp_path: Path
) -> None:
    load(live, tmp_path)
    del github.ids[YOUNG]
    github.pages.clear()
    report = load(live, tmp_path, now=NEXT_MONTH)
    assert report.lost_count == 1
    assert len(stored(tmp_path, YOUNG)) == 25
    assert history(tmp_path, YOUNG)["settled_through"] == date(2026, 9, 22)
    github.queries.clear()
    load(live, tmp_path, now=NEXT_MONTH + timedelta(days=1))
    assert github.queries == []


def test_the_daily_observation_of_the_day_spares_asking_for_names(
    github: StarryGitHub, live: Upstreams, tmp_path: Path
) -> None:
    asked = {
        "repo_full_name": "a/former",
        "repo_id": 1,
        "status": "found",
        "found_full_name": OLD,
        "found_repo_id": 1,
        "retrieved_at": NOW.replace(tzinfo=None),
    }
    rows = pl.DataFrame([dict.fromkeys(GITHUB_MANIFEST_SCHEMA) | asked], schema=GITHUB_MANIFEST_SCHEMA)
    write_parquet(rows, tmp_path / "manifest" / "github.parquet")
    load_stars(live, [WantedRepository("a/former", 1)], tmp_path, lambda _done, _of: None)
    assert github.queries == []
    assert stored(tmp_path, "a/former") == github.days(OLD, before=NOW.date())


def test_another_repository_under_the_name_starts_anew(
    github: StarryGitHub, live: Upstreams, tmp_path: Path
) -> None:
    load(live, tmp_path, YOUNG)
    github.ids[YOUNG] = 7
    load_stars(live, [WantedRepository(YOUNG, 7)], tmp_path, lambda _done, _of: None)
    assert stored(tmp_path, YOUNG) == github.days(YOUNG, before=NOW.date())
    earlier = pl.read_parquet(tmp_path / "github_stars" / "earlier.parquet")
    assert set(earlier["repo_id"]) == {2}
