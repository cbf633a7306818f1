"""`landscape network` on the sample: the core by each measure, ego networks, exports that come back equal."""

from __future__ import annotations

import json
import shutil

import duckdb
import networkx as nx
import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app


def test_the_summary_has_the_published_size_and_ours(rows, run):
    found = {row["value"]: (row["here"], row["published"]) for row in rows("network", "summary")}
    assert (found["nodes_count"], found["isolated_count"]) == ((136, 135), (14, 13))
    assert found["edges_count"] == (897, None)
    assert "warpdotdev/Warp" in run("network", "summary").stderr


@pytest.mark.parametrize(
    ("measure", "leaders"),
    [
        ("degree", ["vllm", "ollama", "langchain", "pytorch"]),
        ("weighted_degree", ["vllm", "ollama", "pytorch", "langchain"]),
        ("betweenness", ["vllm", "ollama", "pytorch", "langchain", "airflow"]),
        ("closeness", ["vllm", "ollama", "pytorch", "llama-cpp"]),
    ],
)
def test_the_core_depends_on_the_measure(rows, measure, leaders):
    found = rows("network", "core", "--by", measure, "--top", str(len(leaders)))
    assert [row["project_id"] for row in found] == leaders
    assert [row["rank"] for row in found] == list(range(1, len(leaders) + 1))


def test_equal_values_share_a_rank_and_unknown_ones_come_last(rows):
    assert {row["rank"] for row in rows("network", "core", "--by", "core_number", "--top", "22")} == {1}
    unknown = rows("network", "core", "--by", "clustering")[-1]
    assert (unknown["rank"], unknown["clustering"]) == (None, None)


def test_the_surroundings_of_a_project(rows):
    # OpenSearch and Elasticsearch have only each other; Flyte hangs on a single project.
    assert [(row["project_id"], row["hop"]) for row in rows("network", "ego", "--project", "OpenSearch")] == [
        ("opensearch", 0), ("elasticsearch", 1),
    ]  # fmt: skip
    near = rows("network", "ego", "--project", "vllm-project/vllm")
    assert len(near) == 89
    assert (near[1]["project_id"], near[1]["shared_people_count"]) == ("sglang", 810)
    edges = rows("network", "ego", "edges", "--project", "vllm")
    assert (edges[1]["project_a"], edges[1]["project_b"]) == ("ollama", "open-webui")
    assert {row["hop"] for row in rows("network", "ego", "--project", "vllm", "--hops", "2")} == {0, 1, 2}


def test_the_isolated_and_the_communities(rows, run):
    isolated = rows("network", "isolated")
    assert len(isolated) == 14
    assert isolated[0] == {
        "project_id": "a2a",
        "name": "A2A",
        "layer": "Application",
        "domain": "API Management",
        "subdomain": None,
    }
    communities = rows("network", "communities")
    assert [row["projects_count"] for row in communities] == [46, 44, 16, 14, 2]
    assert communities[4]["project_ids"] == ["elasticsearch", "opensearch"]
    assert "project_ids" not in run("network", "communities").stdout


def test_domains_from_core_to_edge(rows):
    found = rows("network", "domains")
    assert (found[0]["subdomain"], round(found[0]["degree_mean"], 1)) == ("Inference Engine", 33.2)
    assert [row["subdomain"] for row in found if row["degree_mean"] == 2.0] == ["Catalog"]


def test_another_source_is_another_network(rows):
    found = rows("network", "core", "--source", "gharchive-simulated", "--top", "1")
    assert (found[0]["degree"], found[0]["weighted_degree"] < 2_000) == (88, True)


@pytest.mark.parametrize(
    ("exchange_format", "read"),
    [
        ("graphml", nx.read_graphml),
        (
            "json",
            lambda path: nx.node_link_graph(json.loads(path.read_text(encoding="utf-8")), edges="edges"),
        ),
    ],
)
def test_an_export_reads_back_as_the_published_network(landscape, run, tmp_path, exchange_format, read):
    path = tmp_path / f"network.{exchange_format}"
    finished = run("network", "export", "--format", exchange_format, "--output", str(path))
    assert finished.exit_code == 0, finished.stderr
    network = read(path)
    assert network.graph["source"] == "landscape_2025-05"
    assert "window_start" not in network.graph, "the source does not state it"
    edges = landscape.execute(
        "SELECT project_a, project_b, shared_people_count FROM collaboration_edges WHERE source = 'landscape_2025-05'"
    ).fetchall()
    assert {frozenset(pair): found["weight"] for *pair, found in network.edges(data=True)} == {
        frozenset(pair): shared for *pair, shared in edges
    }
    columns = ("degree", "betweenness", "core_number", "community", "clustering", "x", "y")
    nodes = landscape.execute(
        f"SELECT project_id, {', '.join(columns)} FROM graph_nodes WHERE source = 'landscape_2025-05'"
    ).fetchall()
    assert {
        (project_id, *(found.get(name) for name in columns)) for project_id, found in network.nodes(data=True)
    } == set(nodes)
    assert network.nodes["vllm"]["label"] == "vLLM"
    assert network.nodes["vllm"]["subdomain"] == "Inference Engine"
    assert "domain" not in network.nodes["warp"]


def test_an_ego_network_can_be_exported_to_standard_output(run):
    finished = run("network", "export", "--format", "json", "--project", "elasticsearch")
    found = json.loads(finished.stdout)
    assert {(node["id"], node["hop"]) for node in found["nodes"]} == {("elasticsearch", 0), ("opensearch", 1)}
    assert len(found["edges"]) == 1


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("ego", "--project", "vlm"), 'there is no project "vlm"; did you mean "vllm"?'),
        (("ego", "--project", "bloop"), "it has neither a curated domain nor an edge"),
        (("core", "--by", "degrees"), 'did you mean "degree"?'),
        (("summary", "--source", "gharchive"), "there are landscape_2025-05, gharchive-simulated"),
        (("export", "--format", "gexf"), "is not one of 'graphml', 'json'"),
    ],
)
def test_wrong_questions_get_clear_answers(run, arguments, answer):
    finished = run("network", *arguments)
    assert finished.exit_code == 2
    assert answer in " ".join(finished.stderr.replace("│", " ").split())


def test_where_no_network_is_published_it_says_so(sample_data_dir, tmp_path, monkeypatch):
    public = tmp_path / "public"
    public.mkdir()
    shutil.copy(sample_data_dir / "public" / "landscape.duckdb", public)
    with duckdb.connect(str(public / "landscape.duckdb")) as connection:
        connection.execute("DELETE FROM graph_summary")
    monkeypatch.setenv("LANDSCAPE_DATA_DIR", str(tmp_path))
    finished = CliRunner().invoke(app, ["network", "isolated"])
    assert "no network is published" in str(finished.exception)
