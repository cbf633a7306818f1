"""Measures of small networks, by hand and by property, and networks that have next to nothing."""

from __future__ import annotations

import doctest
import math
import re

import networkx as nx
import polars as pl
import pytest
from hypothesis import given, settings

from pipelines.floor.settings import CHECKOUT
from pipelines.graph import network as room
from pipelines.graph.network import (
    MEASURES,
    build_network,
    compute_domain_connectivity,
    compute_ego,
    compute_measures,
    compute_summary,
    find_path,
    isolated_projects,
)
from tests.unit.graph.networks import ODD_NETWORKS, edge_lists, edges_of

# a and b share many people, b and c and a and c few: the way from a to c over b is no detour.
CHAIN = [("a", "b", 100), ("a", "c", 10), ("b", "c", 50), ("c", "d", 20)]


def measured(rows, *alone):
    found = compute_measures(build_network(edges_of(rows), alone))
    return {row["project_id"]: row for row in found.iter_rows(named=True)}


def test_a_strong_edge_is_short():
    found = measured(CHAIN)
    # a to c: 1/10 at once, 1/100 + 1/50 = 3/100 over b. So of the three pairs without b, a-c and a-d lead through b.
    assert found["b"]["betweenness"] == pytest.approx(2 / 3)
    assert found["c"]["betweenness"] == pytest.approx(2 / 3)
    # From d: 1/20 to c, 1/20 + 1/50 to b, 1/20 + 1/50 + 1/100 to a.
    assert found["d"]["closeness"] == pytest.approx(3 / (0.05 + 0.07 + 0.08))


def test_degree_counts_pairs_and_weighted_degree_people():
    found = measured(CHAIN, "e")
    assert [found[one]["degree"] for one in "abcde"] == [2, 2, 3, 1, 0]
    assert [found[one]["weighted_degree"] for one in "abcde"] == [110, 150, 80, 20, 0]
    assert [found[one]["core_number"] for one in "abcde"] == [2, 2, 2, 1, 0]


def test_clustering_of_fewer_than_two_neighbours_is_unknown():
    found = measured(CHAIN, "e")
    assert [found[one]["clustering"] for one in "abcde"] == [1, 1, pytest.approx(1 / 3), None, None]


def test_two_projects_that_have_only_each_other_are_not_central():
    found = measured([*CHAIN, ("x", "y", 100)])
    assert found["x"]["closeness"] == pytest.approx(100 * 1 / 5)
    assert found["b"]["closeness"] == pytest.approx(3 / (0.01 + 0.02 + 0.07) * 3 / 5)


def test_the_example_of_the_docstring_is_right():
    tried = doctest.testmod(room)
    assert (tried.failed, tried.attempted) == (0, 3)


@settings(max_examples=30)
@given(edge_lists())
def test_measures_keep_their_bounds_and_the_order_of_rows_changes_nothing(rows):
    found, reversed_rows = (
        compute_measures(build_network(edges_of(one), ["alone"])) for one in (rows, rows[::-1])
    )
    assert found.equals(reversed_rows)
    assert found["degree"].sum() == 2 * len(rows)
    assert found["weighted_degree"].sum() == 2 * sum(shared for *_, shared in rows)
    assert found["pagerank"].sum() == pytest.approx(1)
    assert (found["core_number"] <= found["degree"]).all()
    for name in ("betweenness", "clustering"):
        assert found[name].drop_nulls().is_between(0, 1 + 1e-12).all()


@pytest.mark.parametrize("name", ODD_NETWORKS)
def test_a_network_of_next_to_nothing_has_clear_rows(name):
    rows, alone = ODD_NETWORKS[name]
    network = build_network(edges_of(rows), alone)
    found = compute_measures(network)
    assert found.columns == ["project_id", *MEASURES]
    assert found.height == len({*alone, *(one for *pair, _ in rows for one in pair)})
    for column in found.select(pl.col(pl.Float64)):
        assert column.drop_nulls().is_finite().all()
    domains = dict.fromkeys(found["project_id"], "Serving")
    summary = compute_summary(network, domains)
    assert summary["isolated_count"] == len(isolated_projects(network)) == found.filter(degree=0).height
    assert summary["domain_assortativity"] is None, "with one domain nothing can be mixed"
    assert (summary["density_ratio"] is None) == (found.height < 2)


def test_components_are_counted_without_the_isolated():
    summary = compute_summary(build_network(edges_of([*CHAIN, ("x", "y", 1)]), ["z"]), {})
    assert (summary["components_count"], summary["largest_component_count"]) == (2, 4)
    assert summary["density_ratio"] == pytest.approx(5 / 21)


