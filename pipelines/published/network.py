"""Who shares people with whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.floor.errors import NotPublishedError, UnknownChoiceError
from pipelines.graph.network import build_network, compute_ego
from pipelines.published.answer import Answer, Family
from pipelines.published.choices import choose
from pipelines.published.picture import Picture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import networkx as nx


@dataclass(frozen=True, slots=True)
class Network:
    """A published network: its source, and its window where the source states one."""

    source: str
    window_start: date | None
    window_end: date | None

    def __str__(self) -> str:
        window = f"{self.window_start} to {self.window_end}" if self.window_start else "window not stated"
        return f"{self.source} ({window})"

    @property
    def params(self) -> dict[str, object]:
        """Of every query on one network."""
        return {"source": self.source, "window_start": self.window_start, "window_end": self.window_end}


_OF_NETWORK = (
    "source = $source AND window_start IS NOT DISTINCT FROM $window_start::DATE"
    " AND window_end IS NOT DISTINCT FROM $window_end::DATE"
)

_NETWORK_NODES = f"""
    SELECT n.*, p.name, d.layer, d.domain, d.subdomain, c.name AS community_name,
        m.openrank_mean, p.stars_count
    FROM (FROM graph_nodes WHERE {_OF_NETWORK}) AS n
    CROSS JOIN metadata AS f
    JOIN projects AS p USING (project_id)
    LEFT JOIN project_domains AS d
        ON d.project_id = n.project_id AND d.taxonomy_version = f.taxonomy_version AND d.assignment = 'curated'
    LEFT JOIN (FROM graph_communities WHERE {_OF_NETWORK}) AS c ON c.community = n.community
    LEFT JOIN landscape_members AS m
        ON m.project_id = n.project_id AND m.as_of_month = f.as_of_month AND m.profile = f.membership_profile
"""  # noqa: S608 - put together from constants

_DRAWN_NODES = f"""
    SELECT n.*
    FROM ({_NETWORK_NODES}) AS n
    LEFT JOIN (
        SELECT if(list_contains($first, project_a), project_b, project_a) AS project_id,
            max(shared_people_count) AS shared_people_count
        FROM collaboration_edges
        WHERE {_OF_NETWORK} AND (list_contains($first, project_a) OR list_contains($first, project_b))
        GROUP BY ALL
    ) AS tied USING (project_id)
    ORDER BY list_contains($first, n.project_id) DESC, tied.shared_people_count DESC NULLS LAST,
        n.openrank_mean DESC NULLS LAST, n.weighted_degree DESC, n.project_id
    LIMIT $most_nodes
