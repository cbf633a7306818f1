"""What the cases share: their inputs, a field of a few projects, a folder of its own, and servers on loopback.

Each case is a situation that people reported of this kind of work. Its test feeds it in and looks at what a person
sees: the exit code, the output, and the rows of bronze, of the quarantine and of the published file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl
from werkzeug import Request, Response

from tests.command import call_landscape

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

    from pytest_httpserver import HTTPServer

CHECKOUT = Path(__file__).resolve().parents[2]
INPUTS = Path(__file__).with_name("inputs")
NOW = datetime(2026, 11, 30, 21, 0, tzinfo=UTC)
"""When the cases happened: some hold the month that was running then."""

Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class Place:
    """A data folder, and the settings of every command that runs on it."""

    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)

    def landscape(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a command in this process at the time of the cases."""
        return call_landscape(*arguments, data_dir=self.data_dir, now=NOW, **{**self.settings, **settings})

    def done(self, *arguments: str, **settings: str) -> str:
        """Run a command that must end well, and return everything it said."""
        finished = self.landscape(*arguments, **settings)
        assert finished.returncode == 0, (arguments, finished.stdout, finished.stderr)
        return finished.stdout + finished.stderr

    def bronze(self, pattern: str) -> pl.DataFrame:
        """All rows of the bronze files that `pattern` names; none where there is no such file."""
        paths = sorted((self.data_dir / "bronze").glob(pattern))
        frames = [pl.read_parquet(path, hive_partitioning=False) for path in paths]
        return pl.concat(frames, how="diagonal_relaxed") if frames else pl.DataFrame()

    def quarantine(self, source_file: str) -> Rows:
        """Line and cause of the rows kept out of a file, in order."""
        kept_out = self.bronze("quarantine/*.parquet")
        if kept_out.is_empty():
            return []
        of_file = kept_out.filter(pl.col("source_file") == source_file)
        return of_file.select("line_number", "cause").sort("line_number").rows()

    def published(self, sql: str, *parameters: object) -> Rows:
        """Rows of the published file."""
        with duckdb.connect() as connection:
            path = self.data_dir / "public" / "landscape.duckdb"
            connection.execute(f"ATTACH '{path}' AS landscape (READ_ONLY)")
            connection.execute("USE landscape")
            return connection.execute(sql, list(parameters)).fetchall()


def take_one_shared_person(seeds: Path) -> None:
    """Lower the thresholds of a field, so that one shared person makes an edge and a candidate."""
    thresholds = (CHECKOUT / "seeds" / "thresholds.yml").read_text(encoding="utf-8")
    lowered = re.sub(r"(id: published_edge_cut\n    value:) 20", r"\1 1", thresholds)
    assert lowered != thresholds
    (seeds / "thresholds.yml").write_text(lowered, encoding="utf-8")
    exploration = (seeds / "exploration.yml").read_text(encoding="utf-8")
    for given, taken in (
        ("  - acme/alpha", "  - acme/bot-a\n  - acme/left-a"),
        ("least_shared_people: 3", "least_shared_people: 1"),
        ("largest_p_value: 0.001", "largest_p_value: 1.0"),
        ("leading_people: 3", "leading_people: 20"),
    ):
        assert given in exploration
        exploration = exploration.replace(given, taken)
    (seeds / "exploration.yml").write_text(exploration, encoding="utf-8")


@dataclass
class Host:
    """A stub of every upstream: it gives the answers of a path in turn, and repeats the last one."""

    server: HTTPServer
    answers: dict[str, list[Response]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    otherwise: Response | None = None

    def start(self) -> Host:
        """Answer everything."""
        self.server.expect_request(re.compile(".*")).respond_with_handler(self.answer)
        return self

    def hold(self, path: str, *answers: bytes | Response) -> None:
        """Answer `path` like this; bytes are an answer with status 200."""
        self.answers[path] = [
            answer if isinstance(answer, Response) else Response(answer) for answer in answers
        ]

    def answer(self, request: Request) -> Response:
        """The next answer for the path, and 404 where there is none."""
        self.log.append(request.path)
        answers = self.answers.get(request.path)
        if not answers:
            return self.unheld(request)
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def unheld(self, _request: Request) -> Response:
        """The answer to a path without answers."""
        return Response("<Error><Code>NoSuchKey</Code></Error>", 404, content_type="application/xml")

    def settings(self, seeds: Path) -> dict[str, str]:
        """Environment of a live run against this host."""
        return {
            "LANDSCAPE_PROFILE": "live",
            "LANDSCAPE_SEEDS_DIR": str(seeds),
            "LANDSCAPE_GHARCHIVE_URL": self.server.url_for("/gharchive"),
            "LANDSCAPE_OPENDIGGER_ARCHIVE_URL": self.server.url_for("/opendigger-archive"),
            "LANDSCAPE_OPENDIGGER_URL": self.server.url_for("/opendigger"),
            "LANDSCAPE_GITHUB_API_URL": self.server.url_for("/api"),
            "NO_PROXY": "*",
        }


def lines_with(text: str, *words: str) -> Sequence[str]:
    """Lines that hold all of `words`."""
    return [line for line in text.splitlines() if all(word in line for word in words)]
