"""Jobs and schedules: runs that a person or the clock starts."""

from __future__ import annotations

import dagster as dg

from pipelines.fetching import EVENTS, METRICS, REPOSITORIES
from pipelines.tables.steps import TABLE_STEPS

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

refresh_events = dg.define_asset_job("refresh_events", selection=[EVENTS.name])
refresh_metrics = dg.define_asset_job("refresh_metrics", selection=[METRICS.name])
refresh_repositories = dg.define_asset_job("refresh_repositories", selection=[REPOSITORIES.name])

live_jobs = [publish_landscape, refresh_events, refresh_metrics, refresh_repositories]

live_schedules = [
    # Events arrive up to six hours late, in the files of the next day's first hours.
    dg.build_schedule_from_partitioned_job(refresh_events, hour_of_day=8),
    # OpenDigger publishes a month about the fifth of the next one.
    dg.build_schedule_from_partitioned_job(refresh_metrics, day_of_month=6, hour_of_day=6),
    dg.ScheduleDefinition(
        name="refresh_repositories_daily", job=refresh_repositories, cron_schedule="0 5 * * *"
    ),
]
