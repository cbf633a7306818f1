"""A build that is stopped, starved or lied to: a clear message, nothing lost, and the next run completes."""

from __future__ import annotations

import io
import os
import resource
import shutil
import signal
import subprocess
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.floor.settings import Settings
from pipelines.generations import read_snapshot_id
from tests.command import LANDSCAPE, call_landscape

if TYPE_CHECKING:
    from tests.conftest import SmallBuild

CHECKOUT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


def start_build(small: SmallBuild, data_dir: Path, **options) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LANDSCAPE_")}
    return subprocess.Popen(
        [str(LANDSCAPE), "build", "--sample"],
        env=environment | {"LANDSCAPE_DATA_DIR": str(data_dir), "LANDSCAPE_SEEDS_DIR": str(small.seeds)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def build(small: SmallBuild, data_dir: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return call_landscape(
        "build", "--sample", *options, data_dir=data_dir, LANDSCAPE_SEEDS_DIR=str(small.seeds)
    )


def wait_for(condition, process: subprocess.Popen[str]) -> None:
    while not condition() and process.poll() is None:
        time.sleep(0.005)


def assert_published_as_elsewhere(data_dir: Path, small: SmallBuild) -> None:
    expected = read_snapshot_id(small.data_dir / "public")
    assert expected is not None
    assert read_snapshot_id(data_dir / "public") == expected


# A file or folder whose first appearance marks the middle of a step.
MARKS = {
    "fetching": "bronze",
    "events": "bronze/opendigger/openrank.parquet",
    "warehouse": "warehouse/build.duckdb",
    "publishing": "public/generations",
}


@pytest.mark.parametrize("mark", MARKS)
def test_kill_at_any_step_is_mended_by_the_next_run(tmp_path, small_build, mark):
    data_dir = tmp_path / "data"
    process = start_build(small_build, data_dir)
    wait_for((data_dir / MARKS[mark]).exists, process)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "the build had ended before it was killed"
    finished = build(small_build, data_dir)
    assert finished.returncode == 0, finished.stderr
    assert_published_as_elsewhere(data_dir, small_build)
    leftovers = [
        path
        for path in data_dir.rglob("*")
        if path.name.endswith(".tmp") or path.name.startswith((".hours", ".unf"))
    ]
    assert leftovers == []


def test_ctrl_c_says_that_nothing_is_lost(tmp_path, small_build):
    data_dir = tmp_path / "data"
    process = start_build(small_build, data_dir)
    wait_for((data_dir / "bronze").exists, process)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate()
    assert process.returncode == 130
    assert "nothing is lost" in stderr
    assert "Traceback" not in stderr
    assert build(small_build, data_dir).returncode == 0
    assert_published_as_elsewhere(data_dir, small_build)


def test_two_builds_at_once_end_with_the_same_result(tmp_path, small_build):
    data_dir = tmp_path / "data"
    first = start_build(small_build, data_dir)
    wait_for((data_dir / "warehouse" / ".lock.holder.json").exists, first)
    second = start_build(small_build, data_dir)
    first.communicate()
    _, told = second.communicate()
    assert first.returncode == 0
    assert second.returncode == 0
    assert f"process {first.pid}" in told
    assert "landscape build --sample" in told
    assert_published_as_elsewhere(data_dir, small_build)


def test_a_run_that_does_not_wait_names_the_writer(tmp_path, small_build):
    data_dir = tmp_path / "data"
    first = start_build(small_build, data_dir)
    wait_for((data_dir / "warehouse" / ".lock.holder.json").exists, first)
    second = build(small_build, data_dir, "--wait", "0")
    assert second.returncode == 7
    assert f"process {first.pid}" in second.stderr
    first.kill()
    first.communicate()


@pytest.mark.parametrize("limit_bytes", [20_000, 1_000_000])
def test_a_full_disk_is_reported_and_mended(tmp_path, small_build, limit_bytes):
    """A limit on the size of a file simulates a full disk: the kernel refuses further writes in both cases."""
    data_dir = tmp_path / "data"
    process = start_build(
        small_build,
        data_dir,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes)),
    )
    _, stderr = process.communicate()
    assert process.returncode == 5, stderr
    assert str(data_dir) in stderr
    assert "What to do:" in stderr
    assert "Traceback" not in stderr
    assert read_snapshot_id(data_dir / "public") is None
    assert build(small_build, data_dir).returncode == 0
    assert_published_as_elsewhere(data_dir, small_build)


def test_a_read_only_folder_is_reported(tmp_path):
    # Even root cannot make a folder in /proc.
    finished = call_landscape("build", "--sample", data_dir=Path("/proc/landscape"))
    assert finished.returncode == 5
    assert "/proc/landscape" in finished.stderr
    assert "LANDSCAPE_DATA_DIR" in finished.stderr


@pytest.mark.parametrize("folder", ["bronze", "warehouse", "public"])
def test_any_generated_folder_may_be_deleted(tmp_path, small_build, folder):
    data_dir = tmp_path / "data"
    shutil.copytree(small_build.data_dir, data_dir, symlinks=True)
    shutil.rmtree(data_dir / folder)
    assert build(small_build, data_dir).returncode == 0
    assert_published_as_elsewhere(data_dir, small_build)


@pytest.mark.parametrize("name", ["warehouse/build.duckdb", "public/landscape.duckdb"])
def test_damaged_file_of_ours_is_rebuilt(tmp_path, small_build, name):
    data_dir = tmp_path / "data"
    shutil.copytree(small_build.data_dir, data_dir, symlinks=True)
    (data_dir / name).write_bytes(b"not a database")
    finished = build(small_build, data_dir)
    assert finished.returncode == 0, finished.stderr
    assert_published_as_elsewhere(data_dir, small_build)


def test_missing_and_damaged_sample_say_how_to_get_it_back(tmp_path, monkeypatch, small_build):
    good, sample = Settings().sample_archive.read_bytes(), tmp_path / "sample.zip"
    monkeypatch.setattr(Settings, "sample_archive", property(lambda _: sample))
    data_dir = tmp_path / "data"
    missing = build(small_build, data_dir)
    assert missing.returncode == 4, missing.stderr
    sample.write_bytes(good[: len(good) // 2])
    cut = build(small_build, data_dir)
    assert cut.returncode == 4
    with zipfile.ZipFile(io.BytesIO(good)) as source:
        victim = source.getinfo("opendigger/github/vllm-project/vllm/openrank.json")
    spoiled = bytearray(good)
    spoiled[victim.header_offset + 80] ^= 0xFF
    sample.write_bytes(bytes(spoiled))
    flipped = build(small_build, data_dir)
    assert flipped.returncode == 4
    assert "vllm-project/vllm/openrank.json" in flipped.stderr
    for finished in (missing, cut, flipped):
        assert "git checkout -- data/sample/sample.zip" in finished.stderr
        assert "Traceback" not in finished.stderr
    assert not (data_dir / "public").exists()


def test_seeds_with_a_slip_stop_the_build_before_anything_is_written(tmp_path, small_build):
    seeds = tmp_path / "seeds"
    shutil.copytree(CHECKOUT / "seeds", seeds)
    projects = seeds / "projects.yml"
    projects.write_text(
        projects.read_text(encoding="utf-8").replace("id: vllm\n", "id: sglang\n", 1), encoding="utf-8"
    )
    data_dir = tmp_path / "data"
    shutil.copytree(small_build.data_dir, data_dir, symlinks=True)
    finished = call_landscape("build", "--sample", data_dir=data_dir, LANDSCAPE_SEEDS_DIR=str(seeds))
    assert finished.returncode == 3
    assert 'duplicate project "sglang"' in finished.stderr
    assert_published_as_elsewhere(data_dir, small_build)
