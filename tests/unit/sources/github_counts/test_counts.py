"""GitHub's own counts: to the digit, once, in few requests, and what becomes of every kind of bad answer."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest
import stamina
from pydantic import SecretStr
from werkzeug import Response

from pipelines.bronze.counts import COUNTS_SCHEMA
from pipelines.bronze.storage import write_parquet
from pipelines.floor.periods import Month, months_between
from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.connect import Upstreams, connect
from pipelines.sources.failures import NotAuthorizedError, RateLimitedError, UpstreamUnreachableError
from pipelines.sources.github.answers import WantedRepository
from pipelines.sources.github.bronze import GITHUB_MANIFEST_SCHEMA
from pipelines.sources.github_counts.bronze import CountsReport, count_files, load_counts
from pipelines.sources.github_counts.source import SOURCE
from tests.unit.sources.github_counts.github import (
    METRICS,
    CountingGitHub,
    bad_gateway,
    cut,
    errors,
    secondary_limit,
    something_went_wrong,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pytest_httpserver import HTTPServer

NOW = datetime(2026, 9, 20, 5, tzinfo=UTC)
NEXT_DAY = datetime(2026, 9, 21, 5, tzinfo=UTC)
JUNE, JULY, AUGUST = Month(2026, 6), Month(2026, 7), Month(2026, 8)
SUMMER = [JUNE, JULY, AUGUST]
YEAR = list(months_between(Month(2026, 1), AUGUST))
CREATED = "pr created"


@pytest.fixture(autouse=True)
def one_attempt_a_query() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture
def github(httpserver: HTTPServer) -> CountingGitHub:
    started = CountingGitHub()
    started.start(httpserver)
    return started


@pytest.fixture
def small(github: CountingGitHub) -> CountingGitHub:
    """Two repositories, in each of which 10 × month pull requests were opened."""
    github.ids = {"a/one": 1, "a/two": 2}
    for name in github.ids:
        for month in YEAR:
            github.counts[name, CREATED, month.first_day] = 10 * month.month
    return github


@pytest.fixture
def live(httpserver: HTTPServer) -> Iterator[Upstreams]:
    settings = Settings(data_profile=DataProfile.LIVE, urls={"github_api": httpserver.url_for("/api")})
    upstreams = connect(settings, NOW)
    with upstreams.session:
        yield dataclasses.replace(upstreams, tokens={"github": SecretStr("ghp_0123456789")})


def load(
    live: Upstreams, bronze: Path, *names: str, months: Sequence[Month] = SUMMER, now: datetime = NOW
) -> CountsReport:
    wanted = [WantedRepository(name) for name in names or ("a/one", "a/two")]
    upstreams = dataclasses.replace(live, retrieved_at=now)
    return load_counts(upstreams, wanted, months, bronze, lambda _done, _of: None)


def stored(bronze: Path) -> pl.DataFrame:
    return pl.concat(
        [
            COUNTS_SCHEMA.to_frame(),
            *(pl.read_parquet(path, hive_partitioning=False) for path in count_files(bronze)),
        ]
    )


def opened(bronze: Path, name: str = "a/one") -> dict[int, int]:
    """Month → pull requests opened."""
    rows = stored(bronze).filter(pl.col("repo_full_name") == name, pl.col("metric_id") == "change_requests")
    return {row["window_start"].month: row["count"] for row in rows.iter_rows(named=True)}


def statuses(bronze: Path) -> dict[tuple[str, int], str]:
    manifest = pl.read_parquet(bronze / "manifest" / "github_counts.parquet")
    return {
        (row["repo_full_name"], row["month"].month): row["status"] for row in manifest.iter_rows(named=True)
    }


def set_aside(bronze: Path) -> list[str]:
    rows = pl.read_parquet(bronze / "quarantine" / "github_counts.parquet")
    return [f"{file}: {cause}" for file, cause in rows.select("source_file", "cause").iter_rows()]


def assert_real_counts(github: CountingGitHub, bronze: Path) -> None:
    found = {
        (row["repo_full_name"], row["metric_id"], row["window_start"]): row["count"]
        for row in stored(bronze).iter_rows(named=True)
    }
    assert len(github.counts) == 80 * 8 * 4
    assert found == {
        (name, METRICS[words], day): count for (name, words, day), count in github.counts.items()
    }


def test_the_real_counts_come_out_to_the_digit(
    github: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    github.hold_sample_counts()
    report = load(live, tmp_path, *github.ids, months=YEAR)
    assert_real_counts(github, tmp_path)
    assert (report.requested_count, report.found_count, report.rows_count) == (640, 640, 2560)
    assert len(github.queries) == 27  # 640 months of repositories, 24 at a time
    assert stored(tmp_path)["window_end"].max() == date(2026, 8, 31)
    assert set(stored(tmp_path)["repo_id"]) == set(github.ids.values())


def test_with_faults_of_every_kind_they_come_out_all_the_same(
    github: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    github.hold_sample_counts()
    limits = errors({"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits exceeded."})
    github.faults = [
        bad_gateway(),
        None,
        limits,
        None,
        something_went_wrong(),
        None,
        cut(),
        limits,
        limits,
    ]
    report = load(live, tmp_path, *github.ids, months=YEAR)
    assert_real_counts(github, tmp_path)
    assert (report.found_count, report.failed_count) == (640, 0)
    assert 27 < len(github.queries) < 50


def test_a_first_fetch_and_a_day_of_300_repositories_stay_within_their_requests(
    github: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    names = [f"org{n}/repo" for n in range(300)]
    github.ids = {name: n for n, name in enumerate(names, start=1)}
    months = list(months_between(Month(2024, 9), AUGUST))
    assert len(months) == 24
    load(live, tmp_path, *names, months=months)
    assert len(github.queries) == 300
    del github.queries[:]
    report = load(live, tmp_path, *names, months=months, now=NEXT_DAY)
    assert report.found_count == 600
    assert len(github.queries) == 25


def test_the_newest_months_come_first_over_all_repositories(
    small: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    load(live, tmp_path)
    months = [
        line.split("created:")[1][:7] for line in small.queries[0].splitlines() if "is:pr created" in line
    ]
    assert months == ["2026-08", "2026-08", "2026-07", "2026-07", "2026-06", "2026-06"]


def test_a_past_month_is_counted_once_and_the_last_two_once_a_day(
    small: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    load(live, tmp_path)
    assert load(live, tmp_path).known_count == 6
    assert len(small.queries) == 1, "nothing is asked twice a day"
    for month in SUMMER:
        small.counts["a/one", CREATED, month.first_day] += 1
    report = load(live, tmp_path, now=NEXT_DAY)
    assert (report.known_count, report.found_count) == (2, 4)
    assert opened(tmp_path) == {6: 60, 7: 71, 8: 81}, "June is over for good"
    load(live, tmp_path, months=[*SUMMER, Month(2026, 9)], now=datetime(2026, 10, 5, tzinfo=UTC))
    assert opened(tmp_path) == {6: 60, 7: 71, 8: 81, 9: 0}


def test_the_limit_stops_politely_and_the_next_run_asks_for_the_rest(
    github: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    github.hold_sample_counts()
    github.points = 31
    with pytest.raises(RateLimitedError, match=r"376 months of repositories.*2026-11-30 05:30 UTC"):
        load(live, tmp_path, *github.ids, months=YEAR)
    assert (len(github.queries), github.points) == (11, 20), "points are left for the daily observation"
    assert stored(tmp_path).height == 11 * 24 * 4
    github.points = 5000
    load(live, tmp_path, *github.ids, months=YEAR)
    assert len(github.queries) == 27
    assert_real_counts(github, tmp_path)


def test_a_limit_that_another_program_used_up_keeps_what_came(
    github: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    github.hold_sample_counts()
    github.faults = [None, None, errors({"type": "RATE_LIMITED", "message": "API rate limit exceeded."})]
    with pytest.raises(RateLimitedError):
        load(live, tmp_path, *github.ids, months=YEAR)
    assert stored(tmp_path).height == 2 * 24 * 4


def test_killed_in_the_middle_nothing_is_lost_and_nothing_asked_twice(
    github: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    github.hold_sample_counts()

    def stop(done: int, _of: int) -> None:
        if done == 5 * 24:
            raise KeyboardInterrupt

    wanted = [WantedRepository(name) for name in github.ids]
    with pytest.raises(KeyboardInterrupt):
        load_counts(live, wanted, YEAR, tmp_path, stop)
    assert stored(tmp_path).height == 5 * 24 * 4
    load(live, tmp_path, *github.ids, months=YEAR)
    assert len(github.queries) == 27
    assert_real_counts(github, tmp_path)


def test_where_github_cannot_run_a_whole_query_shorter_ones_follow(
    github: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    github.hold_sample_counts()
    github.most_searches = 50
    report = load(live, tmp_path, *github.ids, months=YEAR)
    assert report.found_count == 640
    assert_real_counts(github, tmp_path)
    assert len(github.queries) < 100


def test_a_renamed_repository_is_counted_under_its_present_name(
    small: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    small.moved["a/former"] = "a/one"
    load(live, tmp_path, "a/former", months=YEAR)
    assert opened(tmp_path, "a/former") == {month: 10 * month for month in range(1, 9)}
    assert stored(tmp_path)["repo_id"].unique().to_list() == [1]
    del small.queries[:]
    load(live, tmp_path, "a/former", months=YEAR, now=NEXT_DAY)
    assert len(small.queries) == 1, "the present name is remembered"


def test_the_name_of_the_daily_observation_is_asked_first(
    small: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    small.moved["a/former"] = "a/one"
    seen = {"repo_full_name": "a/former", "status": "found", "found_full_name": "a/one", "found_repo_id": 1}
    observed = pl.concat([GITHUB_MANIFEST_SCHEMA.to_frame(), pl.DataFrame(seen)], how="diagonal")
    write_parquet(observed, tmp_path / "manifest" / "github.parquet")
    wanted = [WantedRepository("a/former", 1)]
    assert load_counts(live, wanted, SUMMER, tmp_path, lambda _done, _of: None).found_count == 3
    assert len(small.queries) == 1
    assert 'owner: "a", name: "one"' in small.queries[0]


def test_a_repository_renamed_between_two_calls_is_followed(
    small: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    small.most_searches = 4  # a month of a repository at a time

    def transfer() -> None:
        if "a/one" in small.ids and len(small.queries) > 8:
            small.moved["a/one"] = "b/new"
            small.ids["b/new"] = small.ids.pop("a/one")
            for month in YEAR:
                small.counts["b/new", CREATED, month.first_day] = small.counts[
                    "a/one", CREATED, month.first_day
                ]

    small.on_query = transfer
    report = load(live, tmp_path, "a/one", months=YEAR)
    assert (report.found_count, report.lost_count) == (8, 0)
    assert "b/new" in small.ids
    assert opened(tmp_path) == {month: 10 * month for month in range(1, 9)}


def test_a_name_that_came_back_is_found_from_the_name_in_the_seeds(
    small: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    small.moved["a/former"] = "a/one"
    load(live, tmp_path, "a/former")
    small.moved["a/former"] = "c/newest"
    small.ids = {"c/newest": 1, "a/one": 99}  # another repository took the name in between
    small.counts["c/newest", CREATED, AUGUST.first_day] = 81
    report = load(live, tmp_path, "a/former", now=NEXT_DAY)
    assert (report.found_count, report.lost_count) == (2, 0)
    assert opened(tmp_path, "a/former")[8] == 81


@pytest.mark.parametrize("is_known_from", ["seeds", "earlier answers"])
def test_a_name_that_another_repository_took_is_set_aside(
    is_known_from: str, small: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    if is_known_from == "seeds":
        wanted = [WantedRepository("a/one", 1), WantedRepository("a/two", 2)]
    else:
        wanted = [WantedRepository("a/one"), WantedRepository("a/two")]
        load(live, tmp_path, months=[AUGUST])
    small.ids["a/one"] = 99
    next_day = dataclasses.replace(live, retrieved_at=NEXT_DAY)
    report = load_counts(next_day, wanted, SUMMER, tmp_path, lambda _done, _of: None)
    assert 99 not in stored(tmp_path)["repo_id"]
    assert opened(tmp_path, "a/two") == {6: 60, 7: 70, 8: 80}
    assert report.lost_count == 3
    assert any(
        "the name leads to another repository: a/one, 99, not 1" in cause for cause in set_aside(tmp_path)
    )
    assert SOURCE.state(tmp_path).absent[0].startswith("a/one: taken: ")


def test_a_repository_that_github_does_not_show_is_unknown_and_never_0(
    small: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    load(live, tmp_path, months=[JULY])
    del small.ids["a/one"]
    report = load(live, tmp_path, months=YEAR, now=NEXT_DAY)
    assert opened(tmp_path) == {7: 70}, "what was counted before stays"
    assert len(opened(tmp_path, "a/two")) == 8
    assert (report.found_count, report.lost_count) == (8, 8), "those that were not asked for, too"
    assert statuses(tmp_path)["a/one", 8] == "gone"
    assert "a/one: gone: Could not resolve one" in SOURCE.state(tmp_path).absent
    small.ids["a/one"] = 77
    load(live, tmp_path, months=YEAR, now=datetime(2026, 9, 22, 5, tzinfo=UTC))
    assert opened(tmp_path) == {7: 70}, "a new repository of the same name is another one"


def test_of_a_repository_that_is_gone_no_further_month_is_asked_for(
    github: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    names = [f"org/gone{n}" for n in range(24)]
    load(live, tmp_path, *names, months=YEAR)
    assert len(github.queries) == 1
    assert load(live, tmp_path, *names, months=YEAR).requested_count == 24 * 8
    assert len(github.queries) == 1, "not asked for again that day"


def test_a_count_that_shrank_is_kept_and_the_earlier_is_named(
    small: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    load(live, tmp_path)
    small.counts["a/one", CREATED, AUGUST.first_day] = 75
    small.counts["a/two", CREATED, AUGUST.first_day] = 85
    load(live, tmp_path, now=NEXT_DAY)
    assert (opened(tmp_path)[8], opened(tmp_path, "a/two")[8]) == (75, 85)
    assert set_aside(tmp_path) == [
        "a/one 2026-08: change_requests shrank: 80 on 2026-09-20, 75 on 2026-09-21; the newer counts"
    ]
    earlier = pl.read_parquet(tmp_path / "github_counts" / "earlier.parquet")
    assert sorted(earlier.select("repo_full_name", "count").iter_rows()) == [("a/one", 80), ("a/two", 80)]


def test_a_count_that_is_not_in_the_answer_is_unknown_and_the_others_are_kept(
    small: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    data = {
        "rateLimit": None,
        "r0": {"databaseId": 1, "nameWithOwner": "a/one"},
        "r1": {"databaseId": 2, "nameWithOwner": "a/two"},
        **{f"m{n}_{metric}": {"issueCount": 5} for n in (0, 1) for metric in METRICS.values()},
        "m0_change_requests": None,
        "m1_issues_new": {"issueCount": "many"},
        "m1_issues_closed": {"issueCount": -1},
    }
    said = [
        {"message": "timed out", "path": ["m0_change_requests"]},
        {"message": "results are incomplete", "path": ["m1_change_requests_accepted", "issueCount"]},
    ]
    small.faults = [Response(json.dumps({"data": data, "errors": said}), content_type="application/json")]
    report = load(live, tmp_path, months=[AUGUST])
    assert (report.found_count, report.failed_count, report.rows_count) == (0, 2, 4)
    assert stored(tmp_path).height == 4
    assert set_aside(tmp_path) == [
        "a/one 2026-08: not counted: change_requests: timed out",
        "a/two 2026-08: not counted: issues_new: GitHub's answer lacks it, or has it in another shape;"
        " issues_closed: GitHub's answer lacks it, or has it in another shape;"
        " change_requests_accepted: results are incomplete",
    ]
    load(live, tmp_path, months=[AUGUST])
    assert opened(tmp_path) == {8: 80}, "asked for again the same day"
    assert not any("not counted" in cause for cause in set_aside(tmp_path))


def test_a_month_that_cannot_be_counted_alone_is_named_and_the_others_are_counted(
    small: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    # All four months, the first two, the first; it is asked for again after the three others.
    small.faults = [bad_gateway()] * 3 + [None] * 2 + [bad_gateway()]
    report = load(live, tmp_path, months=[JULY, AUGUST])
    assert (report.found_count, report.failed_count) == (3, 1)
    assert statuses(tmp_path)["a/one", 8] == "failed"
    assert "status 502" in set_aside(tmp_path)[0]


@pytest.mark.parametrize(
    "answer",
    ['{"data": {"rateLimit": ', '{"data": []}', "<!DOCTYPE html><title>Sign in</title>", ""],
    ids=["JSON that ends early", "another shape", "a page", "nothing"],
)
def test_an_answer_that_cannot_be_read_costs_one_query(
    answer: str, small: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    small.faults = [Response(answer, content_type="application/json")]
    assert load(live, tmp_path).found_count == 6
    assert len(small.queries) == 3, "all six months, then three and three"
    assert opened(tmp_path) == {6: 60, 7: 70, 8: 80}


def test_a_burst_is_waited_for(small: CountingGitHub, live: Upstreams, tmp_path: Path) -> None:
    small.faults = [secondary_limit()]
    with stamina.set_testing(True, attempts=2):
        assert load(live, tmp_path).found_count == 6
    assert len(small.queries) == 2


def test_a_token_without_the_right_to_search_is_named(
    small: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    refusal = {"type": "FORBIDDEN", "message": "Resource not accessible by personal access token"}
    small.faults = [
        errors({**refusal, "path": ["m0_issues_new"]})
    ] * 6  # 16, 8, 4, 2, 1 and the other repository
    with pytest.raises(NotAuthorizedError, match="Resource not accessible") as refused:
        load(live, tmp_path, months=YEAR)
    assert "LANDSCAPE_GITHUB_TOKEN" in refused.value.hint
    assert stored(tmp_path).is_empty()
    assert load(live, tmp_path, months=YEAR).found_count == 16, "with another token, on the same day"


def test_a_repository_that_the_token_may_not_see_costs_that_repository(
    small: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    refusal = {"type": "FORBIDDEN", "message": "the organization forbids this token", "path": ["r0"]}
    small.faults = [errors(refusal), errors(refusal)]  # both repositories, the first alone
    report = load(live, tmp_path, months=[AUGUST])
    assert (report.found_count, report.lost_count) == (1, 1)
    assert statuses(tmp_path) == {("a/one", 8): "blocked", ("a/two", 8): "found"}


def test_a_token_that_is_not_valid_ends_the_run_at_once(
    small: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    small.faults = [Response('{"message": "Bad credentials"}', 401)]
    with pytest.raises(NotAuthorizedError, match="Bad credentials"):
        load(live, tmp_path)
    assert len(small.queries) == 1


def test_when_github_is_down_what_came_is_kept(
    github: CountingGitHub, live: Upstreams, tmp_path: Path
) -> None:
    github.hold_sample_counts()
    github.faults = [None, *[bad_gateway()] * 30]
    with pytest.raises(UpstreamUnreachableError):
        load(live, tmp_path, *github.ids, months=YEAR)
    assert len(github.queries) == 11, "ten queries in a row"
    assert stored(tmp_path).height == 24 * 4
