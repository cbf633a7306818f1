from __future__ import annotations

import dataclasses
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest
import stamina

from pipelines.floor.errors import SourceError
from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.connect import Upstreams, connect
from pipelines.sources.opendigger.bronze import SeriesReport, load_series

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pytest_httpserver import HTTPServer

SAMPLE_RETRIEVED_AT = datetime(2025, 10, 5)  # noqa: DTZ001 - as it is stored
REAL = {"openrank": ["vllm-project/vllm", "pytorch/pytorch", "no-such/name"], "stars": ["pytorch/pytorch"]}


def without_progress(done: int, requested: int) -> None:
    pass


@pytest.fixture
def sample() -> Upstreams:
    return connect(Settings(data_profile=DataProfile.SAMPLE), datetime(2030, 1, 1, tzinfo=UTC))


@pytest.fixture
def loopback(sample: Upstreams, httpserver: HTTPServer) -> Iterator[Upstreams]:
    """The sample's extents, and series from a loopback server."""
    with stamina.set_testing(True, attempts=2), sample.session:
        yield dataclasses.replace(sample, urls={"opendigger": httpserver.url_for("/opendigger")})


def serve(httpserver: HTTPServer, bodies: Mapping[str, object]) -> None:
    for path, body in bodies.items():
        httpserver.expect_request(f"/opendigger/github/{path}.json").respond_with_data(json.dumps(body))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_real_series_of_the_sample(sample: Upstreams, tmp_path: Path) -> None:
    report = load_series(sample, REAL, "v2", tmp_path, without_progress)
    assert (report.requested_count, report.loaded_count, report.unknown_count) == (4, 3, 1)

    openrank = pl.read_parquet(tmp_path / "opendigger" / "openrank.parquet")
    assert openrank.schema == {
        "repo_full_name": pl.String(),
        "metric_id": pl.String(),
        "month": pl.Date(),
        "value": pl.Float64(),
        "is_interpolated": pl.Boolean(),
        "vintage": pl.String(),
        "retrieved_at": pl.Datetime("us"),
    }
    assert openrank.sort("repo_full_name", "month").equals(openrank)
    assert openrank["repo_full_name"].unique(maintain_order=True).to_list() == [
        "pytorch/pytorch",
        "vllm-project/vllm",
    ]
    assert openrank.select("metric_id", "vintage", "retrieved_at").unique().rows() == [
        ("openrank", "v2", SAMPLE_RETRIEVED_AT)
    ]
    window = openrank.filter(pl.col("month").is_between(date(2025, 1, 1), date(2025, 4, 1)))
    means = {
        name: round(value) for name, value in window.group_by("repo_full_name").agg(pl.mean("value")).rows()
    }
    assert means == {"pytorch/pytorch": 927, "vllm-project/vllm": 615}

    stars = pl.read_parquet(tmp_path / "opendigger" / "stars.parquet")
    assert report.months_count == openrank.height + stars.height


def test_the_extents_come_along(sample: Upstreams, tmp_path: Path) -> None:
    load_series(sample, REAL, "v2", tmp_path, without_progress)
    extents = pl.read_parquet(tmp_path / "opendigger" / "extents.parquet")
    assert extents.height == 1904
    assert extents.filter(repo_full_name="FoundationAgents/MetaGPT").rows() == [
        ("FoundationAgents/MetaGPT", date(2015, 1, 1), date(2024, 11, 1), "v2"),
        ("FoundationAgents/MetaGPT", date(2025, 1, 1), date(2025, 7, 1), "v2"),
    ]