"""  # noqa: S608 - put together from constants


class Networks(Family):
    """Who shares people with whom."""

    def all(self) -> Answer:
        """Every published network with its size, the newest real one first."""
        return self._ask("""
            SELECT g.*, s.name, s.kind
            FROM graph_summary AS g JOIN data_sources AS s USING (source)
            ORDER BY s.kind = 'simulated', g.window_end DESC NULLS LAST, g.window_start NULLS LAST, g.source
        """)

    def newest(self, source: str | None = None) -> Network:
        """The newest network of a source; without one, the newest that is not simulated.

        Raises
        ------
        NotPublishedError
            If no network is published.
        UnknownChoiceError
            If there is none of that source; the message lists those there are.
        """
        networks = [
            Network(*row)
            for row in self.all().frame.select("source", "window_start", "window_end").iter_rows()
        ]
        if not networks:
            raise NotPublishedError(
                "no network is published: no two projects share enough people",
                hint='`landscape query "FROM collaboration_edges"` shows the edges; fetch more events for them',
            )
        known = list(dict.fromkeys(network.source for network in networks))
        name = choose(known, source or known[0])
        return next(network for network in networks if network.source == name)

    def facts_behind(self, network: Network) -> Answer:
        """For how many projects GitHub's own facts of a network's whole window are held, of how many.

        Returns
        -------
        Answer
            ``complete_projects_count, projects_count``; no row for a network that is not from events of GitHub.
        """
        return self._ask(
            """
            SELECT
                count(*) FILTER (complete_from <= $window_start::DATE AND complete_until_at >= $window_end::DATE + 1)
                    AS complete_projects_count,
                count(*) AS projects_count
            FROM fact_coverage HAVING $source = 'gharchive'
            """,
            network.params,
        )

    def summary(self, network: Network) -> Answer:
        """Size and density of a network, and what a report printed of it."""
        return self._ask(f"FROM graph_summary WHERE {_OF_NETWORK}", network.params)

    def members(self, network: Network) -> Answer:
        """Every project of a network, with its measures, community, box and mean OpenRank."""
        return self._ask(f"{_NETWORK_NODES} ORDER BY n.project_id", network.params)

    def pairs(self, network: Network) -> Answer:
        """Every pair of a network with what its source says of it, the strongest first."""
        return self._ask(
            f"SELECT * EXCLUDE (source, window_start, window_end) FROM collaboration_edges WHERE {_OF_NETWORK}"  # noqa: S608
            " ORDER BY shared_people_count DESC, project_a, project_b",
            network.params,
        )

    def graph(self, network: Network) -> nx.Graph[str]:
        """A network with everything that is known of its projects and pairs as attributes; unknown is left out."""
        left_out = ("source", "window_start", "window_end", "openrank_mean", "stars_count")
        nodes = self.members(network).frame.drop(left_out).rename({"name": "label"})
        edges = self.pairs(network).frame
        graph = build_network(edges, nodes["project_id"])
        for node in nodes.iter_rows(named=True):
            graph.nodes[node.pop("project_id")].update(_known(node))
        for pair in edges.drop("shared_people_count").iter_rows(named=True):
            graph.edges[pair.pop("project_a"), pair.pop("project_b")].update(_known(pair))
        stated = {name: value and str(value) for name, value in network.params.items()}
        snapshot_id = self._landscape.provenance.metadata().frame["snapshot_id"].item()
        graph.graph.update(_known({**stated, "snapshot_id": snapshot_id}))
        return graph

    def ego(self, network: Network, project: str, hops: int = 1) -> nx.Graph[str]:
        """The part of `graph` at most so many edges from a project; each project has its distance as ``hop``.

        Raises
        ------
        UnknownChoiceError
            If there is no such project, or it is not in the network.
        """
        project_id, graph = self._landscape.choices.project(project), self.graph(network)
        if project_id not in graph:
            raise UnknownChoiceError(
                f"{project_id} is not in the network of {network}: it has neither a curated domain nor an edge"
            )
        return compute_ego(graph, project_id, hops)

    def picture(
        self, network: Network, first: Sequence[str], least: int, most_nodes: int, most_edges: int
    ) -> Picture:
        """What is drawn of a network: as many projects and pairs as fit, those named first before others."""
        return Picture(
            self.nodes(network, first, most_nodes),
            self.edges(network, first, least, most_nodes, most_edges),
        )

    def nodes(self, network: Network, first: Sequence[str], most_nodes: int) -> Answer:
        """Projects of a network that are drawn, with their measures, community, box and mean OpenRank.

        Where there are too many: those that are named first, who shares most people with them, and then by OpenRank.
        """
        return self._ask(
            f"FROM ({_DRAWN_NODES}) ORDER BY project_id",
            {**network.params, "first": tuple(first), "most_nodes": most_nodes},
        )

    def edges(
        self, network: Network, first: Sequence[str], least: int, most_nodes: int, most_edges: int
    ) -> Answer:
        """Pairs of the drawn projects from some shared people on, those with most first, and how many pairs that are.

        Where there are too many, those of the projects that are named stay, whatever they share.
        """
        return self._ask(
            f"""
            WITH drawn AS (SELECT project_id FROM ({_DRAWN_NODES}))
            FROM (
                SELECT e.*, count(*) OVER () AS pairs_count
                FROM (FROM collaboration_edges WHERE {_OF_NETWORK} AND shared_people_count >= $least) AS e
                SEMI JOIN drawn AS a ON a.project_id = e.project_a
                SEMI JOIN drawn AS b ON b.project_id = e.project_b
                ORDER BY list_contains($first, e.project_a) OR list_contains($first, e.project_b) DESC,
                    e.shared_people_count DESC, e.project_a, e.project_b
                LIMIT $most_edges
            )
            ORDER BY shared_people_count DESC, project_a, project_b
            """,  # noqa: S608 - put together from constants
            {
                **network.params,
                "first": tuple(first),
                "least": least,
                "most_nodes": most_nodes,
                "most_edges": most_edges,
            },
        )

    def inside(self, network: Network, project_ids: Sequence[str]) -> Answer:
        """Those of some projects that a network has."""
        return self._ask(
            f"SELECT project_id FROM graph_nodes WHERE {_OF_NETWORK}"  # noqa: S608 - put together from constants
            " AND list_contains($projects, project_id) ORDER BY ALL",
            {**network.params, "projects": tuple(project_ids)},
        )

    def cuts(self, network: Network) -> Answer:
        """Numbers of shared people that pairs of a network have."""
        return self._ask(
            f"SELECT DISTINCT shared_people_count FROM collaboration_edges WHERE {_OF_NETWORK} ORDER BY ALL",  # noqa: S608
            network.params,
        )

    def core(self, network: Network, measure: str, top: int) -> Answer:
        """Projects of a network with the highest value of a measure, which is a column of ``graph_nodes``."""
        return self._ask(
            f"{_NETWORK_NODES} ORDER BY {measure} DESC NULLS LAST, n.project_id LIMIT $top",
            {**network.params, "top": top},
        )

    def found(self, network: Network, text: str, top: int) -> Answer:
        """As `found_projects`, among those of a network."""
        return self._ask(
            f"""
            SELECT project_id, name, found_count
            FROM (
                SELECT n.project_id, n.name, count(*) OVER () AS found_count
                FROM ({_NETWORK_NODES}) AS n JOIN projects AS p USING (project_id)
                WHERE contains(lower(p.name || ' ' || p.repo_full_name), lower($text))
                ORDER BY n.openrank_mean DESC NULLS LAST, n.project_id LIMIT $top
            )
            ORDER BY lower(name), project_id
            """,  # noqa: S608 - put together from constants
            {**network.params, "text": text, "top": top},
        )

    def communities(self, network: Network) -> Answer:
        """Communities of a network with what is common to them and how stable they are."""
        return self._ask(f"FROM graph_communities WHERE {_OF_NETWORK} ORDER BY community", network.params)

    def community_members(self, network: Network) -> Answer:
        """Projects of each community, those with the highest weighted degree first."""
        return self._ask(
            f"""
            SELECT community, list(project_id ORDER BY weighted_degree DESC, project_id) AS project_ids
            FROM graph_nodes WHERE {_OF_NETWORK} AND community IS NOT NULL GROUP BY community ORDER BY community
            """,  # noqa: S608 - put together from constants
            network.params,
        )

    def sources_of(self, table: str) -> Answer:
        """Sources with rows in ``collaboration_edges`` or ``edge_evidence``, a simulated one last."""
        return self._ask(
            f"""
            FROM data_sources SEMI JOIN {choose(("collaboration_edges", "edge_evidence"), table)} USING (source)
            ORDER BY kind = 'simulated', source
            """
        )

    def pairs_of_source(self, source: str) -> Answer:
        """Pairs of a source with all that it says of them, over each of its windows, the strongest first."""
        return self._ask(
            "SELECT * EXCLUDE (source) FROM collaboration_edges WHERE source = $source"
            " ORDER BY shared_people_count DESC, project_a, project_b",
            {"source": source},
        )

    def evidence_of_source(self, source: str, one: str, other: str) -> Answer:
        """Who ties two projects by a source, in the published order."""
        return self._ask(
            """
            SELECT rank, actor_login, actor_id, actions_a_count, actions_b_count, left_out_count FROM edge_evidence
            WHERE source = $source AND project_a = $project_a AND project_b = $project_b ORDER BY rank
            """,
            {"source": source, "project_a": min(one, other), "project_b": max(one, other)},
        )

    def domains(self, network: Network) -> Answer:
        """How central each domain and subdomain is, the best connected first."""
        return self._ask(
            f"FROM domain_connectivity WHERE {_OF_NETWORK}"
            " ORDER BY degree_mean DESC, domain, subdomain NULLS FIRST",
            network.params,
        )

    def evidence(self, network: Network, project_a: str, project_b: str) -> Answer:
        """Who ties two projects of a network, in the published order."""
        return self._ask(
            f"FROM edge_evidence WHERE {_OF_NETWORK} AND project_a = $project_a AND project_b = $project_b"
            " ORDER BY rank",
            {
                **network.params,
                "project_a": min(project_a, project_b),
                "project_b": max(project_a, project_b),
            },
        )

    def neighbours(self, project_id: str, top: int = 10) -> Answer:
        """Who shares most people with a project, per source.

        Examples
        --------
        >>> from pipelines.published import open_landscape
        >>> open_landscape().network.neighbours("vllm", 1).frame.select("name", "kind").rows()
        [('SGLang', 'real'), ('SGLang', 'simulated')]
        """
        return self._ask(
            """
            SELECT e.source, s.kind, n.project_id, n.name, d.domain, e.shared_people_count, e.jaccard,
                e.window_start, e.window_end
            FROM collaboration_edges AS e
            JOIN projects AS n
                ON n.project_id = if(e.project_a = $project, e.project_b, e.project_a)
            JOIN data_sources AS s ON s.source = e.source
            LEFT JOIN (FROM project_domains WHERE taxonomy_version = (SELECT taxonomy_version FROM metadata)) AS d
                ON d.project_id = n.project_id
            WHERE $project IN (e.project_a, e.project_b)
            QUALIFY row_number() OVER (PARTITION BY e.source ORDER BY e.shared_people_count DESC, n.project_id) <= $top
            ORDER BY s.kind = 'simulated', e.source, e.shared_people_count DESC, n.project_id
            """,
            {"project": self._landscape.choices.project(project_id), "top": self._landscape.choices.top(top)},
        )

    def shared_people(self, project_ids: Sequence[str]) -> Answer:
        """People that some projects share, per pair and source; pairs without a row are below the source's cut."""
        return self._ask(
            """
            SELECT e.project_a, a.name AS name_a, e.project_b, b.name AS name_b, e.shared_people_count, e.jaccard,
                e.source, s.kind, e.window_start, e.window_end
            FROM collaboration_edges AS e
            JOIN projects AS a ON a.project_id = e.project_a
            JOIN projects AS b ON b.project_id = e.project_b
            JOIN data_sources AS s ON s.source = e.source
            WHERE list_contains($projects, e.project_a) AND list_contains($projects, e.project_b)
            ORDER BY s.kind = 'simulated', e.source, e.shared_people_count DESC, e.project_a, e.project_b
            """,
            {"projects": tuple(project_ids)},
        )

    def closest_pair(self) -> Answer:
        """The two projects that share most people, by sources that are not simulated."""
        return self._ask("""
            SELECT e.project_a, a.name AS name_a, e.project_b, b.name AS name_b, e.shared_people_count
            FROM collaboration_edges AS e
            JOIN data_sources AS s ON s.source = e.source AND s.kind <> 'simulated'
            JOIN projects AS a ON a.project_id = e.project_a
            JOIN projects AS b ON b.project_id = e.project_b
            ORDER BY e.shared_people_count DESC, e.project_a, e.project_b LIMIT 1
        """)

    def ways_from_seeds(self) -> Answer:
        """Repositories that following people from the seeds leads to, with the way to each, hop by hop."""
        return self._ask(
            """
            SELECT e.source, s.kind, e.repo_full_name, e.project_id, e.hop, e.rank, e.path, e.shared_people_count,
                e.people_count, e.association, e.expected_people_count, e.p_value, e.window_start, e.window_end
            FROM exploration_candidates AS e
            JOIN data_sources AS s USING (source)
            ORDER BY s.kind = 'simulated', e.source, e.hop, e.rank
            """
        )


def _known(attributes: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in attributes.items() if value is not None}
