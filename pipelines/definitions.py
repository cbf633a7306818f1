"""The Dagster entry point: puts the nouns of `pipelines.defs` together."""

from __future__ import annotations

import dagster as dg

from pipelines.defs.bronze import bronze_assets
from pipelines.defs.jobs import build_landscape
from pipelines.defs.publication import published_landscape
from pipelines.defs.resources import LandscapeResource
from pipelines.defs.tables import table_assets, table_checks
from pipelines.settings import Settings, load_settings


def build_defs(settings: Settings) -> dg.Definitions:
    """Definitions that read and write where `settings` say; tests pass their own."""
    return dg.Definitions(
        assets=[*bronze_assets, *table_assets, published_landscape],
        asset_checks=table_checks,
        jobs=[build_landscape],
        resources={"landscape": LandscapeResource(settings)},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Definitions for ``dg dev`` and the daemon, from the environment's settings."""
    return build_defs(load_settings())