def test_the_manifest_tells_every_answer_apart(
    loopback: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    serve(
        httpserver,
        {
            "a/loaded/openrank": {"2025": 3, "2025-02": 2, "2025-01": 1},
            "a/monthless/openrank": {"2023": 10},
            "a/malformed/openrank": {"2025-01": 1, "2025-02": "2"},
        },
    )
    httpserver.expect_request("/opendigger/github/a/unknown/openrank.json").respond_with_data(
        "<Error/>", status=404
    )
    names = ["a/unknown", "a/monthless", "a/malformed", "a/loaded", "a/loaded"]
    report = load_series(loopback, {"openrank": names}, "v3", tmp_path, without_progress)
    assert report == SeriesReport(
        requested_count=4,
        loaded_count=1,
        unknown_count=1,
        no_months_count=1,
        malformed_count=1,
        left_count=0,
        failed_count=0,
        not_asked_count=0,
        months_count=2,
        quarantined_count=1,
        unchanged_count=0,
        vintages={"openrank": "v3"},
    )
    manifest = pl.read_parquet(tmp_path / "manifest" / "opendigger.parquet")
    assert manifest.select("repo_full_name", "status", "months_count").rows() == [
        ("a/loaded", "loaded", 2),
        ("a/malformed", "malformed", 0),
        ("a/monthless", "no_months", 0),
        ("a/unknown", "unknown", 0),
    ]
    assert manifest["url"].to_list()[0] == httpserver.url_for("/opendigger/github/a/loaded/openrank.json")
    assert manifest["sha256"].is_null().to_list() == [False, False, False, True]
    assert manifest["detail"].to_list()[1] == '2025-02 is "2", not a number'
    values = pl.read_parquet(tmp_path / "opendigger" / "openrank.parquet")
    assert values["month"].to_list() == [date(2025, 1, 1), date(2025, 2, 1)]


def test_a_metric_that_nobody_has_is_an_empty_table_not_a_missing_one(
    sample: Upstreams, tmp_path: Path
) -> None:
    load_series(sample, {"stars": ["no-such/name"]}, "v2", tmp_path, without_progress)
    stars = pl.read_parquet(tmp_path / "opendigger" / "stars.parquet")
    assert stars.height == 0
    assert stars.schema["month"] == pl.Date()


def test_two_pulls_give_equal_files(sample: Upstreams, tmp_path: Path) -> None:
    reversed_input = {metric: list(reversed(names)) for metric, names in reversed(REAL.items())}
    load_series(sample, REAL, "v2", tmp_path / "a", without_progress)
    load_series(sample, reversed_input, "v2", tmp_path / "b", without_progress)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_a_pull_replaces_the_earlier_one_whole(sample: Upstreams, tmp_path: Path) -> None:
    load_series(sample, REAL | {"attention": ["pytorch/pytorch"]}, "v1", tmp_path / "a", without_progress)
    load_series(sample, REAL, "v2", tmp_path / "a", without_progress)
    load_series(sample, REAL, "v2", tmp_path / "b", without_progress)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_a_pull_that_breaks_off_leaves_the_earlier_one_as_it_was(
    loopback: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    serve(httpserver, {"a/a/openrank": {"2025-01": 1}})
    load_series(loopback, {"openrank": ["a/a"]}, "v2", tmp_path, without_progress)
    before = contents(tmp_path)
    serve(httpserver, {"a/b/openrank": {"2025-01": 1}})
    httpserver.expect_request("/opendigger/github/a/c/openrank.json").respond_with_data("", status=503)
    with pytest.raises(SourceError, match="503"):
        load_series(loopback, {"openrank": ["a/a", "a/b", "a/c"]}, "v2", tmp_path, without_progress)
    assert contents(tmp_path) == before


def test_progress_counts_up_to_the_number_of_requests(sample: Upstreams, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    load_series(sample, REAL, "v2", tmp_path, lambda done, requested: told.append((done, requested)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_plain_duckdb_reads_the_files(sample: Upstreams, tmp_path: Path) -> None:
    load_series(sample, REAL, "v2", tmp_path, without_progress)
    with duckdb.connect() as connection:
        row = connection.execute(
            "SELECT typeof(month), typeof(retrieved_at) FROM read_parquet(?) LIMIT 1",
            [str(tmp_path / "opendigger" / "openrank.parquet")],
        ).fetchone()
    assert row == ("DATE", "TIMESTAMP")
