"""Places that can be read: on the canvas, apart from each other, and the same every time."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import pytest
from hypothesis import given, settings

from pipelines.graph.layout import LABEL_ASPECT, lay_out
from pipelines.graph.network import build_network
from pipelines.seeds.parameters import LayoutParameters
from tests.unit.graph.networks import ODD_NETWORKS, edge_lists, edges_of

PARAMETERS = LayoutParameters(seed=1, iterations=50, jitter_tolerance=0.1, gravity=20, spacing_ratio=0.8)
ROUNDING = 2e-3


def laid_out(rows, *alone, parameters=PARAMETERS):
    return lay_out(build_network(edges_of(rows), alone), parameters)


def least_distance(places):
    """Of two projects, up and down counted `LABEL_ASPECT` times, as names are wider than high."""
    pairs = itertools.combinations(places.values(), 2)
    return min(math.hypot(a[0] - b[0], LABEL_ASPECT * (a[1] - b[1])) for a, b in pairs)


@pytest.mark.parametrize("name", ODD_NETWORKS)
def test_any_network_has_its_places_on_the_canvas(name):
    rows, alone = ODD_NETWORKS[name]
    places = laid_out(rows, *alone)
    assert places.keys() == {*alone, *(one for *pair, _ in rows for one in pair)}
    assert all(-1 <= value <= 1 for place in places.values() for value in place)
    assert len(set(places.values())) == len(places)


@settings(max_examples=25)
@given(edge_lists())
def test_no_two_projects_overlap(rows):
    places = laid_out(rows, "alone", "also")
    rows_apart = 2 / math.ceil(math.sqrt(len(places)))
    spacing = min(PARAMETERS.spacing_ratio * 2 / math.sqrt(len(places)), rows_apart)
    assert least_distance(places) > 0.97 * spacing - ROUNDING
    assert places == laid_out(rows[::-1], "also", "alone")


def test_unconnected_projects_are_placed_in_rows_below():
    rows = [(f"a{one}", f"a{two}", 5) for one, two in itertools.combinations(range(6), 2)]
    places = laid_out([*rows, ("pair-1", "pair-2", 9)], "alone-1", "alone-2")
    below = {one: place for one, place in places.items() if not one.startswith("a") or "alone" in one}
    main_bottom = min(y for one, (_, y) in places.items() if one not in below)
    assert all(y < main_bottom for _, y in below.values())
    assert places["pair-1"][1] == places["pair-2"][1]
    assert abs(places["pair-1"][0] - places["pair-2"][0]) == pytest.approx(2 / 3, abs=ROUNDING)


def test_projects_that_share_many_people_are_near():
    near = PARAMETERS.model_copy(update={"iterations": 200, "gravity": 1, "spacing_ratio": 0.2})
    places = laid_out([("a", "b", 640), ("b", "c", 20)], parameters=near)
    assert math.dist(places["a"], places["b"]) < 0.7 * math.dist(places["b"], places["c"])


def test_two_projects_in_the_same_corner_find_room(monkeypatch):
    corners = {"a": [0.0, 0.0], "b": [0.0, 0.0], "c": [1.0, 0.0], "d": [0.0, 1.0]}
    monkeypatch.setattr(nx, "forceatlas2_layout", lambda *_, **__: corners)
    places = laid_out([("a", "b", 1), ("b", "c", 1), ("c", "d", 1)])
    assert least_distance(places) > 0.97 * PARAMETERS.spacing_ratio - ROUNDING


def test_another_seed_gives_another_picture():
    rows = [(f"a{one}", f"a{two}", 5) for one, two in itertools.combinations(range(6), 2)]
    assert laid_out(rows) != laid_out(rows, parameters=PARAMETERS.model_copy(update={"seed": 2}))
