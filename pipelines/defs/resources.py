"""What every asset needs: the build's settings, and the writer's lock around each write."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipelines import run
from pipelines.build import Build, prepare
from pipelines.warehouse.connection import open_build

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.settings import Settings

WRITER_POOL = "warehouse_writer"
"""One asset at a time in Dagster; the file lock keeps out writers outside of it."""

_WAIT_SECONDS = 600.0


class LandscapeResource:
    """Opens the build for an asset.

    Parameters
    ----------
    settings
        Folders, addresses and profile of this code location.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def prepare(self) -> Build:
        """Read seeds and upstreams as they are now."""
        return prepare(self.settings, datetime.now(UTC))

    @contextmanager
    def writing(self, asset_name: str) -> Iterator[None]:
        """Hold the writer's lock."""
        with run.writing(
            self.settings,
            command=f"dagster asset {asset_name}",
            now=datetime.now(UTC),
            wait_seconds=_WAIT_SECONDS,
            watcher=run.Watcher(),
        ):
            yield

    @contextmanager
    def building(self, asset_name: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """Hold the writer's lock and open the build file."""
        with self.writing(asset_name), open_build(self.settings.warehouse_dir) as connection:
            yield connection
