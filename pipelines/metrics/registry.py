"""Every metric of the landscape, in the order of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.derived import DERIVED_METRICS
from pipelines.metrics.monthly import UPSTREAM_METRICS

if TYPE_CHECKING:
    from pipelines.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (*UPSTREAM_METRICS, *DERIVED_METRICS)
"""The one definition that the table `metric_catalog` and the pages in docs/metrics come from."""


def metrics_from(source: str) -> tuple[Metric, ...]:
    """Metrics that `source` publishes, in registry order."""
    return tuple(metric for metric in METRICS if metric.source == source)
