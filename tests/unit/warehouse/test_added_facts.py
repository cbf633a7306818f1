"""GitHub's facts among the events of the archives: all of them, and none twice."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from pipelines.bronze.storage import write_parquet
from pipelines.floor.periods import Days, Month
from pipelines.floor.settings import CHECKOUT
from pipelines.seeds import load_seeds
from pipelines.sources.gharchive.facts import EVENT_SCHEMA
from pipelines.sources.gharchive.layout import day_path
from pipelines.warehouse.connection import open_scratch
from pipelines.warehouse.seed_frames import BuildFacts
from pipelines.warehouse.staging import load_staging, look_at_days

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

SEEDS = load_seeds(CHECKOUT / "seeds")
NOON = datetime(2026, 7, 14, 12)  # noqa: DTZ001 - UTC, as bronze keeps it
FACT = 2**62

OPENED = {"event_type": "IssuesEvent", "action": "opened", "number": 7, "issue_id": 107}
CLOSED = OPENED | {"action": "closed"}
PULL = {"event_type": "PullRequestEvent", "action": "opened", "number": 8, "is_pull_request": True}
MERGED = PULL | {"action": "merged", "is_merged": True}
COMMENT = {"event_type": "IssueCommentEvent", "action": "created", "number": 7, "comment_id": 70}
LINE = COMMENT | {"event_type": "PullRequestReviewCommentEvent", "is_pull_request": True}
REVIEW = {"event_type": "PullRequestReviewEvent", "action": "created", "number": 8, "review_id": 80}
STAR = {"event_type": "WatchEvent", "action": "started"}


def row(event_id: int, what: dict[str, Any], seconds: float = 0, **more: object) -> dict[str, Any]:
    """An event of person 5 in repository 1, so many seconds after noon."""
    return {
        "event_id": event_id,
        "created_at": NOON + timedelta(seconds=seconds),
        "actor_id": 5,
        "actor_login": "person",
        "repo_id": 1,
        "repo_full_name": "a/one",
        "is_merged": False,
        "is_snyk": False,
    } | (what | more)


def write(bronze: Path, archived: list[dict[str, Any]], facts: list[dict[str, Any]]) -> None:
    by_day: dict[date, list[dict[str, Any]]] = {}
    for each in archived:
        by_day.setdefault(each["created_at"].date(), []).append(each | {"archive": "gharchive"})
    for day, rows in by_day.items():
        write_parquet(pl.DataFrame(rows, EVENT_SCHEMA, orient="row"), day_path(bronze, day))
    rows = [each | {"archive": "github-facts"} for each in facts]
    path = bronze / "github_facts" / "repository=1" / "facts.parquet"
    write_parquet(pl.DataFrame(rows, EVENT_SCHEMA, orient="row"), path)


@contextmanager
def shown(bronze: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    facts = BuildFacts(date(2026, 8, 1), Month(2026, 7), "live", "0", "0")
    with open_scratch(bronze / "spilt") as connection:
        load_staging(connection, SEEDS, facts, bronze)
        yield connection


def ids(connection: duckdb.DuckDBPyConnection, view: str = "event_rows") -> list[int]:
    return [
        number
        for (number,) in connection.execute(f"SELECT event_id FROM staging.{view} ORDER BY 1").fetchall()
    ]


@pytest.mark.parametrize(
    ("archived", "fact"),
    [
        (row(1, OPENED), row(FACT, OPENED, 2)),
        (row(1, OPENED), row(FACT, OPENED, 2, actor_id=None)),
        (row(1, CLOSED), row(FACT, CLOSED, -60)),
        (row(1, CLOSED), row(FACT, CLOSED, 60, actor_id=None)),
        (row(1, CLOSED, actor_id=None), row(FACT, CLOSED)),
        (row(1, PULL), row(FACT, PULL, 1)),
        (row(1, MERGED), row(FACT, MERGED, 3)),
        (row(1, PULL | {"action": "closed", "is_merged": True}), row(FACT, MERGED, 3)),
        (row(1, PULL | {"action": "closed"}), row(FACT, MERGED, 3)),
        (row(1, COMMENT), row(FACT, COMMENT, number=None)),
        (row(1, LINE), row(FACT, LINE)),
        (row(1, REVIEW), row(FACT, REVIEW, 5)),
        (row(1, STAR), row(1, STAR)),
    ],
    ids=lambda each: f"{each['event_type']} {each['action']} {each['created_at']:%H:%M:%S}",
)
def test_what_an_archive_has_is_not_counted_again(
    archived: dict[str, Any], fact: dict[str, Any], tmp_path: Path
) -> None:
    write(tmp_path, [archived], [fact])
    with shown(tmp_path) as connection:
        assert ids(connection) == ids(connection, "all_event_rows") == [1]
        assert connection.execute("SELECT archive FROM staging.events").fetchall() == [("gharchive",)]


@pytest.mark.parametrize(
    ("archived", "fact"),
    [
        (row(1, OPENED), row(FACT, OPENED, number=9)),
        (row(1, OPENED), row(FACT, CLOSED)),
        (row(1, OPENED), row(FACT, PULL, number=7)),
        (row(1, OPENED, repo_id=2), row(FACT, OPENED)),
        (row(1, OPENED | {"action": "reopened"}), row(FACT, OPENED)),
        (row(1, CLOSED), row(FACT, CLOSED, 61)),
        (row(1, CLOSED), row(FACT, CLOSED, actor_id=6)),
        (row(1, PULL | {"action": "closed"}), row(FACT, MERGED, 90)),
        (row(1, MERGED), row(FACT, PULL | {"action": "closed"}, 1)),
        (row(1, COMMENT), row(FACT, COMMENT, comment_id=71)),
        (row(1, COMMENT), row(FACT, LINE)),
        (row(1, COMMENT), row(FACT, REVIEW, review_id=70)),
        (row(1, REVIEW | {"action": "dismissed"}), row(FACT, REVIEW)),
        (row(1, STAR), row(2, STAR)),
        (row(1, STAR), row(1, STAR, 1)),  # GitHub's numbers began anew in 2025
    ],
    ids=lambda each: f"{each['event_type']} {each['action']} {each['created_at']:%H:%M:%S}",
)
def test_what_no_archive_has_is_added(archived: dict[str, Any], fact: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path, [archived], [fact])
    with shown(tmp_path) as connection:
        assert ids(connection) == ids(connection, "all_event_rows") == sorted([1, fact["event_id"]])


def test_a_fact_that_the_feed_has_as_well_counts_once_under_githubs_number(tmp_path: Path) -> None:
    write(tmp_path, [], [row(3, OPENED), row(FACT, OPENED, 1), row(FACT + 1, COMMENT)])
    with shown(tmp_path) as connection:
        assert ids(connection) == [3, FACT + 1]


def test_days_that_are_looked_at_show_their_own_facts_and_know_their_neighbours(tmp_path: Path) -> None:
    midnight = 12 * 3600
    archived = [row(1, STAR), row(2, OPENED, midnight)]
    facts = [
        row(FACT, OPENED, midnight - 1),  # the archive has it a second later, on the next day
        row(FACT + 1, COMMENT, midnight - 1),
        row(FACT + 2, REVIEW, midnight),
    ]
    write(tmp_path, archived, facts)
    with shown(tmp_path) as connection:
        look_at_days(connection, tmp_path, Days(NOON.date(), NOON.date()))
        assert ids(connection) == [1, FACT + 1]
        assert ids(connection, "all_event_rows") == [1, 2, FACT + 1, FACT + 2]
        next_day = NOON.date() + timedelta(days=1)
        look_at_days(connection, tmp_path, Days(next_day, next_day))
        assert ids(connection) == [2, FACT + 2]


def test_facts_without_any_archive_are_shown(tmp_path: Path) -> None:
    write(tmp_path, [], [row(FACT, OPENED), row(FACT + 1, COMMENT)])
    with shown(tmp_path) as connection:
        assert ids(connection) == [FACT, FACT + 1]
        said = connection.execute("SELECT DISTINCT source, archive FROM staging.collaborations").fetchall()
        assert said == [("gharchive", "github-facts")]
