"""Series show what may be used: a month whose published value is an artefact of lost events is unknown."""

from __future__ import annotations

import shutil
from datetime import date

import duckdb

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
    series = open_landscape(path).series
    for frame in (
        series.of_metric(["vllm", "dask"], "openrank").frame,
        series.of_project("vllm", "openrank").frame,
        series.values(["vllm", "dask"]).frame.filter(metric_id="openrank"),
    ):
        assert JULY not in frame["month"].to_list()
        assert APRIL in frame["month"].to_list()
