"""The published tables: every contract of every family, by table name.

A contract is the check before publishing, the DDL with its comments and constraints in the published file, and the
chapter in ``docs/data_dictionary.md``. A column is defined nowhere else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import dataframely as dy

import pipelines.tables.catalogue.contract as catalogue
import pipelines.tables.completeness.contract as completeness
import pipelines.tables.coverage.contract as coverage
import pipelines.tables.domains.contract as domains
import pipelines.tables.edges.contract as edges
import pipelines.tables.exploration.contract as exploration
import pipelines.tables.figures.contract as figures
import pipelines.tables.growth.contract as growth
import pipelines.tables.members.contract as members
import pipelines.tables.network.contract as network
import pipelines.tables.openrank.contract as openrank
import pipelines.tables.projects.contract as projects
import pipelines.tables.rankings.contract as rankings
import pipelines.tables.series.contract as series
import pipelines.tables.status.contract as status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

SCHEMA_VERSION = "2"
"""Raised when a published table or column is renamed, removed or changes its meaning."""

_FAMILIES = (
    projects,
    series,
    completeness,
    openrank,
    domains,
    members,
    rankings,
    growth,
    status,
    edges,
    network,
    exploration,
    coverage,
    catalogue,
    figures,
)
"""In the order of the data dictionary; within a family, the order of its contracts."""


def table_name(contract: type[dy.Schema]) -> str:
    """The table that a contract defines.

    Examples
    --------
    >>> table_name(projects.ProjectRepos)
    'project_repos'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", contract.__name__).lower()


def _contracts(family: ModuleType) -> Iterator[type[dy.Schema]]:
    for value in vars(family).values():
        if isinstance(value, type) and issubclass(value, dy.Schema) and value.__module__ == family.__name__:
            yield value


PUBLISHED: dict[str, type[dy.Schema]] = {
    table_name(contract): contract for family in _FAMILIES for contract in _contracts(family)
}
"""Published table name → contract, in the order of the data dictionary."""


def sort_key(contract: type[dy.Schema]) -> list[str]:
    """Columns that order a published table: its key, or every column where the key may repeat."""
    return contract.primary_key() or contract.column_names()
