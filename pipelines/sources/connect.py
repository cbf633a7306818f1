"""Which upstreams a run reads: the committed sample or the live hosts.

Belongs here: the one place that looks at the profile. Must not: requests; the clients make them and see only
`Upstreams`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.settings import Profile
from pipelines.sources.http import open_session
from pipelines.sources.sample import SampleAdapter

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import SecretStr

    from pipelines.settings import Settings
    from pipelines.sources.http import Politeness, PoliteSession

_SAMPLE = "sample://"


@dataclass(frozen=True, slots=True)
class Upstreams:
    """Where each client asks, and when the answers count as retrieved.

    Attributes
    ----------
    session
        The run's only session.
    gharchive_url, opendigger_url, github_api_url
        Base addresses without a final slash.
    series_extent_url
        The table of months that were retrieved for each OpenDigger series, or None where a series is pulled
        whole and its extent follows from the pull itself.
    reference_url
        Base address of the reference tables. No upstream serves them, so it is the sample in every profile.
    retrieved_at
        Time of retrieval in UTC, stored with each fact.
    github_token
        Signs requests to the GitHub API, and nothing else; None asks without one.
    """

    session: PoliteSession
    gharchive_url: str
    opendigger_url: str
    github_api_url: str
    series_extent_url: str | None
    reference_url: str
    retrieved_at: datetime
    github_token: SecretStr | None = field(default=None, repr=False)


def connect(settings: Settings, now: datetime, politeness: Politeness | None = None) -> Upstreams:
    """Choose the upstreams of a run; nothing is asked of a host yet.

    Parameters
    ----------
    settings
        Profile, addresses and the sample's place.
    now
        Time of retrieval of a live run, with a time zone. The sample carries its own.
    politeness
        How patient the run is with its upstreams; the defaults of `Politeness` when None.

    Raises
    ------
    SourceError
        If the sample is missing or damaged.
    """
    sample = SampleAdapter(settings.sample_archive)
    is_live = settings.profile is Profile.LIVE
    session = open_session({_SAMPLE: sample}, uses_environment=is_live, politeness=politeness)
    if not is_live:
        return Upstreams(
            session=session,
            gharchive_url=f"{_SAMPLE}gharchive",
            opendigger_url=f"{_SAMPLE}opendigger",
            github_api_url=f"{_SAMPLE}github_api",
            series_extent_url=f"{_SAMPLE}opendigger/series_extent.csv",
            reference_url=f"{_SAMPLE}reference",
            retrieved_at=sample.facts.retrieved_at,
        )
    return Upstreams(
        session=session,
        gharchive_url=settings.gharchive_url,
        opendigger_url=settings.opendigger_url,
        github_api_url=settings.github_api_url,
        series_extent_url=None,
        reference_url=f"{_SAMPLE}reference",
        retrieved_at=now,
        github_token=settings.github_token,
    )
