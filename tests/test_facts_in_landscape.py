"""GitHub's own facts fill what the archive lost: edges, OpenRank and what is said of both, from bronze to the file."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest

from pipelines.bronze.storage import write_parquet
from pipelines.floor.periods import Days, Hour
from pipelines.sources.gharchive.facts import EVENT_SCHEMA
from pipelines.sources.github_facts.bronze import READS_SCHEMA, reads_path
from pipelines.sources.github_facts.client import PATHS
from pipelines.tables.coverage.build import count_complete_facts
from pipelines.warehouse.connection import open_scratch
from tests import factories
from tests.command import call_landscape
from tests.fields import project, projects_file, write_field
from tests.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

VLLM, OLLAMA = (599547518, "vllm-project/vllm"), (658928958, "ollama/ollama")
PEOPLE = {1000 + number: f"person{number}" for number in range(20)}
"""So many tie two projects."""
HOUR = Hour.parse("2025-03-03T05")


def opened(event_id: int, actor_id: int, repository: tuple[int, str]) -> dict[str, Any]:
    """An issue that a person opens in the hour; the issue has the number of the person."""
    return factories.issues_event(
        event_id=event_id,
        number=actor_id,
        issue_id=event_id,
        created_at=f"{HOUR.start + timedelta(seconds=event_id % 3000):%Y-%m-%dT%H:%M:%SZ}",
        actor_id=actor_id,
        actor_login=PEOPLE[actor_id],
        repo_id=repository[0],
        repo_full_name=repository[1],
    )


def write_facts(bronze_dir: Path, events: Iterable[dict[str, Any]], repository: tuple[int, str]) -> None:
    """The facts of a repository, as the source stores them: numbers of their own, the same people and issues."""
    rows = [
        {
            "event_id": 2**62 + number,
            "event_type": event["type"],
            "action": event["payload"]["action"],
            "created_at": datetime.fromisoformat(event["created_at"]).replace(tzinfo=None),
            "actor_id": event["actor"]["id"],
            "actor_login": event["actor"]["login"],
            "repo_id": repository[0],
            "repo_full_name": repository[1],
            "number": event["payload"]["issue"]["number"],
            "issue_id": event["payload"]["issue"]["id"],
            "is_merged": False,
            "is_snyk": False,
            "source_file": "facts/issues",
            "archive": "github-facts",
        }
        for number, event in enumerate(events)
    ]
    path = bronze_dir / "github_facts" / f"repository={repository[0]}" / "facts.parquet"
    write_parquet(pl.DataFrame(rows, EVENT_SCHEMA, orient="row"), path)


def write_reads(bronze_dir: Path, lists: Iterable[tuple[str, str, date, datetime | None]]) -> None:
    """How far lists were read: repository, list, first day, complete until."""
    rows = [
        {
            "repo_full_name": name,
            "endpoint": endpoint,
            "status": "begun" if complete_through is None else "found",
            "read_from": read_from,
            "complete_through": complete_through,
            "rows_count": 5,
            "retrieved_at": datetime(2025, 4, 2),  # noqa: DTZ001 - UTC, as bronze keeps it
        }
        for name, endpoint, read_from, complete_through in lists
    ]
    write_parquet(pl.DataFrame(rows, READS_SCHEMA, orient="row"), reads_path(bronze_dir))


JANUARY, APRIL = date(2025, 1, 1), datetime(2025, 4, 1)  # noqa: DTZ001 - UTC, as bronze keeps it


@pytest.fixture
def fetched(httpserver, tmp_path):
    """A live folder and its settings. Twenty people worked in both projects; of one the archive lost all but one event."""
    entries = [project("vllm", VLLM[1]), project("ollama", OLLAMA[1])]
    served = Upstream(httpserver, seeds=write_field(tmp_path / "seeds", projects_file(entries)))
    events = [opened(10_000 + actor_id, actor_id, VLLM) for actor_id in PEOPLE] + [
        opened(21_000, 1000, OLLAMA)
    ]
    path = factories.write_hour(tmp_path / HOUR.file_name, events)
    served.files[f"gharchive/{HOUR.file_name}"] = path.read_bytes()
    served.hold_sample_series(names_starting="ollama/")
    served.start()
    data_dir, settings = tmp_path / "data", served.settings()
    day = ["--from", "2025-03-03T00", "--to", "2025-03-03T23"]
    for command in (["events", "fetch", *day], ["metrics", "fetch"]):
        assert call_landscape(*command, data_dir=data_dir, **settings).returncode == 0
    return data_dir, settings


def built(data_dir: Path, settings: dict[str, str]) -> dict[str, Any]:
    """What the landscape says after a build that asks nobody."""
    finished = call_landscape("build", "--offline", data_dir=data_dir, **settings)
    assert finished.returncode == 0, finished.stderr
    with duckdb.connect(str(data_dir / "public" / "landscape.duckdb"), read_only=True) as published:

        def rows(sql: str) -> list[tuple[Any, ...]]:
            return published.execute(sql).fetchall()

        return {
            "edges": rows("SELECT shared_people_count FROM collaboration_edges WHERE source = 'gharchive'"),
            "openrank": dict(
                rows("SELECT repo_full_name, openrank FROM repo_openrank_monthly WHERE source = 'computed'")
            ),
            "coverage": dict(rows("SELECT project_id, is_complete FROM fact_coverage")),
            "snapshot": rows("SELECT snapshot_id FROM metadata")[0][0],
        }


def test_facts_fill_what_the_archive_lost_and_the_landscape_says_so(fetched):
    data_dir, settings = fetched
    before = built(data_dir, settings)
    assert before["edges"] == []
    assert before["coverage"] == {"vllm": False, "ollama": False}
    write_facts(
        data_dir / "bronze", [opened(20_000 + actor_id, actor_id, OLLAMA) for actor_id in PEOPLE], OLLAMA
    )
    write_reads(data_dir / "bronze", [(OLLAMA[1], name, JANUARY, APRIL) for name in PATHS])
    after = built(data_dir, settings)
    assert after["edges"] == [(20,)]
    assert after["coverage"] == {"vllm": False, "ollama": True}
    assert before["openrank"][OLLAMA[1]] < 0.5 * before["openrank"][VLLM[1]]
    assert after["openrank"][OLLAMA[1]] == pytest.approx(after["openrank"][VLLM[1]]), (
        "both have the same twenty people, none counted twice"
    )
    told = call_landscape("edges", data_dir=data_dir, **settings).stderr
    assert "GitHub's own facts are held for 1 of 2 projects" in " ".join(told.split())
    assert built(data_dir, settings) == after


@pytest.mark.parametrize(
    ("lists", "days", "complete_count"),
    [
        ([(OLLAMA[1], name, JANUARY, APRIL) for name in PATHS], ("2025-01-01", "2025-03-31"), 1),
        ([(OLLAMA[1].upper(), name, JANUARY, APRIL) for name in PATHS], ("2025-01-01", "2025-03-31"), 1),
        ([(OLLAMA[1], name, JANUARY, APRIL) for name in PATHS], ("2024-12-31", "2025-03-31"), 0),
        ([(OLLAMA[1], name, JANUARY, APRIL) for name in PATHS], ("2025-01-01", "2025-04-01"), 0),
        ([(OLLAMA[1], name, JANUARY, APRIL) for name in list(PATHS)[1:]], ("2025-02-01", "2025-02-28"), 0),
        ([(OLLAMA[1], name, JANUARY, APRIL) for name in [*list(PATHS)[1:], "events"]], ("2025-02-01", "2025-02-28"), 0),
        ([(OLLAMA[1], name, JANUARY, None) for name in PATHS], ("2025-02-01", "2025-02-28"), 0),
    ],
    ids=["whole", "other case", "a day before", "a day after", "a list missing", "the feed is no list", "not at the end"],
)  # fmt: skip
def test_facts_are_complete_only_if_every_list_was_read_over_all_days(tmp_path, lists, days, complete_count):
    write_reads(tmp_path, lists)
    with open_scratch(tmp_path / "spilt") as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS staging")
        connection.execute(f"CREATE VIEW staging.fact_reads AS FROM '{reads_path(tmp_path)}'")
        connection.execute(
            "CREATE TABLE staging.seed_names AS FROM (VALUES ('ollama', 0, 'ollama/ollama', 0), ('ollama', 0, 'old/ollama', 1),"
            " ('vllm', 0, 'vllm-project/vllm', 0)) AS n(project_id, repository_rank, repo_full_name, name_rank)"
        )
        first, last = map(date.fromisoformat, days)
        assert count_complete_facts(connection, Days(first, last)) == (complete_count, 2)
