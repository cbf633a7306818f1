"""Every query against GitHub's own schema, and the real counts from a GitHub that was made apart from these tests."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest
from graphql import build_schema, parse, validate

from pipelines.floor.periods import Month, months_between
from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.connect import connect
from pipelines.sources.github.answers import WantedRepository
from pipelines.sources.github.client import fetch_repositories
from pipelines.sources.github.graphql import repositories_query
from pipelines.sources.github_counts.bronze import count_files, load_counts
from pipelines.sources.github_counts.query import counts_query
from pipelines.sources.github_facts.pulls import pulls_query
from tests.unit.sources.github_counts.github import METRICS, REAL_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.sources.connect import Upstreams

pytestmark = pytest.mark.real_files

YEAR = list(months_between(Month(2026, 1), Month(2026, 8)))
FAULTS = ["502=0.05", "secondary=0.03", "resource_limits=0.05", "wrong_error_200=0.05", "cut=0.03"]


def test_every_query_is_valid_by_githubs_schema(real_files: Path) -> None:
    text = (real_files / "github_api" / "schema.graphql").read_text(encoding="utf-8")
    schema = build_schema(text, assume_valid=True)
    names = ["vllm-project/vllm", 'no"quote/leaves', "ollama/ollama"]
    for query in (
        counts_query([(name, month) for month in YEAR for name in names]),
        repositories_query([WantedRepository(name) for name in names]),
        *(pulls_query(name, [(7, None), (8, "abc")]) for name in names),
    ):
        assert validate(schema, parse(query)) == []
    assert validate(schema, parse(counts_query([("a/b", YEAR[0])]).replace("issueCount", "issuesCount")))


@pytest.fixture(params=[[], FAULTS], ids=["without faults", "with faults"])
def upstreams(
    request: pytest.FixtureRequest, real_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Upstreams, Path, bool]]:
    """The GitHub of ``../shared/tools``, in a process of its own, and its log of requests."""
    program = real_files.parent / "tools" / "github_server.py"
    if not program.exists():
        pytest.skip("no ../shared/tools/github_server.py")
    monkeypatch.setenv("NO_PROXY", "*")
    token, log = "ghp_0123456789", tmp_path / "requests.jsonl"
    fault = ["--fault", *request.param] if request.param else []
    command = [sys.executable, str(program), "--port", "0", "--token", token, "--log", str(log), *fault]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as server:
        try:
            assert server.stdout is not None
            started = re.search(r"http://\S+:\d+", server.stdout.readline())
            assert started is not None
            settings = Settings(
                data_profile=DataProfile.LIVE, urls={"github_api": started[0]}, tokens={"github": token}
            )
            connected = connect(settings, datetime(2026, 9, 20, 5, tzinfo=UTC))
            with connected.session:
                yield connected, log, bool(request.param)
        finally:
            server.terminate()


def test_the_eighty_repositories_of_a_github_made_apart(
    upstreams: tuple[Upstreams, Path, bool], real_files: Path, tmp_path: Path
) -> None:
    github, log, has_faults = upstreams
    table = real_files / "github_counts" / "true_counts_monthly_2026.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = [WantedRepository(name) for name in {row["repo"] for row in rows}]
    report = load_counts(github, wanted, YEAR, tmp_path, lambda _done, _of: None)
    assert (len(wanted), report.found_count, report.failed_count) == (80, 640, 0)
    found = {
        (row["repo_full_name"], row["metric_id"], f"{row['window_start']:%Y-%m}"): row["count"]
        for path in count_files(tmp_path)
        for row in pl.read_parquet(path, hive_partitioning=False).iter_rows(named=True)
    }
    assert found == {
        (row["repo"], METRICS[words], row["month"]): int(row[column])
        for row in rows
        for words, column in REAL_COLUMNS.items()
    }
    requests_count = len(log.read_text(encoding="utf-8").splitlines())
    assert requests_count == 27 if not has_faults else 27 < requests_count < 100
    assert load_counts(github, wanted, YEAR, tmp_path, lambda _done, _of: None).known_count == 640
    assert len(log.read_text(encoding="utf-8").splitlines()) == requests_count
    observed = [answer.repository for answer in fetch_repositories(github, wanted)]
    assert {one.latest_issue_at for one in observed if one is not None} == {
        datetime(2026, 8, 31, 10, tzinfo=UTC)
    }
    assert None not in observed
