"""How this project asks over HTTP: the one place where a request is tried again.

Belongs here: retries, bounds on waiting and sizes, conditional requests. Must not: the meaning of a status to one
upstream; its client knows.
"""

from __future__ import annotations

from email.utils import mktime_tz, parsedate_tz
from typing import TYPE_CHECKING, TypeVar

import requests
import stamina

from pipelines.sources.answer import Answer
from pipelines.sources.failures import is_web_page, rate_limited, too_large, unreachable, web_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from requests.auth import AuthBase

    from pipelines.sources.answer import Earlier, Headers
    from pipelines.sources.session import PoliteSession

Result = TypeVar("Result")
TABLE_BYTES = 64 << 20
"""Most bytes of a table or list that is held in memory whole."""

_CHUNK_BYTES = 1 << 16
_OK, _NOT_MODIFIED, _TOO_MANY_REQUESTS = 200, 304, 429
_SERVER_ERRORS = range(500, 600)


class TryLaterError(Exception):
    """The upstream answered that it cannot answer now.

    Parameters
    ----------
    words
        What it said.
    after_seconds
        The wait it asks for; None if it names none.
    is_rate_limit
        Whether it asks for fewer requests, rather than being in trouble itself.
    """

    def __init__(
        self, words: str, *, after_seconds: float | None = None, is_rate_limit: bool = False
    ) -> None:
        super().__init__(words)
        self.after_seconds = after_seconds
        self.is_rate_limit = is_rate_limit


def get(
    session: PoliteSession,
    url: str,
    *,
    limit_bytes: int = TABLE_BYTES,
    earlier: Earlier | None = None,
) -> Answer:
    """Ask for data at `url` and hold the whole answer in memory.

    Parameters
    ----------
    session
        From `open_session`.
    url
        What to ask for.
    limit_bytes
        Most bytes the answer may have, declared or sent, after decompression.
    earlier
        Makes the request conditional; a status of 304 then says that its content still holds.

    Returns
    -------
    Answer
        Of any status but 429 and 5xx; the client interprets it.

    Raises
    ------
    UpstreamUnreachableError
        If no answer came in several attempts.
    RateLimitedError
        If the upstream asks for a longer wait than the session is willing to sit through.
    UnexpectedAnswerError
        If the answer is too large, or a web page with status 200.
    """

    def read(response: requests.Response) -> Answer:
        return without_page(in_memory(response, limit_bytes))

    return exchange(session, url, read, earlier=earlier)


