"""Builds of the family projects."""

from __future__ import annotations

from pipelines.tables.projects.contract import ProjectAnnotations, ProjectRepos, Projects
from pipelines.tables.table import Sql, Table, private, published

_SQL = Sql(__package__)

TABLES: tuple[Table, ...] = (
    private("core.name_sightings", "warehouse", _SQL),
    private("core.project_names", "warehouse", _SQL),
    private("core.repo_ids", "warehouse", _SQL),
    private("core.project_observations", "warehouse", _SQL),
    published(Projects, "warehouse", _SQL),
    published(ProjectRepos, "warehouse", _SQL),
    published(ProjectAnnotations, "graveyard", _SQL),
)
