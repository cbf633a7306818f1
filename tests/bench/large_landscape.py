"""A published landscape of very many projects over ten years, made out of the sample's.

SQL copies the projects of the sample with the facts of each: names, labels, statuses, dated events, monthly
values and networks. Every copy's OpenRank is a little lower than that of the copy before, and each OpenRank series goes
on backwards by repeating itself until it has `MONTHS_COUNT` months. Members, rankings, growth and changes are computed
from that by the steps of the pipeline, and the file is written as the publisher writes it. Measures of a network and
survival curves stay those of the sample, as do tables that no page of the app reads. 137 copies take some four minutes
and 9 GB, most of it for the rankings by scope.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipelines.build import prepare
from pipelines.floor.settings import DataProfile, Settings
from pipelines.generations import public_file
from pipelines.publish import write_tables
from pipelines.tables.registry import TABLES
from pipelines.tables.runner import Runner
from pipelines.warehouse.connection import build_file, open_build

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

COPIES_COUNT = 137
"""Of the sample's 147 projects: 20,139 in all."""

MONTHS_COUNT = 120

_GROWN = (
    "core.project_names",
    "core.project_extents",
    "core.project_observations",
    "mart.projects",
    "mart.project_repos",
    "mart.project_metrics_monthly",
    "mart.project_domains",
    "mart.project_status",
    "mart.project_annotations",
    "mart.repo_series_extents",
    "mart.collaboration_edges",
    "mart.edge_evidence",
    "mart.graph_nodes",
    "mart.graph_communities",
)
_COMPUTED = {
    "landscape_members",
    "membership_watch_list",
    "project_rankings",
    "project_rankings_by_scope",
    "project_ranks_monthly",
    "domain_growth",
    "scope_openrank_monthly",
    "landscape_changes",
}
_HALVED_AFTER = 8  # copies: so many members that no page can show all, and a long tail that is none

_PREFIXED = "if(copy = 0, '', copy || '-') || {column}"
_IN_A_COPY = {
    "project_id": _PREFIXED,
    "project_a": _PREFIXED,
    "project_b": _PREFIXED,
    "repo_full_name": _PREFIXED,
    "name": "if(copy = 0, {column}, {column} || ' ' || copy)",
    "repo_id": "{column} + copy * 1_000_000_000_000",
    "community": "{column} + copy * 1_000",
    # The picture of each copy has an area of its own.
    "x": "(({column} + 1) / 2 + copy % side) / side * 2 - 1",
    "y": "(({column} + 1) / 2 + copy // side) / side * 2 - 1",
    "value": f"if(metric_id = 'openrank', {{column}} / (1 + copy / {_HALVED_AFTER}), {{column}})",
}
"""Column → what it holds in a copy; any other holds the same."""

_CONTINUED = f"""
CREATE OR REPLACE TABLE mart.project_metrics_monthly AS
SELECT * EXCLUDE (back, known_count, last_month, step)
    REPLACE ((last_month - to_months(step))::DATE AS month)
FROM (
    SELECT *,
        row_number() OVER (PARTITION BY project_id ORDER BY month DESC) - 1 AS back,
        count(*) OVER (PARTITION BY project_id) AS known_count,
        max(month) OVER (PARTITION BY project_id) AS last_month
    FROM mart.project_metrics_monthly WHERE metric_id = 'openrank'
)
JOIN (SELECT range::INTEGER AS step FROM range({MONTHS_COUNT})) ON step % known_count = back
UNION ALL BY NAME
FROM mart.project_metrics_monthly WHERE metric_id <> 'openrank'
"""

_BELIEVED = """
CREATE OR REPLACE TABLE mart.project_openrank_monthly AS FROM mart.project_openrank_monthly LIMIT 0;
INSERT INTO mart.project_openrank_monthly BY NAME
SELECT project_id, month, value AS published, vintage, 'published' AS basis,
    value AS openrank, value AS openrank_low, value AS openrank_high
FROM mart.project_metrics_monthly WHERE metric_id = 'openrank';
CREATE OR REPLACE TABLE core.known_months AS SELECT project_id, month FROM mart.project_openrank_monthly;
"""
"""Every value is published, and what has none is unknown."""

_BETWEEN_COPIES = """
INSERT INTO mart.collaboration_edges BY NAME
SELECT * EXCLUDE (copy) REPLACE (
    least(copy || '-' || project_a, (copy + 1) || '-' || project_b) AS project_a,
    greatest(copy || '-' || project_a, (copy + 1) || '-' || project_b) AS project_b
)
FROM (SELECT * FROM mart.collaboration_edges WHERE people_a_count IS NULL AND shared_people_count >= 100
    AND NOT regexp_matches(project_a, '^\\d+-'))
CROSS JOIN (SELECT range AS copy FROM range(1, ?))
"""

_COUNTED = """
UPDATE mart.graph_summary AS s
SET nodes_count = n.nodes_count, isolated_count = n.isolated_count, communities_count = n.communities_count,
    edges_count = (SELECT count(*) FROM mart.collaboration_edges AS e WHERE e.source = s.source)
FROM (
    SELECT source, count(*) AS nodes_count, count(*) FILTER (degree = 0) AS isolated_count,
        count(DISTINCT community) AS communities_count
    FROM mart.graph_nodes GROUP BY source
) AS n
WHERE n.source = s.source
"""


def write_large_landscape(sample_dir: Path, data_dir: Path, copies_count: int) -> Path:
    """Write the file that readers open, and return its path.

    Parameters
    ----------
    sample_dir
        Data folder in which the sample was built; left as it is.
    data_dir
        Data folder for the large landscape.
    copies_count
        Number of copies of each project of the sample, itself included.
    """
    build = prepare(
        Settings(data_profile=DataProfile.SAMPLE, data_dir=sample_dir), datetime(2025, 12, 1, tzinfo=UTC)
    )
    warehouse_dir, public_dir = data_dir / "warehouse", data_dir / "public"
    for folder in (warehouse_dir, public_dir):
        folder.mkdir(parents=True)
    shutil.copy(build_file(build.settings.warehouse_dir), build_file(warehouse_dir))
    with open_build(warehouse_dir) as connection:
        _grow(connection, copies_count)
        runner = Runner(build, connection)
        for table in TABLES:
            if table.name in _COMPUTED:
                runner.load(table)
        write_tables(connection, public_file(public_dir))
    shutil.rmtree(warehouse_dir)
    return public_file(public_dir)


def _grow(connection: duckdb.DuckDBPyConnection, copies_count: int) -> None:
    for table in _GROWN:
        columns = [name for name, *_type in connection.execute(f"DESCRIBE {table}").fetchall()]
        copied = [f"{_IN_A_COPY.get(name, '{column}').format(column=name)} AS {name}" for name in columns]
        connection.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT {', '.join(copied)} FROM {table}"
            f" CROSS JOIN (SELECT range AS copy, ceil(sqrt({copies_count}))::BIGINT AS side FROM range({copies_count}))"
        )
    connection.execute(_CONTINUED)
    connection.execute(_BELIEVED)
    connection.execute(_BETWEEN_COPIES, [copies_count - 1])
    connection.execute(_COUNTED)
