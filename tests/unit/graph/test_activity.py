"""Activity by SQL, against the rules spelt out in plain Python, on events made for each rule and on a real hour."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from typer import BadParameter

from pipelines.build import Build, prepare
from pipelines.cli.openrank import activity, event_month
from pipelines.floor.periods import Month
from pipelines.floor.settings import DataProfile, Settings
from pipelines.graph.openrank import ACTOR, REPO
from pipelines.openrank.events import open_events
from pipelines.openrank.months import compute_all_months
from pipelines.sources.gharchive.events import load_hours
from pipelines.warehouse.activity import Drops, load_month_pairs, load_pairs_around, read_activity, read_drops
from pipelines.warehouse.openrank_store import read_month, store_dir, values_path
from tests import factories
from tests.unit.graph.test_openrank import exact

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.factories import Event

NOW = datetime(2025, 5, 2, tzinfo=UTC)
MARCH = Month(2025, 3)
WEIGHTS = {
    ("IssuesEvent", "opened"): 22.235, ("IssueCommentEvent", "created"): 5.252, ("IssuesEvent", "closed"): 9.712,
    ("PullRequestReviewCommentEvent", "created"): 7.427, ("PullRequestEvent", "opened"): 40.679,
    ("PullRequestEvent", "closed"): 0.0, ("PullRequestEvent", "merged"): 0.0, ("PushEvent", None): 14.695,
}  # fmt: skip
NO_DROPS = dict.fromkeys(Drops.__slots__, 0)


@cache
def _live_build() -> Build:
    return prepare(Settings(data_profile=DataProfile.LIVE), NOW)


def build_of(data_dir: Path) -> Build:
    """A live build on a data folder of its own; the seeds are read once."""
    return replace(_live_build(), settings=Settings(data_dir=data_dir, data_profile=DataProfile.LIVE))


def hold(data_dir: Path, name: str, events: Iterable[Event]) -> Build:
    """A build whose bronze holds an hour of `events`."""
    path = factories.write_hour(data_dir / "hours" / f"{name}.json.gz", events)
    build = build_of(data_dir)
    load_hours([factories.fetched_hour(path)], build.settings.bronze_dir, NOW, lambda *_: None)
    return build


def weighed(
    build: Build, month: Month, source: str = "gharchive"
) -> tuple[dict[tuple[int, int], float], Drops]:
    with open_events(build, build.settings.data_dir / "spill") as connection:
        load_month_pairs(connection, build.settings.bronze_dir, month, source)
        pairs = read_activity(connection)
        assert pairs.equals(pairs.sort("repo_id", "actor_id"))
        return {(repo, actor): amount for repo, actor, amount in pairs.rows()}, read_drops(connection)


def by_hand(events: Iterable[dict[str, Any]], bots: set[str]) -> dict[tuple[int, int], float]:
    """The definition, event by event: distinct subjects, then the rules about pairs, then the one about people."""
    subjects: dict[tuple[int, int], set[tuple[tuple[str, str | None], int]]] = defaultdict(set)
    for event in events:
        payload = event["payload"]
        kind = (event["type"], payload.get("action"))
        login = event["actor"]["login"].lower()
        about = payload.get("issue") or payload.get("pull_request") or {}
        title = (about.get("title") or "").lower()
        if kind not in WEIGHTS or login.endswith("[bot]") or login in bots or title.startswith("[snyk]"):
            continue
        own = {"IssuesEvent": "issue", "PullRequestEvent": "pull_request"}.get(event["type"], "comment")
        subject = payload["push_id"] if event["type"] == "PushEvent" else payload[own]["id"]
        if kind[1] == "merged":
            kind = ("PullRequestEvent", "closed")
        subjects[event["repo"]["id"], event["actor"]["id"]].add((kind, subject))
    amounts = {
        pair: round(sum(WEIGHTS[kind] for kind, _ in done), 3)
        for pair, done in subjects.items()
        if any(kind != ("PushEvent", None) for kind, _ in done)
    }
    amounts = {pair: amount for pair, amount in amounts.items() if amount > 0}
    repositories = Counter(actor for _, actor in amounts)
    return {pair: amount for pair, amount in amounts.items() if repositories[pair[1]] <= 300}


@pytest.mark.real_files
def test_the_whole_path_on_a_real_hour(real_files: Path, tmp_path: Path):
    path = real_files / "gharchive" / "2015-01-01-0.json.gz"
    build, month = build_of(tmp_path), Month(2015, 1)
    load_hours([factories.fetched_hour(path)], build.settings.bronze_dir, NOW, lambda *_: None)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        events = [json.loads(line) for line in lines]
    found, drops = weighed(build, month)
    wanted = by_hand(
        events, {rule.login_key for rule in build.seeds.account_rules if rule.account_class != "person"}
    )
    assert found == wanted
    assert len(found) == 833
    assert drops == Drops(**NO_DROPS | {
        "bots_count": 10, "bot_actions_count": 57, "push_only_pairs_count": 2373, "weightless_pairs_count": 3
    })  # fmt: skip
    # JakeWharton in square/okhttp: 9 pushes, 2 comments and 4 review comments.
    assert found[5_152_285, 66_577] == 172.467 == round(9 * 14.695 + 2 * 5.252 + 4 * 7.427, 3)
    # tdas in apache/spark: 2 comments and 6 review comments.
    assert found[17_165_658, 663_212] == 55.066 == round(2 * 5.252 + 6 * 7.427, 3)

    assert compute_all_months(build, lambda *_: None)["computed"] == 1
    values = pl.read_parquet(values_path(store_dir(build.settings.warehouse_dir), month, "computed"))
    pairs = pl.DataFrame(
        [(repo, actor, amount) for (repo, actor), amount in wanted.items()],
        schema=["repo_id", "actor_id", "activity"],
        orient="row",
    )
    nothing = pl.DataFrame(schema={"kind": pl.String, "id": pl.Int64, "openrank": pl.Float64})
    solved = exact(pairs, nothing)
    assert {(kind, node) for kind, node in values.select("kind", "id").rows()} == solved.keys()
    for kind, node, value in values.select("kind", "id", "openrank").rows():
        assert value == pytest.approx(solved[kind, node], rel=1e-9)
    stored = read_month(store_dir(build.settings.warehouse_dir), month, "computed")
    assert stored is not None
    assert (stored.hours_loaded_count, stored.hours_expected_count) == (1, 744)
    top = values.filter(kind=REPO).sort("openrank", descending=True).head(4)
    assert [(name, round(value, 4)) for name, value in top.select("repo_full_name", "openrank").rows()] == [
        ("selfhub/selfhub", 1.2287),
        ("eclipse/birt", 0.8968),
        ("square/okhttp", 0.8946),
        ("apache/spark", 0.8245),
    ]


def comments(*pairs: tuple[int, int], first_id: int = 1, **envelope: Any) -> list[Event]:
    """A comment of a person in a repository, each its own."""
    return [
        factories.issue_comment_event(
            event_id=first_id + n, comment_id=first_id + n, repo_id=repo, actor_id=actor,
            repo_full_name=f"octo/repo-{repo}", actor_login=f"person-{actor}", **envelope,
        )
        for n, (repo, actor) in enumerate(pairs)
    ]  # fmt: skip


def test_each_rule_leaves_out_its_own_and_counts_it(tmp_path: Path):
    build = hold(tmp_path, "2025-03-03-0", [
        *comments((1, 7)),
        # Closed, reopened and closed again: one issue closed.
        factories.issues_event(event_id=10, action="closed", issue_id=9, repo_id=1),
        factories.issues_event(event_id=11, action="reopened", issue_id=9, repo_id=1),
        factories.issues_event(event_id=12, action="closed", issue_id=9, repo_id=1),
        factories.push_event(event_id=13, repo_id=2),
        factories.pull_request_event(event_id=14, repo_id=3, action="closed", pull_request_id=3),
        factories.pull_request_event(event_id=15, era="trimmed", repo_id=4, is_merged=True, pull_request_id=4),
        factories.push_event(event_id=16, era="trimmed", repo_id=4),
        factories.issues_event(event_id=17, repo_id=5, issue_id=5, title="[Snyk] Upgrade"),
        factories.issue_comment_event(event_id=18, repo_id=6, comment_id=6, actor_id=8, actor_login="helper[BOT]"),
        factories.issue_comment_event(event_id=19, repo_id=6, comment_id=7, actor_id=9, actor_login="dotnet-BOT"),
        factories.issue_comment_event(event_id=22, repo_id=6, comment_id=8, actor_id=11, actor_login="claude[bot]"),
        factories.issue_comment_event(event_id=23, repo_id=6, comment_id=9, actor_id=11, actor_login="claude[bot]"),
        factories.issue_comment_event(event_id=24, repo_id=6, comment_id=10, actor_id=10137, actor_login="ghost"),
        factories.pull_request_review_event(event_id=20, repo_id=7),
        factories.watch_event(event_id=21, repo_id=7),
    ])  # fmt: skip
    found, drops = weighed(build, MARCH)
    assert found == {(1, 7): round(5.252 + 9.712, 3), (4, 7): 14.695}
    assert drops == Drops(
        bots_count=2,
        bot_actions_count=2,
        agents_count=1,
        agent_actions_count=2,
        unknown_accounts_count=1,
        unknown_account_actions_count=1,
        snyk_actions_count=1,
        push_only_pairs_count=1,
        weightless_pairs_count=1,
        crowd_people_count=0,
        crowd_pairs_count=0,
    )


def test_an_event_without_its_subject_counts_as_its_own(tmp_path: Path):
    events = comments((1, 7), (1, 7), (1, 7))
    del events[0]["payload"]["comment"]["id"], events[1]["payload"]["comment"]
    found, _ = weighed(hold(tmp_path, "2025-03-03-0", events), MARCH)
    assert found == {(1, 7): round(3 * 5.252, 3)}


def test_who_counts_in_more_than_300_repositories_counts_nowhere(tmp_path: Path):
    crowd = [(repo, 7) for repo in range(1, 302)] + [(repo, 8) for repo in range(1, 301)] + [(1, 9)]
    pushes = [factories.push_event(event_id=10_000 + n, repo_id=1_000 + n, actor_id=8) for n in range(5)]
    found, drops = weighed(hold(tmp_path, "2025-03-03-0", [*comments(*crowd), *pushes]), MARCH)
    assert {actor for _, actor in found} == {8, 9}
    assert (drops.crowd_people_count, drops.crowd_pairs_count) == (1, 301)
    assert drops.push_only_pairs_count == 5


def test_looking_at_the_people_of_one_repository_changes_none_of_their_pairs(tmp_path: Path):
    crowd = [(repo, 7) for repo in range(1, 302)]
    build = hold(tmp_path, "2025-03-03-0", comments(*crowd, (1, 8), (2, 8), (2, 9)))
    whole, _ = weighed(build, MARCH)
    with open_events(build, tmp_path / "spill") as connection:
        load_pairs_around(connection, build.settings.bronze_dir, MARCH, "gharchive", [1])
        around = {(repo, actor): amount for repo, actor, amount in read_activity(connection).rows()}
    assert around == {pair: amount for pair, amount in whole.items() if pair[1] in {7, 8}} != {}


def test_numbers_up_to_the_largest_and_one_of_each(tmp_path: Path):
    high = 2**63 - 1
    build = hold(tmp_path, "2025-03-03-0", [
        factories.issue_comment_event(event_id=high, comment_id=high, repo_id=high, actor_id=high)
    ])  # fmt: skip
    assert weighed(build, MARCH)[0] == {(high, high): 5.252}
    compute_all_months(build, lambda *_: None)
    values = pl.read_parquet(values_path(store_dir(build.settings.warehouse_dir), MARCH, "computed"))
    assert values.select("kind", "id").rows() == [(ACTOR, high), (REPO, high)]


def test_real_and_simulated_people_never_count_together(tmp_path: Path):
    build = hold(tmp_path, "2025-03-03-0", comments((1, 7), (1, 10**15 + 1)))
    assert weighed(build, MARCH)[0] == {(1, 7): 5.252}
    assert weighed(build, MARCH, "gharchive-simulated")[0] == {(1, 10**15 + 1): 5.252}


def test_the_command_writes_what_openrank_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    hold(tmp_path, "2025-03-03-0", comments((1, 7), (2, 7)))
    monkeypatch.setenv("LANDSCAPE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LANDSCAPE_PROFILE", "live")  # what bronze holds there are real events
    activity("2025-03", tmp_path / "activity.parquet")
    assert pl.read_parquet(tmp_path / "activity.parquet").rows() == [(1, 7, 5.252), (2, 7, 5.252)]
    assert "2 repositories and 1 people in 2 pairs from gharchive 2025-03" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2025-04", "no events of 2025-04; it has 2025-03 to 2025-03"),
        ("2025-06", "2025-06 has not begun"),
        ("March", "expected a month as YYYY-MM"),
    ],
)
def test_a_month_that_cannot_be_weighed_is_refused(tmp_path: Path, text: str, message: str):
    build = hold(tmp_path, "2025-03-03-0", comments((1, 7)))
    with pytest.raises(BadParameter, match=message):
        event_month(build, text, NOW)
