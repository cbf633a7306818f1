"""A loopback server in the upstreams' own layout that answers conditional requests and keeps a log."""

from __future__ import annotations

import hashlib
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug import Request, Response

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample" / "sample.zip"
NO_SUCH_KEY = b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>"


@dataclass
class Upstream:
    """Files by path below the server's root, and what was asked for."""

    server: HTTPServer
    files: dict[str, bytes] = field(default_factory=dict)
    log: list[tuple[str, bool, int]] = field(default_factory=list)

    def start(self) -> None:
        """Answer everything from `files`."""
        self.server.expect_request(re.compile(".*")).respond_with_handler(self.answer)

    def answer(self, request: Request) -> Response:
        """Serve a file with its ETag, 304 where it is held, 404 as the object stores say it."""
        path = request.path.lstrip("/")
        body = self.files.get(path)
        is_conditional = bool(
            request.headers.get("If-None-Match") or request.headers.get("If-Modified-Since")
        )
        if body is None:
            response = Response(NO_SUCH_KEY, 404, content_type="application/xml")
        else:
            etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            held = request.headers.get("If-None-Match") == etag or (
                "If-None-Match" not in request.headers and is_conditional
            )
            response = Response(b"" if held else body, 304 if held else 200)
            response.headers["ETag"] = etag
        self.log.append((path, is_conditional, response.status_code))
        return response

    def settings(self) -> dict[str, str]:
        """Environment of a live run against this server."""
        return {
            "LANDSCAPE_PROFILE": "live",
            "LANDSCAPE_GHARCHIVE_URL": self.server.url_for("/gharchive"),
            "LANDSCAPE_OPENDIGGER_URL": self.server.url_for("/opendigger"),
            "LANDSCAPE_GITHUB_API_URL": self.server.url_for("/api"),
            "NO_PROXY": "*",
        }

    def hold_sample_series(self, *, names_starting: str = "") -> None:
        """Serve the sample's OpenDigger files whose path below ``github/`` starts so."""
        with zipfile.ZipFile(SAMPLE) as archive:
            for member in archive.namelist():
                if member.startswith(f"opendigger/github/{names_starting}"):
                    self.files[member] = archive.read(member)
