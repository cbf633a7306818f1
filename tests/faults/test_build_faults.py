"""A build that is stopped, starved or lied to: a clear message, nothing lost, and the next run completes."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from pipelines.publish import read_snapshot_id
from tests.command import LANDSCAPE, call_landscape

CHECKOUT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


def start_build(data_dir: Path, **options) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LANDSCAPE_")}
    return subprocess.Popen(
        [str(LANDSCAPE), "build", "--sample"],
        env=environment | {"LANDSCAPE_DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def wait_for(condition, process: subprocess.Popen[str], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)


def published_as_elsewhere(data_dir: Path, sample_data_dir: Path) -> bool:
    return read_snapshot_id(data_dir / "public") == read_snapshot_id(sample_data_dir / "public")


# A file or folder whose first appearance marks the middle of a step.
MARKS = {
    "fetching": "bronze",
    "events": "bronze/opendigger/openrank.parquet",
    "warehouse": "warehouse/build.duckdb",
    "publishing": "public/generations",
}


@pytest.mark.parametrize("mark", MARKS)
def test_kill_at_any_step_is_mended_by_the_next_run(tmp_path, sample_data_dir, mark):
    data_dir = tmp_path / "data"
    process = start_build(data_dir)
    wait_for((data_dir / MARKS[mark]).exists, process)
    process.kill()
    process.communicate()
    finished = call_landscape("build", "--sample", data_dir=data_dir)
    assert finished.returncode == 0, finished.stderr
    assert published_as_elsewhere(data_dir, sample_data_dir)
    leftovers = [
        path
        for path in data_dir.rglob("*")
        if path.name.endswith(".tmp") or path.name.startswith((".hours", ".unf"))
    ]
    assert leftovers == []


def test_ctrl_c_says_that_nothing_is_lost(tmp_path, sample_data_dir):
    data_dir = tmp_path / "data"
    process = start_build(data_dir)
    wait_for((data_dir / "bronze").exists, process)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "nothing is lost" in stderr
    assert "Traceback" not in stderr
    assert call_landscape("build", "--sample", data_dir=data_dir).returncode == 0
    assert published_as_elsewhere(data_dir, sample_data_dir)


def test_two_builds_at_once_end_with_the_same_result(tmp_path, sample_data_dir):
    data_dir = tmp_path / "data"
    first = start_build(data_dir)
    wait_for((data_dir / "warehouse" / ".lock.holder.json").exists, first)
    second = start_build(data_dir)
    first.communicate(timeout=120)
    _, told = second.communicate(timeout=120)
    assert first.returncode == 0
    assert second.returncode == 0
    assert f"process {first.pid}" in told
    assert "landscape build --sample" in told
    assert published_as_elsewhere(data_dir, sample_data_dir)


def test_who_will_not_wait_is_told_for_whom(tmp_path):
    data_dir = tmp_path / "data"
    first = start_build(data_dir)
    wait_for((data_dir / "warehouse" / ".lock.holder.json").exists, first)
    second = call_landscape("build", "--sample", "--wait", "0", data_dir=data_dir)
    assert second.returncode == 7
    assert f"process {first.pid}" in second.stderr
    first.communicate(timeout=120)
    assert first.returncode == 0


@pytest.mark.parametrize("limit_bytes", [20_000, 1_000_000])
def test_full_disk_is_told_and_mended(tmp_path, sample_data_dir, limit_bytes):
    """A limit on the size of a file stands in for a full disk: the kernel refuses to write on, as it does there."""
    data_dir = tmp_path / "data"
    process = start_build(
        data_dir, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
    )
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 5, stderr
    assert str(data_dir) in stderr
    assert "What to do:" in stderr
    assert "Traceback" not in stderr
    assert read_snapshot_id(data_dir / "public") is None
    assert call_landscape("build", "--sample", data_dir=data_dir).returncode == 0
    assert published_as_elsewhere(data_dir, sample_data_dir)


def test_folder_that_refuses_writing_is_told(tmp_path):
    # Even root cannot make a folder in /proc.
    finished = call_landscape("build", "--sample", data_dir=Path("/proc/landscape"))
    assert finished.returncode == 5
    assert "/proc/landscape" in finished.stderr
    assert "LANDSCAPE_DATA_DIR" in finished.stderr


@pytest.mark.parametrize("folder", ["bronze", "warehouse", "public"])
def test_any_generated_folder_may_be_deleted(tmp_path, sample_data_dir, folder):
    data_dir = tmp_path / "data"
    shutil.copytree(sample_data_dir, data_dir, symlinks=True)
    shutil.rmtree(data_dir / folder)
    assert call_landscape("build", "--sample", data_dir=data_dir).returncode == 0
    assert published_as_elsewhere(data_dir, sample_data_dir)


@pytest.mark.parametrize("name", ["warehouse/build.duckdb", "public/landscape.duckdb"])
def test_damaged_file_of_ours_is_rebuilt(tmp_path, sample_data_dir, name):
    data_dir = tmp_path / "data"
    shutil.copytree(sample_data_dir, data_dir, symlinks=True)
    (data_dir / name).write_bytes(b"not a database")
    finished = call_landscape("build", "--sample", data_dir=data_dir)
    assert finished.returncode == 0, finished.stderr
    assert published_as_elsewhere(data_dir, sample_data_dir)


@pytest.fixture
def checkout_copy(tmp_path):
    """A checkout whose sample may be spoiled."""
    copy = tmp_path / "checkout"
    for name in ("pipelines", "seeds"):
        shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "data" / "sample").mkdir(parents=True)
    return copy


def build_in(checkout: Path, data_dir: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LANDSCAPE_")}
    environment |= {"LANDSCAPE_DATA_DIR": str(data_dir), "PYTHONPATH": str(checkout)}
    return subprocess.run(
        [
            str(LANDSCAPE.with_name("python")),
            "-c",
            "from pipelines.cli.app import main; main()",
            "build",
            "--sample",
        ],
        env=environment,
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )


def test_missing_and_damaged_sample_say_how_to_get_it_back(checkout_copy, tmp_path):
    sample = checkout_copy / "data" / "sample" / "sample.zip"
    missing = build_in(checkout_copy, tmp_path / "data")
    assert missing.returncode == 4, missing.stderr
    good = (CHECKOUT / "data" / "sample" / "sample.zip").read_bytes()
    sample.write_bytes(good[: len(good) // 2])
    cut = build_in(checkout_copy, tmp_path / "data")
    assert cut.returncode == 4
    with zipfile.ZipFile(CHECKOUT / "data" / "sample" / "sample.zip") as source:
        victim = source.getinfo("opendigger/github/vllm-project/vllm/openrank.json")
    spoiled = bytearray(good)
    spoiled[victim.header_offset + 80] ^= 0xFF
    sample.write_bytes(bytes(spoiled))
    flipped = build_in(checkout_copy, tmp_path / "data")
    assert flipped.returncode == 4
    assert "vllm-project/vllm/openrank.json" in flipped.stderr
    for finished in (missing, cut, flipped):
        assert "git checkout -- data/sample/sample.zip" in finished.stderr
        assert "Traceback" not in finished.stderr
    assert not (tmp_path / "data" / "public").exists()


def test_seeds_with_a_slip_stop_the_build_before_anything_is_written(tmp_path, sample_data_dir):
    seeds = tmp_path / "seeds"
    shutil.copytree(CHECKOUT / "seeds", seeds)
    projects = seeds / "projects.yml"
    projects.write_text(
        projects.read_text(encoding="utf-8").replace("id: vllm\n", "id: sglang\n", 1), encoding="utf-8"
    )
    data_dir = tmp_path / "data"
    shutil.copytree(sample_data_dir, data_dir, symlinks=True)
    finished = call_landscape("build", "--sample", data_dir=data_dir, LANDSCAPE_SEEDS_DIR=str(seeds))
    assert finished.returncode == 3
    assert 'duplicate project "sglang"' in finished.stderr
    assert published_as_elsewhere(data_dir, sample_data_dir)
