"""GitHub over REST: one repository or README at a time, and the limits and rights in every answer.

Belongs here: addresses, statuses, rate limits, the signature. Must not: batches, or what happens after a failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from requests.auth import AuthBase

from pipelines.floor.redaction import redacted
from pipelines.sources.failures import NotAuthorizedError, UnexpectedAnswerError, unexpected_status
from pipelines.sources.github.answers import (
    ReadmeAnswer,
    RepositoryAnswer,
    WantedRepository,
    decode_message,
    decode_repository,
)
from pipelines.sources.http import (
    TryLaterError,
    epoch_seconds,
    exchange,
    in_memory,
    requested_wait,
    without_page,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests
    from pydantic import SecretStr

    from pipelines.sources.answer import Answer, Earlier
    from pipelines.sources.connect import Upstreams

README_CHARACTERS = 20_000
"""Length a README is cut to: the classifier reads its beginning, and some are books."""

TOKEN_NAME = "github"  # noqa: S105 - a name
"""Name of the token in `Upstreams.tokens`."""

ANSWER_BYTES = 16 << 20
"""Most bytes of an answer."""

_EXCERPT_LENGTH = 200
_OK, _NOT_MODIFIED, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _BLOCKED = 200, 304, 401, 403, 404, 451
_SECONDARY_WAIT_SECONDS = 60.0  # what GitHub's documentation asks for where an answer names no wait
_ACCEPT = "application/vnd.github+json"
_ACCEPT_RAW = "application/vnd.github.raw+json"
_TOKEN_HINT = "check LANDSCAPE_GITHUB_TOKEN: valid, not expired, with read access to public repositories"  # noqa: S105
_SHAPE_HINT = "try again later; if it stays, the API has changed and this version cannot read it"


class _Signature(AuthBase):
    """Signs a request with the token."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        return request


def signature(upstreams: Upstreams) -> AuthBase | None:
    """What signs a request; None without a token."""
    token = upstreams.tokens.get(TOKEN_NAME)
    return None if token is None else _Signature(token)


def fetch_repository(
    upstreams: Upstreams, wanted: WantedRepository, earlier: Earlier | None = None
) -> RepositoryAnswer:
    """Ask for one repository: by its number if known, which finds it after any rename.

    Parameters
    ----------
    upstreams
        Where to ask.
    wanted
        What to ask for.
    earlier
        The answer that is already held, if any: then the repository is only sent if anything of it changed.

    Raises
    ------
    RateLimitedError
        When GitHub's limit is used up.
    NotAuthorizedError
        If GitHub refuses the token, or the token lacks a right.
    SourceError
        If GitHub does not answer, or answers with something else.
    """
    answer = ask(upstreams, _path(wanted), earlier=earlier)
    if answer.status_code == _NOT_MODIFIED and earlier is not None:
        return RepositoryAnswer(wanted, "unchanged")
    if answer.status_code == _NOT_FOUND:
        return RepositoryAnswer(wanted, "gone", detail="GitHub has no such repository (404)")
    if answer.status_code in {_BLOCKED, _FORBIDDEN}:
        return RepositoryAnswer(
            wanted,
            "blocked",
            detail=f"access is blocked ({answer.status_code}): {excerpt(decode_message(answer.content))}",
        )
    if answer.status_code != _OK:
        raise unexpected_status(answer)
    try:
        found = decode_repository(answer.content)
    except ValueError as error:
        raise another_shape(error, answer.url) from error
    if wanted.repo_id not in {None, found.repo_id}:
        raise UnexpectedAnswerError(
            f"GitHub answered with another repository: {found.repo_id}, {excerpt(found.repo_full_name)}",
            where=answer.url,
            hint=_SHAPE_HINT,
        )
    return RepositoryAnswer(wanted, "found", found, answer.headers.get("ETag"))


