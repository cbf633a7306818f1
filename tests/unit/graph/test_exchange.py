"""An exported network reads back equal, with every attribute typed."""

from __future__ import annotations

import json
import re

import networkx as nx
import pytest

from pipelines.graph.exchange import ExchangeFormat, encode_network
from pipelines.graph.network import build_network
from tests.unit.graph.networks import edges_of


@pytest.fixture
def network():
    made = build_network(edges_of([("a", "b", 20), ("b", "c", 2**40)]), ["d"])
    made.graph.update(source="test", snapshot_id="0123")
    made.nodes["a"].update(label="Ä & <b> 项目", x=-0.25, community=1, is_known=True)
    made.nodes["b"].update(x=1.0, community=2)
    return made


def assert_equal(there, back):
    assert dict(back.nodes(data=True)) == dict(there.nodes(data=True))
    assert {tuple(sorted(pair)): found for *pair, found in back.edges(data=True)} == {
        tuple(sorted(pair)): found for *pair, found in there.edges(data=True)
    }
    assert back.graph.items() >= there.graph.items()
    assert not back.is_directed()
    assert not back.is_multigraph()


def test_graphml_comes_back_equal_with_typed_attributes(network):
    written = encode_network(network, ExchangeFormat.GRAPHML)
    assert_equal(network, nx.parse_graphml(written.decode()))
    types = re.findall(r'for="(\w+)" attr.name="(\w+)" attr.type="(\w+)"', written.decode())
    assert {("node", "x", "double"), ("edge", "distance", "double"), ("node", "community", "long")} <= set(
        types
    )
    assert {("edge", "weight", "long"), ("node", "label", "string"), ("node", "is_known", "boolean")} <= set(
        types
    )


def test_node_link_json_comes_back_equal(network):
    written = json.loads(encode_network(network, ExchangeFormat.JSON))
    assert written.keys() == {"directed", "multigraph", "graph", "nodes", "edges"}
    assert_equal(network, nx.node_link_graph(written, edges="edges"))


@pytest.mark.parametrize("exchange_format", ExchangeFormat)
def test_an_empty_network_is_a_file_too(exchange_format):
    assert encode_network(nx.Graph(), exchange_format).endswith(b"\n")
