"""The networks of the sample, held against the published one and against each other."""

from __future__ import annotations

import itertools
import math
from datetime import UTC, datetime

import pytest

from pipelines.build import prepare
from pipelines.floor.settings import CHECKOUT, load_settings
from pipelines.graph.layout import LABEL_ASPECT, lay_out
from pipelines.graph.network import build_network
from pipelines.seeds import load_seeds
from pipelines.tables.registry import TABLES as ALL_TABLES
from pipelines.tables.runner import Runner

PUBLISHED, SIMULATED = "landscape_2025-05", "gharchive-simulated"
TABLES = ("graph_nodes", "graph_communities", "domain_connectivity", "graph_summary")


def values(landscape, sql, **params):
    return landscape.execute(sql, params).fetchall()


@pytest.mark.parametrize("source", [PUBLISHED, SIMULATED])
def test_the_network_has_136_projects_and_14_are_isolated(landscape, source):
    summary = "SELECT nodes_count, edges_count, isolated_count FROM graph_summary WHERE source = $source"
    assert values(landscape, summary, source=source) == [(136, 897, 14)]
    isolated = values(
        landscape,
        "SELECT project_id FROM graph_nodes WHERE source = $source AND degree = 0 ORDER BY project_id",
        source=source,
    )
    assert [project_id for (project_id,) in isolated] == [
        "a2a", "adk-python", "bentoml", "composio", "datachain", "deepflow", "lancedb", "metaflow", "mlrun", "scira",
        "second-me", "unstract", "volcano", "zenml",
    ]  # fmt: skip


def test_the_summary_gives_the_published_size_with_the_reason(landscape):
    ((nodes, isolated, remark),) = values(
        landscape,
        "SELECT published_nodes_count, published_isolated_count, published_remark FROM graph_summary"
        " WHERE source = $source",
        source=PUBLISHED,
    )
    assert (nodes, isolated) == (135, 13)
    assert "warpdotdev/Warp" in remark
    assert values(
        landscape,
        "SELECT project_id FROM graph_nodes ANTI JOIN (FROM project_domains WHERE assignment = 'curated')"
        " USING (project_id) WHERE source = $source",
        source=PUBLISHED,
    ) == [("warp",)]
    assert values(
        landscape, "SELECT published_nodes_count FROM graph_summary WHERE source = $source", source=SIMULATED
    ) == [(None,)]


@pytest.mark.parametrize(
    ("measure", "leaders"),
    [
        ("degree", [("vllm", 88), ("ollama", 79), ("langchain", 62), ("pytorch", 61)]),
        ("weighted_degree", [("vllm", 10_702), ("ollama", 7_846), ("pytorch", 5_605)]),
    ],
)
def test_the_core_depends_on_the_measure(landscape, measure, leaders):
    assert (
        values(
            landscape,
            f"SELECT project_id, {measure} FROM graph_nodes WHERE source = $source"
            f" ORDER BY {measure} DESC LIMIT {len(leaders)}",
            source=PUBLISHED,
        )
        == leaders
    )


def test_inference_engines_are_the_core_and_catalogs_the_edge(landscape):
    rows = values(
        landscape,
        "SELECT subdomain, round(degree_mean, 1), round(core_number_mean, 1), innermost_core_ratio"
        " FROM domain_connectivity WHERE source = $source AND subdomain IN ('Inference Engine', 'Catalog') ORDER BY 1",
        source=PUBLISHED,
    )
    assert rows == [
        ("Catalog", 2.0, 2.0, 0.0),
        ("Inference Engine", 33.2, 14.2, pytest.approx(1 / 3, abs=1e-6)),
    ]
    most = "SELECT arg_max(subdomain, degree_mean) FROM domain_connectivity WHERE source = $source"
    assert values(landscape, most, source=PUBLISHED) == [("Inference Engine",)]


def test_communities_are_stable_and_the_apache_data_projects_are_one(landscape):
    found = values(
        landscape,
        "SELECT community, name, projects_count, domain, stability_ratio FROM graph_communities"
        " WHERE source = $source ORDER BY community",
        source=PUBLISHED,
    )
    assert found == [
        (1, "Ollama, LangChain, llama.cpp", 46, "Agent Framework", 1.0),
        (2, "vLLM, PyTorch, LLaMA-Factory", 44, "Serving", 1.0),
        (3, "Dify, RAGFlow, Xorbits Inference", 16, "Agent Framework", 1.0),
        (4, "Apache Airflow, Apache Iceberg, Apache Spark", 14, "Data Governance", 1.0),
        (5, "Elasticsearch, OpenSearch", 2, "Vector Storage and Search", 1.0),
    ]
    ((agreement, modularity),) = values(
        landscape,
        "SELECT community_agreement_score, modularity FROM graph_summary WHERE source = $source",
        source=PUBLISHED,
    )
    assert agreement > 0.99
    assert modularity == pytest.approx(0.3238, abs=1e-4)


