from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.floor.errors import SourceError
from pipelines.sources.reference.client import fetch_observations, fetch_published_edges
from pipelines.sources.tables import count, read_table

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

    from pipelines.sources.connect import Upstreams

HEADER = (
    "observed_on,repo_id,full_name,stars,forks,language,created_at,pushed_at,description,topics,source\r\n"
)
STARS_HEADER = "snapshot_date,full_name,stars,forks,open_issues,language,last_commit\n"
RANKING = "EvanLi/Github-Ranking daily list"


@given(st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line)))
def test_every_line_is_a_row_or_in_quarantine_with_its_number(lines: list[bytes]) -> None:
    body = b"\n".join([b"a,b", *lines])
    table = read_table(
        body, source_file="t.csv", columns=["a", "b"], parse=lambda record: (record["a"], count(record, "b"))
    )
    occupied = [number for number, line in enumerate(lines, start=2) if line.strip()]
    quarantined = [row.line_number for row in table.quarantined]
    assert set(quarantined) <= set(occupied)
    assert quarantined == sorted(set(quarantined))
    assert len(table.rows) + len(quarantined) == len(occupied)
    assert all(row.cause and row.source_file == "t.csv" for row in table.quarantined)


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (b'"open,1', "not a CSV record"),
        (b"1", "1 fields where 2"),
        (b"1,2,3", "3 fields where 2"),
        (b"\xff,1", "not UTF-8 at byte 0"),
        (b"x,", "b is ''"),
        (b"x,-1", "b is '-1'"),
        (b"x,1.5", "b is '1.5'"),
        ("x,٣".encode(), "b is '٣'"),
        (b"x," + b"9" * 19, "not a count"),
    ],
)
def test_a_bad_line_spoils_no_other(line: bytes, cause: str) -> None:
    table = read_table(
        b'\xef\xbb\xbfa,b\r\n"one, quoted",1\r\n\r\n' + line + b"\r\nlast,2\r\n",
        source_file="t.csv",
        columns=["a", "b"],
        parse=lambda record: (record["a"], count(record, "b")),
    )
    assert table.rows == (("one, quoted", 1), ("last", 2))
    (row,) = table.quarantined
    assert row.line_number == 4
    assert cause in row.cause


@pytest.mark.parametrize("body", [b"", b"a\n", b"a,B\n", b"a,b,b\n", b"<html>", b'"a,b\n', b"\xff\n"])
def test_a_header_without_the_columns_is_another_file(body: bytes) -> None:
    with pytest.raises(SourceError, match=r"its first line does not name the column [ab] once"):
        read_table(body, source_file="t.csv", columns=["a", "b"], parse=dict)


@pytest.mark.parametrize("body", [b"b,a\n1,x\n", b"a,c,b\nx,,1\n"])
def test_columns_are_found_by_name(body: bytes) -> None:
    table = read_table(
        body, source_file="t.csv", columns=["a", "b"], parse=lambda record: (record["a"], record["b"])
    )
    assert table.rows == (("x", "1"),)


def test_the_observations_of_the_sample(sample: Upstreams) -> None:
    observations = fetch_observations(sample)
    assert observations.quarantined == ()
    assert len(observations.rows) == 208 + 2129
    by_source = {(row.source, row.detail) for row in observations.rows}
    assert by_source == {
        ("github-ranking", RANKING),
        ("github-ranking", "EvanLi/Github-Ranking monthly list"),
        ("landscape_2025-05", "Ant Open Source landscape 2025-05"),
        ("graveyard_2025-05", "Ant Open Source report 2025-05, graveyard table"),
    }
    graveyard = [row for row in observations.rows if row.detail.endswith("graveyard table")]
    assert len(graveyard) == 11
    (swarm,) = [row for row in graveyard if row.repo_full_name == "openai/swarm"]
    assert (swarm.repo_id, swarm.forks_count, swarm.language, swarm.topics) == (None, None, None, None)
    assert swarm.pushed_at == datetime(2025, 3, 11, tzinfo=UTC)
    assert swarm.stars_count == 19809
    assert swarm.observed_on == date(2025, 5, 20)


def test_the_edges_of_the_sample(sample: Upstreams) -> None:
    edges = fetch_published_edges(sample)
    assert edges.quarantined == ()
    assert len(edges.rows) == 897
    assert len({frozenset((edge.repo_a, edge.repo_b)) for edge in edges.rows}) == 897
    first = edges.rows[0]
    assert (first.repo_a, first.repo_b, first.shared_people_count) == (
        "vllm-project/vllm",
        "sgl-project/sglang",
        810,
    )


def serve(live: Upstreams, httpserver: HTTPServer, files: dict[str, str]) -> Upstreams:
    for name, body in files.items():
        httpserver.expect_request(f"/reference/{name}").respond_with_data(body)
    return dataclasses.replace(live, reference_url=httpserver.url_for("/reference"))


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        (f"2025-02-30,1,a/b,2,3,C,2020-01-01,,,,{RANKING}", "day is out of range"),
        (f"2025-04-30,x,a/b,2,3,C,2020-01-01,,,,{RANKING}", "repo_id is 'x'"),
        (f"2025-04-30,1,a b,2,3,C,2020-01-01,,,,{RANKING}", "not owner/name"),
        (f"2025-04-30,1,a/b,,3,C,2020-01-01,,,,{RANKING}", "stars is ''"),
        (f"2025-04-30,1,a/b,2,3,C,yesterday,,,,{RANKING}", "yesterday"),
        ("2025-04-30,1,a/b,2,3,C,2020-01-01,,,,hearsay", "hearsay"),
    ],
)
def test_a_bad_observation_is_kept_out_with_its_line(
    row: str, cause: str, live: Upstreams, httpserver: HTTPServer
) -> None:
    good = f'2025-04-30,,a/b,2,,,2020-01-01,2025-04-30T04:05:43+02:00,"x, y","p,q",{RANKING}'
    upstreams = serve(
        live,
        httpserver,
        {
            "github_repositories.csv": f"{HEADER}{row}\r\n{good}\r\n",
            "github_stars_monthly.csv": f"{STARS_HEADER}2025-05-01,a/b,2,3,4,,2025-04-30T00:00:00Z\n",
        },
    )
    observations = fetch_observations(upstreams)
    (kept_out,) = observations.quarantined
    assert (kept_out.source_file, kept_out.line_number) == ("github_repositories.csv", 2)
    assert cause in kept_out.cause
    listed, monthly = observations.rows
    assert (listed.repo_id, listed.forks_count, listed.language) == (None, None, None)
    assert (listed.description, listed.topics) == ("x, y", ("p", "q"))
    assert listed.pushed_at == datetime(2025, 4, 30, 2, 5, 43, tzinfo=UTC)
    assert (monthly.open_issues_count, monthly.created_at, monthly.language) == (4, None, None)


def test_an_edge_of_one_repository_is_kept_out(live: Upstreams, httpserver: HTTPServer) -> None:
    body = "repo_a,repo_b,shared_developers\na/b,a/b,30\na/b,c/d,30\n"
    edges = fetch_published_edges(serve(live, httpserver, {"landscape_2025-05_shared_developers.csv": body}))
    assert [edge.repo_b for edge in edges.rows] == ["c/d"]
    assert [row.line_number for row in edges.quarantined] == [2]


def test_a_reference_file_that_is_gone(live: Upstreams, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/reference/landscape_2025-05_shared_developers.csv").respond_with_data(
        "", status=404
    )
    with pytest.raises(SourceError, match="404"):
        fetch_published_edges(dataclasses.replace(live, reference_url=httpserver.url_for("/reference")))
