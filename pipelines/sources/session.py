"""The one session of a run: its patience, and the hosts it signs requests to.

Belongs here: time-outs, waits, redirects, credentials. Must not: a request; `http` makes them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from stamina.instrumentation import set_on_retry_hooks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from requests.adapters import BaseAdapter
    from stamina.instrumentation import RetryDetails

_LOG = logging.getLogger(__name__)
_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Politeness:
    """How long this project waits for an upstream, and how often it asks again; seconds throughout.

    Attributes
    ----------
    connect_seconds, read_seconds
        Longest silence before a connection, and between two bytes of an answer.
    attempts
        Most requests for one thing. Their total time has no limit: an hour file may take minutes to arrive
        and still deserves its second attempt.
    wait_initial_seconds, wait_max_seconds, wait_jitter_seconds
        Wait before the second attempt, doubled before each later one up to the longest; a random part of the
        jitter is added so that parallel requests do not come back together.
    retry_after_max_seconds
        Longest wait an upstream may ask for (``Retry-After``) before the run gives up and says so.
    """

    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    attempts: int = 4
    wait_initial_seconds: float = 0.5
    wait_max_seconds: float = 20.0
    wait_jitter_seconds: float = 1.0
    retry_after_max_seconds: float = 120.0


class PoliteSession(requests.Session):
    """A session with its patience and its signatures; from `open_session`.

    Attributes
    ----------
    credentials
        The signature of requests below a base URL; nothing else signs them, not even ``.netrc``.
    """

    politeness: Politeness
    credentials: dict[str, AuthBase]

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Keep the signature where a redirect stays with its host, and drop it elsewhere."""
        url = str(prepared_request.url)
        if self.should_strip_auth(str(response.request.url), url):  # type: ignore[no-untyped-call]
            prepared_request.headers.pop("Authorization", None)

    def credentials_for(self, url: str) -> AuthBase:
        """The signature of a request for `url`."""
        below = (auth for base, auth in self.credentials.items() if url.startswith(base))
        return next(below, _UNSIGNED)


class _Unsigned(AuthBase):
    """Leaves a request unsigned: without it, requests would sign with an entry of ``.netrc``."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


_UNSIGNED = _Unsigned()


def open_session(
    adapters: Mapping[str, BaseAdapter], *, uses_environment: bool, politeness: Politeness | None = None
) -> PoliteSession:
    """The one session of a run.

    Parameters
    ----------
    adapters
        URL prefix → adapter that answers it, in addition to ``http://`` and ``https://``.
    uses_environment
        Whether requests looks for proxies and certificates where the operating system's user set them up.
    politeness
        How patient the session is; the defaults of `Politeness` when None.

    Returns
    -------
    PoliteSession
        May be shared by threads: this project stores no cookies and changes no header after this point.
    """
    set_on_retry_hooks([_log_retry])  # stamina's own choice, structlog where installed, prints to stdout
    session = PoliteSession()
    session.politeness = politeness or Politeness()
    session.credentials = {}
    session.trust_env = uses_environment
    session.max_redirects = _REDIRECTS
    session.headers["User-Agent"] = f"oss-landscape/{version('oss-landscape')}"
    for prefix, adapter in adapters.items():
        session.mount(prefix, adapter)
    return session


def _log_retry(details: RetryDetails) -> None:
    """Log a retry to stderr; an error's text holds addresses, never a header."""
    _LOG.warning(
        "attempt %d failed (%s); the next one in %.1f s",
        details.retry_num,
        _in_short(details.caused_by),
        details.wait_for,
    )


def _in_short(cause: BaseException) -> str:
    """Host and innermost cause, without the objects and the address that urllib3 writes around it."""
    reason = cause.args[0] if isinstance(cause, requests.ConnectionError) and cause.args else cause
    text = str(getattr(reason, "reason", None) or reason)
    short = text.partition("): ")[2] or text
    request = getattr(cause, "request", None)
    host = urlsplit(request.url).hostname if request is not None and request.url else None
    return f"{host}: {short}" if host else short
