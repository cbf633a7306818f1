"""A bronze asset for each source: whole where the sample answers; partitioned, retried and expected fresh in live.

Dagster reads the annotation of `context` itself, so annotations here are not postponed.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import dagster as dg

from pipelines.build import Build
from pipelines.defs.partitions import event_days, hours_of_day, hours_of_days, metric_months, whole_range
from pipelines.defs.resources import WRITER_POOL, LandscapeResource
from pipelines.sources import registry
from pipelines.sources.source import OnProgress, Source

retries = dg.RetryPolicy(
    max_retries=3, delay=300, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)
"""After the client's own attempts: an upstream that is down for an hour should not need a person."""

_PARTITIONS = {"day": event_days, "month": metric_months, None: None}


def sample_assets() -> list[dg.AssetsDefinition]:
    """The assets of the sample, none of them partitioned."""
    return [_whole_asset(source) for source in registry.sources_of_sample()]


def live_assets() -> list[dg.AssetsDefinition]:
    """The assets of every source, partitioned as its cadence says."""
    return [_live_asset(source) for source in registry.SOURCES]


def _whole_asset(source: Source) -> dg.AssetsDefinition:
    """The asset that fetches `source` and shows its evidence."""

    @dg.asset(name=source.asset, group_name="bronze", description=source.description, pool=WRITER_POOL)
    def fetched(landscape: dg.ResourceParam[LandscapeResource]) -> dg.MaterializeResult[None]:
        with landscape.writing(source.asset):
            evidence = source.fetch(landscape.prepare(), lambda _done, _total: None)
        return dg.MaterializeResult(metadata=dict(evidence))

    return fetched


def _live_asset(source: Source) -> dg.AssetsDefinition:
    """The asset that fetches `source` by partitions; a range of them is one fetch."""
    if source.cadence is None:
        return _whole_asset(source)
    partitions = _PARTITIONS[source.cadence.partition]

    @dg.asset(
        name=source.asset,
        group_name="bronze",
        description=source.description,
        partitions_def=partitions,
        backfill_policy=None if partitions is None else whole_range,
        retry_policy=retries,
        freshness_policy=dg.FreshnessPolicy.time_window(
            fail_window=timedelta(days=source.cadence.fresh_within_days)
        ),
        pool=WRITER_POOL,
    )
    def fetched(
        context: dg.AssetExecutionContext, landscape: dg.ResourceParam[LandscapeResource]
    ) -> dg.MaterializeResult[None]:
        with landscape.writing(source.asset):
            build = landscape.prepare()
            if partitions is event_days:
                build = _of_days(build, context.partition_keys)
            evidence = source.fetch(build, _log(context))
            if source.evidence_of is not None:
                for key in context.partition_keys:
                    held = source.evidence_of(build.settings.bronze_dir, hours_of_day(key))
                    context.add_asset_metadata(dict(held), partition_key=key)
        return dg.MaterializeResult(metadata=dict(evidence))

    return fetched


def _of_days(build: Build, partition_keys: Sequence[str]) -> Build:
    """`build` with the hours of some daily partitions as its scope."""
    return replace(build, scope=replace(build.scope, hours=tuple(hours_of_days(partition_keys))))


def _log(context: dg.AssetExecutionContext) -> OnProgress:
    """Progress as log lines, at most a hundred of them."""

    def on_progress(done: int, total: int) -> None:
        if done == total or done % max(1, total // 100) == 0:
            context.log.info(f"{done:,} of {total:,}")

    return on_progress
