"""A made-up month is shaped like a real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.storage import read_rows
from pipelines.sources.gharchive.compaction import EVENT_ORDER
from pipelines.sources.gharchive.facts import EVENT_SCHEMA
from pipelines.sources.gharchive.layout import month_path
from tests.bench import edges
from tests.bench.generator import USUAL_MIX
from tests.bench.months import MONTH, write_month

if TYPE_CHECKING:
    from pathlib import Path

COUNTED = ["IssueCommentEvent", "PullRequestEvent", "IssuesEvent", "PullRequestReviewCommentEvent"]


def test_a_month_is_as_bronze_holds_it_and_as_people_work(tmp_path: Path):
    written = read_rows(write_month(tmp_path / "month.parquet", 100_000, seed=1), EVENT_SCHEMA)
    assert written.equals(read_rows(write_month(tmp_path / "again.parquet", 100_000, seed=1), EVENT_SCHEMA))
    assert written.height == 100_000
    assert written.equals(written.sort(EVENT_ORDER))
    assert written["event_id"].is_unique().all()
    assert set(written["created_at"].dt.date().dt.month_start()) == {MONTH.first_day}
    pairs = written.filter(pl.col("event_type").is_in(COUNTED)).select("repo_id", "actor_id").unique()
    assert 0.55 < pairs.height / written.height < 0.61
    per_person = written.select("repo_id", "actor_id").unique().group_by("actor_id").len()["len"]
    assert per_person.median() <= 2
    assert per_person.max() > 300


def test_edges_are_measured_on_it(tmp_path: Path):
    write_month(month_path(tmp_path / "bronze", MONTH), 30_000, seed=1, percent_by_type=USUAL_MIX)
    got = edges.measured(tmp_path, candidates_count=500)
    assert got.reading_s > 0
    assert got.edges_s > 0
    assert got.edges.columns[:4] == ["source", "node_a", "node_b", "shared_people_count"]
