"""Star history from a GitHub that was made apart from these tests, without faults and with."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.connect import connect
from pipelines.sources.github.answers import WantedRepository
from pipelines.sources.github_stars.bronze import day_files, load_stars

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real_files

NOW = datetime(2026, 9, 20, 5, tzinfo=UTC)
NAMES = ["vllm-project/vllm", "ollama/ollama", "langgenius/dify", "pytorch/pytorch", "sgl-project/sglang"]
FAULTS = ["502=0.05", "secondary=0.03", "resource_limits=0.05", "wrong_error_200=0.05", "cut=0.03"]


@pytest.mark.parametrize("faults", [[], FAULTS], ids=["without faults", "with faults"])
def test_the_days_of_a_github_made_apart(
    faults: list[str], real_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = real_files.parent / "tools" / "github_server.py"
    if not program.exists():
        pytest.skip("no ../shared/tools/github_server.py")
    monkeypatch.setenv("NO_PROXY", "*")
    token, log = "ghp_0123456789", tmp_path / "requests.jsonl"
    fault = ["--fault", *faults] if faults else []
    command = [sys.executable, str(program), "--port", "0", "--token", token, "--log", str(log), *fault]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as server:
        try:
            assert server.stdout is not None
            started = re.search(r"http://\S+:\d+", server.stdout.readline())
            assert started is not None
            settings = Settings(
                data_profile=DataProfile.LIVE, urls={"github_api": started[0]}, tokens={"github": token}
            )
            upstreams = connect(settings, NOW)
            wanted = [WantedRepository(name) for name in NAMES]
            with upstreams.session:
                report = load_stars(upstreams, wanted, tmp_path, lambda _done, _of: None)
                requests_count = len(log.read_text(encoding="utf-8").splitlines())
                again = load_stars(upstreams, wanted, tmp_path, lambda _done, _of: None)
            asked_again = len(log.read_text(encoding="utf-8").splitlines()) - requests_count
        finally:
            server.terminate()
    assert (report.whole_count, report.failed_count, report.set_aside_count) == (5, 0, 0)
    assert requests_count == 1 + 5 * 7 if not faults else 36 < requests_count < 80  # 191 weeks, 30 to a page
    assert (again.known_count, asked_again) == (5, 0)
    first_day, last_day = date(2023, 1, 1), date(2026, 8, 29)
    for path in day_files(tmp_path):
        rows = pl.read_parquet(path)
        number = rows["repo_id"][0]
        # The program's own rule, of the Sunday before each day.
        assert dict(rows.select("day", "stars_count").iter_rows()) == {
            day: (number + day.toordinal()) % 40
            for day in (first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1))
        }
