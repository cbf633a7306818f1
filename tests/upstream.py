"""A loopback server in the upstreams' own layout that answers conditional requests and keeps a log."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug import Request, Response

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample" / "sample.zip"
REAL_HOUR_OF_2015 = {
    "PushEvent": 4280,
    "CreateEvent": 815,
    "IssueCommentEvent": 650,
    "WatchEvent": 642,
    "IssuesEvent": 373,
    "PullRequestEvent": 315,
    "ForkEvent": 213,
    "DeleteEvent": 141,
    "GollumEvent": 90,
    "PullRequestReviewCommentEvent": 85,
    "CommitCommentEvent": 56,
    "ReleaseEvent": 24,
    "MemberEvent": 16,
    "PublicEvent": 2,
}
"""Events of the real file ``2015-01-01-0.json.gz``, by type."""

NO_SUCH_KEY = b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>"


@dataclass
class Upstream:
    """Files by path below the server's root, what was asked for, and the field that asks; None is seeds/."""

    server: HTTPServer
    files: dict[str, bytes] = field(default_factory=dict)
    log: list[tuple[str, bool, int]] = field(default_factory=list)
    seeds: Path | None = None

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
            "LANDSCAPE_OPENDIGGER_ARCHIVE_URL": self.server.url_for("/opendigger-archive"),
            "LANDSCAPE_OPENDIGGER_URL": self.server.url_for("/opendigger"),
            "LANDSCAPE_GITHUB_API_URL": self.server.url_for("/api"),
            "NO_PROXY": "*",
        } | ({} if self.seeds is None else {"LANDSCAPE_SEEDS_DIR": str(self.seeds)})

    def hold_sample_series(self, *, names_starting: str = "") -> None:
        """Serve the sample's OpenDigger files whose path below ``github/`` starts so."""
        with zipfile.ZipFile(SAMPLE) as archive:
            for member in archive.namelist():
                if member.startswith(f"opendigger/github/{names_starting}"):
                    self.files[member] = archive.read(member)

    def hold_real_files(self, folder: Path) -> None:
        """Serve the real files: hours and series as they are, GitHub's answers derived from the tables."""
        for path in (folder / "gharchive").glob("*.json.gz"):
            self.files[f"gharchive/{path.name}"] = path.read_bytes()
        for path in (folder / "opendigger").rglob("*.json"):
            self.files[str(path.relative_to(folder))] = path.read_bytes()
        self.files |= derived_api_answers(folder)


def derived_api_answers(folder: Path) -> dict[str, bytes]:
    """GitHub API answers by path: derived, since no real ones were recorded.

    Their values are those of the newest row of ``github_repositories.csv``; what it does not know (licence,
    archived, open issues) is made up. A repository is found by its number and under every name that
    ``repository_aliases.csv`` has of it, and its README is its description.
    """
    with (folder / "repository_aliases.csv").open(encoding="utf-8", newline="") as file:
        aliases = {row["repo_id"]: row for row in csv.DictReader(file)}
    with (folder / "github_repositories.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["observed_on"])
    answers: dict[str, bytes] = {}
    for row in rows:
        repo_id, alias = row["repo_id"], aliases.get(row["repo_id"])
        if not repo_id:
            continue
        full_name = alias["canonical"] if alias else row["full_name"]
        body = {
            "id": int(repo_id),
            "full_name": full_name,
            "description": row["description"] or None,
            "topics": row["topics"].split(",") if row["topics"] else [],
            "stargazers_count": int(row["stars"]),
            "forks_count": int(row["forks"]),
            "open_issues_count": 0,
            "language": row["language"] or None,
            "license": None,
            "archived": False,
            "created_at": f"{row['created_at']}T00:00:00Z",
            "pushed_at": row["pushed_at"] or None,
        }
        names = {row["full_name"], *(alias["names_seen"].split("|") if alias else ())}
        for path in [f"repositories/{repo_id}", *(f"repos/{name}" for name in names)]:
            answers[f"api/{path}"] = json.dumps(body).encode()
        if row["description"]:
            answers |= {f"api/repos/{name}/readme": row["description"].encode() for name in names}
    return answers
