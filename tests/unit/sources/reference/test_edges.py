from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.bronze.storage import TableReport
from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.connect import Upstreams, connect
from pipelines.sources.reference.edges import load_published_edges

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer


@pytest.fixture
def sample() -> Upstreams:
    return connect(Settings(data_profile=DataProfile.SAMPLE), datetime(2030, 1, 1, tzinfo=UTC))


def test_the_published_edges(sample: Upstreams, tmp_path: Path) -> None:
    assert load_published_edges(sample, tmp_path) == TableReport(rows_count=897, quarantined_count=0)
    edges = pl.read_parquet(tmp_path / "reference" / "published_edges.parquet")
    assert edges.schema == {
        "repo_a": pl.String(),
        "repo_b": pl.String(),
        "shared_people_count": pl.Int64(),
        "source": pl.String(),
    }
    assert edges.sort("repo_a", "repo_b").equals(edges)
    assert edges["source"].unique().to_list() == ["landscape_2025-05"]
    assert edges["shared_people_count"].min() == 20
    # The published order of the two ends stays: vLLM comes first although it is later in the alphabet.
    strongest = edges.sort("shared_people_count", descending=True).rows()[:2]
    assert strongest == [
        ("vllm-project/vllm", "sgl-project/sglang", 810, "landscape_2025-05"),
        ("ollama/ollama", "open-webui/open-webui", 763, "landscape_2025-05"),
    ]
    ends = pl.concat([edges["repo_a"], edges["repo_b"]])
    degree = dict(ends.value_counts().rows())
    assert (degree["vllm-project/vllm"], degree["ollama/ollama"]) == (88, 79)


def test_a_bad_edge_goes_to_quarantine(sample: Upstreams, httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request("/reference/landscape_2025-05_shared_developers.csv").respond_with_data(
        "repo_a,repo_b,shared_developers\na/b,c/d,\na/b,e/f,20\n"
    )
    with sample.session:
        upstreams = dataclasses.replace(sample, reference_url=httpserver.url_for("/reference"))
        assert load_published_edges(upstreams, tmp_path) == TableReport(rows_count=1, quarantined_count=1)
    assert pl.read_parquet(tmp_path / "quarantine" / "reference.parquet").rows() == [
        ("landscape_2025-05_shared_developers.csv", 2, "shared_developers is '', not a count", "a/b,c/d,")
    ]
