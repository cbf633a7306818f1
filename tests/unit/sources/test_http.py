from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests
from werkzeug import Request, Response

from pipelines.floor.errors import SourceError
from pipelines.sources.http import get
from pipelines.sources.session import _in_short, open_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_httpserver import HTTPServer

ATTEMPTS = 3


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with open_session({}, uses_environment=False) as opened:
        yield opened


def truncated(_: Request) -> Response:
    return Response(iter([b"the first half"]), headers={"Content-Length": "1000"})


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_upstream_that_recovers_is_asked_again(
    status: int, session: requests.Session, httpserver: HTTPServer
) -> None:
    httpserver.expect_ordered_request("/x").respond_with_data("busy", status=status)
    httpserver.expect_ordered_request("/x").respond_with_data("there")
    assert get(session, httpserver.url_for("/x")).content == b"there"


def test_a_body_that_breaks_off_is_read_again_from_the_start(
    session: requests.Session, httpserver: HTTPServer
) -> None:
    httpserver.expect_ordered_request("/x").respond_with_handler(truncated)
    httpserver.expect_ordered_request("/x").respond_with_data("whole")
    assert get(session, httpserver.url_for("/x")).content == b"whole"


@pytest.mark.parametrize("status", [404, 403, 304])
def test_a_status_with_a_meaning_is_handed_over_at_once(
    status: int, session: requests.Session, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/x").respond_with_data("", status=status)
    assert get(session, httpserver.url_for("/x")).status_code == status
    assert len(httpserver.log) == 1


def test_an_upstream_that_stays_down_ends_in_an_error_with_its_address(
    session: requests.Session, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/x").respond_with_data("", status=503)
    with pytest.raises(SourceError, match="503") as caught:
        get(session, httpserver.url_for("/x"))
    assert caught.value.where == httpserver.url_for("/x")
    assert "LANDSCAPE_PROFILE=sample" in caught.value.hint
    assert len(httpserver.log) == ATTEMPTS


def test_nobody_listens(session: requests.Session) -> None:
    with pytest.raises(SourceError, match="no usable answer"):
        get(session, "http://127.0.0.1:1/x")


def test_an_address_that_is_none_is_not_tried_again(session: requests.Session) -> None:
    with pytest.raises(SourceError, match="No host supplied"):
        get(session, "http://")


def test_the_environment_is_left_alone_unless_asked(
    session: requests.Session, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    httpserver.expect_request("/x").respond_with_data("direct")
    assert get(session, httpserver.url_for("/x")).content == b"direct"
    with (
        open_session({}, uses_environment=True) as behind_proxy,
        pytest.raises(SourceError, match=r"[Pp]roxy"),
    ):
        get(behind_proxy, httpserver.url_for("/x"))


def test_a_retry_is_told_in_one_short_line_with_its_host():
    with pytest.raises(requests.ConnectionError) as refused:
        requests.get("http://127.0.0.1:9/x?token=word", timeout=1)
    told = _in_short(refused.value)
    assert told == "127.0.0.1: Failed to establish a new connection: [Errno 111] Connection refused"
    assert _in_short(ValueError("status 503 SERVICE UNAVAILABLE")) == "status 503 SERVICE UNAVAILABLE"
