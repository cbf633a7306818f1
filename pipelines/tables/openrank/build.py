"""Builds of the family openrank."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import polars as pl

from pipelines.graph.openrank_comparison import compare_openrank
from pipelines.sources.opendigger.wanted import watched_repositories
from pipelines.tables.openrank.contract import (
    OpenrankComparison,
    OpenrankMonths,
    OpenrankParts,
    RepoOpenrankMonthly,
)
from pipelines.tables.table import FileView, Frames, Sql, Table, private, published, read_sql
from pipelines.warehouse.openrank_store import read_months, select_parts, select_values

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.seeds import Seeds

_SQL = Sql(__package__)


def list_months(openrank_store: Path) -> pl.DataFrame:
    """The months whose OpenRank was computed here, and what each rests on."""
    schema = pl.Schema({name: column.dtype for name, column in OpenrankMonths.columns().items()})
    rows = [
        asdict(month) | asdict(month.drops) | {"month": month.month.first_day}
        for month in read_months(openrank_store)
    ]
    frame = pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=schema)
    # The last bits of these differ between processors.
    return frame.with_columns(
        pl.col("openrank_sum", "openrank_min", "openrank_max", "background").round(6),
        pl.col("out_weight_error", "balance_error").round(12),
    )


def watch_repositories(seeds: Seeds) -> pl.DataFrame:
    """Names of the watched repositories, in lower case."""
    names, _ = watched_repositories(seeds)
    return pl.DataFrame({"name_key": sorted(names)}, schema={"name_key": pl.String})


def watch_owners(seeds: Seeds) -> pl.DataFrame:
    """Owners all of whose repositories are watched, in lower case."""
    _, owners = watched_repositories(seeds)
    return pl.DataFrame({"owner_key": sorted(owners)}, schema={"owner_key": pl.String})


TABLES: tuple[Table, ...] = (
    private("staging.watched_repositories", "graph", Frames(watch_repositories)),
    private("staging.watched_owners", "graph", Frames(watch_owners)),
    private("staging.openrank_values", "graph", FileView(select_values)),
    private("staging.openrank_parts", "graph", FileView(select_parts)),
    published(OpenrankMonths, "graph", Frames(list_months)),
    published(RepoOpenrankMonthly, "graph", _SQL),
    published(OpenrankParts, "graph", _SQL),
    published(
        OpenrankComparison,
        "graph",
        Frames(compare_openrank, values=read_sql(__package__, "compared_openrank")),
    ),
)
