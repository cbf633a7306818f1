"""How this project asks over HTTP: one session, one place where a request is tried again.

Belongs here: time-outs, retries, and the words for an upstream that does not answer. Must not: what a status
means to one upstream; its client knows.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, TypeVar

import requests
import stamina

from pipelines.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from requests.adapters import BaseAdapter

Result = TypeVar("Result")

TIMEOUT_SECONDS = (10.0, 60.0)
"""To connect, and between two bytes of an answer."""

# No limit on the total: an hour file may take minutes to arrive and still deserves its second attempt.
_RETRYING = stamina.RetryingCaller(attempts=4, timeout=None, wait_initial=0.5, wait_max=20.0)
_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = range(500, 600)


class _TryLaterError(Exception):
    """The upstream answered that it cannot answer now."""


def open_session(adapters: Mapping[str, BaseAdapter], *, uses_environment: bool) -> requests.Session:
    """The one session of a run.

    Parameters
    ----------
    adapters
        URL prefix → adapter that answers it, beside ``http://`` and ``https://``.
    uses_environment
        Whether requests looks for proxies, certificates and ``.netrc`` where the operating system's user set
        them up, as it does on each request unless told otherwise.

    Returns
    -------
    requests.Session
        May be shared by threads: this project stores no cookies and changes no header after this point.
    """
    session = requests.Session()
    session.trust_env = uses_environment
    session.headers["User-Agent"] = f"oss-landscape/{version('oss-landscape')}"
    for prefix, adapter in adapters.items():
        session.mount(prefix, adapter)
    return session


def get(
    session: requests.Session, url: str, *, headers: Mapping[str, str] | None = None
) -> requests.Response:
    """Ask for `url` and hold the whole answer in memory.

    Returns
    -------
    requests.Response
        Of any status but 429 and 5xx; what it means is for the client to say.

    Raises
    ------
    SourceError
        If no answer came in several attempts.
    """
    return exchange(session, url, _in_memory, headers=headers)


def exchange(
    session: requests.Session,
    url: str,
    read: Callable[[requests.Response], Result],
    *,
    headers: Mapping[str, str] | None = None,
) -> Result:
    """Ask for `url` and let `read` take the answer, as one unit that is tried again as a whole.

    A connection can break in the middle of a body as well as before it, so reading belongs to the attempt.

    Parameters
    ----------
    session
        From `open_session`.
    url
        What to ask for.
    read
        Takes the answer, whose body has not been read yet; called once an attempt.
    headers
        Sent beside the session's own.

    Raises
    ------
    SourceError
        If no answer came in several attempts.
    """

    def attempt() -> Result:
        with session.get(url, headers=headers, timeout=TIMEOUT_SECONDS, stream=True) as response:
            if response.status_code == _TOO_MANY_REQUESTS or response.status_code in _SERVER_ERRORS:
                raise _TryLaterError(f"status {response.status_code} {response.reason or ''}".rstrip())
            return read(response)

    try:
        return _RETRYING(_may_pass, attempt)
    except (requests.RequestException, _TryLaterError) as error:
        raise SourceError(
            f"no usable answer from the upstream: {error}",
            where=url,
            hint="check the connection and try again later; LANDSCAPE_PROFILE=sample needs no network",
        ) from error


def unexpected_status(response: requests.Response) -> SourceError:
    """The error for a status that the client of an upstream has no meaning for."""
    return SourceError(
        f"the upstream answered with status {response.status_code} {response.reason or ''}".rstrip(),
        where=response.url,
        hint="open this address in a browser; if the upstream has moved, set its LANDSCAPE_…_URL",
    )


def _in_memory(response: requests.Response) -> requests.Response:
    _ = response.content  # reads the body now, while a broken connection still counts as this attempt
    return response


def _may_pass(error: Exception) -> bool:
    """Whether the same request can succeed a little later."""
    if isinstance(error, requests.exceptions.SSLError):
        return False
    return isinstance(
        error,
        _TryLaterError
        | requests.ConnectionError
        | requests.Timeout
        | requests.exceptions.ChunkedEncodingError
        | requests.exceptions.ContentDecodingError,
    )
