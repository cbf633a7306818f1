"""The panel of OpenRank that several families compute from, and when an estimate is sure enough.

Belongs here: inputs of builds as the pure stages take them. Must not: a mean or a verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.completeness.eras import first_broken_month
from pipelines.metrics.chance import Certainty
from pipelines.metrics.panel import OpenrankPanel, panel_of

if TYPE_CHECKING:
    import polars as pl

    from pipelines.seeds import Seeds


def openrank_panel(
    project_ids: pl.Series, openrank: pl.DataFrame, retrieved: pl.DataFrame, seeds: Seeds
) -> OpenrankPanel:
    """Values from the inputs `OPENRANK` and `RETRIEVED`, with the month in which the event stream broke."""
    broken_from = first_broken_month(seeds.completeness.stream_eras)
    return panel_of(project_ids, openrank, retrieved, broken_from)


def certainty_of(seeds: Seeds) -> Certainty:
    """The level of the nowcast's intervals, and the probability that a verdict needs."""
    return Certainty(
        interval_level=seeds.completeness.nowcast.inner_level,
        least_probability=seeds.threshold("verdict_probability"),
    )
