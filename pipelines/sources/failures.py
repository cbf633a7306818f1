"""Why an upstream gave no usable answer, in words a person can act on.

Belongs here: the errors of this room and the translation of the HTTP library's exceptions. Must not: deciding which
requests to retry; `http` does.
"""

from __future__ import annotations

import re
from http.client import RemoteDisconnected
from typing import TYPE_CHECKING

import requests
from urllib3 import exceptions as transport

from pipelines.floor.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.sources.answer import Answer

_REFUSALS = {401, 403, 407, 451}
_NO_NETWORK_HINT = "check the connection and try again later; LANDSCAPE_PROFILE=sample needs no network"
_NAME_HINT = (
    "check the connection and the spelling of its LANDSCAPE_…_URL; LANDSCAPE_PROFILE=sample needs no network"
)
_PROXY_HINT = "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY; LANDSCAPE_PROFILE=sample needs no network"
_CERTIFICATE_HINT = "check the clock of this machine and, behind an inspecting proxy, set REQUESTS_CA_BUNDLE"
_ADDRESS_HINT = "open this address in a browser; if the upstream has moved, set its LANDSCAPE_…_URL"
_LATER_HINT = "wait and run the same command again: what was stored so far is kept"
_PAGE_HINT = "sign in to the network or bypass its proxy (NO_PROXY), then run the same command again"

# Exceptions of the transport, most specific first: one failure nests several of these.
_WORDS: tuple[tuple[type[BaseException], str, str], ...] = (
    (requests.exceptions.ProxyError, "the proxy cannot be reached or refuses", _PROXY_HINT),
    (requests.exceptions.SSLError, "its certificate is not accepted", _CERTIFICATE_HINT),
    (transport.NameResolutionError, "the name of the host is not known (DNS)", _NAME_HINT),
    (ConnectionRefusedError, "the host refuses the connection", _NO_NETWORK_HINT),
    (transport.NewConnectionError, "there is no way to the host", _NO_NETWORK_HINT),
    (transport.ConnectTimeoutError, "no connection came about in time", _NO_NETWORK_HINT),
    (requests.exceptions.ReadTimeout, "it fell silent (read time-out)", _NO_NETWORK_HINT),
    (transport.ReadTimeoutError, "it fell silent (read time-out)", _NO_NETWORK_HINT),
    (RemoteDisconnected, "the connection was closed before an answer", _NO_NETWORK_HINT),
    (ConnectionResetError, "the connection was reset", _NO_NETWORK_HINT),
    (transport.IncompleteRead, "the answer breaks off", _NO_NETWORK_HINT),
    (requests.exceptions.ChunkedEncodingError, "the answer breaks off", _NO_NETWORK_HINT),
    (requests.exceptions.ContentDecodingError, "the compression of the answer is damaged", _NO_NETWORK_HINT),
    (requests.exceptions.TooManyRedirects, "it redirects in circles", _ADDRESS_HINT),
)
_PAGE_START = re.compile(rb"\s*<(!doctype|html|head|body)\b", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^>]*>([^<]{1,80})", re.IGNORECASE)


class UpstreamUnreachableError(SourceError):
    """No usable answer came: no network, no host, a proxy, silence, a broken connection, a server error."""


class UpstreamTroubleError(UpstreamUnreachableError):
    """The upstream answered every attempt with a failure: a server error, or a query that took too long."""


class RateLimitedError(SourceError):
    """The upstream asks for fewer requests, and for a longer wait than a run should sit through."""


class NotAuthorizedError(SourceError):
    """The upstream refuses: no token, an expired token, or one without the right."""


class UnexpectedAnswerError(SourceError):
    """The upstream sent another answer than the requested one: a web page, another status, or far too many bytes."""


def unreachable(
    error: Exception, url: str, attempts: int, *, has_answered: bool = False
) -> UpstreamUnreachableError:
    """The error for an upstream that gave no usable answer in `attempts` attempts.

    `has_answered` says that it is there and in trouble.
    """
    causes = list(_causes(error))
    words, hint = next(
        ((words, hint) for kind, words, hint in _WORDS if any(isinstance(cause, kind) for cause in causes)),
        (str(error), _NO_NETWORK_HINT),
    )
    kind = UpstreamTroubleError if has_answered else UpstreamUnreachableError
    tried = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    return kind(f"no usable answer from the upstream in {tried}: {words}", where=url, hint=hint)


def rate_limited(words: str, url: str, wait_seconds: float | None) -> RateLimitedError:
    """The error for an upstream that asks for a later request, in `wait_seconds` if it names a wait."""
    wait = "" if wait_seconds is None else f"; it wants to be left alone for {wait_seconds:.0f} s"
    return RateLimitedError(f"too many requests for the upstream: {words}{wait}", where=url, hint=_LATER_HINT)


def unexpected_status(answer: Answer | requests.Response) -> SourceError:
    """The error for a status that the upstream's client does not handle."""
    kind = NotAuthorizedError if answer.status_code in _REFUSALS else UnexpectedAnswerError
    return kind(
        f"the upstream answered with status {answer.status_code} {answer.reason or ''}".rstrip(),
        where=answer.url,
        hint=_ADDRESS_HINT,
    )


def too_large(size: str, limit_bytes: int, url: str) -> UnexpectedAnswerError:
    """The error for an answer that is larger than anything this upstream has reason to send."""
    return UnexpectedAnswerError(
        f"the answer is too large: {size}, where at most {limit_bytes:,} bytes are expected",
        where=url,
        hint=_ADDRESS_HINT,
    )


def is_web_page(content_type: str, start: bytes) -> bool:
    """Whether an answer is a page for people, such as the sign-in page of a network.

    Parameters
    ----------
    content_type
        Header of the answer; may be empty.
    start
        First bytes of its body.
    """
    says_so = content_type.lower().startswith("text/html") and start.lstrip().startswith(b"<")
    return says_so or _PAGE_START.match(start) is not None


def web_page(body: bytes, url: str) -> UnexpectedAnswerError:
    """The error for a web page in place of data; its title shows who sent it."""
    title = _TITLE.search(body)
    named = f" titled {title[1].decode(errors='replace').strip()!r}" if title else ""
    return UnexpectedAnswerError(
        f"a web page{named} came in place of data: a proxy or sign-in page is in between",
        where=url,
        hint=_PAGE_HINT,
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and the exceptions inside it: the libraries nest them by argument, by attribute and by ``raise from``."""
    yield error
    for inner in (*error.args, getattr(error, "reason", None), error.__cause__):
        if isinstance(inner, BaseException):
            yield from _causes(inner)
