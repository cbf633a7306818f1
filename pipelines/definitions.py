"""The Dagster entry point: puts the nouns of `pipelines.defs` together."""

from __future__ import annotations

import dagster as dg

from pipelines.defs.bronze import source_assets
from pipelines.defs.jobs import automation, build_landscape, publish_landscape, refreshes
from pipelines.defs.landscape import landscape_assets, openrank_by_month
from pipelines.defs.resources import landscape_run
from pipelines.floor.settings import DataProfile, Settings, load_settings
from pipelines.sources import registry


def build_defs(settings: Settings) -> dg.Definitions:
    """Definitions that read and write where `settings` say; tests pass their own.

    They are the same for both data profiles. Live sources have partitions and schedules; a run that takes all of
    them at once exists only without partitions.
    """
    is_live = settings.data_profile is DataProfile.LIVE
    bronze = source_assets(settings.data_profile)
    jobs, schedules = refreshes(registry.SOURCES, settings.tokens) if is_live else ([build_landscape], [])
    return dg.Definitions(
        assets=[*bronze, openrank_by_month, landscape_assets(bronze)],
        jobs=[publish_landscape, *jobs],
        schedules=schedules,
        sensors=[automation(is_live=is_live)],
        resources={"landscape": landscape_run(settings)},
        # One process and one hold of the writer's lock for a whole run: its steps would only wait for each other.
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Definitions for ``dg dev`` and the daemon, from the environment's settings."""
    return build_defs(load_settings())
