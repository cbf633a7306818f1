"""Everything an upstream can do wrong, done to the real clients by a server on loopback: each with its message."""

from __future__ import annotations

import dataclasses
import gzip
import logging
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest
from pydantic import SecretStr
from werkzeug import Request, Response

from pipelines.floor.periods import Hour
from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources import http
from pipelines.sources.connect import Upstreams, connect
from pipelines.sources.failures import (
    NotAuthorizedError,
    RateLimitedError,
    UnexpectedAnswerError,
    UpstreamTroubleError,
    UpstreamUnreachableError,
)
from pipelines.sources.gharchive import client as gharchive
from pipelines.sources.gharchive.client import fetch_hour
from pipelines.sources.github.answers import WantedRepository
from pipelines.sources.github.bronze import load_repositories
from pipelines.sources.github.client import fetch_repositories
from pipelines.sources.github.rest import fetch_repository
from pipelines.sources.http import get
from pipelines.sources.opendigger.client import fetch_series
from pipelines.sources.session import Politeness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_httpserver import HTTPServer

ATTEMPTS = 2
TOKEN = "ghp_thisMustNeverBeSeenAnywhere"  # noqa: S105
NOW = datetime(2026, 1, 20, tzinfo=UTC)
HOUR = Hour.parse("2025-04-30T07")
BODY = gzip.compress(bytes(range(256)) * 20, mtime=0) + bytes(4_000_000)
HURRIED = Politeness(
    connect_seconds=0.5,
    read_seconds=0.3,
    attempts=ATTEMPTS,
    wait_initial_seconds=0.01,
    wait_max_seconds=0.02,
    wait_jitter_seconds=0.01,
    retry_after_max_seconds=1.5,
)


@pytest.fixture
def live(httpserver: HTTPServer, tmp_path: Path) -> Iterator[Upstreams]:
    settings = Settings(
        data_profile=DataProfile.LIVE,
        urls={
            "gharchive": httpserver.url_for("/gharchive"),
            "opendigger": httpserver.url_for("/opendigger"),
            "github_api": httpserver.url_for("/api"),
        },
        data_dir=tmp_path,
    )
    upstreams = connect(settings, NOW, HURRIED)
    with upstreams.session:
        yield upstreams


class Raw:
    """A server that answers each connection with bytes of its own making, then closes or resets it."""

    def __init__(self, answer: bytes, *, resets: bool = False) -> None:
        self._answer, self._resets = answer, resets
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.connections = 0
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                connection.recv(65536)
                if self._resets:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                else:
                    connection.sendall(self._answer)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


def stalling(_: Request) -> Response:
    time.sleep(0.5)
    return Response("late")


def stalling_midway(_: Request) -> Response:
    def body() -> Iterator[bytes]:
        yield b'{"2025-01"'
        time.sleep(0.5)

    return Response(body(), headers={"Content-Length": "1000"})


def answer(body: bytes | str = b"", status: int = 200, **headers: str) -> Callable[[Request], Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Response(body, status=status, headers=named)


def cut_short(_: Request) -> Response:
    return Response(iter([b"half"]), headers={"Content-Length": "1000"})


def far_too_large(_: Request) -> Response:
    return Response(iter([b"{}"]), headers={"Content-Length": str(1 << 40)})


def until_a_date(_: Request) -> Response:
    later = datetime.now(UTC) + timedelta(seconds=7200)
    return Response(status=429, headers={"Retry-After": format_datetime(later, usegmt=True)})


def until_a_reset(_: Request) -> Response:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "60"}
    headers["X-RateLimit-Reset"] = str(int(time.time()) + 3600)
    return Response('{"message": "API rate limit exceeded"}', status=403, headers=headers)


def redirecting(request: Request) -> Response:
    return Response(status=302, headers={"Location": request.url})


