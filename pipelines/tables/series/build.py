"""Builds of the family series."""

from __future__ import annotations

from pipelines.tables.series.contract import ProjectMetricsMonthly, RepoSeriesExtents
from pipelines.tables.table import Sql, Table, private, published

_SQL = Sql(__package__)

TABLES: tuple[Table, ...] = (
    private("core.project_series", "warehouse", _SQL),
    private("core.project_extents", "warehouse", _SQL),
    private("core.openrank_answers", "warehouse", _SQL),
    private("core.project_count_windows", "warehouse", _SQL),
    private("core.project_star_months", "warehouse", _SQL),
    published(ProjectMetricsMonthly, "warehouse", _SQL),
    published(RepoSeriesExtents, "warehouse", _SQL),
)
