"""The documentation of the sources, written from their declarations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.sources.source import Cadence, Source

_NOWHERE = Path("/nonexistent")


def sources_page(sources: Sequence[Source]) -> str:
    """``docs/sources.md``: each source's data, schedule and settings."""
    head = (
        "# Sources\n\nWritten by `landscape dictionary` from `pipelines/sources/registry.py`; do not edit.\n"
    )
    return "\n".join([head, *("\n".join(_paragraphs(source)) for source in sources)])


def _paragraphs(source: Source) -> Iterator[str]:
    yield f"## {source.label}\n\n{source.description}\n"
    if source.cadence is None:
        yield "A committed table: no host is asked.\n"
    else:
        yield f"{_times(source.cadence)}; overdue after {source.cadence.fresh_within_days} days.\n"
    views = ", ".join(f"`staging.{view.name}`" for view in source.staging(_NOWHERE))
    yield f"`{source.name}` in `landscape status`, `{source.asset}` in Dagster; fills {views}.\n"
    for address in source.addresses:
        yield f"- `{address.variable}` ({address.default}): {address.description}"
    if source.token is not None:
        left_out = " A refresh leaves the source out without it." if source.needs_token else ""
        yield f"- `{source.token.variable}`: {source.token.description}{left_out}"
    if source.addresses or source.token:
        yield ""


def _times(cadence: Cadence) -> str:
    every = f"on day {cadence.day_of_month} of each month" if cadence.partition == "month" else "every day"
    return f"Fetched {every} at {cadence.hour_of_day:02d}:00 UTC"
