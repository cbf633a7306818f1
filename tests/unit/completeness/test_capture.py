"""Capture: the share that a source has, its Wilson interval, and unknown values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.completeness.capture import (
    COMBINED_METRICS,
    compute_capture,
    compute_combined_capture,
    compute_global_capture,
)
from pipelines.completeness.eras import last_healthy_month, state_of_month
from pipelines.floor.settings import Settings
from pipelines.sources.connect import connect
from pipelines.sources.opendigger.history import fetch_history
from tests.conftest import REAL_FILES

if TYPE_CHECKING:
    from pipelines.seeds import Seeds

LEVEL = 0.95
JULY = date(2026, 7, 1)


def counts(*rows: tuple[int | None, int | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"source_count": pl.Int64, "github_count": pl.Int64}, orient="row")


def test_wilson_interval_by_hand():
    # p = 46/54 = 0.85185, z = 1.95996: centre (p + z²/2n)/(1 + z²/n) = 0.82848, half width 0.09449.
    [row] = compute_capture(counts((46, 54)), LEVEL).rows(named=True)
    assert row["capture_ratio"] == pytest.approx(46 / 54)
    assert row["capture_low"] == pytest.approx(0.73400, abs=1e-5)
    assert row["capture_high"] == pytest.approx(0.92297, abs=1e-5)


def test_nothing_captured_has_an_upper_end():
    # z²/(n + z²) with n = 10 and z² = 3.84146.
    [row] = compute_capture(counts((0, 10)), LEVEL).rows(named=True)
    assert (row["capture_ratio"], row["capture_low"]) == (0, 0)
    assert row["capture_high"] == pytest.approx(3.84146 / 13.84146, abs=1e-5)


def test_a_ratio_above_one_is_kept():
    equal, above = compute_capture(counts((96, 96), (103, 96)), LEVEL).rows(named=True)
    assert above["capture_ratio"] == above["capture_high"] == pytest.approx(103 / 96)
    assert equal["capture_high"] == 1
    # The lower end is that of a source that has all of GitHub's count: n/(n + z²).
    assert above["capture_low"] == equal["capture_low"] == pytest.approx(96 / (96 + 3.84146), abs=1e-5)


@pytest.mark.parametrize("unknown", [(3, 0), (0, 0), (None, 5), (5, None)])
def test_of_nothing_or_of_an_unknown_there_is_no_share(unknown: tuple[int | None, int | None]):
    [row] = compute_capture(counts(unknown), LEVEL).rows(named=True)
    assert [row[name] for name in ("capture_ratio", "capture_low", "capture_high")] == [None] * 3


def test_combined_capture_adds_issues_and_change_requests():
    rows = [
        ("vllm", JULY, "issues_new", 10, 100),
        ("vllm", JULY, "change_requests", 30, 300),
        ("vllm", JULY, "issues_closed", 90, 90),
        ("half", JULY, "issues_new", 10, 100),
        ("unknown", JULY, "issues_new", 10, 100),
        ("unknown", JULY, "change_requests", 5, None),
    ]
    frame = pl.DataFrame(
        rows, schema=["project_id", "month", "metric_id", "source_count", "github_count"], orient="row"
    )
    found = {row["project_id"]: row for row in compute_combined_capture(frame, LEVEL).rows(named=True)}
    assert (found["vllm"]["source_count"], found["vllm"]["github_count"]) == (40, 400)
    assert found["vllm"]["capture_ratio"] == pytest.approx(0.1)
    assert found["half"]["capture_ratio"] is None
    assert found["unknown"]["capture_ratio"] is None
    assert len(found) == 3


@pytest.mark.parametrize(
    ("month", "state"),
    [
        (date(2012, 1, 1), "healthy"),
        (date(2025, 5, 1), "healthy"),
        (date(2025, 6, 1), "damaged"),
        (date(2025, 9, 1), "damaged"),
        (date(2025, 10, 1), "broken"),
        (date(2026, 7, 1), "broken"),
    ],
)
def test_states_of_the_stream(seeds: Seeds, month: date, state: str):
    months = pl.DataFrame({"month": [month]})
    assert months.select(state_of_month(seeds.completeness.stream_eras)).item() == state


def test_the_last_healthy_month_is_may_2025(seeds: Seeds):
    assert str(last_healthy_month(seeds.completeness.stream_eras)) == "2025-05"


@pytest.mark.real_files
def test_no_healthy_capture_is_below_the_limit(seeds: Seeds):
    """OpenDigger's own counts against GitHub's, January to August of 2022 to 2024, where both are held."""
    upstreams = connect(Settings(), datetime(2026, 1, 1, tzinfo=UTC))
    history = fetch_history(upstreams, "openrank", COMBINED_METRICS)
    windows = pl.read_csv(
        REAL_FILES / "github_counts" / "true_counts_windows_2022-2026.csv", try_parse_dates=True
    )
    sums = (
        history.join(windows, left_on="repo_full_name", right_on="repo")
        .filter(pl.col("month").is_between("window_start", "window_end"))
        .group_by("repo_full_name", "window_start")
        .agg(
            months_count=pl.len(),
            source_count=(pl.col("issues_new") + pl.col("change_requests")).sum(),
            github_count=(pl.col("issues_opened") + pl.col("prs_opened")).first(),
        )
        .filter(pl.col("months_count") == 8)
    )
    found = compute_capture(sums, LEVEL)["capture_ratio"].sort()
    assert len(found) == 18
    assert found[0] == pytest.approx(0.901, abs=0.001)
    assert found.median() == pytest.approx(0.952, abs=0.001)
    # All but the last, which counts more than there are.
    assert found[-2] < 1 < found[-1]
    assert found[0] > seeds.completeness.capture.least_ratio


def test_global_capture_by_type(seeds: Seeds):
    found = compute_global_capture(seeds.event_stream, LEVEL)
    rows = {(row["event_type"], str(row["month"])[:7]): row for row in found.rows(named=True)}
    # Stars fall to 1.3 % of those of April 2025: 79,895 of the mean of 6,009,020, 5,965,504 and 5,407,592.
    stars = rows["WatchEvent", "2026-07"]
    assert stars["capture_ratio"] == pytest.approx(79_895 / 5_794_038.67, rel=1e-6)
    assert (stars["provenance"], stars["capture_low"]) == ("global-volume", None)
    # Measured hours go before volumes: 24 of 57 and not 8,147,910 of about ten million.
    pulls = rows["PullRequestEvent", "2025-07"]
    assert pulls["capture_ratio"] == pytest.approx(24 / 57)
    assert pulls["provenance"] == "global-hours"
    assert pulls["capture_low"] < 24 / 57 < pulls["capture_high"]
    # Half way between May and July 2026, on the line.
    between = rows["WatchEvent", "2026-06"]
    ends = [rows["WatchEvent", month]["capture_ratio"] for month in ("2026-05", "2026-07")]
    assert between["capture_ratio"] == pytest.approx(sum(ends) / 2)
    assert between["provenance"] == "global-interpolated"


def test_global_capture_draws_no_line_through_the_healthy_months(seeds: Seeds):
    found = compute_global_capture(seeds.event_stream, LEVEL)
    healthy = found.filter(pl.col("month") < date(2025, 6, 1))
    assert healthy.select("event_type", "provenance").rows() == [("PullRequestEvent", "global-hours")]
    assert "all" not in found["event_type"].to_list()


def test_pushes_rise_while_the_rest_falls(seeds: Seeds):
    found = compute_global_capture(seeds.event_stream, LEVEL).filter(pl.col("month") == JULY)
    ratio = dict(found.select("event_type", "capture_ratio").iter_rows())
    assert ratio["PushEvent"] > 1 > ratio["PullRequestEvent"]
