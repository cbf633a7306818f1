"""May to July 2026 of the specification: levels of January to April 2025 against GitHub's own counts."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.completeness.changes import compute_levels
from pipelines.completeness.nowcast import compute_nowcast
from tests.conftest import REAL_FILES

if TYPE_CHECKING:
    from pipelines.seeds import Seeds

pytestmark = pytest.mark.real_files
APRIL_2025, JULY_2026 = date(2025, 4, 1), date(2026, 7, 1)
LEVEL_MONTHS = ("2025-01", "2025-02", "2025-03", "2025-04")
COUNTS = REAL_FILES / "github_counts"
MONTHS_OF_THE_WINDOW = 8
WITHOUT_PULL_REQUESTS = "openai/codex"

NOWCASTS = {
    "pytorch/pytorch": 984,
    "vllm-project/vllm": 839,
    "sgl-project/sglang": 520,
    "ollama/ollama": 318,
    "langgenius/dify": 354,
    "langchain-ai/langchain": 256,
    "Significant-Gravitas/AutoGPT": 47,
    "eosphoros-ai/DB-GPT": 20,
}
"""The specification's nowcasts, with coefficients of its own."""


def published(name: str) -> dict[str, float]:
    path = REAL_FILES / "opendigger" / "github" / name / "openrank.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


@pytest.fixture(scope="module")
def recent() -> pl.DataFrame:
    """GitHub's counts by month of 2026."""
    counts = pl.read_csv(COUNTS / "true_counts_monthly_2026.csv").select(
        project_id="repo",
        month=pl.col("month").str.slice(0, 7).str.to_date("%Y-%m"),
        change_requests=pl.when(pl.col("repo") != WITHOUT_PULL_REQUESTS).then("prs_opened"),
        issues_new="issues_opened",
    )
    return counts.filter(pl.col("month") <= JULY_2026)


@pytest.fixture(scope="module")
def levels(seeds: Seeds) -> pl.DataFrame:
    before = (
        pl.read_csv(COUNTS / "true_counts_windows_2022-2026.csv")
        .filter(pl.col("window_start") == "2025-01-01")
        .select(
            project_id="repo",
            change_requests=pl.when(pl.col("repo") != WITHOUT_PULL_REQUESTS).then(
                pl.col("prs_opened") / MONTHS_OF_THE_WINDOW
            ),
            issues_new=pl.col("issues_opened") / MONTHS_OF_THE_WINDOW,
        )
    )
    rows = [
        (name, date.fromisoformat(f"{month}-01"), values[month], "v2")
        for name in before["project_id"]
        for values in [published(name)]
        for month in LEVEL_MONTHS
        if month in values
    ]
    openrank = pl.DataFrame(rows, schema=["project_id", "month", "openrank", "vintage"], orient="row")
    return compute_levels(openrank.join(before, on="project_id"), APRIL_2025, seeds.completeness.nowcast)


@pytest.fixture(scope="module")
def nowcasts(seeds: Seeds, levels: pl.DataFrame, recent: pl.DataFrame) -> pl.DataFrame:
    """Means of May to July 2026."""
    rules = seeds.completeness.nowcast
    found = compute_nowcast(levels, recent, seeds.nowcast, rules, value_months=3)
    return found.filter(pl.col("month") == JULY_2026)


def row_of(nowcasts: pl.DataFrame, name: str) -> dict[str, object]:
    [row] = nowcasts.filter(pl.col("project_id") == name).rows(named=True)
    return row


def test_levels_are_the_means_of_four_months(levels: pl.DataFrame):
    level = dict(levels.select("project_id", "level").iter_rows())
    assert level["pytorch/pytorch"] == pytest.approx(927.06)
    assert level["vllm-project/vllm"] == pytest.approx(615.46, abs=0.01)
    assert level["Significant-Gravitas/AutoGPT"] == 48
    assert (
        levels.filter(pl.col("project_id").is_in(list(NOWCASTS)))["level_months_count"].to_list() == [4] * 8
    )


@pytest.mark.parametrize(("name", "expected"), NOWCASTS.items())
def test_the_interval_holds_the_value_of_the_specification(
    nowcasts: pl.DataFrame, name: str, expected: float
):
    row = row_of(nowcasts, name)
    assert row["nowcast_low"] < expected < row["nowcast_high"]
    # Coefficients differ; the counts are the same, and none is more than a fifth away.
    assert row["nowcast"] == pytest.approx(expected, rel=0.2)


def test_an_issue_tracker_that_opens_does_not_multiply_a_project(nowcasts: pl.DataFrame):
    """No issues in 2025 and 14 a month in 2026: the plain ratio gives 743 for a level of 199."""
    row = row_of(nowcasts, "apache/spark")
    assert row["level"] == pytest.approx(199.23, abs=0.01)
    assert row["issues_new"] == 14
    assert row["method"] == "change_requests"
    assert row["practice_break"] == "issues_new_appeared"
    assert row["nowcast_high"] < 500
    # Pull requests rose from 355 to 657 a month.
    assert 199 < row["nowcast"] < 199 * 657 / 355


def test_work_that_moved_to_github_is_named(nowcasts: pl.DataFrame):
    """18 to 476 pull requests a month: 20 to 83 says nothing about the years before."""
    row = row_of(nowcasts, "NVIDIA/Megatron-LM")
    assert row["level"] == 19.75
    assert row["practice_break"] == "change_requests_shifted"
    assert row["is_outside_range"] is True
    assert row["nowcast_high"] > 3 * row["nowcast"] > 9 * row["nowcast_low"]


def test_pull_requests_that_are_left_out_are_unknown_and_no_zero(nowcasts: pl.DataFrame):
    """openai/codex has one month before May 2025, so no level; its issues alone give a value, beyond the fit."""
    row = row_of(nowcasts, WITHOUT_PULL_REQUESTS)
    assert (row["method"], row["change_requests"], row["is_outside_range"]) == ("level", None, True)


def test_projects_without_a_level_have_a_wider_interval(nowcasts: pl.DataFrame):
    width = nowcasts.with_columns(width=pl.col("nowcast_high") / pl.col("nowcast_low"))
    without = width.filter(pl.col("method") == "level")["width"]
    steady = width.filter(pl.col("method") == "both", pl.col("practice_break").is_null())["width"]
    assert without.min() > steady.median()
    assert without.n_unique() == 1 or without.max() - without.min() < 1e-9


def test_the_direction_agrees_with_the_counts(nowcasts: pl.DataFrame, levels: pl.DataFrame):
    """Of the projects that have both, at least 90 % move as the sum of their issues and pull requests does."""
    before = levels.select("project_id", "level_change_requests", "level_issues_new")
    moved = nowcasts.filter(pl.col("level").is_not_null()).join(before, on="project_id")
    has_risen = pl.col("nowcast") > pl.col("level")
    have_risen = pl.col("change_requests") + pl.col("issues_new") > pl.col("level_change_requests") + pl.col(
        "level_issues_new"
    )
    assert len(moved) >= 40
    assert moved.select((has_risen == have_risen).mean()).item() >= 0.9
    # Where pull requests and issues both grew, nothing falls, and where both fell nothing rises.
    grew = [pl.col(f"{measure}_ratio") > 1 for measure in ("change_requests", "issues_new")]
    assert moved.filter(*grew).select(has_risen.all()).item()
    assert not moved.filter(*(~one for one in grew)).select(has_risen.any()).item()