FAULTS = {
    "stall-before-the-answer": (stalling, UpstreamUnreachableError, "fell silent", ATTEMPTS),
    "stall-in-the-body": (stalling_midway, UpstreamUnreachableError, "fell silent", ATTEMPTS),
    "truncated-body": (
        cut_short,
        UpstreamUnreachableError,
        "the answer breaks off",
        ATTEMPTS,
    ),
    "server-error-500": (answer(status=500), UpstreamTroubleError, "status 500", ATTEMPTS),
    "bad-gateway-502": (answer(status=502), UpstreamTroubleError, "status 502", ATTEMPTS),
    "unavailable-503": (answer(status=503), UpstreamTroubleError, "status 503", ATTEMPTS),
    "gateway-timeout-504": (answer(status=504), UpstreamTroubleError, "status 504", ATTEMPTS),
    "503-for-an-hour": (
        answer(status=503, Retry_After="3600"),
        UpstreamTroubleError,
        "status 503",
        1,
    ),
    "429-without-retry-after": (answer(status=429), RateLimitedError, "too many requests", ATTEMPTS),
    "429-with-a-wait-in-seconds": (
        answer(status=429, Retry_After="3600"),
        RateLimitedError,
        "left alone for 3600 s",
        1,
    ),
    "429-with-a-date": (
        until_a_date,
        RateLimitedError,
        r"left alone for (7199|7200) s",
        1,
    ),
    "429-with-nonsense": (answer(status=429, Retry_After="soon"), RateLimitedError, "status 429", ATTEMPTS),
    "proxy-page-with-200": (
        answer("<!DOCTYPE html><title>Guest Wi-Fi</title>", Content_Type="text/html"),
        UnexpectedAnswerError,
        "web page titled 'Guest Wi-Fi' came in place of data",
        1,
    ),
    "proxy-page-that-claims-json": (
        answer("<html>Sign in</html>", Content_Type="application/json"),
        UnexpectedAnswerError,
        "a web page came in place of data",
        1,
    ),
    "redirect-loop": (redirecting, UpstreamUnreachableError, "redirects in circles", 6),
    "declared-too-large": (
        far_too_large,
        UnexpectedAnswerError,
        "it declares 1,099,511,627,776 bytes",
        1,
    ),
    "compression-bomb": (
        answer(gzip.compress(bytes(8 << 20)), Content_Encoding="gzip"),
        UnexpectedAnswerError,
        "more bytes keep coming",
        1,
    ),
    "damaged-compression": (
        answer(b"this is not gzip", Content_Encoding="gzip"),
        UpstreamUnreachableError,
        "compression of the answer is damaged",
        ATTEMPTS,
    ),
    "refused-401": (answer(status=401), NotAuthorizedError, "status 401", 1),
    "refused-403": (answer(status=403), NotAuthorizedError, "status 403", 1),
    "unheard-of-status": (answer(status=418), UnexpectedAnswerError, "status 418", 1),
    "304-to-an-unconditional-request": (answer(status=304), UnexpectedAnswerError, "status 304", 1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_host(live: Upstreams, httpserver: HTTPServer, fault: str) -> None:
    handler, error, words, requests_count = FAULTS[fault]
    httpserver.expect_request("/opendigger/github/a/b/stars.json").respond_with_handler(handler)
    with pytest.raises(error, match=words) as caught:
        fetch_series(live, "a/b", "stars")
    assert type(caught.value) is error
    assert "/opendigger/github/a/b/stars.json" in caught.value.where
    assert caught.value.hint
    deadline = time.monotonic() + 5
    while len(httpserver.log) < requests_count and time.monotonic() < deadline:
        time.sleep(0.01)  # the server notes a request that it is still stalling on when it is done
    assert len(httpserver.log) == requests_count


RAW_FAULTS = {
    "connection-closed-before-an-answer": (b"", "closed before an answer", False),
    "connection-reset": (b"", "connection was reset", True),
    "not-http": (b"220 mail ready\r\n\r\n", "no usable answer", False),
    "chunk-that-breaks-off": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\nabc",
        "the answer breaks off",
        False,
    ),
}


@pytest.mark.parametrize("fault", RAW_FAULTS)
def test_a_fault_of_a_connection(live: Upstreams, fault: str) -> None:
    content, words, resets = RAW_FAULTS[fault]
    server = Raw(content, resets=resets)
    try:
        with pytest.raises(UpstreamUnreachableError, match=words):
            get(live.session, server.url)
    finally:
        server.close()
    assert server.connections == ATTEMPTS


ADDRESSES = {
    "nobody-listens": ("http://127.0.0.1:1/x", "refuses the connection"),
    "unknown-host": ("http://host.invalid/x", "name of the host is not known"),
    "no-http": ("ftp://127.0.0.1/x", "No connection adapters"),
    "tls-to-a-plain-port": ("https://127.0.0.1:{port}/x", "certificate is not accepted|refuses|SSL"),
}


@pytest.mark.parametrize("fault", ADDRESSES)
def test_a_fault_of_an_address(
    live: Upstreams, httpserver: HTTPServer, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, words = ADDRESSES[fault]

    def unknown(host: str, *_: object, **__: object) -> list[object]:
        if host == "host.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, _[0]))]

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(UpstreamUnreachableError, match=words):
        get(live.session, address.format(port=httpserver.port))


def test_a_short_wait_that_is_asked_for_is_kept(
    live: Upstreams, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    httpserver.expect_ordered_request("/x").respond_with_handler(answer(status=429, Retry_After="1"))
    httpserver.expect_ordered_request("/x").respond_with_data("there")
    with caplog.at_level(logging.WARNING, http.__name__):
        assert get(live.session, httpserver.url_for("/x")).content == b"there"
    assert "the next one in 1.0 s" in caplog.text


def test_a_retry_says_so_on_stderr_and_not_on_stdout(
    live: Upstreams, httpserver: HTTPServer, capfd: pytest.CaptureFixture[str]
) -> None:
    httpserver.expect_ordered_request("/x").respond_with_data("", status=503)
    httpserver.expect_ordered_request("/x").respond_with_data("there")
    get(live.session, httpserver.url_for("/x"))
    assert capfd.readouterr().out == ""


# --- hour files ---


def ranged(request: Request) -> Response:
    """The whole file, or its rest, as an object store serves it."""
    headers = {"ETag": '"one"', "Accept-Ranges": "bytes"}
    wanted = request.headers.get("Range")
    if wanted is None or request.headers.get("If-Range") != '"one"':
        return Response(BODY, headers=headers)
    start = int(wanted.removeprefix("bytes=").removesuffix("-"))
    headers["Content-Range"] = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
    return Response(BODY[start:], status=206, headers=headers)


def breaking_off(etag: str = '"one"') -> Callable[[Request], Response]:
    return lambda _: Response(
        iter([BODY[:2_500_000]]),
        headers={"ETag": etag, "Accept-Ranges": "bytes", "Content-Length": str(len(BODY))},
    )


HOUR_PATH = f"/gharchive/{HOUR.file_name}"


def test_a_download_goes_on_where_it_broke_off(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_ordered_request(HOUR_PATH).respond_with_handler(breaking_off())
    httpserver.expect_ordered_request(HOUR_PATH).respond_with_handler(ranged)
    fetched = fetch_hour(live, HOUR, tmp_path)
    assert fetched.path is not None
    assert fetched.path.read_bytes() == BODY
    assert fetched.bytes == len(BODY)
    _, (again, rest) = httpserver.log
    assert again.headers["If-Range"] == '"one"'
    assert rest.status_code == 206
    assert [path.name for path in tmp_path.iterdir()] == [HOUR.file_name]


def test_the_next_run_goes_on_too(live: Upstreams, httpserver: HTTPServer, tmp_path: Path) -> None:
    for _ in range(ATTEMPTS):
        httpserver.expect_ordered_request(HOUR_PATH).respond_with_handler(breaking_off())
    httpserver.expect_ordered_request(HOUR_PATH).respond_with_handler(ranged)
    with pytest.raises(UpstreamUnreachableError, match="breaks off"):
        fetch_hour(live, HOUR, tmp_path)
    assert not (tmp_path / HOUR.file_name).exists()
    assert fetch_hour(live, HOUR, tmp_path).bytes == len(BODY)
    assert (tmp_path / HOUR.file_name).read_bytes() == BODY


@pytest.mark.parametrize(
    "second",
    [
        answer(BODY, ETag='"two"', Accept_Ranges="bytes"),
        answer(status=416),
        answer(BODY[:100], status=206, Content_Range=f"bytes 0-99/{len(BODY)}"),
    ],
    ids=["another-version-by-now", "range-not-satisfiable", "another-range-than-asked-for"],
)
def test_a_rest_that_does_not_fit_is_not_glued_on(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path, second: Callable[[Request], Response]
) -> None:
    httpserver.expect_ordered_request(HOUR_PATH).respond_with_handler(breaking_off())
    httpserver.expect_ordered_request(HOUR_PATH).respond_with_handler(second)
    httpserver.expect_request(HOUR_PATH).respond_with_handler(ranged)
    try:
        fetched = fetch_hour(live, HOUR, tmp_path)
    except UpstreamUnreachableError as error:
        assert "does not go on" in str(error)
        fetched = fetch_hour(live, HOUR, tmp_path)
    assert fetched.bytes == len(BODY)
    assert (tmp_path / HOUR.file_name).read_bytes() == BODY


def test_an_hour_file_without_end(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gharchive, "HOUR_BYTES", 1_000_000)
    httpserver.expect_request(HOUR_PATH).respond_with_handler(lambda _: Response(iter([BODY] * 3)))
    with pytest.raises(UnexpectedAnswerError, match="more bytes keep coming"):
        fetch_hour(live, HOUR, tmp_path)
    assert not (tmp_path / HOUR.file_name).exists()


# --- GitHub ---

GITHUB_FAULTS = {
    "hourly-limit-used-up": (
        until_a_reset,
        RateLimitedError, r"hourly limit is used up \(60 requests\).*left alone for (3599|3600) s",
    ),
    "burst-limit-with-a-wait": (
        answer('{"message": "You have exceeded a secondary rate limit"}', 403, Retry_After="90"),
        RateLimitedError, "secondary rate limit.*left alone for 90 s",
    ),
    "burst-limit-without-a-wait": (
        answer('{"message": "You have exceeded a secondary rate limit."}', 403),
        RateLimitedError, "left alone for 60 s",
    ),
    "burst-limit-as-429": (answer(status=429, Retry_After="90"), RateLimitedError, "left alone for 90 s"),
    "token-expired": (
        answer('{"message": "Bad credentials"}', 401), NotAuthorizedError, "refuses .* token: Bad credentials",
    ),
    "token-without-rights": (
        answer('{"message": "Resource not accessible by personal access token"}', 403),
        NotAuthorizedError, "not accessible by personal access token",
    ),
    "answer-of-another-shape": (answer('{"id": "seven"}'), UnexpectedAnswerError, "has another shape"),
    "github-page-with-200": (
        answer("<html>unicorn</html>"), UnexpectedAnswerError, "web page came in place of data",
    ),
}  # fmt: skip


@pytest.mark.parametrize("token", [None, TOKEN], ids=["without-token", "with-token"])
@pytest.mark.parametrize("fault", GITHUB_FAULTS)
def test_a_fault_of_github(live: Upstreams, httpserver: HTTPServer, fault: str, token: str | None) -> None:
    handler, error, words = GITHUB_FAULTS[fault]
    httpserver.expect_request("/api/repositories/7").respond_with_handler(handler)
    upstreams = dataclasses.replace(live, tokens={"github": SecretStr(token)} if token else {})
    with pytest.raises(error, match=words) as caught:
        fetch_repository(upstreams, WantedRepository("a/b", 7))
    assert type(caught.value) is error
    assert ("LANDSCAPE_GITHUB_TOKEN" in str(caught.value)) >= (error is NotAuthorizedError)
    assert len(httpserver.log) == 1


GRAPHQL_FAULTS = {
    "graphql-rate-limited": (
        {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]},
        RateLimitedError, "hourly limit is used up",
    ),
    "graphql-scopes": (
        {"errors": [{"type": "INSUFFICIENT_SCOPES", "message": f"{TOKEN} lacks read:org"}]},
        NotAuthorizedError, "… lacks read:org",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", GRAPHQL_FAULTS)
def test_a_fault_of_a_query(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    body, error, words = GRAPHQL_FAULTS[fault]
    httpserver.expect_request("/api/graphql", method="POST").respond_with_json(body)
    upstreams = dataclasses.replace(live, tokens={"github": SecretStr(TOKEN)})
    with caplog.at_level(logging.DEBUG), pytest.raises(error, match=words) as caught:
        list(fetch_repositories(upstreams, [WantedRepository("a/b", 7)]))
    assert TOKEN not in str(caught.value) + repr(caught.value) + repr(upstreams) + caplog.text


@pytest.mark.parametrize(
    ("status", "expected"), [(404, "gone"), (451, "blocked"), (403, "blocked")], ids=["gone", "dmca", "tos"]
)
def test_a_repository_that_is_no_more_is_recorded_and_the_rest_goes_on(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path, status: int, expected: str
) -> None:
    httpserver.expect_request("/api/repositories/7").respond_with_json(
        {"message": "Repository access blocked"}, status=status
    )
    load_repositories(live, [WantedRepository("a/b", 7)], tmp_path, lambda done, of: None)
    (row,) = pl.read_parquet(tmp_path / "manifest" / "github.parquet").to_dicts()
    assert (row["status"], row["found_repo_id"]) == (expected, None)
    assert str(status) in row["detail"]
