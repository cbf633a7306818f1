"""``landscape status``: what is fresh, missing and quarantined, and who is writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.cli.console import Column, print_table, say
from pipelines.floor.folders import unpublished_hint
from pipelines.floor.settings import load_settings
from pipelines.sources import registry
from pipelines.status import read_status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipelines.floor.settings import Settings
    from pipelines.sources.source import SourceState
    from pipelines.status import Status


def status() -> None:
    """Say what is fresh, missing and quarantined, and who is writing. Never opens the build file.

    Example: landscape status
    """
    settings = load_settings()
    _print_status(read_status(settings), settings)


def _print_status(state: Status, settings: Settings) -> None:
    if state.writer:
        say(f"Being written by {state.writer}")
    if state.published:
        published = state.published
        say(
            f"Published: snapshot {published.snapshot_id}, as of {published.as_of}, {published.data_profile} data,"
            f" written {published.written_at:%Y-%m-%d %H:%M} UTC\n           {published.path}"
        )
        if published.completeness:
            say(f"Complete:  {published.completeness}")
        if published.acceptance:
            say(f"Accepted:  {published.acceptance}")
    elif not state.problem:
        say(f"Published: nothing yet; {unpublished_hint(settings.public_dir)}")
    if state.problem:
        say(f"Problem:   {state.problem}")
    print_table(
        [
            Column("source"),
            Column("asked"),
            *(Column(name, is_number=True) for name in ("loaded", "missing", "quarantined", "rows")),
        ],
        [
            (
                name,
                f"{source.fresh_as_of:%Y-%m-%d %H:%M}" if source.fresh_as_of else "never fetched",
                *(
                    "" if count is None else f"{count:,}"
                    for count in (source.loaded, source.missing, source.quarantined, source.rows)
                ),
            )
            for name, source in _with_parts(state.sources)
        ],
        title="Sources in bronze; times in UTC",
    )
    for line in _without_news(state.sources):
        say(f"no news: {line}")
    for name, lines in state.absent.items():
        for line in lines:
            say(f"unknown: {name}: {line}")
    for line in state.lost_events:
        say(f"unknown: events: {line}")
    for line in state.quarantined:
        say(f"quarantined: {line}")


def _without_news(sources: Mapping[str, SourceState]) -> Iterator[str]:
    """Sources whose newest answers brought no data, with the time of the newest data that are held."""
    asking = {source.name for source in registry.SOURCES if source.addresses}
    for name, source in sources.items():
        if name not in asking or source.fresh_as_of is None or source.held_at == source.fresh_as_of:
            continue
        newest = (
            f"the newest data are of {source.held_at:%Y-%m-%d %H:%M}"
            if source.held_at
            else "no data are held"
        )
        yield f"{name}: asked {source.fresh_as_of:%Y-%m-%d %H:%M}; {newest}"


def _with_parts(sources: Mapping[str, SourceState]) -> Iterator[tuple[str, SourceState]]:
    """Each source, and below it its parts where there are several."""
    for name, source in sources.items():
        yield name, source
        if len(source.parts) > 1:
            yield from ((f"  {part}", state) for part, state in source.parts.items())