def exchange(
    session: PoliteSession,
    url: str,
    read: Callable[[requests.Response], Result],
    *,
    headers: Callable[[], Headers] = dict,
    earlier: Earlier | None = None,
    json: object = None,
    auth: AuthBase | None = None,
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
        Takes the answer, whose body has not been read yet; called once an attempt. A `TryLaterError` that it
        raises counts as the upstream's word that it cannot answer now.
    headers
        Called before each attempt; sent with the session's own.
    earlier
        Makes the request conditional.
    json
        Posted as the body; without it the request is a GET.
    auth
        Signs the request in the place of the session's credentials.

    Raises
    ------
    UpstreamUnreachableError, RateLimitedError
        As `get`.
    """
    politeness = session.politeness
    attempts = 0

    def ask(conditions: Headers) -> requests.Response:
        return session.request(
            "GET" if json is None else "POST",
            url,
            headers={**headers(), **conditions},
            json=json,
            auth=auth or session.credentials_for(url),
            timeout=(politeness.connect_seconds, politeness.read_seconds),
            stream=True,
        )

    def attempt() -> Result:
        nonlocal attempts
        attempts += 1
        with ask(earlier.conditions if earlier else {}) as response:
            if response.status_code != _NOT_MODIFIED or earlier is None or earlier.is_held:
                return read(_able(response))
        with ask({}) as response:
            return read(_able(response))

    def wait(error: Exception) -> bool | float:
        if isinstance(error, TryLaterError) and error.after_seconds is not None:
            within = error.after_seconds <= politeness.retry_after_max_seconds
            return error.after_seconds if within else False
        return _may_pass(error)

    retrying = stamina.RetryingCaller(
        attempts=politeness.attempts,
        timeout=None,
        wait_initial=politeness.wait_initial_seconds,
        wait_max=politeness.wait_max_seconds,
        wait_jitter=politeness.wait_jitter_seconds,
    )
    try:
        return retrying(wait, attempt)
    except TryLaterError as error:
        if error.is_rate_limit:
            raise rate_limited(str(error), url, error.after_seconds) from error
        raise unreachable(error, url, attempts, has_answered=True) from error
    except requests.RequestException as error:
        raise unreachable(error, url, attempts) from error


def in_memory(response: requests.Response, limit_bytes: int) -> Answer:
    """Read the whole body.

    Raises
    ------
    UnexpectedAnswerError
        If more than `limit_bytes` are declared or come.
    """
    content = b"".join(bounded(response, limit_bytes, _CHUNK_BYTES))
    return Answer(response.url, response.status_code, response.reason or "", response.headers, content)


def bounded(response: requests.Response, limit_bytes: int, chunk_bytes: int) -> Iterator[bytes]:
    """The body in chunks, never more than `limit_bytes` of it.

    Neither a wrong address nor a compression bomb fills a memory or a disk.

    Raises
    ------
    UnexpectedAnswerError
        If more than `limit_bytes` are declared, before any is read, or come.
    """
    declared = response.headers.get("Content-Length", "")
    if declared.isdecimal() and int(declared) > limit_bytes:
        raise too_large(f"it declares {int(declared):,} bytes", limit_bytes, response.url)
    size = 0
    for chunk in response.iter_content(chunk_bytes):
        size += len(chunk)
        if size > limit_bytes:
            raise too_large("more bytes keep coming", limit_bytes, response.url)
        yield chunk


def without_page(answer: Answer) -> Answer:
    """Hand on an answer that is not a web page with status 200.

    Raises
    ------
    UnexpectedAnswerError
        If it is one: then a proxy or a sign-in page answered in the upstream's place.
    """
    if answer.status_code == _OK and is_web_page(answer.headers.get("Content-Type", ""), answer.content):
        raise web_page(answer.content, answer.url)
    return answer


def requested_wait(headers: Headers) -> float | None:
    """Seconds that ``Retry-After`` asks for; None if it is absent or unreadable.

    A date counts from the upstream's own ``Date``: this machine's clock may be wrong, and is not asked.

    Examples
    --------
    >>> requested_wait({"Retry-After": "7"})
    7.0
    >>> requested_wait(
    ...     {"Retry-After": "Fri, 02 Jan 2026 00:01:00 GMT", "Date": "Fri, 02 Jan 2026 00:00:00 GMT"}
    ... )
    60.0
    """
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    until, said_at = epoch_seconds(text), epoch_seconds(headers.get("Date", ""))
    return None if until is None or said_at is None else max(0.0, until - said_at)


def epoch_seconds(http_date: str) -> float | None:
    """The moment a header names, in seconds since 1970; None if it names none."""
    parsed = parsedate_tz(http_date)
    try:
        return None if parsed is None else float(mktime_tz(parsed))
    except (ValueError, OverflowError):
        return None


def _able(response: requests.Response) -> requests.Response:
    """Hand on an answer of an upstream that is able to answer now."""
    is_rate_limit = response.status_code == _TOO_MANY_REQUESTS
    if is_rate_limit or response.status_code in _SERVER_ERRORS:
        raise TryLaterError(
            f"status {response.status_code} {response.reason or ''}".rstrip(),
            after_seconds=requested_wait(response.headers),
            is_rate_limit=is_rate_limit,
        )
    return response


def _may_pass(error: Exception) -> bool:
    """Whether the same request can succeed a little later."""
    if isinstance(error, requests.exceptions.SSLError):
        return False
    return isinstance(
        error,
        TryLaterError
        | requests.ConnectionError
        | requests.Timeout
        | requests.exceptions.ChunkedEncodingError
        | requests.exceptions.ContentDecodingError,
    )
