"""The events of one month after the other in a scratch database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.tables.ground import load_ground_floor
from pipelines.warehouse.connection import open_scratch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from pipelines.build import Build

_MEMORY_LIMIT = "3GB"
"""What DuckDB may take for a month's pairs; the rest goes to disk. The solution needs as much again."""


@contextmanager
def open_events(build: Build, spill_dir: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A scratch database in which the activity of one month after the other can be looked at.

    Parameters
    ----------
    build
        Seeds and bronze.
    spill_dir
        DuckDB's folder for data that exceed memory; used by nothing else, and removed in the end.
    """
    with open_scratch(spill_dir) as connection:
        connection.execute(f"SET memory_limit = '{_MEMORY_LIMIT}'")
        connection.execute("SET preserve_insertion_order = false")
        load_ground_floor(build, connection)
        yield connection
