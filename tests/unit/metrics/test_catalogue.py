"""The catalogue of metrics: its pages are current, and its examples are what the sample says."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines import regressions
from pipelines.metrics.pages import metric_index, metric_page
from pipelines.seeds import load_seeds
from pipelines.tables.contracts import PUBLISHED
from pipelines.tables.metrics import METRICS
from pipelines.tables.registry import TABLES_BY_NAME
from pipelines.tables.table import Sql

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.metric import Metric

CHECKOUT = Path(__file__).resolve().parents[3]
PAGES = CHECKOUT / "docs" / "metrics"
FAMILIES = sorted({contract.__module__.split(".")[2] for contract in PUBLISHED.values()})
THRESHOLDS = load_seeds(CHECKOUT / "seeds").thresholds


def written(value: object) -> str:
    if isinstance(value, float):
        value = int(value) if value.is_integer() else value
    return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else str(value)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.metric_id)
def test_the_example_equals_the_sample(landscape: duckdb.DuckDBPyConnection, metric: Metric):
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


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.metric_id)
def test_a_definition_names_columns_that_are_published_and_the_code_that_computes_them(metric: Metric):
    tables = set()
    for qualified in metric.columns:
        table, _, column = qualified.partition(".")
        assert column in PUBLISHED[table].column_names()
        tables.add(table)
    module, _, function = metric.computed_by.partition(":")
    if function:
        assert callable(getattr(importlib.import_module(module), function))
    else:
        assert isinstance(TABLES_BY_NAME[module].build, Sql)
        assert module.removeprefix("mart.") in tables


@pytest.mark.parametrize("family", FAMILIES)
def test_a_definition_lies_in_the_room_of_a_table_that_holds_it(family: str):
    own = {name for name, contract in PUBLISHED.items() if contract.__module__.split(".")[2] == family}
    path = CHECKOUT / "pipelines" / "tables" / family / "metrics.py"
    if path.exists():
        for metric in importlib.import_module(f"pipelines.tables.{family}.metrics").METRICS:
            assert not metric.columns or any(one.partition(".")[0] in own for one in metric.columns)


def test_no_threshold_is_unexplained():
    explained = {name for metric in METRICS for name in metric.thresholds} | set(regressions.THRESHOLDS)
    assert explained == {threshold.id for threshold in THRESHOLDS}


def test_the_published_catalogue_holds_every_definition(landscape: duckdb.DuckDBPyConnection):
    rows = landscape.execute("SELECT metric_id, definition, caveats FROM metric_catalog").fetchall()
    assert {(metric_id, definition, tuple(caveats)) for metric_id, definition, caveats in rows} == {
        (metric.metric_id, metric.definition, metric.caveats) for metric in METRICS
    }


def test_metrics_computed_from_openrank_say_so_and_name_published_monthly_metrics():
    monthly = {metric.metric_id for metric in METRICS if metric.source != "computed"}
    for metric in METRICS:
        assert set(metric.rests_on) <= monthly
        if metric.metric_id in monthly:
            assert not metric.rests_on
        elif "OpenRank" in f"{metric.definition} {metric.formula}":
            assert "openrank" in metric.rests_on, metric.metric_id
