"""Recorded series of later years: the rows read, left out and quarantined."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.bronze.storage import TableReport
from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.connect import Upstreams, connect
from pipelines.sources.reference.recorded import load_recorded_counts, load_recorded_openrank

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer

WINDOWS_HEADER = "repo,window_start,window_end,issues_opened,prs_opened,observable_in_window\n"
MONTHS_HEADER = "repo,month,issues_opened,issues_closed,prs_opened\n"


@pytest.fixture
def sample() -> Upstreams:
    return connect(Settings(data_profile=DataProfile.SAMPLE), datetime(2030, 1, 1, tzinfo=UTC))


def test_recorded_openrank_keeps_both_vintages_apart(sample: Upstreams, tmp_path: Path) -> None:
    assert load_recorded_openrank(sample, tmp_path) == TableReport(rows_count=5231, quarantined_count=0)
    recorded = pl.read_parquet(tmp_path / "reference" / "openrank.parquet")
    august = recorded.filter(
        pl.col("repo_full_name") == "1Panel-dev/1Panel", pl.col("month") == date(2025, 8, 1)
    )
    assert august.select("repo_id", "openrank", "vintage").rows() == [
        (515647260, 102.97, "pulled_2026-05"),
        (515647260, 105.75, "pulled_2026-08"),
    ]


def test_recorded_counts_are_those_of_github(sample: Upstreams, tmp_path: Path) -> None:
    # 80 repositories by 8 months, and 248 - 80 windows of years before 2026 in which a repository was public.
    assert load_recorded_counts(sample, tmp_path).quarantined_count == 0
    counts = pl.read_parquet(tmp_path / "reference" / "counts.parquet")
    assert counts["metric_id"].unique().sort().to_list() == ["change_requests", "issues_new"]
    assert counts.filter(pl.col("window_start").dt.year() == 2026).height == 80 * 8 * 2
    vllm = counts.filter(
        pl.col("repo_full_name") == "vllm-project/vllm", pl.col("metric_id") == "change_requests"
    )
    by_window = {row["window_start"]: (row["window_end"], row["count"]) for row in vllm.iter_rows(named=True)}
    assert by_window[date(2025, 1, 1)] == (date(2025, 8, 31), 7459)
    assert by_window[date(2026, 7, 1)] == (date(2026, 7, 31), 2722)
    assert date(2022, 1, 1) not in by_window, "vLLM was not public in 2022: unknown, not 0"


def test_a_bad_row_is_set_aside_and_the_others_stay(
    sample: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request("/github_counts_monthly_2026.csv").respond_with_data(
        f"{MONTHS_HEADER}a/b,2026-01,5,1,7\na/b,2026-13,5,1,7\na/b,2026-02,,1,7\n"
    )
    httpserver.expect_request("/github_counts_windows.csv").respond_with_data(
        f"{WINDOWS_HEADER}a/b,2024-01-01,2024-08-31,10,20,yes\na/b,2023-01-01,2023-08-31,0,0,no\n"
    )
    with sample.session:
        upstreams = dataclasses.replace(sample, reference_url=httpserver.url_for("").rstrip("/"))
        assert load_recorded_counts(upstreams, tmp_path) == TableReport(rows_count=4, quarantined_count=2)
    counts = pl.read_parquet(tmp_path / "reference" / "counts.parquet")
    assert sorted(counts.select("metric_id", "window_start", "count").rows()) == [
        ("change_requests", date(2024, 1, 1), 20),
        ("change_requests", date(2026, 1, 1), 7),
        ("issues_new", date(2024, 1, 1), 10),
        ("issues_new", date(2026, 1, 1), 5),
    ]
    set_aside = pl.read_parquet(tmp_path / "quarantine" / "recorded_counts.parquet")
    assert set_aside["line_number"].to_list() == [3, 4]
