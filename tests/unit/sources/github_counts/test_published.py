"""Counts from the command to the published file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import duckdb

from tests.command import call_landscape
from tests.fields import project, projects_file, write_field
from tests.unit.sources.github_counts.github import CountingGitHub
from tests.upstream import Upstream

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer

NOW = datetime(2026, 9, 20, 5, tzinfo=UTC)
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


def test_counts_of_today_are_published_in_the_place_of_recorded_ones(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    github = CountingGitHub(ids={"vllm-project/vllm": 599547518})
    github.counts = {
        ("vllm-project/vllm", "pr created", AUGUST): 12,
        ("vllm-project/vllm", "pr merged", AUGUST): 7,
    }
    github.start(httpserver)
    entries = [project("vllm", "vllm-project/vllm"), project("ollama", "ollama/ollama")]
    upstream = Upstream(httpserver, seeds=write_field(tmp_path / "seeds", projects_file(entries)))
    upstream.hold_sample_series(names_starting="vllm-project/vllm/")
    upstream.hold_sample_series(names_starting="ollama/")
    upstream.start()

    for command in (
        ["metrics", "fetch"],
        ["repositories", "counts", "--from", "2026-08"],
        ["build", "--offline"],
    ):
        said = call_landscape(
            *command,
            data_dir=tmp_path / "data",
            now=NOW,
            LANDSCAPE_GITHUB_TOKEN="ghp_0123456789",  # noqa: S106
            **upstream.settings(),
        )
        assert said.returncode == 0, said.stderr
    with duckdb.connect(str(tmp_path / "data" / "public" / "landscape.duckdb"), read_only=True) as published:
        counted = published.execute(
            "SELECT project_id, metric_id, value, coverage_ratio, is_partial FROM project_metrics_monthly"
            " WHERE source = 'github-counts' AND month = ? ORDER BY ALL",
            [AUGUST],
        ).fetchall()
        runs = published.execute(
            "SELECT requested_count, loaded_count, missing_count, rows_count FROM refresh_runs"
            " WHERE source = 'github-counts' AND retrieved_at = ?",
            [NOW.replace(tzinfo=None)],
        ).fetchall()
        july = published.execute(
            "SELECT value FROM project_metrics_monthly WHERE source = 'github-counts' AND month = ?"
            " AND project_id = 'vllm' AND metric_id = 'change_requests'",
            [JULY],
        ).fetchall()
    of_vllm = [row[1:] for row in counted if row[0] == "vllm"]
    assert of_vllm == [
        ("change_requests", 12.0, 1.0, False),
        ("change_requests_accepted", 7.0, 1.0, False),
        ("issues_closed", 0.0, 1.0, False),
        ("issues_new", 0.0, 1.0, False),
    ]
    recorded = {row[1] for row in counted if row[0] == "ollama"}
    assert recorded == {"change_requests", "issues_new"}, "GitHub does not show it: what was recorded stays"
    assert july == [(2722.0,)], "recorded in September 2026"
    assert runs == [(2, 1, 1, 4)]
