"""The ground that tables are built on: seeds and bronze as schema ``staging``."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from pipelines.tables.contracts import SCHEMA_VERSION
from pipelines.warehouse.seed_frames import BuildFacts
from pipelines.warehouse.staging import load_staging

if TYPE_CHECKING:
    import duckdb

    from pipelines.build import Build


def load_ground_floor(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Seeds and bronze as staging: enough for a question about the events themselves."""
    facts = BuildFacts(
        as_of=build.scope.as_of,
        as_of_month=build.scope.as_of_month,
        data_profile=build.settings.data_profile.value,
        code_version=version("oss-landscape"),
        schema_version=SCHEMA_VERSION,
    )
    return load_staging(connection, build.seeds, facts, build.settings.bronze_dir)