def test_the_simulated_network_is_the_published_one_at_a_tenth_of_its_scale(landscape):
    both = f"(FROM graph_nodes WHERE source = '{PUBLISHED}') AS p JOIN (FROM graph_nodes WHERE source = '{SIMULATED}')"
    assert values(
        landscape,
        f"SELECT count(*) FROM {both} AS s USING (project_id) WHERE p.degree = s.degree"
        " AND p.core_number = s.core_number AND p.clustering IS NOT DISTINCT FROM s.clustering",
    ) == [(136,)]
    published, simulated = (
        {
            (a, b): shared
            for a, b, shared in values(
                landscape,
                "SELECT project_a, project_b, shared_people_count FROM collaboration_edges WHERE source = $source",
                source=source,
            )
        }
        for source in (PUBLISHED, SIMULATED)
    )
    assert simulated == {pair: round(shared / 10) for pair, shared in published.items()}


@pytest.mark.parametrize("source", [PUBLISHED, SIMULATED])
def test_names_hardly_cover_each_other(landscape, source):
    """Names of ten pixels under their dots, on 1500 × 1000 pixels with a margin for the outermost."""
    places = values(
        landscape,
        "SELECT name, x, y FROM graph_nodes AS n JOIN projects USING (project_id) WHERE n.source = $source",
        source=source,
    )
    boxes = [(680 * x, 470 * y, 5.8 * len(name), 10) for name, x, y in places]
    covered = [
        (a, b)
        for a, b in itertools.combinations(boxes, 2)
        if abs(a[0] - b[0]) < (a[2] + b[2]) / 2 and abs(a[1] - b[1]) < a[3]
    ]
    assert covered == []
    distances = [
        math.hypot(a[1] - b[1], LABEL_ASPECT * (a[2] - b[2])) for a, b in itertools.combinations(places, 2)
    ]
    assert min(distances) > 0.13
    assert max(abs(value) for _, *place in places for value in place) == 1


def test_another_process_writes_the_same_bytes(sample_data_dir, spoilable_build, tmp_path, monkeypatch):
    monkeypatch.setenv("LANDSCAPE_DATA_DIR", str(sample_data_dir))
    this_build = prepare(load_settings(), datetime(2025, 5, 1, tzinfo=UTC))
    runner = Runner(this_build, spoilable_build)
    for table in ALL_TABLES:
        if table.name in TABLES:
            spoilable_build.execute(f"DROP TABLE mart.{table.name}")
            runner.load(table)
            path = tmp_path / f"{table.name}.parquet"
            spoilable_build.execute(
                f"COPY (FROM mart.{table.name} ORDER BY ALL) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
            )
            published = sample_data_dir / "public" / "parquet" / path.name
            assert path.read_bytes() == published.read_bytes(), table.name


def test_without_edges_there_is_no_network(sample_data_dir, spoilable_build, monkeypatch):
    monkeypatch.setenv("LANDSCAPE_DATA_DIR", str(sample_data_dir))
    this_build = prepare(load_settings(), datetime(2025, 5, 1, tzinfo=UTC))
    spoilable_build.execute("DELETE FROM mart.collaboration_edges")
    runner = Runner(this_build, spoilable_build)
    for table in ALL_TABLES:
        if table.name in TABLES:
            assert runner.load(table) == 0


def test_the_last_digits_of_numbers_do_not_change_the_picture(landscape):
    """Sums of forces differ there between processors, and the picture has to be the same."""
    layout = load_seeds(CHECKOUT / "seeds").network.layout
    network = build_network(
        landscape.sql(f"FROM collaboration_edges WHERE source = '{PUBLISHED}' ORDER BY ALL").pl(), []
    )
    places = lay_out(network, layout)
    for place, (_, _, edge) in enumerate(network.edges(data=True)):
        edge["weight"] *= 1 + 1e-13 * (-1) ** place
    assert lay_out(network, layout) == places
