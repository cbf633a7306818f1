"""Rules of network that no single row can show."""

from __future__ import annotations

from pipelines.tables.rule import Rule

_NETWORK = "source, window_start, window_end"
"""What tells one collaboration network from another; unknown days are NULL there."""

RULES: tuple[Rule, ...] = (
    *(
        Rule(
            table,
            f"{key} occurs once per window and source",
            f"SELECT source, window_start, window_end, {columns}, count(*) AS copies FROM mart.{table}"
            " GROUP BY ALL HAVING count(*) > 1",
        )
        for table, key, columns in (
            ("graph_nodes", "a project", "project_id"),
            ("graph_nodes", "a place", "x, y"),
            ("graph_communities", "a community", "community"),
            ("domain_connectivity", "a box", "layer, domain, subdomain"),
            ("graph_summary", "a network", "'all' AS whole"),
        )
    ),
    Rule(
        "graph_nodes",
        "degrees follow from the edges",
        f"WITH counted AS (SELECT {_NETWORK}, project_id, count(*) AS degree, sum(shared) AS weighted_degree FROM"
        f" (SELECT {_NETWORK}, unnest([project_a, project_b]) AS project_id, shared_people_count AS shared"
        "  FROM mart.collaboration_edges) GROUP BY ALL)"
        " SELECT n.*, c.degree AS counted FROM mart.graph_nodes AS n FULL JOIN counted AS c"
        "  ON c.source = n.source AND c.project_id = n.project_id"
        "  AND c.window_start IS NOT DISTINCT FROM n.window_start AND c.window_end IS NOT DISTINCT FROM n.window_end"
        " WHERE n.project_id IS NULL OR n.degree <> coalesce(c.degree, 0)"
        "  OR n.weighted_degree <> coalesce(c.weighted_degree, 0)",
    ),
    Rule(
        "graph_nodes",
        "every labelled project is in every network",
        f"FROM (SELECT DISTINCT {_NETWORK} FROM mart.collaboration_edges) AS e CROSS JOIN"
        " (SELECT project_id FROM mart.project_domains WHERE assignment = 'curated'"
        "  AND taxonomy_version = (SELECT taxonomy_version FROM staging.build_facts)) AS d"
        " SELECT e.*, d.project_id WHERE NOT EXISTS (FROM mart.graph_nodes AS n WHERE n.project_id = d.project_id"
        "  AND n.source = e.source AND n.window_end IS NOT DISTINCT FROM e.window_end"
        "  AND n.window_start IS NOT DISTINCT FROM e.window_start)",
    ),
    Rule(
        "graph_communities",
        "its projects are those of graph_nodes",
        f"WITH counted AS (SELECT {_NETWORK}, community, count(*) AS projects_count FROM mart.graph_nodes"
        "  WHERE community IS NOT NULL GROUP BY ALL),"
        f" stated AS (SELECT {_NETWORK}, community, projects_count FROM mart.graph_communities)"
        " (FROM counted EXCEPT ALL FROM stated) UNION ALL (FROM stated EXCEPT ALL FROM counted)",
    ),
    Rule(
        "domain_connectivity",
        "counts and means follow from graph_nodes and the labels",
        f"WITH labelled AS (SELECT {_NETWORK}, layer, domain, unnest(list_distinct([subdomain, '*'])) AS box, degree,"
        "   core_number FROM mart.graph_nodes JOIN mart.project_domains USING (project_id)"
        "  WHERE assignment = 'curated' AND taxonomy_version = (SELECT taxonomy_version FROM staging.build_facts)),"
        f" counted AS (SELECT {_NETWORK}, layer, domain, box, count(*) AS projects_count,"
        "   count(*) FILTER (degree = 0) AS isolated_count, round(avg(degree), 4) AS degree_mean,"
        "   round(avg(core_number), 4) AS core_number_mean FROM labelled GROUP BY ALL),"
        f" stated AS (SELECT {_NETWORK}, layer, domain, coalesce(subdomain, '*') AS box, projects_count,"
        "   isolated_count, round(degree_mean, 4), round(core_number_mean, 4) FROM mart.domain_connectivity)"
        " (FROM counted EXCEPT ALL FROM stated) UNION ALL (FROM stated EXCEPT ALL FROM counted)",
    ),
    Rule(
        "graph_summary",
        "its counts are those of graph_nodes",
        f"WITH counted AS (SELECT {_NETWORK}, count(*) AS nodes_count, sum(degree)::BIGINT // 2 AS edges_count,"
        "   count(*) FILTER (degree = 0) AS isolated_count, count(DISTINCT community) AS communities_count"
        "  FROM mart.graph_nodes GROUP BY ALL),"
        f" stated AS (SELECT {_NETWORK}, nodes_count, edges_count, isolated_count, communities_count"
        "  FROM mart.graph_summary)"
        " (FROM counted EXCEPT ALL FROM stated) UNION ALL (FROM stated EXCEPT ALL FROM counted)",
    ),
)
