"""A network as it is drawn: the projects and pairs that fit, and parts of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.graph.network import build_network, compute_ego, find_path, pairs_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx

    from pipelines.published.answer import Answer


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a drawn network.

    Attributes
    ----------
    project_ids
        Its projects.
    pairs
        Pairs among them with the people they share.
    path
        Pairs of the strongest way between two projects, in order; empty without one.
    """

    project_ids: frozenset[str]
    pairs: list[tuple[str, str, int]]
    path: tuple[tuple[str, str, int], ...]

    @property
    def path_ids(self) -> list[str]:
        """Projects along the way."""
        return [self.path[0][0], *(end for _, end, _ in self.path)] if self.path else []


@dataclass(frozen=True)
class Picture:
    """The drawn part of a network.

    Attributes
    ----------
    nodes, edges
        Its projects and pairs.
    """

    nodes: Answer
    edges: Answer

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Project → its name."""
        return dict(self.nodes.frame.select("project_id", "name").iter_rows())

    def part(self, focus: str | None, hops: int, target: str | None) -> Part:
        """What is at most `hops` edges from a project, and the strongest way from there to another.

        Parameters
        ----------
        focus
            Project to begin at; None for the whole picture.
        hops
            Edges to go; 0 for the whole picture.
        target
            Where the way leads; None for no way.
        """
        graph = compute_ego(self._graph, focus, hops) if focus is not None and hops else self._graph
        path = find_path(self._graph, focus, target) if focus and target else []
        shown = self._graph.subgraph({*graph, *path})
        return Part(
            frozenset(shown),
            pairs_of(shown),
            tuple((one, other, self._graph.edges[one, other]["weight"]) for one, other in pairwise(path)),
        )

    def strongest_ties(self, project_id: str, most: int) -> list[tuple[str, int]]:
        """Who shares most people with a project, and how many."""
        ties = self._graph[project_id].items()
        ranked = sorted(ties, key=lambda item: (-item[1]["weight"], item[0]))
        return [(other, tie["weight"]) for other, tie in ranked[:most]]

    def has_pair(self, one: str, other: str) -> bool:
        """Whether two projects share enough people to be drawn as a pair."""
        return self._graph.has_edge(one, other)

    @cached_property
    def _graph(self) -> nx.Graph[str]:
        return build_network(self.edges.frame, self.nodes.frame["project_id"])
