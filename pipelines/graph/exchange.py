"""A network in formats that other programs open."""

from __future__ import annotations

import json
from enum import StrEnum

import networkx as nx


class ExchangeFormat(StrEnum):
    """How a network is written."""

    GRAPHML = "graphml"
    JSON = "json"


def encode_network(network: nx.Graph[str], exchange_format: ExchangeFormat) -> bytes:
    """A network with its attributes as text for other programs.

    Parameters
    ----------
    network
        With attributes that are texts, whole numbers, floats or truth values. An unknown value must have no
        attribute, since GraphML knows no null.
    exchange_format
        ``graphml``, which Gephi, yEd, igraph and NetworkX read and in which every attribute has a type; or ``json``,
        node-link JSON with the keys ``graph``, ``nodes`` and ``edges``, which D3 and ``networkx.node_link_graph`` read.
    """
    match exchange_format:
        case ExchangeFormat.GRAPHML:
            text = "\n".join(nx.generate_graphml(network, named_key_ids=True))
        case ExchangeFormat.JSON:
            text = json.dumps(nx.node_link_data(network, edges="edges"), ensure_ascii=False, indent=1)
    return f"{text}\n".encode()