def fetch_readme(
    upstreams: Upstreams, wanted: WantedRepository, earlier: Earlier | None = None
) -> ReadmeAnswer:
    """Ask for the README of a repository, cut to `README_CHARACTERS`.

    Asks by number if known: the name may belong to another repository by now.

    Raises
    ------
    SourceError
        As `fetch_repository`.
    """
    name = wanted.repo_full_name
    answer = ask(upstreams, f"{_path(wanted)}/readme", accept=_ACCEPT_RAW, earlier=earlier)
    if answer.status_code == _NOT_MODIFIED and earlier is not None:
        return ReadmeAnswer(name, "unchanged")
    if answer.status_code in {_NOT_FOUND, _BLOCKED, _FORBIDDEN}:
        return ReadmeAnswer(name, "absent")
    if answer.status_code != _OK:
        raise unexpected_status(answer)
    return ReadmeAnswer(
        name,
        "found",
        answer.content.decode(errors="replace").replace("\0", "")[:README_CHARACTERS],
        answer.headers.get("ETag"),
        answer.headers.get("Last-Modified"),
    )


def _path(wanted: WantedRepository) -> str:
    """The address by number if known, which finds a repository after any rename."""
    if wanted.repo_id is None:
        return f"/repos/{quote(wanted.repo_full_name)}"
    return f"/repositories/{wanted.repo_id}"


def ask(upstreams: Upstreams, path: str, *, accept: str = _ACCEPT, earlier: Earlier | None = None) -> Answer:
    """Ask for `path` below the address of the API, signed.

    Returns
    -------
    Answer
        Of any status but a server error, a rate limit or a refusal of the token.

    Raises
    ------
    SourceError
        As `fetch_repository`.
    """

    def read(response: requests.Response) -> Answer:
        answer = allowed(upstreams, in_memory(response, ANSWER_BYTES))
        # A README may well be written as a web page; only the header distinguishes it from a page of a proxy.
        is_readme = answer.headers.get("Content-Type", "").startswith(_ACCEPT_RAW)
        return answer if is_readme else without_page(answer)

    return exchange(
        upstreams.session,
        f"{upstreams.urls['github_api']}{path}",
        read,
        headers=lambda: {"Accept": accept},
        earlier=earlier,
        auth=signature(upstreams),
    )


def allowed(upstreams: Upstreams, answer: Answer) -> Answer:
    """Hand on an answer that is neither a rate limit nor a refusal of the token."""
    message = "" if answer.status_code == _OK else excerpt(decode_message(answer.content))
    if answer.status_code == _UNAUTHORIZED:
        raise refused(upstreams, answer.url, message)
    if answer.status_code != _FORBIDDEN:
        return answer
    wait = requested_wait(answer.headers)
    if answer.headers.get("X-RateLimit-Remaining") == "0" and wait is None:
        limit = answer.headers.get("X-RateLimit-Limit", "all")
        raise TryLaterError(
            f"GitHub's hourly limit is used up ({limit} requests)"
            + ("; LANDSCAPE_GITHUB_TOKEN raises it to 5000" if TOKEN_NAME not in upstreams.tokens else ""),
            after_seconds=seconds_until_reset(answer.headers),
            is_rate_limit=True,
        )
    if wait is not None or "secondary rate limit" in message.lower():
        raise TryLaterError(
            "GitHub's limit on bursts (secondary rate limit)",
            after_seconds=_SECONDARY_WAIT_SECONDS if wait is None else wait,
            is_rate_limit=True,
        )
    if "not accessible" in message or "SAML" in message or "scope" in message:
        raise refused(upstreams, answer.url, message)
    return answer


def seconds_until_reset(headers: Mapping[str, str]) -> float | None:
    """Seconds until the hourly limit resets, by GitHub's own clock."""
    reset, said_at = headers.get("X-RateLimit-Reset", ""), epoch_seconds(headers.get("Date", ""))
    return None if said_at is None or not reset.isdecimal() else max(0.0, float(reset) - said_at)


def refused(upstreams: Upstreams, url: str, message: str) -> NotAuthorizedError:
    """The error for a request that GitHub refuses for lack of rights."""
    who = "this request without a token" if TOKEN_NAME not in upstreams.tokens else "the token"
    return NotAuthorizedError(f"GitHub refuses {who}: {excerpt(message)}", where=url, hint=_TOKEN_HINT)


def excerpt(text: str) -> str:
    """`text`, shortened, without the token: an upstream may echo a request."""
    return redacted(text)[:_EXCERPT_LENGTH]


def another_shape(error: ValueError, url: str) -> UnexpectedAnswerError:
    """The error for an answer whose fields are not those of the API."""
    return UnexpectedAnswerError(f"GitHub's answer has another shape: {error}", where=url, hint=_SHAPE_HINT)
