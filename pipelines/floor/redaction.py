"""Secrets kept out of everything that is printed, logged or stored: the one place that knows how.

Belongs here: which texts are secret, and their removal. Must not: the purpose of a secret. `pipelines.floor.settings`
names each secret here as it reads it; errors, the command line's output and every log record pass through `redacted`.
"""

from __future__ import annotations

import logging
import re
from urllib.parse import quote, unquote

MARK = "…"

_SHORTEST = 4
"""Characters from which on a secret is looked for everywhere: a shorter one would mangle ordinary words."""

_USERINFO = re.compile(r"(?<=://)[^/\s'\"<>?#]*@")
_GITHUB_TOKEN = re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{8,}|github_pat_[A-Za-z0-9_]{8,})")
_secrets: set[str] = set()


def keep_secret(secret: str) -> None:
    """Remember a text that must never be seen, as it is and as a URL or a Python literal spells it."""
    spellings = {secret, quote(secret, safe=""), unquote(secret), repr(secret)[1:-1]}
    _secrets.update(spelling for spelling in spellings if len(spelling) >= _SHORTEST)


def redacted(text: str) -> str:
    """`text` without the secrets that were named, without user and password in URLs, without GitHub tokens.

    Examples
    --------
    >>> redacted("GET http://me:hunter2@mirror.example/a.json with ghp_0123456789abcdef")
    'GET http://…@mirror.example/a.json with …'
    """
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, MARK)
    return _GITHUB_TOKEN.sub(MARK, _USERINFO.sub(f"{MARK}@", text))


class _RedactedRecord(logging.LogRecord):
    """A log record whose message, arguments included, holds no secret."""

    def getMessage(self) -> str:  # noqa: N802 - the name is logging's
        return redacted(super().getMessage())


def redact_logs() -> None:
    """Let every log record of this process, those of libraries included, pass through `redacted`."""
    logging.setLogRecordFactory(_RedactedRecord)
