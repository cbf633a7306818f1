"""Jobs and schedules: runs that a person or the clock starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from pipelines.sources import registry
from pipelines.tables.steps import TABLE_STEPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster._core.definitions.partitions.partitioned_schedule import (
        UnresolvedPartitionedAssetScheduleDefinition,
    )
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

    from pipelines.sources.source import Cadence

build_landscape = dg.define_asset_job(
    "build_landscape",
    selection=dg.AssetSelection.all(),
    # The steps share one writer, so processes of their own would only wait for each other.
    executor_def=dg.in_process_executor,
    description="From the sample to the published file.",
)

publish_landscape = dg.define_asset_job(
    "publish_landscape",
    selection=dg.AssetSelection.groups("publication", *sorted({step.stage for step in TABLE_STEPS})),
    executor_def=dg.in_process_executor,
    description="From what bronze holds to the published file.",
)


def refresh_jobs() -> dict[str, UnresolvedAssetJobDefinition]:
    """A job that refreshes each live source, by the source's name."""
    return {
        source.name: dg.define_asset_job(f"refresh_{source.name}", selection=[source.asset])
        for source in registry.SOURCES
        if source.cadence is not None
    }


def refresh_schedules(
    jobs: Mapping[str, UnresolvedAssetJobDefinition],
) -> list[dg.ScheduleDefinition | UnresolvedPartitionedAssetScheduleDefinition]:
    """When each of `refresh_jobs` runs, as the cadence of its source says."""
    return [
        _schedule(jobs[source.name], source.cadence)
        for source in registry.SOURCES
        if source.cadence is not None
    ]


def _schedule(
    job: UnresolvedAssetJobDefinition, cadence: Cadence
) -> dg.ScheduleDefinition | UnresolvedPartitionedAssetScheduleDefinition:
    if cadence.partition is None:
        return dg.ScheduleDefinition(job=job, cron_schedule=f"0 {cadence.hour_of_day} * * *")
    return dg.build_schedule_from_partitioned_job(
        job,
        hour_of_day=cadence.hour_of_day,
        day_of_month=cadence.day_of_month if cadence.partition == "month" else None,
    )
