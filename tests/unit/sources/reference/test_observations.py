from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from pipelines.bronze.storage import TableReport
from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.connect import Upstreams, connect
from pipelines.sources.reference.observations import load_observations

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer


@pytest.fixture
def sample() -> Upstreams:
    return connect(Settings(data_profile=DataProfile.SAMPLE), datetime(2030, 1, 1, tzinfo=UTC))


def test_the_observations_of_the_sample(sample: Upstreams, tmp_path: Path) -> None:
    assert load_observations(sample, tmp_path) == TableReport(rows_count=2337, quarantined_count=0)
    observations = pl.read_parquet(tmp_path / "github" / "observations.parquet")
    assert observations.height == 2337
    assert dict(observations.group_by("source").len().rows()) == {
        "github-ranking": 62 + 2129,
        "landscape_2025-05": 135,
        "graveyard_2025-05": 11,
    }
    by_origin = dict(observations.group_by("detail").len().rows())
    assert by_origin["Ant Open Source report 2025-05, graveyard table"] == 11
    assert observations.sort("observed_on", "repo_full_name", "source", "detail").equals(observations)
    assert pl.read_parquet(tmp_path / "quarantine" / "observations.parquet").height == 0


def test_what_no_source_tells_is_null_and_never_zero_or_false(sample: Upstreams, tmp_path: Path) -> None:
    load_observations(sample, tmp_path)
    observations = pl.read_parquet(tmp_path / "github" / "observations.parquet")
    assert observations["license_spdx"].is_null().all()
    assert observations["is_archived"].is_null().all()
    assert not (observations["language"] == "").any()
    assert not (observations["description"] == "").any()
    (bloop,) = observations.filter(repo_full_name="BloopAI/bloop").to_dicts()
    assert bloop == {
        "observed_on": date(2025, 5, 20),
        "repo_id": None,
        "repo_full_name": "BloopAI/bloop",
        "stars_count": 9467,
        "forks_count": None,
        "open_issues_count": None,
        "language": None,
        "created_at": datetime(2022, 12, 10),  # noqa: DTZ001 - as it is stored
        "pushed_at": datetime(2024, 12, 4),  # noqa: DTZ001
        "description": "Fast code search engine written in Rust",
        "topics": None,
        "license_spdx": None,
        "is_archived": None,
        "source": "graveyard_2025-05",
        "detail": "Ant Open Source report 2025-05, graveyard table",
        "latest_issue_at": None,
        "latest_pull_request_at": None,
        "latest_release_at": None,
    }


def test_column_types_that_plain_duckdb_can_fetch(sample: Upstreams, tmp_path: Path) -> None:
    load_observations(sample, tmp_path)
    with duckdb.connect() as connection:
        described = connection.execute(
            "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(?))",
            [str(tmp_path / "github" / "observations.parquet")],
        ).fetchall()
    assert dict(described) == {
        "observed_on": "DATE",
        "repo_id": "BIGINT",
        "repo_full_name": "VARCHAR",
        "stars_count": "BIGINT",
        "forks_count": "BIGINT",
        "open_issues_count": "BIGINT",
        "language": "VARCHAR",
        "created_at": "TIMESTAMP",
        "pushed_at": "TIMESTAMP",
        "description": "VARCHAR",
        "topics": "VARCHAR[]",
        "license_spdx": "VARCHAR",
        "is_archived": "BOOLEAN",
        "source": "VARCHAR",
        "detail": "VARCHAR",
        "latest_issue_at": "TIMESTAMP",
        "latest_pull_request_at": "TIMESTAMP",
        "latest_release_at": "TIMESTAMP",
    }


def test_topics_are_a_list(sample: Upstreams, tmp_path: Path) -> None:
    load_observations(sample, tmp_path)
    observations = pl.read_parquet(tmp_path / "github" / "observations.parquet")
    (maxkb,) = observations.filter(
        pl.col("topics").is_not_null(), repo_full_name="1Panel-dev/MaxKB"
    ).to_dicts()
    assert maxkb["topics"][:3] == ["agent", "agentic-ai", "chatbot"]


def test_a_bad_row_goes_to_quarantine_and_the_rest_is_loaded(
    sample: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request("/reference/github_repositories.csv").respond_with_data(
        "observed_on,repo_id,full_name,stars,forks,language,created_at,pushed_at,description,topics,source\n"
        "2025-04-30,1,a/b,2,3,C,2020-01-01,,,,EvanLi/Github-Ranking daily list\n"
        "2025-04-31,1,a/b,2,3,C,2020-01-01,,,,EvanLi/Github-Ranking daily list\n"
    )
    httpserver.expect_request("/reference/github_stars_monthly.csv").respond_with_data(
        "snapshot_date,full_name,stars,forks,open_issues,language,last_commit\n2025-05-01,a/b,many,3,4,C,\n"
    )
    with sample.session:
        upstreams = dataclasses.replace(sample, reference_url=httpserver.url_for("/reference"))
        assert load_observations(upstreams, tmp_path) == TableReport(rows_count=1, quarantined_count=2)
    quarantine = pl.read_parquet(tmp_path / "quarantine" / "observations.parquet")
    assert quarantine.select("source_file", "line_number").rows() == [
        ("github_repositories.csv", 3),
        ("github_stars_monthly.csv", 2),
    ]
    assert "stars is 'many'" in quarantine["cause"].to_list()[1]


def test_two_loads_give_equal_files(sample: Upstreams, tmp_path: Path) -> None:
    load_observations(sample, tmp_path / "a")
    load_observations(sample, tmp_path / "b")
    name = "github/observations.parquet"
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