def test_edges_inside_domains_are_assortative_and_the_unlabelled_do_not_count():
    inside = build_network(edges_of([("a", "b", 1), ("c", "d", 1), ("a", "u", 1)]), [])
    domains = {"a": "Serving", "b": "Serving", "c": "Training", "d": "Training"}
    assert compute_summary(inside, domains)["domain_assortativity"] == pytest.approx(1)
    across = build_network(edges_of([("a", "c", 1), ("b", "d", 1)]), [])
    assert compute_summary(across, domains)["domain_assortativity"] == pytest.approx(-1)


DOMAINS = pl.DataFrame(
    [
        ("a", "Infrastructure", "Serving", "Inference Engine"),
        ("b", "Infrastructure", "Serving", "Inference Engine"),
        ("c", "Infrastructure", "Serving", "Inference Deploy"),
        ("d", "Infrastructure", "MLOps", None),
        ("e", "Application", "Tool Use", None),
    ],
    schema=["project_id", "layer", "domain", "subdomain"],
    orient="row",
)


def connectivity(rows, *alone):
    edges = edges_of(rows)
    found = compute_domain_connectivity(compute_measures(build_network(edges, alone)), edges, DOMAINS)
    return {row["subdomain"] or row["domain"]: row for row in found.iter_rows(named=True)}


def test_domains_and_subdomains_are_measured_each():
    found = connectivity(CHAIN, "e")
    assert list(found) == ["Tool Use", "MLOps", "Serving", "Inference Deploy", "Inference Engine"]
    serving, engine = found["Serving"], found["Inference Engine"]
    assert (serving["projects_count"], engine["projects_count"]) == (3, 2)
    assert (serving["degree_mean"], engine["degree_mean"]) == (pytest.approx(7 / 3), 2)
    assert (serving["core_number_mean"], found["MLOps"]["core_number_mean"]) == (2, 1)
    assert (serving["innermost_core_ratio"], found["MLOps"]["innermost_core_ratio"]) == (1, 0)
    # Of the 260 that lead to engines, 100 come from each of the two to the other.
    assert engine["inside_weight_ratio"] == pytest.approx(200 / 260)
    assert serving["inside_weight_ratio"] == pytest.approx(320 / 340)
    assert found["MLOps"]["inside_weight_ratio"] == 0
    assert found["Tool Use"]["inside_weight_ratio"] is None, "it has no weight that could stay"
    assert found["Tool Use"]["isolated_count"] == 1


def test_where_nobody_shares_people_there_is_no_core():
    found = connectivity([], "a", "d")
    assert {row["innermost_core_ratio"] for row in found.values()} == {None}


def test_an_ego_network_has_everybody_within_the_hops_and_all_edges_among_them():
    network = build_network(edges_of([*CHAIN, ("d", "e", 1)]), ["z"])
    near = compute_ego(network, "a", 1)
    assert dict(near.nodes(data="hop")) == {"a": 0, "b": 1, "c": 1}
    assert sorted(near.edges) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert dict(compute_ego(network, "a", 2).nodes(data="hop"))["d"] == 2
    assert list(compute_ego(network, "z", 3)) == ["z"]
    with pytest.raises(nx.NodeNotFound):
        compute_ego(network, "nobody", 1)
    assert not any("hop" in attributes for _, attributes in network.nodes(data=True))
    assert math.isclose(near.edges["a", "b"]["distance"], 0.01)


def test_the_worked_example_of_the_page_is_right():
    page = (CHECKOUT / "docs" / "network.md").read_text(encoding="utf-8")
    header, *rows = re.findall(r"^\| (project|[a-e]) \|(.*)\|$", page, re.MULTILINE)
    names = [name.strip() for name in header[1].split("|")]
    found = measured(CHAIN, "e")
    assert [project_id for project_id, _ in rows] == list("abcde")
    for project_id, cells in rows:
        shown = [None if cell.strip() == "unknown" else float(cell) for cell in cells.split("|")]
        assert shown == [
            None if found[project_id][name] is None else pytest.approx(found[project_id][name], abs=1e-4)
            for name in names
        ]


def test_the_strongest_way_goes_round_a_weak_edge():
    edges = pl.DataFrame(
        {
            "project_a": ["a", "a", "b", "d"],
            "project_b": ["b", "c", "c", "e"],
            "shared_people_count": [100, 10, 50, 7],
        }
    )
    network = build_network(edges, [])
    assert find_path(network, "a", "c") == ["a", "b", "c"]
    assert find_path(network, "a", "a") == ["a"]
    assert find_path(network, "a", "e") == []
