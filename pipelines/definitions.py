"""The Dagster entry point: puts the nouns of `pipelines.defs` together."""

from __future__ import annotations

import dagster as dg

from pipelines.defs.bronze import live_assets, sample_assets
from pipelines.defs.jobs import build_landscape, publish_landscape, refresh_jobs, refresh_schedules
from pipelines.defs.openrank import live_openrank, sample_openrank
from pipelines.defs.publication import published_landscape
from pipelines.defs.resources import LandscapeResource
from pipelines.defs.tables import foundations_asset, table_assets, table_checks
from pipelines.settings import DataProfile, Settings, load_settings


def build_defs(settings: Settings) -> dg.Definitions:
    """Definitions that read and write where `settings` say; tests pass their own."""
    is_live = settings.data_profile is DataProfile.LIVE
    inputs = [*live_assets(), live_openrank] if is_live else [*sample_assets(), sample_openrank]
    refreshes = refresh_jobs() if is_live else {}
    return dg.Definitions(
        assets=[*inputs, foundations_asset(inputs), *table_assets, published_landscape],
        asset_checks=table_checks,
        jobs=[publish_landscape, *refreshes.values()] if is_live else [build_landscape],
        schedules=refresh_schedules(refreshes) if is_live else [],
        resources={"landscape": LandscapeResource(settings)},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Definitions for ``dg dev`` and the daemon, from the environment's settings."""
    return build_defs(load_settings())
