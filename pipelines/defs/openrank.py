"""OpenRank by month: each month after the one that it rests on.

Dagster reads the annotation of `context` itself, so annotations here are not postponed.
"""

import dagster as dg

from pipelines.defs.partitions import metric_months, month_of_key, whole_range
from pipelines.defs.resources import WRITER_POOL, LandscapeResource
from pipelines.defs.tables import when_inputs_change
from pipelines.monthly_openrank import compute_all_months, compute_months
from pipelines.sources.gharchive_source import SOURCE as EVENTS

OPENRANK_BY_MONTH = "openrank_by_month"


@dg.asset(name=OPENRANK_BY_MONTH, group_name="monthly", deps=[EVENTS.asset], pool=WRITER_POOL)
def sample_openrank(landscape: dg.ResourceParam[LandscapeResource]) -> dg.MaterializeResult[None]:
    """OpenRank of everyone in each month that bronze has events of."""
    with landscape.writing(OPENRANK_BY_MONTH):
        counts = compute_all_months(landscape.prepare(), lambda _done, _total: None)
    return dg.MaterializeResult(metadata=dict(counts))


@dg.asset(
    name=OPENRANK_BY_MONTH,
    group_name="monthly",
    partitions_def=metric_months,
    backfill_policy=whole_range,  # a backfill is a chain anyhow
    deps=[
        dg.AssetDep(EVENTS.asset, partition_mapping=dg.TimeWindowPartitionMapping()),
        dg.AssetDep(
            OPENRANK_BY_MONTH,
            partition_mapping=dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1),
        ),
    ],
    automation_condition=when_inputs_change,
    pool=WRITER_POOL,
)
def live_openrank(
    context: dg.AssetExecutionContext, landscape: dg.ResourceParam[LandscapeResource]
) -> dg.MaterializeResult[None]:
    """OpenRank of everyone in a month, carried on from the month before; unchanged inputs change nothing."""
    months = sorted(map(month_of_key, context.partition_keys))
    with landscape.writing(OPENRANK_BY_MONTH):
        counts = compute_months(
            landscape.prepare(), months, lambda done, total: context.log.info(f"{done:,} of {total:,}")
        )
    return dg.MaterializeResult(metadata=dict(counts))
