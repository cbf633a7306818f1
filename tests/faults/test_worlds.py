"""Sample and live are two worlds: no command and no advice mixes them or loses what no upstream serves again."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import dagster as dg
import duckdb
import pytest
from pytest_httpserver import HTTPServer

from pipelines.definitions import build_defs
from pipelines.floor.settings import DataProfile, Settings
from pipelines.generations import read_snapshot_id
from pipelines.tables.contracts import PUBLISHED, SCHEMA_VERSION
from tests.command import call_landscape
from tests.upstream import Upstream

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

    from tests.conftest import SmallBuild


def tree(folder: Path) -> dict[Path, bytes]:
    """Content of every file of a data folder."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def copied(source: Path, target: Path) -> Path:
    """A copy of a data folder, which a test may change."""
    return shutil.copytree(source, target, symlinks=True)


def call_small(small: SmallBuild, *arguments: str, data_dir: Path) -> CompletedProcess[str]:
    """Run `landscape` on the small field."""
    return call_landscape(*arguments, data_dir=data_dir, LANDSCAPE_SEEDS_DIR=str(small.seeds))


@pytest.fixture
def upstream(httpserver, small_build):
    """The series of one owner, for the small field."""
    return serving_one_owner(httpserver, small_build)


def serving_one_owner(server: HTTPServer, small: SmallBuild) -> Upstream:
    served = Upstream(server, seeds=small.seeds)
    served.hold_sample_series(names_starting="vllm-project/vllm/")
    served.start()
    return served


@pytest.fixture(scope="module")
def live_built(small_build, tmp_path_factory):
    """A data folder with live bronze and a live publication; read only for tests."""
    data_dir = tmp_path_factory.mktemp("live") / "data"
    with HTTPServer() as server:
        settings = serving_one_owner(server, small_build).settings()
        built = call_landscape("build", data_dir=data_dir, **settings)
    assert built.returncode == 0, built.stderr
    return data_dir


@pytest.fixture
def live_dir(live_built, tmp_path):
    """A data folder with live bronze and a live publication."""
    return copied(live_built, tmp_path / "live")


@pytest.mark.slow
@pytest.mark.parametrize("is_marked", [True, False], ids=["marked", "of an earlier version"])
def test_a_sample_build_leaves_a_live_folder_as_it_is(live_dir, is_marked):
    if not is_marked:
        (live_dir / ".data_profile").unlink()
    before = tree(live_dir)
    attempts = [
        (["build", "--sample"], {}),
        (["build", "--sample"], {"LANDSCAPE_PROFILE": "live"}),
        (["build"], {}),
        (["refresh", "--month", "2025-04"], {"LANDSCAPE_PROFILE": "sample"}),
        (["metrics", "fetch"], {"LANDSCAPE_PROFILE": "sample"}),
        (["explore", "--seed", "vllm-project/vllm"], {}),
        (["prune", "--keep", "1"], {"LANDSCAPE_PROFILE": "sample"}),
        (["publish"], {"LANDSCAPE_PROFILE": "sample"}),
    ]
    for arguments, settings in attempts:
        refused = call_landscape(*arguments, data_dir=live_dir, **settings)
        assert refused.returncode == 10, (arguments, refused.stderr)
        assert "holds live data" in refused.stderr
        assert "LANDSCAPE_PROFILE=live landscape build" in refused.stderr
        assert "Traceback" not in refused.stderr
    defs = build_defs(Settings(data_dir=live_dir, data_profile=DataProfile.SAMPLE))
    with dg.instance_for_test() as instance:
        job = defs.resolve_job_def("build_landscape")
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    assert not result.success
    assert tree(live_dir) == before


def test_live_data_do_not_enter_the_samples_folder(small_build, upstream):
    before = tree(small_build.data_dir)
    for arguments in (["build"], ["metrics", "fetch"], ["refresh", "--month", "2025-04"]):
        refused = call_landscape(*arguments, data_dir=small_build.data_dir, **upstream.settings())
        assert refused.returncode == 10, refused.stderr
        assert "holds sample data" in refused.stderr
    assert upstream.log == []
    assert tree(small_build.data_dir) == before


@pytest.mark.slow
def test_advice_in_a_live_folder_never_names_the_sample(live_dir):
    (live_dir / "public" / "landscape.duckdb").unlink()
    for arguments in (["query", "SELECT 1"], ["rank"], ["status"], ["network", "core"]):
        answered = call_landscape(*arguments, data_dir=live_dir)
        told = answered.stdout + answered.stderr
        assert "LANDSCAPE_PROFILE=live landscape build" in told, arguments
        assert "--sample" not in told, arguments


