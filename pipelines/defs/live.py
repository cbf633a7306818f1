"""Bronze assets of the live upstreams: partitioned, retried, and expected to be fresh.

Dagster reads the annotation of `context` itself, so annotations here are not postponed.
"""

from datetime import timedelta

import dagster as dg

from pipelines.defs.bronze import whole_asset
from pipelines.defs.partitions import event_days, hours_of_day, hours_of_days, metric_months, whole_range
from pipelines.defs.resources import WRITER_POOL, LandscapeResource
from pipelines.fetching import (
    BRONZE_STEPS,
    EVENTS,
    METRICS,
    REPOSITORIES,
    OnProgress,
    events_by_status,
    fetch_hours_into_bronze,
)

retries = dg.RetryPolicy(
    max_retries=3, delay=300, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)
"""After the client's own attempts: an upstream that is down for an hour should not need a person."""


def _log(context: dg.AssetExecutionContext) -> OnProgress:
    """Progress as log lines, at most a hundred of them."""

    def on_progress(done: int, total: int) -> None:
        if done == total or done % max(1, total // 100) == 0:
            context.log.info(f"{done:,} of {total:,}")

    return on_progress


def _fresh_within(days: int) -> dg.FreshnessPolicy:
    return dg.FreshnessPolicy.time_window(fail_window=timedelta(days=days))


@dg.asset(
    name=EVENTS.name,
    group_name="bronze",
    partitions_def=event_days,
    backfill_policy=whole_range,
    retry_policy=retries,
    freshness_policy=_fresh_within(2),
    pool=WRITER_POOL,
)
def gharchive_events(
    context: dg.AssetExecutionContext, landscape: dg.ResourceParam[LandscapeResource]
) -> dg.MaterializeResult[None]:
    """GH Archive hours as fact rows about all repositories, by day."""
    with landscape.writing(EVENTS.name):
        build = landscape.prepare()
        evidence = fetch_hours_into_bronze(build, hours_of_days(context.partition_keys), _log(context))
        for key in context.partition_keys:
            statuses = events_by_status(build.settings.bronze_dir, hours_of_day(key))
            context.add_asset_metadata(statuses, partition_key=key)
    return dg.MaterializeResult(metadata=dict(evidence))


@dg.asset(
    name=METRICS.name,
    group_name="bronze",
    partitions_def=metric_months,
    backfill_policy=whole_range,
    retry_policy=retries,
    freshness_policy=_fresh_within(35),
    pool=WRITER_POOL,
)
def opendigger_series(
    context: dg.AssetExecutionContext, landscape: dg.ResourceParam[LandscapeResource]
) -> dg.MaterializeResult[None]:
    """OpenDigger's series: a pull brings every month, so a range of months is one conditional pull."""
    with landscape.writing(METRICS.name):
        evidence = METRICS.run(landscape.prepare(), _log(context))
    return dg.MaterializeResult(metadata=dict(evidence))


@dg.asset(
    name=REPOSITORIES.name,
    group_name="bronze",
    retry_policy=retries,
    freshness_policy=_fresh_within(2),
    pool=WRITER_POOL,
)
def github_repositories(
    context: dg.AssetExecutionContext, landscape: dg.ResourceParam[LandscapeResource]
) -> dg.MaterializeResult[None]:
    """What GitHub says today of each project's repositories."""
    with landscape.writing(REPOSITORIES.name):
        evidence = REPOSITORIES.run(landscape.prepare(), _log(context))
    return dg.MaterializeResult(metadata=dict(evidence))


live_assets = [
    gharchive_events,
    opendigger_series,
    github_repositories,
    *(whole_asset(step) for step in BRONZE_STEPS if step not in {EVENTS, METRICS}),
]
