"""The last asset: the file that readers open."""

from __future__ import annotations

import dagster as dg

from pipelines.defs.resources import WRITER_POOL, LandscapeResource
from pipelines.defs.tables import when_inputs_change
from pipelines.publish import publish_if_changed
from pipelines.tables.contracts import PUBLISHED


@dg.asset(
    group_name="publication",
    deps=list(PUBLISHED),
    automation_condition=when_inputs_change,
    pool=WRITER_POOL,
)
def published_landscape(landscape: dg.ResourceParam[LandscapeResource]) -> dg.MaterializeResult[None]:
    """The checked tables in one file, renamed into place, with a Parquet export beside it."""
    with landscape.building("published_landscape") as connection:
        publication = publish_if_changed(connection, landscape.settings.public_dir)
    return dg.MaterializeResult(
        metadata={
            "snapshot_id": publication.snapshot_id,
            "is_new": publication.is_new,
            "path": dg.MetadataValue.path(publication.path),
        }
    )
