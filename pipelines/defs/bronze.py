"""A bronze asset for each source. The data profile decides which sources answer and whether fetches have partitions.

Dagster reads the annotation of `context` itself, so annotations here are not postponed.
"""

from dataclasses import replace
from datetime import timedelta

import dagster as dg

from pipelines import run
from pipelines.defs.partitions import event_days, hours_of_day, hours_of_days, metric_months, whole_range
from pipelines.defs.resources import LandscapeRun
from pipelines.floor.settings import DataProfile
from pipelines.sources import registry
from pipelines.sources.source import Source

OWNERS = ["team:landscape"]

retries = dg.RetryPolicy(
    max_retries=3, delay=300, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)
"""After the client's own attempts: an upstream that is down for an hour should not need a person."""

when_not_loaded = (
    dg.AutomationCondition.missing()
    & ~dg.AutomationCondition.in_progress()
    & ~dg.AutomationCondition.execution_failed()
)
"""For a reference table: no clock changes it, so the first run of the automation loads it."""

_PARTITIONS = {"day": event_days, "month": metric_months, None: None}


def source_assets(data_profile: DataProfile) -> list[dg.AssetsDefinition]:
    """The assets of every source that answers under a data profile."""
    is_live = data_profile is DataProfile.LIVE
    sources = registry.SOURCES if is_live else registry.sources_of_sample()
    return [_source_asset(source, is_live=is_live) for source in sources]


def _source_asset(source: Source, *, is_live: bool) -> dg.AssetsDefinition:
    """The asset that fetches `source`; a range of its partitions is one fetch."""
    cadence = source.cadence if is_live else None
    partitions = None if cadence is None else _PARTITIONS[cadence.partition]
    freshness = None
    if cadence is not None:
        freshness = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=cadence.fresh_within_days))

    @dg.asset(
        name=source.asset,
        group_name="bronze",
        description=source.description,
        kinds={"parquet"},
        owners=OWNERS,
        partitions_def=partitions,
        backfill_policy=None if partitions is None else whole_range,
        retry_policy=None if cadence is None else retries,
        freshness_policy=freshness,
        automation_condition=when_not_loaded if source.cadence is None else None,
    )
    def fetched(
        context: dg.AssetExecutionContext, landscape: dg.ResourceParam[LandscapeRun]
    ) -> dg.MaterializeResult[None]:
        build, keys = landscape.build, context.partition_keys if partitions is event_days else []
        if keys:
            build = replace(build, scope=replace(build.scope, hours=tuple(hours_of_days(keys))))
        evidence = run.fetch(build, source, landscape.log)
        if source.evidence_of is not None:
            for key in keys:
                held = source.evidence_of(build.settings.bronze_dir, hours_of_day(key))
                context.add_asset_metadata(dict(held), partition_key=key)
        return dg.MaterializeResult(metadata=dict(evidence))

    return fetched
