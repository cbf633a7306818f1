"""What the steps of one build share: settings, seeds, upstreams, and the day it looks from.

Belongs here: the choice between sample and live. Must not: a step; those are in ``sources`` and ``tables``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.floor.folders import require_profile
from pipelines.floor.periods import Hour, Month, hours_between, last_complete_month
from pipelines.floor.settings import DataProfile, Settings
from pipelines.seeds import Seeds, load_seeds
from pipelines.sources.connect import Upstreams, connect
from pipelines.sources.sample import SampleAdapter

if TYPE_CHECKING:
    from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Scope:
    """What a build covers: the day it looks from, the month it opens on, the archive hours it holds."""

    as_of: date
    as_of_month: Month
    hours: tuple[Hour, ...]


@dataclass(frozen=True, slots=True)
class Build:
    """Everything the steps of one build share; nothing in it changes."""

    settings: Settings
    seeds: Seeds
    upstreams: Upstreams
    scope: Scope


def prepare(settings: Settings, now: datetime) -> Build:
    """Read the seeds and choose the upstreams.

    Parameters
    ----------
    settings
        Profile, folders and addresses.
    now
        The time of day, read once at the entry point.

    Raises
    ------
    DataProfileError
        If the data folder belongs to the other data profile.
    SeedsError, SourceError
        If the seeds or the sample cannot be read.
    """
    require_profile(settings)
    return Build(settings, load_seeds(settings.seeds_dir), connect(settings, now), _scope(settings, now))


def _scope(settings: Settings, now: datetime) -> Scope:
    if settings.data_profile is DataProfile.SAMPLE:
        sample = SampleAdapter(settings.sample_archive).facts
        return Scope(
            sample.as_of, sample.as_of_month, tuple(hours_between(sample.first_hour, sample.last_hour))
        )
    return Scope(now.date(), last_complete_month(now), ())
