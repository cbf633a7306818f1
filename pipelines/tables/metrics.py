"""Every metric of every family of tables, in the order of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pipelines.tables.completeness.metrics as completeness
import pipelines.tables.coverage.metrics as coverage
import pipelines.tables.domains.metrics as domains
import pipelines.tables.edges.metrics as edges
import pipelines.tables.growth.metrics as growth
import pipelines.tables.members.metrics as members
import pipelines.tables.rankings.metrics as rankings
import pipelines.tables.series.metrics as series
import pipelines.tables.status.metrics as status

if TYPE_CHECKING:
    from pipelines.metrics.metric import Metric

METRICS: tuple[Metric, ...] = tuple(
    metric
    for family in (series, completeness, domains, members, rankings, growth, status, edges, coverage)
    for metric in family.METRICS
)
"""What the table `metric_catalog` and the pages in docs/metrics come from."""
