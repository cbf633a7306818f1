"""Every table of the build file, in an order in which each comes after what it reads.

Belongs here: collecting the declarations of the families. Must not: a declaration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pipelines.tables.catalogue.build as catalogue
import pipelines.tables.completeness.build as completeness
import pipelines.tables.coverage.build as coverage
import pipelines.tables.domains.build as domains
import pipelines.tables.edges.build as edges
import pipelines.tables.exploration.build as exploration
import pipelines.tables.figures.build as figures
import pipelines.tables.growth.build as growth
import pipelines.tables.members.build as members
import pipelines.tables.network.build as network
import pipelines.tables.openrank.build as openrank
import pipelines.tables.projects.build as projects
import pipelines.tables.rankings.build as rankings
import pipelines.tables.series.build as series
import pipelines.tables.status.build as status
from pipelines.tables.table import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.tables.table import Table

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

GROUND = "staging"
"""Schema of the seeds and bronze, which are loaded before any table is built."""


def in_order(tables: Iterable[Table]) -> Iterator[Table]:
    """Each table after those it reads; otherwise in the order given.

    Raises
    ------
    DeclarationError
        If two tables have one name, a table reads what nobody builds, or tables read each other.
    """
    declared: dict[str, Table] = {}
    for table in tables:
        if declared.setdefault(table.qualified, table) is not table:
            raise DeclarationError(f"{table.qualified} is declared twice")
    placed: dict[str, bool] = {}
    for table in declared.values():
        yield from _placed_with_inputs(table, declared, placed)


def _placed_with_inputs(table: Table, declared: dict[str, Table], placed: dict[str, bool]) -> Iterator[Table]:
    if placed.get(table.qualified):
        return
    if table.qualified in placed:
        raise DeclarationError(f"{table.qualified} is built from itself")
    placed[table.qualified] = False  # begun
    for name in sorted(table.inputs):
        if name in declared:
            yield from _placed_with_inputs(declared[name], declared, placed)
        elif not name.startswith(f"{GROUND}."):
            raise DeclarationError(f"{table.qualified} reads {name}, which nobody builds")
    placed[table.qualified] = True
    yield table


TABLES: tuple[Table, ...] = tuple(in_order(table for family in _FAMILIES for table in family.TABLES))
"""Every table once, each after what it reads; ``metadata``, which fingerprints all others, is the last."""

TABLES_BY_NAME = {table.qualified: table for table in TABLES}