@pytest.mark.slow
def test_a_file_that_another_program_writes_is_named_with_the_program_and_a_build_goes_on(
    small_build, tmp_path
):
    data_dir = copied(small_build.data_dir, tmp_path / "data")
    path = data_dir / "public" / "landscape.duckdb"
    script = (
        "import duckdb, sys\nheld = duckdb.connect(sys.argv[1])\n"
        "held.execute('CREATE TABLE mine AS SELECT 1')\nprint('held', flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        refused = call_small(small_build, "query", "SELECT 1", data_dir=data_dir)
        assert refused.returncode == 5
        assert str(holder.pid) in refused.stderr
        assert "close it there" in refused.stderr
        assert "build --sample" not in refused.stderr
        assert "Traceback" not in refused.stderr
        shown = call_small(small_build, "status", data_dir=data_dir)
        assert shown.returncode == 0, shown.stderr
        assert "Problem:" in shown.stdout
        assert str(holder.pid) in shown.stdout
        assert "opendigger" in shown.stdout, "what bronze holds is said all the same"
        built = call_small(small_build, "build", "--sample", data_dir=data_dir)
        assert built.returncode == 0, built.stderr
        answered = call_small(small_build, "query", "SELECT project_id FROM projects", data_dir=data_dir)
        assert "vllm" in answered.stdout
        assert "ollama" in answered.stdout
        holder.communicate()
    assert read_snapshot_id(data_dir / "public") == read_snapshot_id(small_build.data_dir / "public")


@pytest.fixture(scope="module")
def earlier_dir(small_build, tmp_path_factory):
    """The small field as version 1 published it: today's file with the version and the name of that time."""
    data_dir = copied(small_build.data_dir, tmp_path_factory.mktemp("earlier") / "data")
    with duckdb.connect(str(data_dir / "public" / "landscape.duckdb")) as connection:
        connection.execute("ALTER TABLE metadata RENAME COLUMN data_profile TO profile")
        connection.execute("UPDATE metadata SET schema_version = '1'")
    return data_dir


READING = [
    ["query", "SELECT 1"],
    ["rank"],
    ["growth"],
    ["diff", "--from", "2025-01", "--as-of", "2025-04"],
    ["compare", "vllm", "ollama"],
    ["graveyard"],
    ["edges", "--project", "vllm"],
    ["network", "core"],
]


@pytest.mark.parametrize("arguments", READING, ids=lambda arguments: arguments[0])
def test_a_reader_says_which_version_a_file_is_of_and_what_to_do(earlier_dir, small_build, arguments):
    refused = call_small(small_build, *arguments, data_dir=earlier_dir)
    assert refused.returncode == 8, refused.stderr
    assert "is of an earlier version: its tables are of version 1," in refused.stderr
    assert f"reads version {SCHEMA_VERSION}" in refused.stderr
    assert str(earlier_dir / "public" / "landscape.duckdb") in refused.stderr
    assert "run `landscape build --sample`" in refused.stderr


def test_status_says_that_a_file_is_of_another_version(earlier_dir, small_build):
    shown = call_small(small_build, "status", data_dir=earlier_dir)
    assert shown.returncode == 0, shown.stderr
    assert "its tables are of version 1" in " ".join(shown.stdout.split())
    assert "opendigger" in shown.stdout


def test_a_later_file_asks_for_newer_software(earlier_dir, small_build, tmp_path):
    public = tmp_path / "public"
    public.mkdir()
    shutil.copy(earlier_dir / "public" / "landscape.duckdb", public)
    with duckdb.connect(str(public / "landscape.duckdb")) as connection:
        connection.execute("UPDATE metadata SET schema_version = '12'")
    refused = call_small(small_build, "rank", data_dir=tmp_path)
    assert refused.returncode == 8
    assert "a later version: its tables are of version 12" in " ".join(refused.stderr.split())
    assert "git pull" in refused.stderr


@pytest.mark.slow
def test_a_build_replaces_a_file_of_an_earlier_version(earlier_dir, small_build, tmp_path):
    data_dir = copied(earlier_dir, tmp_path / "data")
    built = call_small(small_build, "build", "--sample", data_dir=data_dir)
    assert built.returncode == 0, built.stderr
    with duckdb.connect(str(data_dir / "public" / "landscape.duckdb"), read_only=True) as connection:
        row = connection.sql("FROM metadata").pl().row(0, named=True)
        assert len(connection.sql("SHOW TABLES").fetchall()) == len(PUBLISHED)
    assert (row["schema_version"], row["data_profile"]) == (SCHEMA_VERSION, "sample")


@pytest.mark.slow
def test_what_a_damaged_file_says_to_do_works_and_deletes_nothing(small_build, tmp_path):
    data_dir = copied(small_build.data_dir, tmp_path / "data")
    damaged = [
        next(data_dir.glob(pattern))
        for pattern in (
            "bronze/manifest/events.parquet",
            "bronze/events/*/events.parquet",
            "bronze/quarantine/events.parquet",
            "bronze/opendigger/stars.parquet",
            "warehouse/openrank/month=2025-04/*.parquet",
        )
    ]
    for path in damaged:
        path.write_bytes(b"PAR1 no more")
    moved = []
    for _ in range(len(damaged) + 1):
        built = call_small(small_build, "build", "--sample", data_dir=data_dir)
        if built.returncode == 0:
            break
        assert built.returncode == 5, built.stderr
        assert "Without it: " in built.stderr
        (advice,) = [
            line.partition("again: ")[2] for line in built.stderr.splitlines() if "again: mv" in line
        ]
        verb, source, target = shlex.split(advice)
        assert verb == "mv"
        shutil.move(source, target)
        moved.append(source)
    assert built.returncode == 0, built.stderr
    assert set(moved) <= {str(path) for path in damaged}
    for source in moved:
        assert (data_dir / f"{source}.aside").read_bytes() == b"PAR1 no more"
    assert read_snapshot_id(data_dir / "public") == read_snapshot_id(small_build.data_dir / "public")
