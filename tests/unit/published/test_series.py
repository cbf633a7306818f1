"""Series show what may be used: a month whose published value is an artefact of lost events is unknown."""

from __future__ import annotations

import shutil
from datetime import date

import duckdb
import polars as pl

from pipelines.generations import public_file
from pipelines.published import open_landscape

JULY, APRIL = date(2026, 7, 1), date(2025, 4, 1)


def test_a_published_value_that_may_not_be_used_is_in_no_series(sample_data_dir, tmp_path):
    path = shutil.copy(public_file(sample_data_dir / "public"), tmp_path / "landscape.duckdb")
    with duckdb.connect(str(path)) as spoiled:
        # As a live pull brings it: one vintage that reaches into the months of the broken stream.
        spoiled.execute(
            "INSERT INTO project_metrics_monthly SELECT project_id, month, 'openrank', published, 'opendigger', 'v2', 1, false"
            " FROM project_openrank_monthly WHERE month = DATE '2026-07-01' AND published IS NOT NULL"
        )
        # So it brings other metrics, which count the same lost events.
        spoiled.execute(
            "INSERT INTO project_metrics_monthly VALUES ('vllm', DATE '2026-07-01', 'stars', 12, 'opendigger', 'v2', 1, false)"
        )
    series = open_landscape(path).series
    values = series.values(["vllm", "dask"]).frame.filter(pl.col("metric_id").is_in(["openrank", "stars"]))
    of_month = {
        month: values.filter(month=month).select("project_id", "basis").rows() for month in (APRIL, JULY)
    }
    assert of_month == {APRIL: [("dask", "published"), ("vllm", "published")], JULY: [("vllm", "nowcast")]}
    of_july = pl.col("month") == JULY
    (july,) = series.of_metric(["vllm"], "openrank").frame.filter(of_july).iter_rows(named=True)
    assert (july["basis"], july["published"]) == ("nowcast", 189.08)
    assert july["low"] < july["value"] < july["high"]
    assert (july["source"], july["vintage"]) == ("computed", "v2"), "of the value, not of what is published"
    (july,) = series.of_metric(["dask"], "openrank").frame.filter(of_july).iter_rows(named=True)
    assert (july["basis"], july["value"], july["published"]) == ("unknown", None, None)
    (july,) = series.of_metric(["vllm"], "stars").frame.filter(of_july).iter_rows(named=True)
    assert (july["basis"], july["value"], july["published"]) == ("unknown", None, 12)


def test_without_a_broken_stream_nothing_of_a_metric_is_lost(sample_data_dir, tmp_path):
    path = shutil.copy(public_file(sample_data_dir / "public"), tmp_path / "landscape.duckdb")
    with duckdb.connect(str(path)) as spoiled:
        spoiled.execute("DELETE FROM stream_eras WHERE state = 'broken'")
    found = open_landscape(path).series.of_metric("pytorch", "issues_new").frame
    assert found.height > 0
    assert set(found["basis"]) == {"published"}


def test_githubs_own_counts_are_a_series_and_missing_where_nobody_asked(sample_data_dir):
    series = open_landscape(sample_data_dir / "public").series
    assert series.github_counts("dask").frame.is_empty()
    counts = series.github_counts("pytorch").frame
    assert counts.filter(month=JULY).select("series", "value").rows() == [
        ("change_requests", 2565.0),
        ("issues_new", 611.0),
    ]


def test_a_value_of_another_vintage_is_unknown_for_another_reason_than_lost_events(sample_data_dir):
    found = open_landscape(sample_data_dir / "public").series.of_metric("vllm", "openrank").frame
    unknown = found.filter(basis="unknown").select("month", "value", "unknown_because").rows()
    assert unknown == [
        (date(2025, 9, 1), None, "other_vintage"),
        *((date(2025, month, 1), None, "lost") for month in (10, 11, 12)),
    ]
