"""Jobs, schedules and the automation sensor: runs that a person, the clock or a changed input starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from pipelines.defs.landscape import OPENRANK, PUBLICATION

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from dagster._core.definitions.partitions.partitioned_schedule import (
        UnresolvedPartitionedAssetScheduleDefinition,
    )
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

    from pipelines.sources.source import Cadence, Source

_SENSOR_SECONDS = 30

publish_landscape = dg.define_asset_job(
    "publish_landscape",
    selection=dg.AssetSelection.assets(OPENRANK)
    | dg.AssetSelection.assets(PUBLICATION).required_multi_asset_neighbors(),
    description="From what bronze holds to the published file.",
)

build_landscape = dg.define_asset_job(
    "build_landscape",
    selection=dg.AssetSelection.all(),
    description="From the sources to the published file; where sources have partitions, each has a job of its own.",
)


def refresh_job(source: Source) -> UnresolvedAssetJobDefinition:
    """The job that fetches one source."""
    return dg.define_asset_job(
        f"refresh_{source.name.replace('-', '_')}", selection=[source.asset], description=source.description
    )


def schedule(
    job: UnresolvedAssetJobDefinition, cadence: Cadence, *, is_running: bool
) -> dg.ScheduleDefinition | UnresolvedPartitionedAssetScheduleDefinition:
    """When a live source is fetched; if it is running, until a person stops it."""
    status = dg.DefaultScheduleStatus.RUNNING if is_running else dg.DefaultScheduleStatus.STOPPED
    if cadence.partition is None:
        return dg.ScheduleDefinition(
            job=job, cron_schedule=f"0 {cadence.hour_of_day} * * *", default_status=status
        )
    return dg.build_schedule_from_partitioned_job(
        job,
        hour_of_day=cadence.hour_of_day,
        day_of_month=cadence.day_of_month if cadence.partition == "month" else None,
        default_status=status,
    )


def automation(*, is_live: bool) -> dg.AutomationConditionSensorDefinition:
    """The sensor that builds and publishes once an input changed; with live data it runs unless a person stops it."""
    return dg.AutomationConditionSensorDefinition(
        "publish_when_inputs_change",
        target=dg.AssetSelection.all(),
        minimum_interval_seconds=_SENSOR_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING if is_live else dg.DefaultSensorStatus.STOPPED,
        description="Builds and publishes the landscape once a source brought something new.",
    )


def refreshes(
    sources: Sequence[Source], tokens: Container[str]
) -> tuple[
    list[UnresolvedAssetJobDefinition],
    list[dg.ScheduleDefinition | UnresolvedPartitionedAssetScheduleDefinition],
]:
    """A job for each source that changes by itself, and its schedule.

    The schedule of a source that cannot be asked without a token waits for one: it would fail each day.

    Parameters
    ----------
    sources
        All sources.
    tokens
        Names of the tokens that are set.
    """
    jobs, schedules = [], []
    for source in sources:
        if source.cadence is not None:
            job = refresh_job(source)
            has_way = not source.needs_token or bool(source.instead)
            has_token = source.token is not None and source.token.name in tokens
            jobs.append(job)
            schedules.append(schedule(job, source.cadence, is_running=has_way or has_token))
    return jobs, schedules
