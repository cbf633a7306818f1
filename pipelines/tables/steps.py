"""Every published table, in order: what it is built from, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.tables.domains.build import load_domains
from pipelines.tables.edges.build import load_project_edges, load_repository_edges, load_windows
from pipelines.tables.exploration.search import load_exploration_candidates
from pipelines.tables.figures.build import load_published_figures
from pipelines.tables.landscape import (
    load_area_years,
    load_changes,
    load_domain_growth,
    load_members,
    load_rankings,
    load_rankings_by_scope,
    load_ranks_monthly,
    load_watch_list,
)
from pipelines.tables.network.build import (
    load_domain_connectivity,
    load_graph_communities,
    load_graph_nodes,
    load_graph_summary,
)
from pipelines.tables.openrank.build import (
    load_openrank_comparison,
    load_openrank_months,
    load_parts,
    load_repo_openrank,
)
from pipelines.tables.seeds import (
    load_graveyard_policies,
    load_membership_profiles,
    load_taxonomy_boxes,
    load_technology_areas,
    load_thresholds,
)
from pipelines.tables.status.build import load_status, load_survival
from pipelines.tables.warehouse import (
    load_data_coverage,
    load_data_sources,
    load_metadata,
    load_metric_catalog,
)
from pipelines.warehouse.load import load_sql

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from pipelines.build import Build


@dataclass(frozen=True, slots=True)
class TableStep:
    """A published table: what it is built from, and how.

    Attributes
    ----------
    needs
        Published tables it reads, or its checks read.
    load
        Replaces the table in schema ``mart`` and returns its number of rows.
    """

    table: str
    stage: str
    needs: tuple[str, ...]
    load: Callable[[Build, duckdb.DuckDBPyConnection], int]


def _from_sql(table: str, stage: str, *needs: str) -> TableStep:
    def load(build: Build, connection: duckdb.DuckDBPyConnection) -> int:  # noqa: ARG001
        return load_sql(connection, "mart", table)

    return TableStep(table, stage, needs, load)


_CONTENT_STEPS: tuple[TableStep, ...] = (
    TableStep("data_sources", "warehouse", (), load_data_sources),
    TableStep("metric_catalog", "warehouse", ("data_sources",), load_metric_catalog),
    TableStep("taxonomy_boxes", "warehouse", (), load_taxonomy_boxes),
    TableStep("technology_areas", "warehouse", (), load_technology_areas),
    TableStep("membership_profiles", "warehouse", (), load_membership_profiles),
    TableStep("thresholds", "warehouse", (), load_thresholds),
    TableStep("graveyard_policies", "warehouse", (), load_graveyard_policies),
    _from_sql("refresh_runs", "warehouse", "data_sources"),
    TableStep("data_coverage", "warehouse", ("data_sources",), load_data_coverage),
    _from_sql("projects", "warehouse", "data_sources"),
    _from_sql("project_repos", "warehouse", "projects"),
    TableStep("openrank_months", "graph", ("data_sources",), load_openrank_months),
    TableStep("repo_openrank_monthly", "graph", ("data_sources", "openrank_months"), load_repo_openrank),
    TableStep(
        "openrank_parts", "graph", ("projects", "repo_openrank_monthly", "openrank_months"), load_parts
    ),
    TableStep(
        "openrank_comparison",
        "graph",
        ("repo_openrank_monthly", "openrank_months"),
        load_openrank_comparison,
    ),
    _from_sql("repo_series_extents", "warehouse", "data_sources"),
    _from_sql("project_metrics_monthly", "warehouse", "projects", "metric_catalog", "data_sources"),
    TableStep("exploration_candidates", "graph", ("projects", "data_sources"), load_exploration_candidates),
    TableStep("collaboration_windows", "graph", ("data_sources", "exploration_candidates"), load_windows),
    TableStep(
        "collaboration_edges",
        "graph",
        ("projects", "data_sources", "collaboration_windows"),
        load_project_edges,
    ),
    TableStep("repository_edges", "graph", ("data_sources", "collaboration_windows"), load_repository_edges),
    _from_sql("edge_evidence", "graph", "data_sources", "collaboration_edges"),
    TableStep(
        "project_domains",
        "classification",
        ("projects", "collaboration_edges", "data_sources"),
        load_domains,
    ),
    TableStep(
        "graph_nodes",
        "graph",
        ("projects", "collaboration_edges", "project_domains", "data_sources"),
        load_graph_nodes,
    ),
    *(
        TableStep(
            table,
            "graph",
            ("projects", "collaboration_edges", "project_domains", "graph_nodes", "data_sources"),
            load,
        )
        for table, load in (
            ("graph_communities", load_graph_communities),
            ("domain_connectivity", load_domain_connectivity),
            ("graph_summary", load_graph_summary),
        )
    ),
    TableStep("landscape_members", "landscape", ("projects", "project_metrics_monthly"), load_members),
    TableStep(
        "membership_watch_list",
        "landscape",
        ("projects", "project_metrics_monthly", "landscape_members"),
        load_watch_list,
    ),
    TableStep("project_rankings", "landscape", ("projects", "landscape_members"), load_rankings),
    TableStep(
        "project_rankings_by_scope",
        "landscape",
        ("projects", "project_domains", "landscape_members", "project_rankings"),
        load_rankings_by_scope,
    ),
    TableStep(
        "project_ranks_monthly",
        "landscape",
        ("projects", "project_domains", "project_metrics_monthly"),
        load_ranks_monthly,
    ),
    TableStep(
        "domain_growth",
        "landscape",
        ("projects", "project_domains", "project_metrics_monthly", "project_rankings"),
        load_domain_growth,
    ),
    _from_sql(
        "scope_openrank_monthly", "landscape", "projects", "project_domains", "project_metrics_monthly"
    ),
    TableStep(
        "technology_area_annual",
        "landscape",
        ("repo_openrank_monthly", "technology_areas"),
        load_area_years,
    ),
    TableStep("project_status", "graveyard", ("projects", "project_metrics_monthly"), load_status),
    TableStep(
        "survival_curves",
        "graveyard",
        ("projects", "project_domains", "project_metrics_monthly", "project_status"),
        load_survival,
    ),
    _from_sql("project_annotations", "graveyard", "projects", "project_repos", "data_sources"),
    TableStep(
        "landscape_changes",
        "landscape",
        ("projects", "project_repos", "project_domains", "landscape_members"),
        load_changes,
    ),
)


_CONTENT = tuple(step.table for step in _CONTENT_STEPS)

TABLE_STEPS: tuple[TableStep, ...] = (
    *_CONTENT_STEPS,
    TableStep("published_figures", "landscape", _CONTENT, load_published_figures),
    TableStep("metadata", "landscape", (*_CONTENT, "published_figures"), load_metadata),
)
"""Every published table once, each after what it needs; `metadata` fingerprints all others."""
