"""Where each project of a network is drawn: computed once, so that every picture of it looks the same."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from pipelines.graph.network import pairs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipelines.seeds.parameters import LayoutParameters

Position = tuple[float, float]

LABEL_ASPECT = 2.0
"""A name under its dot is about so many times wider than dot and name are high."""

_POSITION_DECIMALS = 3
"""Less than a pixel of any screen; sums of forces differ between processors far behind it."""

_SEPARATION_SWEEPS, _SPACING_SLACK, _TILT = 300, 0.02, 1e-9
_PAIR = 2
"""Up to so many projects a component has only one shape."""


def lay_out(network: nx.Graph[str], parameters: LayoutParameters) -> dict[str, Position]:
    """Place every project of a network on a canvas from -1 to 1 in both directions.

    Parameters
    ----------
    network
        Projects, joined with a ``weight`` above 0.
    parameters
        Of the forces and the spacing.

    Returns
    -------
    dict
        ``x, y`` of each project.

    Notes
    -----
    The largest component, if it joins more than two projects, is drawn by ForceAtlas2 over the logarithm of the
    weights: projects that share many people are near, and a single giant pair does not pull everything onto one point.
    Then projects that are too close push each other apart until their names have room. All others, the isolated
    ones among them, are placed in rows below, the members of a small component side by side: free forces would blow
    them far away and shrink the readable part.

    References
    ----------
    Jacomy, M., Venturini, T., Heymann, S., Bastian, M. (2014). ForceAtlas2, a continuous graph layout algorithm.
    PLoS ONE 9(6). doi:10.1371/journal.pone.0098679
    """
    components = sorted(map(sorted, nx.connected_components(network)), key=lambda ids: (-len(ids), ids))
    has_main = bool(components) and len(components[0]) > _PAIR
    main, rest = (components[0], components[1:]) if has_main else ([], components)
    shelved, top = _in_rows(list(chain.from_iterable(rest)), len(network))
    placed = shelved | (_by_forces(network.subgraph(main), top, len(network), parameters) if main else {})
    # Added to 0, a rounded -0 becomes 0.
    return {
        project_id: (round(x, _POSITION_DECIMALS) + 0.0, round(y, _POSITION_DECIMALS) + 0.0)
        for project_id, (x, y) in sorted(placed.items())
    }


def _in_rows(project_ids: list[str], nodes_count: int) -> tuple[dict[str, Position], float]:
    """Rows from the lower edge upwards, and where the room above them begins."""
    columns = max(2, math.ceil(math.sqrt(nodes_count)))
    row_height = 2 / columns / LABEL_ASPECT
    rows_count = math.ceil(len(project_ids) / columns)
    placed = {
        project_id: (
            -1 + 2 * (place % columns) / (columns - 1),
            -1 + row_height * (rows_count - 1 - place // columns),
        )
        for place, project_id in enumerate(project_ids)
    }
    return placed, -1 + row_height * (rows_count + 1) if rows_count else -1.0


def _by_forces(
    component: nx.Graph[str], bottom: float, nodes_count: int, parameters: LayoutParameters
) -> dict[str, Position]:
    """A connected component between the lower edge `bottom` and the upper edge of the canvas."""
    ordered: nx.Graph[str] = nx.Graph()
    ordered.add_nodes_from(sorted(component))
    pairs = pairs_of(component)
    least = min(weight for *_, weight in pairs)
    ordered.add_weighted_edges_from((a, b, 1 + math.log2(weight / least)) for a, b, weight in pairs)
    found = nx.forceatlas2_layout(
        ordered,
        max_iter=parameters.iterations,
        jitter_tolerance=parameters.jitter_tolerance,
        gravity=parameters.gravity,
        weight="weight",
        seed=parameters.seed,
    )
    spacing = parameters.spacing_ratio * 2 / math.sqrt(nodes_count)
    low, high = np.array([-1.0, bottom]), np.array([1.0, 1.0])
    places = _separated(_filling(np.array(list(found.values())), low, high), spacing, low, high)
    return {project_id: (float(x), float(y)) for project_id, (x, y) in zip(found, places, strict=True)}


def _filling(
    places: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Stretched to the box from `low` to `high`; a direction without extent is centred."""
    extent = np.ptp(places, axis=0)
    shares = (places - places.min(axis=0)) / np.where(extent > 0, extent, 1)
    return low + np.where(extent > 0, shares, 0.5) * (high - low)


def _separated(
    places: NDArray[np.float64], spacing: float, low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Pairs closer than `spacing` pushed apart, within the box."""
    stretch = np.array([1.0, LABEL_ASPECT])
    stretched = places * stretch
    # Two on the same spot, as in a corner, need a direction to part in.
    tilt = np.subtract.outer(np.arange(len(places)), np.arange(len(places))) * _TILT
    for _ in range(_SEPARATION_SWEEPS):
        apart = stretched[:, None] - stretched[None]
        apart[..., 0] += tilt
        distances = np.hypot(apart[..., 0], apart[..., 1])
        np.fill_diagonal(distances, np.inf)
        lacking = np.clip(spacing - distances, 0, None)
        if lacking.max() < _SPACING_SLACK * spacing:
            break
        pushes = apart * (lacking / distances)[..., None] / 2
        stretched = np.clip(stretched + pushes.sum(axis=1), low * stretch, high * stretch)
    unstretched: NDArray[np.float64] = stretched / stretch
    return unstretched
