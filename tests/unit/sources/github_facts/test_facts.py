"""GitHub's facts: each once and in full, only what changed, and what becomes of every kind of bad answer."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest
import stamina
from pydantic import SecretStr
from werkzeug import Response

from pipelines.bronze import storage
from pipelines.floor.periods import Month
from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.connect import Upstreams, connect
from pipelines.sources.failures import NotAuthorizedError, RateLimitedError, UpstreamTroubleError
from pipelines.sources.gharchive.facts import EVENT_SCHEMA
from pipelines.sources.github.answers import WantedRepository
from pipelines.sources.github_facts import bronze as facts_in_bronze
from pipelines.sources.github_facts.bronze import FactsReport, fact_files, load_facts, read_manifest
from pipelines.sources.github_facts.source import SOURCE
from tests.unit.sources.github_counts.github import bad_gateway, cut, secondary_limit
from tests.unit.sources.github_facts.github import FactsGitHub, Held, actor, comment, event, issue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_httpserver import HTTPServer

NOW = datetime(2026, 9, 20, 5, tzinfo=UTC)
JULY, AUGUST = Month(2026, 7), Month(2026, 8)


@pytest.fixture(autouse=True)
def one_attempt_a_request() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture
def github(httpserver: HTTPServer) -> FactsGitHub:
    started = FactsGitHub(held={"a/one": Held(1), "a/two": Held(2)})
    started.start(httpserver)
    return started


@pytest.fixture
def one(github: FactsGitHub) -> Held:
    return github.held["a/one"]


@pytest.fixture
def live(httpserver: HTTPServer) -> Iterator[Upstreams]:
    settings = Settings(data_profile=DataProfile.LIVE, urls={"github_api": httpserver.url_for("/api")})
    upstreams = connect(settings, NOW)
    with upstreams.session:
        yield dataclasses.replace(upstreams, tokens={"github": SecretStr("ghp_0123456789")})


def load(live: Upstreams, bronze: Path, *names: str, since: Month = JULY, now: datetime = NOW) -> FactsReport:
    wanted = [WantedRepository(name) for name in names or ("a/one",)]
    upstreams = dataclasses.replace(live, retrieved_at=now)
    return load_facts(upstreams, wanted, since, bronze, lambda _done, _of: None)


def stored(bronze: Path) -> pl.DataFrame:
    read = [pl.read_parquet(path, hive_partitioning=False) for path in fact_files(bronze)]
    return pl.concat([EVENT_SCHEMA.to_frame(), *read])


def facts(bronze: Path) -> list[tuple[object, ...]]:
    columns = ("event_type", "action", "number", "actor_id", "created_at")
    rows = stored(bronze).sort("created_at", "event_type", "event_id").select(columns).iter_rows()
    return [(*row[:-1], f"{row[-1]:%m-%d %H}") for row in rows]


def statuses(bronze: Path) -> dict[tuple[str, str], str]:
    rows = read_manifest(bronze).select("repo_full_name", "endpoint", "status").iter_rows()
    return {(name, endpoint): status for name, endpoint, status in rows}


def opened(count: int, *, first: int = 1, day: int = 1) -> list[dict[str, object]]:
    """Issues, opened a minute after the other on a day of July."""
    return [
        issue(first + n, f"2026-07-{day:02}T{n // 60:02}:{n % 60:02}:00Z", 5 + n % 7) for n in range(count)
    ]


def merged_pull(one: Held, number: int = 3) -> None:
    at = "2026-07-05T08:00:00Z"
    closed = {"closed_at": "2026-07-06T09:00:00Z", "updated_at": "2026-07-06T09:00:00Z"}
    of_pull = {"pull_request": {"merged_at": "2026-07-06T09:00:00Z"}}
    one.issues.append(issue(number, at, 7) | closed | of_pull)
    one.pulls[number] = {
        "fullDatabaseId": str(3_000_000_000 + number),
        "mergedAt": "2026-07-06T09:00:00Z",
        "mergedBy": actor(8),
        "reviews": [
            {"fullDatabaseId": "4000000001", "submittedAt": "2026-07-06T07:00:00Z", "author": actor(9)},
            {"fullDatabaseId": "4000000002", "submittedAt": None, "author": actor(9)},
            {
                "fullDatabaseId": "4000000003",
                "submittedAt": "2026-07-06T08:00:00Z",
                "author": {"__typename": "Bot", "login": "reviewer", "databaseId": 44},
            },
        ],
    }


def test_every_kind_of_fact_has_who_and_when(live: Upstreams, one: Held, tmp_path: Path) -> None:
    closed = {"closed_at": "2026-07-03T10:00:00Z", "updated_at": "2026-07-03T10:00:00Z"}
    one.issues.append(issue(1, "2026-07-02T10:00:00Z", 5) | closed | {"closed_by": {"id": 6, "login": "p"}})
    merged_pull(one)
    one.issue_comments.append(comment(71, 3, "2026-07-05T12:00:00Z", 5, "pull"))
    one.issue_comments[0]["issue_url"] = "https://x/repos/a/one/issues/3"
    one.issue_comments.append(comment(72, 1, "2026-07-05T13:00:00Z", 6))
    one.review_comments.append(comment(73, 3, "2026-07-05T14:00:00Z", 9, "pull"))
    report = load(live, tmp_path)
    assert facts(tmp_path) == [
        ("IssuesEvent", "opened", 1, 5, "07-02 10"),
        ("IssuesEvent", "closed", 1, 6, "07-03 10"),
        ("PullRequestEvent", "opened", 3, 7, "07-05 08"),
        ("IssueCommentEvent", "created", 3, 5, "07-05 12"),
        ("IssueCommentEvent", "created", 1, 6, "07-05 13"),
        ("PullRequestReviewCommentEvent", "created", 3, 9, "07-05 14"),
        ("PullRequestReviewEvent", "created", 3, 9, "07-06 07"),
        ("PullRequestReviewEvent", "created", 3, 44, "07-06 08"),
        ("PullRequestEvent", "merged", 3, 8, "07-06 09"),
    ]
    rows = stored(tmp_path).sort("created_at")
    assert rows["is_pull_request"].to_list() == [False, False, True, True, False, True, True, True, True]
    assert rows["is_merged"].to_list() == [False] * 8 + [True]
    assert rows["pull_request_id"].drop_nulls().unique().to_list() == [3_000_000_003]
    assert rows["issue_id"].drop_nulls().to_list() == [10_001, 10_001]
    assert rows["review_id"].drop_nulls().to_list() == [4_000_000_001, 4_000_000_003]
    assert rows["comment_id"].drop_nulls().to_list() == [71, 72, 73]
    assert rows["actor_login"][7] == "reviewer[bot]"  # as events write it, so that it is known for an app
    assert set(rows["archive"]) == {"github-facts"}
    assert rows["event_id"].is_unique().all()
    assert rows["event_id"].min() >= 2**62  # type: ignore[operator]
    assert (report.read_count, report.rows_count) == (4, 9)


def test_what_happened_before_the_first_month_is_not_kept(live: Upstreams, one: Held, tmp_path: Path) -> None:
    one.issues.append(issue(1, "2026-07-31T23:59:59Z", 5) | {"updated_at": "2026-08-09T00:00:00Z"})
    one.issues.append(issue(2, "2026-08-01T00:00:00Z", 5))
    load(live, tmp_path, since=AUGUST)
    assert facts(tmp_path) == [("IssuesEvent", "opened", 2, 5, "08-01 00")]


def test_long_lists_are_read_to_their_end_and_the_next_run_asks_for_what_changed(
    github: FactsGitHub, live: Upstreams, one: Held, tmp_path: Path
) -> None:
    one.issues += opened(250)
    load(live, tmp_path)
    assert stored(tmp_path)["number"].sort().to_list() == list(range(1, 251))
    github.asked, github.unchanged_count, before = [], 0, github.remaining
    assert load(live, tmp_path).rows_count == 0
    assert (len(github.asked), github.unchanged_count, github.remaining) == (5, 4, before)
    one.issues += opened(3, first=251, day=2)
    github.asked = []
    assert load(live, tmp_path).rows_count == 3
    assert len(github.asked) == 5
    assert stored(tmp_path).height == 253


def test_a_hundred_changes_within_one_second_do_not_stop_the_reading(
    live: Upstreams, one: Held, tmp_path: Path
) -> None:
    one.issues += [issue(n, "2026-07-04T00:00:00Z", 5) for n in range(1, 231)]
    one.issues += opened(5, first=231, day=9)
    load(live, tmp_path)
    assert stored(tmp_path)["number"].sort().to_list() == list(range(1, 236))


def test_a_change_of_an_issue_adds_its_closing_and_keeps_an_earlier_one(
    live: Upstreams, one: Held, tmp_path: Path
) -> None:
    one.issues.append(issue(1, "2026-07-02T10:00:00Z", 5))
    for day in ("03", "07"):
        moment = f"2026-07-{day}T10:00:00Z"
        load(live, tmp_path)
        one.issues[0] |= {"closed_at": moment, "updated_at": moment, "closed_by": {"id": 6, "login": "p"}}
    load(live, tmp_path)
    assert [row[1::3] for row in facts(tmp_path)] == [
        ("opened", "07-02 10"),
        ("closed", "07-03 10"),
        ("closed", "07-07 10"),
    ]


def test_an_unknown_closer_and_a_deleted_account_are_unknown(
    live: Upstreams, one: Held, tmp_path: Path
) -> None:
    moment = "2026-07-03T10:00:00Z"
    one.issues.append(
        issue(1, "2026-07-02T10:00:00Z", 5) | {"user": None, "closed_at": moment, "updated_at": moment}
    )
    load(live, tmp_path)
    assert [(row[1], row[3]) for row in facts(tmp_path)] == [("opened", None), ("closed", None)]


def test_reviews_beyond_the_first_hundred_are_read_too(live: Upstreams, one: Held, tmp_path: Path) -> None:
    merged_pull(one)
    one.pulls[3]["reviews"] = [
        {"fullDatabaseId": str(n), "submittedAt": "2026-07-06T07:00:00Z", "author": actor(9)}
        for n in range(1, 231)
    ]
    load(live, tmp_path)
    assert stored(tmp_path)["review_id"].drop_nulls().sort().to_list() == list(range(1, 231))


def test_a_query_that_github_cannot_run_is_halved(
    github: FactsGitHub, live: Upstreams, one: Held, tmp_path: Path
) -> None:
    for number in range(1, 61):
        merged_pull(one, number)
    github.most_pulls = 20
    report = load(live, tmp_path)
    merges = stored(tmp_path).filter(pl.col("is_merged"))
    assert (report.failed_count, merges["number"].n_unique()) == (0, 60)
    assert set(merges["actor_id"]) == {8}


def test_a_pull_request_that_graphql_does_not_show_is_merged_by_nobody_known(
    live: Upstreams, one: Held, tmp_path: Path
) -> None:
    for number in (3, 4):
        merged_pull(one, number)
    del one.pulls[3]
    load(live, tmp_path)
    merges = stored(tmp_path).filter(pl.col("is_merged")).sort("number")
    assert merges.select("number", "actor_id", "pull_request_id").rows() == [
        (3, None, None),
        (4, 8, 3_000_000_004),
    ]


def test_the_feed_keeps_githubs_own_numbers(live: Upstreams, one: Held, tmp_path: Path) -> None:
    one.events += [
        event(50_000 + n, "WatchEvent", f"2026-09-19T{n // 60:02}:{n % 60:02}:00Z", n, {"action": "started"})
        for n in range(350)
    ]
    one.events.append({"id": "1", "type": "WatchEvent"})
    one.events[-1]["created_at"] = "2026-09-19T23:00:00Z"
    load(live, tmp_path)
    rows = stored(tmp_path).sort("created_at")
    assert rows["event_id"].to_list() == list(range(50_051, 50_350))  # 300 and one that is no event
    assert set(rows["event_type"]) == {"WatchEvent"}
    assert set(rows["source_file"]) == {"github-facts/events"}


def test_a_list_that_breaks_off_goes_on_where_it_was_left(
    github: FactsGitHub, live: Upstreams, one: Held, tmp_path: Path
) -> None:
    one.issues += opened(450)
    github.faults = [None, None, None, None, bad_gateway()]  # repositories, feed, two pages of issues
    assert load(live, tmp_path).failed_count == 1
    assert stored(tmp_path).height == 199  # the second page begins with the last issue of the first
    assert statuses(tmp_path)["a/one", "issues"] == "failed"
    assert read_manifest(tmp_path).filter(endpoint="issues")["complete_through"].to_list() == [None]
    github.asked = []
    assert load(live, tmp_path).rows_count == 251
    assert stored(tmp_path)["number"].sort().to_list() == list(range(1, 451))
    assert github.asked[2].startswith("a/one issues?state=all&since=2026-07-01T03:18:00Z")
    assert read_manifest(tmp_path).filter(endpoint="issues")["complete_through"].to_list() == [
        NOW.replace(tzinfo=None)
    ]


class KilledError(Exception):
    """A process that ends at this point."""


def test_a_kill_between_rows_and_position_loses_nothing_and_doubles_nothing(
    live: Upstreams, one: Held, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.issues += opened(150)

    def killed(_frame: pl.DataFrame, path: Path) -> None:
        if path.name == "github_facts.parquet" and fact_files(tmp_path):
            raise KilledError
        storage.write_parquet(_frame, path)

    with monkeypatch.context() as patch:
        patch.setattr(facts_in_bronze, "write_parquet", killed)
        with pytest.raises(KilledError):
            load(live, tmp_path)
    assert stored(tmp_path).height == 150
    assert "a/one" not in read_manifest(tmp_path).filter(endpoint="issues")["repo_full_name"].to_list()
    load(live, tmp_path)
    assert stored(tmp_path)["number"].to_list() == list(range(1, 151))
    assert statuses(tmp_path)["a/one", "issues"] == "found"


@pytest.mark.parametrize("limit", ["remaining", "points"])
def test_the_budget_stops_before_the_limit_and_the_next_run_goes_on(
    limit: str, github: FactsGitHub, live: Upstreams, one: Held, tmp_path: Path
) -> None:
    for number in range(1, 351):
        merged_pull(one, number)
        one.issues[-1]["updated_at"] = f"2026-07-06T{number // 60:02}:{number % 60:02}:00Z"
    setattr(github, limit, 22)
    with pytest.raises(RateLimitedError, match=r"starts anew at 2026-09-2\d"):
        load(live, tmp_path)
    assert getattr(github, limit) == 19
    assert 0 < stored(tmp_path)["number"].n_unique() < 350
    setattr(github, limit, 5000)
    load(live, tmp_path)
    assert stored(tmp_path).filter(pl.col("is_merged"))["number"].n_unique() == 350


def test_a_repository_that_is_gone_is_named_and_the_others_are_read(
    github: FactsGitHub, live: Upstreams, one: Held, tmp_path: Path
) -> None:
    one.issues += opened(1)
    del github.held["a/two"]
    report = load(live, tmp_path, "a/two", "a/one")
    assert (report.lost_count, report.read_count, stored(tmp_path).height) == (1, 4, 1)
    assert any(line.startswith("a/two: gone") for line in SOURCE.state(tmp_path).absent)


def test_a_repository_made_private_between_two_requests_is_named_and_keeps_its_facts(
    github: FactsGitHub, live: Upstreams, one: Held, tmp_path: Path
) -> None:
    one.issues += opened(1)
    github.held["a/two"].issues += opened(1)
    load(live, tmp_path, "a/one", "a/two")

    def hide(what: str) -> None:
        if what.startswith("a/one issues?"):
            github.held.pop("a/one", None)

    github.on_request = hide
    github.held["a/two"].issues += opened(1, first=2, day=2)
    report = load(live, tmp_path, "a/one", "a/two")
    assert (report.lost_count, report.rows_count) == (1, 1)
    assert statuses(tmp_path)["a/one", "issues"] == "gone"
    assert stored(tmp_path).height == 3


def test_a_renamed_repository_is_read_under_its_present_name(
    github: FactsGitHub, live: Upstreams, one: Held, tmp_path: Path
) -> None:
    one.issues += opened(2)
    load(live, tmp_path)
    github.held["b/new"] = github.held.pop("a/one")
    github.moved["a/one"] = "b/new"
    one.issues += opened(1, first=3, day=2)
    load(live, tmp_path)
    assert stored(tmp_path).sort("number").select("number", "repo_full_name", "repo_id").rows() == [
        (1, "a/one", 1),
        (2, "b/new", 1),  # the newest issue that was known is read again
        (3, "b/new", 1),
    ]
    assert read_manifest(tmp_path).filter(endpoint="issues")["found_full_name"].to_list() == ["b/new"]


def test_a_rename_between_two_requests_is_followed(
    github: FactsGitHub, live: Upstreams, one: Held, tmp_path: Path
) -> None:
    one.issues += opened(1)

    def rename(what: str) -> None:
        if what.startswith("a/one issues?") and "a/one" in github.held:
            github.held["b/new"] = github.held.pop("a/one")
            github.moved["a/one"] = "b/new"

    github.on_request = rename
    assert load(live, tmp_path).failed_count == 0
    assert stored(tmp_path)["number"].to_list() == [1]


@pytest.mark.parametrize("fault", [bad_gateway, cut, lambda: Response("{}", content_type="application/json")])
def test_one_bad_answer_costs_one_list(
    fault: object, github: FactsGitHub, live: Upstreams, one: Held, tmp_path: Path
) -> None:
    one.issues += opened(1)
    github.held["a/two"].issues += opened(2)
    github.faults = [None, None, None, fault()]  # type: ignore[operator]  # the first list of issues
    report = load(live, tmp_path, "a/one", "a/two")
    assert (report.failed_count, report.read_count) == (1, 7)
    assert stored(tmp_path)["repo_id"].to_list() == [2, 2]
    quarantined = pl.read_parquet(tmp_path / "quarantine" / "github_facts.parquet")
    assert quarantined["source_file"].to_list() == ["a/one issues"]
    assert load(live, tmp_path, "a/one", "a/two").rows_count == 1
    assert pl.read_parquet(tmp_path / "quarantine" / "github_facts.parquet").is_empty()


def test_the_limit_on_bursts_ends_the_run_with_what_it_has(
    github: FactsGitHub, live: Upstreams, one: Held, tmp_path: Path
) -> None:
    one.issues += opened(1)
    github.faults = [None, None, None, secondary_limit()]
    with pytest.raises(RateLimitedError):
        load(live, tmp_path)
    assert stored(tmp_path).height == 1


def test_a_refused_token_ends_the_run(github: FactsGitHub, live: Upstreams, tmp_path: Path) -> None:
    github.faults = [Response('{"message": "Bad credentials"}', 401)]
    with pytest.raises(NotAuthorizedError):
        load(live, tmp_path)


def test_github_is_taken_to_be_down_after_five_failures(
    github: FactsGitHub, live: Upstreams, tmp_path: Path
) -> None:
    github.faults = [None, *(bad_gateway() for _ in range(5))]
    with pytest.raises(UpstreamTroubleError):
        load(live, tmp_path, "a/one", "a/two")
    assert len(github.asked) == 6


def test_issues_that_are_switched_off_are_read_to_their_end(
    github: FactsGitHub, live: Upstreams, tmp_path: Path
) -> None:
    github.faults = [None, None, Response('{"message": "Issues are disabled for this repo"}', 410)]
    report = load(live, tmp_path)
    assert (report.failed_count, report.read_count) == (0, 4)


def test_an_earlier_month_is_read_again_from_there(live: Upstreams, one: Held, tmp_path: Path) -> None:
    one.issues += opened(2)
    load(live, tmp_path, since=AUGUST)
    assert stored(tmp_path).is_empty()
    load(live, tmp_path, since=JULY)
    assert stored(tmp_path).height == 2
    load(live, tmp_path, since=AUGUST)  # a later month takes nothing away
    assert read_manifest(tmp_path)["read_from"].unique().to_list() == [JULY.first_day]
