"""Whole series asked for without a build: what is zero, what is unknown, and what is left out."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from pipelines.floor.settings import Settings
from pipelines.sources.connect import connect
from pipelines.sources.opendigger.history import fetch_history

COUNTS = ("change_requests", "issues_new")


@pytest.fixture(scope="module")
def history() -> pl.DataFrame:
    return fetch_history(connect(Settings(), datetime(2026, 1, 1, tzinfo=UTC)), "openrank", COUNTS)


def row(history: pl.DataFrame, name: str, month: date) -> tuple[float, ...] | None:
    [*found] = history.filter(pl.col("repo_full_name") == name, pl.col("month") == month).rows()
    return found[0][2:] if found else None


def test_a_month_without_a_count_is_zero_inside_an_extent(history: pl.DataFrame):
    # The series of change requests has 2021-08 and 2021-12 and nothing between; OpenRank has every month.
    assert row(history, "Angel-ML/angel", date(2021, 9, 1))[:2] == (3.9, 0.0)  # type: ignore[index]
    assert row(history, "Angel-ML/angel", date(2021, 8, 1))[:2] == (7.87, 3.0)  # type: ignore[index]


def test_a_count_that_was_not_retrieved_is_no_zero(history: pl.DataFrame):
    """Of pytorch OpenRank was retrieved in 2025, counts were not; in 2024 both were."""
    months = history.filter(pl.col("repo_full_name") == "pytorch/pytorch")["month"]
    assert months.max() == date(2024, 11, 1)


def test_an_interpolated_month_is_left_out(history: pl.DataFrame):
    """OpenDigger publishes 2021-10 with what it measured beside it as 2021-10-raw."""
    raw = history.filter(pl.col("month") == date(2021, 10, 1))
    assert raw.is_empty()
    assert len(history.filter(pl.col("month") == date(2021, 11, 1))) > 80


def test_only_repositories_with_all_metrics_are_there(history: pl.DataFrame):
    assert history["repo_full_name"].n_unique() == 209
    assert history.null_count().row(0) == (0, 0, 0, 0, 0)
    assert history.columns == ["repo_full_name", "month", "openrank", *COUNTS]
    assert history.equals(history.sort("repo_full_name", "month"))
