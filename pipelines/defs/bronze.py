"""Bronze assets of the sample: one for each part of bronze, fetched as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from pipelines.defs.resources import WRITER_POOL, LandscapeResource
from pipelines.fetching import BRONZE_STEPS

if TYPE_CHECKING:
    from pipelines.fetching import BronzeStep


def whole_asset(step: BronzeStep) -> dg.AssetsDefinition:
    """The asset that runs `step` and shows its evidence."""

    @dg.asset(name=step.name, group_name="bronze", description=step.run.__doc__, pool=WRITER_POOL)
    def fetched(landscape: dg.ResourceParam[LandscapeResource]) -> dg.MaterializeResult[None]:
        with landscape.writing(step.name):
            evidence = step.run(landscape.prepare(), lambda _done, _total: None)
        return dg.MaterializeResult(metadata=dict(evidence))

    return fetched


sample_assets = [whole_asset(step) for step in BRONZE_STEPS]
