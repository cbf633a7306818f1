"""Steps that load what comes of who works where."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import polars as pl

from pipelines.graph.openrank_comparison import compare_openrank
from pipelines.sources.opendigger.wanted import watched_repositories
from pipelines.tables.contracts import PUBLISHED
from pipelines.tables.frames import read_frame
from pipelines.warehouse.load import load_frame, load_sql, read_sql
from pipelines.warehouse.openrank_store import (
    load_openrank_parts,
    load_openrank_values,
    read_months,
    store_dir,
)

if TYPE_CHECKING:
    import duckdb

    from pipelines.build import Build


def load_openrank_months(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """What stands behind the OpenRank that was computed here, month by month."""
    contract = PUBLISHED["openrank_months"]
    schema = pl.Schema({name: column.dtype for name, column in contract.columns().items()})
    rows = [
        asdict(month) | asdict(month.drops) | {"month": month.month.first_day}
        for month in read_months(store_dir(build.settings.warehouse_dir))
    ]
    frame = pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=schema)
    # The last bits of these differ between processors.
    rounded = frame.with_columns(
        pl.col("openrank_sum", "openrank_min", "openrank_max", "background").round(6),
        pl.col("out_weight_error", "balance_error").round(12),
    )
    return load_frame(connection, "mart", "openrank_months", rounded)


def load_repo_openrank(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """OpenDigger's values and our own, by repository name."""
    names, owners = watched_repositories(build.seeds)
    for table, column, keys in (
        ("watched_repositories", "name_key", names),
        ("watched_owners", "owner_key", owners),
    ):
        load_frame(
            connection, "staging", table, pl.DataFrame({column: sorted(keys)}, schema={column: pl.String})
        )
    load_openrank_values(connection, store_dir(build.settings.warehouse_dir))
    return load_sql(connection, "mart", "repo_openrank_monthly")


def load_parts(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """What the newest computed values of the projects are made of."""
    load_openrank_parts(connection, store_dir(build.settings.warehouse_dir))
    return load_sql(connection, "mart", "openrank_parts")


def load_openrank_comparison(build: Build, connection: duckdb.DuckDBPyConnection) -> int:  # noqa: ARG001
    """Our values held against OpenDigger's."""
    compared = compare_openrank(read_frame(connection, read_sql("core", "compared_openrank")))
    return load_frame(connection, "mart", "openrank_comparison", compared)
