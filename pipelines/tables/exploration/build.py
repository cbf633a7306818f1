"""Builds of the family exploration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.tables.exploration.contract import ExplorationCandidates
from pipelines.tables.exploration.lookup import find_seeds
from pipelines.tables.exploration.search import (
    INPUTS,
    explore,
    gather_participations,
    read_event_sources,
)
from pipelines.tables.table import Table, Walk, published

if TYPE_CHECKING:
    from pipelines.seeds import Seeds
    from pipelines.tables.workspace import Workspace


def explore_sources(workspace: Workspace, seeds: Seeds) -> pl.DataFrame:
    """Follow people from the field's seeds, by the rules of ``exploration.yml``, over the events of each source."""
    found: list[pl.DataFrame] = [ExplorationCandidates.create_empty()]
    for source in read_event_sources(workspace):
        gather_participations(workspace, source)
        seed_ids = find_seeds(workspace, seeds, seeds.exploration_seeds).active_ids
        found.append(explore(workspace, source, seed_ids, seeds, seeds.exploration).candidates)
        workspace.clear()
    return pl.concat(found)


TABLES: tuple[Table, ...] = (published(ExplorationCandidates, "graph", Walk(explore_sources, INPUTS)),)
