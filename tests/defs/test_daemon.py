"""A Dagster daemon by itself: missed ticks of the schedules, then the automation, to the command line's publication."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import duckdb
import pytest
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import InstigatorState, InstigatorStatus, ScheduleInstigatorData
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from pipelines.floor.periods import Hour
from pipelines.generations import read_snapshot_id
from tests import factories
from tests.command import call_landscape
from tests.conftest import CHECKOUT
from tests.fields import project, projects_file, write_field
from tests.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from werkzeug import Response

BIN = Path(sys.executable).parent
FINISHED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
IDLE_LOOKS = 400
"""How often in a row the test sees no run queued or going on before it gives up; work may take its time."""
HURRY = """
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config:
    dequeue_interval_seconds: 1
"""

MODULE = "tests.defs.hurried_definitions"
CRON = {"refresh_gharchive_schedule": "0 8 * * *", "refresh_opendigger_schedule": "0 6 6 * *"}
MISSED = {"refresh_gharchive_schedule": timedelta(days=1), "refresh_opendigger_schedule": timedelta(days=31)}
"""For so long the daemon was down: a tick of each schedule was missed in that time."""


class AnyHour(Upstream):
    """Serves the file of any hour: two people on two repositories."""

    folder: Path

    def answer(self, request):
        match = re.fullmatch(r"gharchive/(\d{4}-\d{2}-\d{2})-(\d{1,2})\.json\.gz", request.path.lstrip("/"))
        if match is not None and match.string not in self.files:
            hour = Hour.parse(f"{match[1]}T{int(match[2]):02d}")
            events = [
                factories.issues_event(
                    event_id=int(f"{hour.start:%Y%m%d%H}{number}"),
                    created_at=f"{hour.start:%Y-%m-%dT%H}:0{number}:00Z",
                    actor_id=actor_id,
                    actor_login=login,
                    repo_id=repo_id,
                    repo_full_name=name,
                )
                for number, (actor_id, login, repo_id, name) in enumerate(
                    [
                        (1, "ada", 599547518, "vllm-project/vllm"),
                        (1, "ada", 658928958, "ollama/ollama"),
                        (2, "bob", 599547518, "vllm-project/vllm"),
                    ]
                )
            ]
            path = factories.write_hour(self.folder / hour.file_name, events)
            self.files[match.string] = path.read_bytes()
        answered: Response = super().answer(request)
        return answered


@pytest.fixture
def upstream(httpserver, tmp_path):
    """Every hour, and the series of the two projects of a small field."""
    entries = [project("vllm", "vllm-project/vllm"), project("ollama", "ollama/ollama")]
    served = AnyHour(httpserver, seeds=write_field(tmp_path / "seeds", projects_file(entries)))
    served.folder = tmp_path / "served"
    served.folder.mkdir()
    served.hold_sample_series(names_starting="vllm-project/vllm/")
    served.hold_sample_series(names_starting="ollama/")
    served.start()
    return served


@pytest.fixture
def environment(upstream, tmp_path) -> dict[str, str]:
    """A DAGSTER_HOME and a data folder of their own, and no way out but loopback."""
    home = tmp_path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text((CHECKOUT / "dagster.yaml").read_text() + HURRY)
    outside = {
        key: value for key, value in os.environ.items() if not key.startswith(("LANDSCAPE_", "DAGSTER_"))
    }
    return outside | {
        **upstream.settings(),
        "NO_PROXY": "127.0.0.1,localhost",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "DAGSTER_HOME": str(home),
        "LANDSCAPE_DAGSTER_STORAGE": str(home),
        "LANDSCAPE_DATA_DIR": str(tmp_path / "data"),
    }


@contextmanager
def daemon(
    environment: dict[str, str], log: Path, instance: dg.DagsterInstance
) -> Iterator[Callable[[str, Callable[[], object]], None]]:
    """The daemon as an operator starts it; gives a function that waits until something holds.

    It waits as long as the daemon works: until that ends, a run fails, or none is started any more.
    """
    with log.open("w") as written:
        process = subprocess.Popen(
            [str(BIN / "dagster-daemon"), "run", "-m", MODULE],
            cwd=CHECKOUT,
            env=environment,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

        def wait_until(what: str, holds: Callable[[], object]) -> None:
            idle = 0
            while not holds():
                states = {run.status for run in instance.get_runs()}
                idle = 0 if states - FINISHED else idle + 1
                goes_on = process.poll() is None and dg.DagsterRunStatus.FAILURE not in states
                assert goes_on and idle < IDLE_LOOKS, f"not {what}:\n{log.read_text()[-8000:]}"
                time.sleep(0.3)

        try:
            yield wait_until
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def miss_ticks(instance: dg.DagsterInstance) -> None:
    """Let the daemon have been down for as long as `MISSED` says: it catches up on what it missed."""
    module = LoadableTargetOrigin(executable_path=sys.executable, module_name=MODULE)
    location = ManagedGrpcPythonEnvCodeLocationOrigin(module, location_name=MODULE)
    repository = RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME)
    for name, ago in MISSED.items():
        since = (datetime.now(UTC) - ago).timestamp()
        instance.add_instigator_state(
            InstigatorState(
                RemoteInstigatorOrigin(repository, name),
                InstigatorType.SCHEDULE,
                InstigatorStatus.DECLARED_IN_CODE,
                ScheduleInstigatorData(CRON[name], start_timestamp=since),
            )
        )


@pytest.mark.slow
def test_schedules_and_automation_publish_what_the_command_line_publishes(environment, tmp_path, monkeypatch):
    data_dir, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    bronze = [
        "manifest/events.parquet",
        "manifest/opendigger.parquet",
        "github/observations.parquet",
        "reference/published_edges.parquet",
    ]
    monkeypatch.setenv("LANDSCAPE_DAGSTER_STORAGE", environment["LANDSCAPE_DAGSTER_STORAGE"])
    with dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]) as instance:
        miss_ticks(instance)

        def is_settled() -> bool:
            return all(run.status in FINISHED for run in instance.get_runs())

        with daemon(environment, tmp_path / "daemon.txt", instance) as wait_until:
            wait_until("fetched", lambda: all((data_dir / "bronze" / name).exists() for name in bronze))
            wait_until("done with every fetch", is_settled)
            shutil.copytree(data_dir / "bronze", elsewhere / "bronze")
            settings = {key: value for key, value in environment.items() if key.startswith("LANDSCAPE_")}
            del settings["LANDSCAPE_DATA_DIR"]
            built = call_landscape("build", "--offline", data_dir=elsewhere, **settings)
            assert built.returncode == 0, built.stderr
            expected = read_snapshot_id(elsewhere / "public")
            wait_until("published", lambda: read_snapshot_id(data_dir / "public") == expected)
            wait_until("quiet", is_settled)
        runs = instance.get_runs()
    assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}
    started_by = {
        run.tags.get("dagster/schedule_name") or run.tags.get("dagster/sensor_name") for run in runs
    }
    assert started_by == {*MISSED, "publish_when_inputs_change"}
    yesterday = max(run.tags["dagster/partition"] for run in runs if run.job_name == "refresh_gharchive")
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{data_dir}/public/landscape.duckdb' AS daemon (READ_ONLY)")
        hours = (
            "SELECT count(*) FROM daemon.data_coverage WHERE source = 'gharchive' AND period LIKE ? || 'T%'"
        )
        assert connection.execute(hours, [yesterday]).fetchall()[0][0] >= 24
        assert connection.execute("SELECT data_profile FROM daemon.metadata").fetchall() == [("live",)]
        assert connection.execute("SELECT count(*) > 0 FROM daemon.project_metrics_monthly").fetchall() == [
            (True,)
        ]
