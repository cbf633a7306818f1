"""The catalogue of metrics: its pages are current, and its examples are what the sample says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.metrics.pages import metric_index, metric_page
from pipelines.metrics.registry import METRICS
from pipelines.seeds import load_seeds

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.metric import Metric

CHECKOUT = Path(__file__).resolve().parents[3]
PAGES = CHECKOUT / "docs" / "metrics"
THRESHOLDS = load_seeds(CHECKOUT / "seeds").thresholds


def written(value: object) -> str:
    if isinstance(value, float):
        value = int(value) if value.is_integer() else value
    return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else str(value)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.metric_id)
def test_the_example_is_what_the_sample_says(landscape: duckdb.DuckDBPyConnection, metric: Metric):
    (row,) = landscape.execute(metric.example.sql).fetchall()
    assert ", ".join(map(written, row)) == metric.example.answer


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.metric_id)
def test_the_page_is_current(metric: Metric):
    path = PAGES / f"{metric.metric_id}.md"
    assert path.read_text(encoding="utf-8") == metric_page(metric, THRESHOLDS), "run `landscape dictionary`"


def test_there_is_a_page_for_each_metric_and_no_other():
    names = {"README.md", *(f"{metric.metric_id}.md" for metric in METRICS)}
    assert {path.name for path in PAGES.iterdir()} == names
    assert (PAGES / "README.md").read_text(encoding="utf-8") == metric_index(METRICS)


def test_no_threshold_is_unexplained():
    explained = {name for metric in METRICS for name in metric.thresholds}
    assert explained == {threshold.id for threshold in THRESHOLDS}


def test_the_published_catalogue_holds_every_definition(landscape: duckdb.DuckDBPyConnection):
    rows = landscape.execute("SELECT metric_id, definition, caveats FROM metric_catalog").fetchall()
    assert {(metric_id, definition, tuple(caveats)) for metric_id, definition, caveats in rows} == {
        (metric.metric_id, metric.definition, metric.caveats) for metric in METRICS
    }


def test_what_is_computed_from_openrank_says_so_and_rests_on_what_is_published_by_month():
    monthly = {metric.metric_id for metric in METRICS if metric.source != "computed"}
    for metric in METRICS:
        assert set(metric.rests_on) <= monthly
        if metric.metric_id in monthly:
            assert not metric.rests_on
        elif "OpenRank" in f"{metric.definition} {metric.formula}":
            assert "openrank" in metric.rests_on, metric.metric_id
