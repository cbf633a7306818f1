"""The commands while OpenDigger is down: they keep the held data, say so, and publish them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb
import pytest
from werkzeug import Response

from tests.command import call_landscape
from tests.fields import project, projects_file, write_field
from tests.upstream import Upstream

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

    from pytest_httpserver import HTTPServer
    from werkzeug import Request

VLLM = "opendigger/github/vllm-project/vllm/openrank.json"
OLLAMA = "opendigger/github/ollama/ollama/openrank.json"
FEW = 30
"""More requests than an outage may cost, and far fewer than the field's series."""


class Host(Upstream):
    """An upstream whose OpenDigger can go down: then it asks to be left alone for an hour."""

    is_down = False

    def answer(self, request: Request) -> Response:
        """As `Upstream`, while it is up; the archive always is."""
        if not self.is_down or not request.path.startswith("/opendigger/"):
            return super().answer(request)
        self.log.append((request.path.lstrip("/"), False, 503))
        return Response(status=503, headers={"Retry-After": "3600"})


@pytest.fixture
def host(httpserver: HTTPServer, tmp_path: Path) -> Host:
    entries = [project("vllm", "vllm-project/vllm"), project("ollama", "ollama/ollama")]
    entries += [project(f"unknown-{number}", f"acme/unknown-{number}") for number in range(10)]
    seeds = write_field(tmp_path / "seeds", projects_file(entries))
    host = Host(httpserver, seeds=seeds)
    host.hold_sample_series(names_starting="vllm-project/vllm/")
    host.hold_sample_series(names_starting="ollama/")
    host.start()
    return host


def ran(host: Host, folder: Path, *command: str) -> CompletedProcess[str]:
    return call_landscape(*command, data_dir=folder, **host.settings())


def openrank_months(folder: Path) -> dict[str, int]:
    with duckdb.connect(str(folder / "public" / "landscape.duckdb"), read_only=True) as published:
        rows = published.execute(
            "SELECT project_id, count(*) FROM project_metrics_monthly WHERE metric_id = 'openrank' GROUP BY ALL"
        ).fetchall()
    return dict(rows)


def test_an_outage_loses_nothing_and_the_build_uses_held_series(host: Host, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = ran(host, folder, "metrics", "fetch")
    assert first.returncode == 0, first.stderr
    assert len(host.log) > 4 * FEW
    host.is_down = True

    fetched = ran(host, folder, "metrics", "fetch")
    assert fetched.returncode == 4
    assert "Traceback" not in fetched.stderr
    assert "OpenDigger gave no usable answer" in fetched.stderr
    assert "nothing held is lost" in fetched.stderr
    host.log.clear()
    built = ran(host, folder, "build")
    assert built.returncode == 0, built.stderr
    assert "OpenDigger gave no usable answer" in built.stderr
    assert "OpenDigger series: not up to date; going on with what was retrieved by 20" in built.stderr
    assert len(host.log) < FEW
    assert set(openrank_months(folder)) == {"vllm", "ollama"}
    told = ran(host, folder, "status").stdout
    assert sum("OpenDigger gave no usable answer" in line for line in told.splitlines()) == 1

    host.log.clear()
    offline = ran(host, folder, "build", "--offline")
    assert offline.returncode == 0, offline.stderr
    assert "OpenDigger series: not asked (--offline); bronze holds 20" in offline.stderr
    assert "already published, unchanged" in offline.stdout
    assert host.log == []


@pytest.mark.slow
def test_a_refresh_publishes_held_series_and_exits_with_the_outage(host: Host, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert ran(host, folder, "metrics", "fetch").returncode == 0
    host.is_down = True
    refreshed = ran(host, folder, "refresh", "--month", "2025-03")
    assert refreshed.returncode == 4, refreshed.stderr
    assert "error: " in refreshed.stderr
    assert "OpenDigger gave no usable answer" in refreshed.stderr
    assert "744 missing" in refreshed.stderr  # the other sources were asked all the same
    assert set(openrank_months(folder)) == {"vllm", "ollama"}


def test_without_anything_held_an_outage_is_an_error(host: Host, tmp_path: Path) -> None:
    host.is_down = True
    built = ran(host, tmp_path / "data", "build")
    assert built.returncode == 4
    assert "OpenDigger gave no usable answer" in built.stderr
    host.log.clear()
    offline = ran(host, tmp_path / "data", "build", "--offline")
    assert offline.returncode == 4
    assert "nothing was fetched yet" in offline.stderr
    assert host.log == []
    assert not (tmp_path / "data" / "public" / "landscape.duckdb").exists()


def test_a_series_that_cannot_be_does_not_keep_the_others_from_being_published(
    host: Host, tmp_path: Path
) -> None:
    months = json.loads(host.files[VLLM])
    host.files[VLLM] = json.dumps(months | {"2025-03": -4.5}).encode()
    built = ran(host, tmp_path / "data", "build")
    assert built.returncode == 0, built.stderr
    assert "1 quarantined" in built.stderr
    assert set(openrank_months(tmp_path / "data")) == {"ollama"}
    told = ran(host, tmp_path / "data", "status").stdout
    assert (
        "vllm-project/vllm/openrank.json: series set aside: 2025-03 is -4.5, and no metric is below 0" in told
    )
    with duckdb.connect(str(tmp_path / "data" / "public" / "landscape.duckdb"), read_only=True) as published:
        verdicts = published.execute(
            "SELECT DISTINCT is_member FROM landscape_members WHERE project_id = 'vllm' AND as_of_month < DATE '2025-10-01'"
        ).fetchall()
    assert verdicts == [(None,)], "later months have a nowcast from GitHub's counts"
