"""Which upstreams a run reads: the committed sample or the live hosts.

Belongs here: the one place that looks at the profile. Must not: requests; the clients make them and see only
`Upstreams`.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from requests.auth import HTTPBasicAuth

from pipelines.floor.folders import SAMPLE_SCHEME
from pipelines.floor.redaction import keep_secret
from pipelines.floor.settings import DataProfile
from pipelines.sources import registry
from pipelines.sources.sample import SampleAdapter
from pipelines.sources.session import open_session

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pydantic import SecretStr

    from pipelines.floor.settings import Settings
    from pipelines.sources.session import Politeness, PoliteSession
    from pipelines.sources.source import Address


@dataclass(frozen=True, slots=True)
class Upstreams:
    """Where each client asks, and when the answers count as retrieved.

    Attributes
    ----------
    session
        The run's only session.
    urls
        Base address of each declared `Address`, by its name, without user, password and final slash.
    series_extent_url
        The table of months that were retrieved for each OpenDigger series, or None where a series is pulled
        whole and its extent follows from the pull itself.
    reference_url
        Base address of the reference tables. No upstream serves them, so it is the sample in every profile.
    retrieved_at
        Time of retrieval in UTC, stored with each fact.
    tokens
        Secret of each declared `Token`, by its name; each signs requests to its own upstream and nothing else.
    """

    session: PoliteSession
    urls: Mapping[str, str]
    series_extent_url: str | None
    reference_url: str
    retrieved_at: datetime
    tokens: Mapping[str, SecretStr] = field(default_factory=dict, repr=False)


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
    is_live = settings.data_profile is DataProfile.LIVE
    addresses = [address for source in registry.SOURCES for address in source.addresses]
    session = open_session({SAMPLE_SCHEME: sample}, uses_environment=is_live, politeness=politeness)
    if not is_live:
        return Upstreams(
            session=session,
            urls={address.name: f"{SAMPLE_SCHEME}{address.name}" for address in addresses},
            series_extent_url=f"{SAMPLE_SCHEME}opendigger/series_extent.csv",
            reference_url=f"{SAMPLE_SCHEME}reference",
            retrieved_at=sample.facts.retrieved_at,
        )
    return Upstreams(
        session=session,
        urls={address.name: _signed_in(session, settings, address) for address in addresses},
        series_extent_url=None,
        reference_url=f"{SAMPLE_SCHEME}reference",
        retrieved_at=now,
        tokens=settings.tokens,
    )


def _signed_in(session: PoliteSession, settings: Settings, address: Address) -> str:
    """The URL of `address` without user and password, which the session sends in a header instead.

    No client ever sees them, so that no message, log line or table can hold them.
    """
    secret = settings.urls.get(address.name)
    parts = urlsplit(address.default if secret is None else secret.get_secret_value())
    userinfo, has_userinfo, host = parts.netloc.rpartition("@")
    url = parts._replace(netloc=host).geturl()
    if has_userinfo:
        user, _, password = userinfo.partition(":")
        signed = f"{unquote(user)}:{unquote(password)}"
        keep_secret(b64encode(signed.encode()).decode())
        session.credentials[url] = HTTPBasicAuth(unquote(user).encode(), unquote(password).encode())
    return url
