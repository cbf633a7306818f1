from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest
from werkzeug import Request, Response

from pipelines.floor.errors import SourceError, StorageError
from pipelines.floor.periods import Hour
from pipelines.sources.answer import Earlier
from pipelines.sources.gharchive.client import fetch_hour

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer

    from pipelines.sources.connect import Upstreams

HOUR = Hour.parse("2025-04-30T07")
NAME = "2025-04-30-7.json.gz"
# Larger than one chunk of the client, and hardly compressible.
BODY = gzip.compress(b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(60_000)), mtime=0)
NO_SUCH_KEY = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>NoSuchKey</Code></Error>"


def truncated(_: Request) -> Response:
    return Response(iter([BODY[: len(BODY) // 2]]), headers={"Content-Length": str(len(BODY))})


def test_an_hour_of_the_sample(sample: Upstreams, tmp_path: Path) -> None:
    fetched = fetch_hour(sample, HOUR, tmp_path)
    assert fetched.status == "fetched"
    assert fetched.path == tmp_path / NAME
    content = fetched.path.read_bytes()
    assert (fetched.bytes, fetched.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert gzip.decompress(content).startswith(b'{"id":"1000')


def test_an_hour_outside_the_sample_is_missing(sample: Upstreams, tmp_path: Path) -> None:
    assert fetch_hour(sample, Hour.parse("2025-05-01T00"), tmp_path).status == "missing"


def test_a_live_hour_is_asked_for_unpadded_and_kept_as_it_was_served(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_oneshot_request(
        f"/gharchive/{NAME}", headers={"Accept-Encoding": "identity"}
    ).respond_with_data(BODY, content_type="application/gzip")
    fetched = fetch_hour(live, HOUR, tmp_path)
    assert fetched.path is not None
    assert fetched.path.read_bytes() == BODY
    assert fetched.sha256 == hashlib.sha256(BODY).hexdigest()
    assert fetched.url == httpserver.url_for(f"/gharchive/{NAME}")
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Response(NO_SUCH_KEY, status=404, content_type="application/xml"), "missing"),
        (Response("<html>Please sign in</html>", content_type="text/html"), "not_gzip"),
        (Response("", content_type="application/gzip"), "not_gzip"),
        (Response("\x1f", content_type="application/gzip"), "not_gzip"),
    ],
)
def test_an_answer_that_is_no_hour_leaves_no_file(
    answer: Response, expected: str, live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request(f"/gharchive/{NAME}").respond_with_response(answer)
    fetched = fetch_hour(live, HOUR, tmp_path)
    assert fetched.status == expected
    assert (fetched.path, fetched.bytes, fetched.sha256) == (None, 0, None)
    assert fetched.detail
    assert list(tmp_path.iterdir()) == []
    assert len(httpserver.log) == 1


def test_a_page_in_place_of_the_file_is_quoted(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request(f"/gharchive/{NAME}").respond_with_data(
        "<html>Please sign in</html>", content_type="text/html"
    )
    detail = fetch_hour(live, HOUR, tmp_path).detail
    assert "text/html" in detail
    assert "Please sign in" in detail


def test_a_download_that_breaks_off_starts_again(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_ordered_request(f"/gharchive/{NAME}").respond_with_data("", status=500)
    httpserver.expect_ordered_request(f"/gharchive/{NAME}").respond_with_handler(truncated)
    httpserver.expect_ordered_request(f"/gharchive/{NAME}").respond_with_data(BODY)
    fetched = fetch_hour(live, HOUR, tmp_path)
    assert fetched.path is not None
    assert fetched.path.read_bytes() == BODY
    assert fetched.sha256 == hashlib.sha256(BODY).hexdigest()


def test_a_download_that_always_breaks_off_keeps_the_earlier_file(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_bytes(b"earlier")
    httpserver.expect_request(f"/gharchive/{NAME}").respond_with_handler(truncated)
    with pytest.raises(SourceError, match="no usable answer"):
        fetch_hour(live, HOUR, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert (tmp_path / NAME).read_bytes() == b"earlier"


def test_a_status_without_a_meaning_is_no_missing_hour(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request(f"/gharchive/{NAME}").respond_with_data("", status=403)
    with pytest.raises(SourceError, match="403"):
        fetch_hour(live, HOUR, tmp_path)


def test_a_disk_that_refuses_is_not_taken_for_the_network(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request(f"/gharchive/{NAME}").respond_with_data(BODY)
    (tmp_path / "folder").write_bytes(b"a file")
    with pytest.raises(StorageError):
        fetch_hour(live, HOUR, tmp_path / "folder")
    assert len(httpserver.log) == 1


def test_a_file_that_is_held_is_not_sent_again(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request(
        f"/gharchive/{NAME}", headers={"If-Modified-Since": "Fri, 02 Jan 2026 03:00:00 GMT"}
    ).respond_with_data("", status=304)
    fetched = fetch_hour(live, HOUR, tmp_path, Earlier(live.retrieved_at))
    assert (fetched.status, fetched.path) == ("unchanged", None)


def test_a_file_that_an_earlier_run_left_is_not_sent_again_unless_it_changed(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_ordered_request(f"/gharchive/{NAME}").respond_with_data(BODY)
    httpserver.expect_ordered_request(f"/gharchive/{NAME}").respond_with_data("", status=304)
    httpserver.expect_ordered_request(f"/gharchive/{NAME}").respond_with_data(BODY + BODY)
    whole = fetch_hour(live, HOUR, tmp_path)
    left = fetch_hour(live, HOUR, tmp_path)
    since = parsedate_to_datetime(httpserver.log[1][0].headers["If-Modified-Since"])
    assert timedelta(minutes=59) < datetime.now(UTC) - since < timedelta(minutes=70)
    assert left == whole
    changed = fetch_hour(live, HOUR, tmp_path, Earlier(live.retrieved_at, is_held=False))
    assert changed.bytes == 2 * len(BODY)


def test_a_file_that_was_missing_and_is_older_than_that_is_asked_for_again(
    live: Upstreams, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_ordered_request(f"/gharchive/{NAME}").respond_with_data("", status=304)
    httpserver.expect_ordered_request(f"/gharchive/{NAME}").respond_with_data(BODY)
    fetched = fetch_hour(live, HOUR, tmp_path, Earlier(live.retrieved_at, is_held=False))
    assert fetched.status == "fetched"
    assert "If-Modified-Since" not in httpserver.log[1][0].headers
