"""Every source, in the order of a refresh: a source begins to exist with its line here.

Readers take `SOURCES` from this module when they need it, so that a test can register another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sources.gharchive import source as gharchive
from pipelines.sources.github import source as github
from pipelines.sources.github_counts import source as github_counts
from pipelines.sources.github_facts import source as github_facts
from pipelines.sources.github_stars import source as github_stars
from pipelines.sources.opendigger import source as opendigger
from pipelines.sources.reference import source as reference

if TYPE_CHECKING:
    from pipelines.floor.settings import Settings
    from pipelines.sources.source import Source

SOURCES: tuple[Source, ...] = (
    opendigger.SOURCE,
    gharchive.SOURCE,
    reference.OBSERVATIONS,
    reference.PUBLISHED_EDGES,
    reference.RECORDED_OPENRANK,
    reference.RECORDED_COUNTS,
    github.SOURCE,
    github_counts.SOURCE,
    github_stars.SOURCE,
    github_facts.SOURCE,
)


def variables() -> list[str]:
    """The environment variables that the sources declare."""
    addresses = [address.variable for source in SOURCES for address in source.addresses]
    tokens = [source.token.variable for source in SOURCES if source.token is not None]
    return list(dict.fromkeys(addresses + tokens))  # several sources ask the same host


def sources_of_sample() -> tuple[Source, ...]:
    """The sources that ``landscape build`` fetches: the sample answers each of them."""
    return tuple(source for source in SOURCES if source.is_in_sample)


def sources_of_refresh(settings: Settings) -> tuple[Source, ...]:
    """The sources that ``landscape refresh`` fetches: all but those whose token is not set."""
    return tuple(
        source
        for source in SOURCES
        if not source.needs_token or (source.token is not None and source.token.name in settings.tokens)
    )


def source_named(name: str) -> Source:
    """The source called `name`."""
    return next(source for source in SOURCES if source.name == name)
