"""The network page shows the published network, and its link keeps the reader's choices."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from tests.app.test_pages import texts


@pytest.fixture
def drawn(monkeypatch):
    """Pictures that pages draw, since a test has no browser."""
    seen = []
    monkeypatch.setattr(
        "app.views.network_picture.show_network", lambda picture, _choice: seen.append(picture)
    )
    return seen


def test_the_picture_is_the_published_network(open_page, sample_data_dir, drawn):
    app = open_page("network", sample_data_dir, lang="en")
    assert not app.exception
    picture = drawn[-1]
    assert (len(picture["nodes"]), len(picture["edges"])) == (136, 897)
    assert max(picture["edges"], key=lambda edge: edge[2]) == ("sglang", "vllm", 810)
    isolated = {node["id"] for node in picture["nodes"]} - {
        one for *pair, _ in picture["edges"] for one in pair
    }
    metrics = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert metrics["Share people with nobody"] == ("14", "published: 13")
    assert len(isolated) == 14
    assert "warpdotdev/Warp" in texts(app).replace("\\", "")


def test_a_cut_takes_weaker_pairs_away_and_nobody_else(open_page, sample_data_dir, drawn):
    with duckdb.connect(str(sample_data_dir / "public" / "landscape.duckdb"), read_only=True) as connection:
        (strong,) = connection.execute(
            "SELECT count(*) FROM collaboration_edges WHERE source = 'landscape_2025-05'"
            " AND shared_people_count >= 100"
        ).fetchall()[0]
    app = open_page("network", sample_data_dir, cut="100")
    assert not app.exception
    assert 0 < strong < 897
    assert (len(drawn[-1]["nodes"]), len(drawn[-1]["edges"])) == (136, strong)


def test_the_surroundings_and_the_strongest_way_are_drawn(open_page, sample_data_dir, drawn):
    app = open_page("network", sample_data_dir, focus="airbyte", hops="1", target="vllm")
    assert not app.exception
    picture = drawn[-1]
    ids = {node["id"] for node in picture["nodes"]}
    assert picture["path"] == ["airbyte", "langchain", "vllm"]
    assert set(picture["path"]) <= ids
    assert "pytorch" not in ids
    assert picture["is_part"]
    assert app.query_params["focus"] == "airbyte"


def test_a_simulated_network_says_so(open_page, sample_data_dir, drawn):
    real = open_page("network", sample_data_dir)
    assert not real.warning
    simulated = open_page("network", sample_data_dir, network="gharchive-simulated@2025-04-30")
    assert "simulated events" in simulated.warning[0].value
    assert max(edge[2] for edge in drawn[-1]["edges"]) == 81


def test_groups_keep_their_number_in_every_view(open_page, sample_data_dir, drawn):
    open_page("network", sample_data_dir)
    open_page("network", sample_data_dir, focus="airbyte", hops="1")
    whole, part = ({group["id"]: group["mark"] for group in picture["groups"]} for picture in drawn[-2:])
    assert len(set(whole.values())) == len(whole)
    assert 0 < len(part) < len(whole)
    assert part.items() <= whole.items()


def test_the_ways_from_the_seeds_are_those_of_the_search(open_page, sample_data_dir, drawn):
    del drawn
    with duckdb.connect(str(sample_data_dir / "public" / "landscape.duckdb"), read_only=True) as connection:
        ways = connection.execute(
            "SELECT array_to_string(path, ' › '), shared_people_count FROM exploration_candidates ORDER BY hop, rank"
        ).fetchall()
    rows = ways_of(open_page("network", sample_data_dir, lang="en"))
    assert rows.select("path", "shared_people_count").rows() == ways != []
    (triton,) = ways_of(open_page("network", sample_data_dir, lang="en", focus="triton")).iter_rows(
        named=True
    )
    assert triton["path"] == "pytorch/pytorch › triton-lang/triton"
    assert triton["kind"] == "○ simulated"
    seed = open_page("network", sample_data_dir, lang="en", focus="vllm")
    assert "it is a seed itself" in texts(seed)


def ways_of(app) -> pl.DataFrame:
    assert not app.exception
    (rows,) = (table.value for table in app.dataframe if "path" in table.value)
    return pl.from_pandas(rows)
