"""Jobs: runs that a person or a schedule starts."""

from __future__ import annotations

import dagster as dg

build_landscape = dg.define_asset_job(
    "build_landscape",
    selection=dg.AssetSelection.all(),
    # The steps share one writer, so processes of their own would only wait for each other.
    executor_def=dg.in_process_executor,
    description="From the upstreams of the profile to the published file.",
)
