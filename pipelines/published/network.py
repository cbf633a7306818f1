"""Who shares people with whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.published.answer import Answer, Family

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


@dataclass(frozen=True, slots=True)
class Network:
    """A published network: its source, and its window where the source states one."""

    source: str
    window_start: date | None
    window_end: date | None

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
        """Which of some projects stand in a network."""
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

    def neighbours(self, project_id: str, top: int) -> Answer:
        """Who shares most people with a project, per source."""
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
            {"project": project_id, "top": top},
        )

    def shared_people(self, project_ids: Sequence[str]) -> Answer:
        """People that some projects share, per pair and source; pairs without a row are below the source's cut."""
        return self._ask(
            """
            SELECT a.name AS name_a, b.name AS name_b, e.shared_people_count, e.jaccard, e.source, s.kind,
                e.window_start, e.window_end
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
