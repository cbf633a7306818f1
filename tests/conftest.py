"""Fixtures every room may use: the checkout, the sample built once, and the real files where they are."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import hypothesis
import pytest
from filelock import FileLock

from pipelines.warehouse.connection import open_build
from tests.command import call_landscape, run_landscape
from tests.fields import project, projects_file, write_field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from subprocess import CompletedProcess

CHECKOUT = Path(__file__).resolve().parents[1]
REAL_FILES = CHECKOUT.parent / "shared" / "data"


@dataclass(frozen=True)
class SampleBuild:
    """The data folder of the built sample, and what the build printed."""

    data_dir: Path
    stdout: str


@dataclass(frozen=True)
class SmallBuild:
    """The data folder of a small field built from the sample, and its seeds."""

    data_dir: Path
    seeds: Path


# Examples may take long on a busy machine; a deadline would make a property fail for the machine's sake.
hypothesis.settings.register_profile(
    "steady", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if REAL_FILES.is_dir():
        return
    absent = pytest.mark.skip(
        reason="no ../shared/data beside the checkout: tests on real upstream files left out"
    )
    for item in items:
        if item.get_closest_marker("real_files"):
            item.add_marker(absent)


@pytest.fixture(scope="session")
def sample_build(tmp_path_factory: pytest.TempPathFactory) -> SampleBuild:
    """The sample, built and published once for all workers of a run; read only for tests."""
    return _built_once(
        tmp_path_factory,
        "sample",
        lambda folder: run_landscape("build", "--sample", data_dir=folder / "data"),
    )


@pytest.fixture(scope="session")
def small_build(tmp_path_factory: pytest.TempPathFactory) -> SmallBuild:
    """A field of two projects, built from the sample once for all workers of a run; read only for tests."""
    entries = [project("vllm", "vllm-project/vllm"), project("ollama", "ollama/ollama")]

    def build(folder: Path) -> CompletedProcess[str]:
        seeds = write_field(folder / "seeds", projects_file(entries))
        return call_landscape("build", "--sample", data_dir=folder / "data", LANDSCAPE_SEEDS_DIR=str(seeds))

    data_dir = _built_once(tmp_path_factory, "small", build).data_dir
    return SmallBuild(data_dir, data_dir.with_name("seeds"))


def _built_once(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    build: Callable[[Path], CompletedProcess[str]],
) -> SampleBuild:
    """Build in a folder that all workers share, unless one of them has."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    said = folder / "said.txt"
    with FileLock(folder.with_suffix(".lock")):
        if not said.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            finished = build(folder)
            assert finished.returncode == 0, finished.stderr
            said.write_text(finished.stdout, encoding="utf-8")
    return SampleBuild(folder / "data", said.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def sample_data_dir(sample_build: SampleBuild) -> Path:
    """A data folder with the sample built and published; read only for tests."""
    return sample_build.data_dir


@pytest.fixture(scope="session")
def landscape(sample_data_dir: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published sample, read only."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{sample_data_dir}/public/landscape.duckdb' AS landscape (READ_ONLY)")
        connection.execute("USE landscape")
        yield connection


@pytest.fixture
def build_copy(sample_data_dir: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the sample's build file, for tests that spoil it."""
    with _copied_build(sample_data_dir, tmp_path) as connection:
        yield connection


@pytest.fixture
def small_build_copy(small_build: SmallBuild, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the small field's build file, which is published in a second; tests may spoil it."""
    with _copied_build(small_build.data_dir, tmp_path) as connection:
        yield connection


@contextmanager
def _copied_build(data_dir: Path, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    warehouse = folder / "warehouse"
    warehouse.mkdir()
    shutil.copy(data_dir / "warehouse" / "build.duckdb", warehouse)
    with open_build(warehouse) as connection:
        yield connection


@pytest.fixture(scope="session")
def worker_copy(
    sample_data_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """This worker's copy of the sample's build file, for `spoilable_build`."""
    with _copied_build(sample_data_dir, tmp_path_factory.mktemp("sample_copy")) as connection:
        yield connection


@pytest.fixture(scope="session")
def small_worker_copy(
    small_build: SmallBuild, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """This worker's copy of the small field's build file, for `small_spoilable_build`."""
    with _copied_build(small_build.data_dir, tmp_path_factory.mktemp("small_copy")) as connection:
        yield connection


@pytest.fixture
def spoilable_build(worker_copy: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sample's build file in a transaction that is rolled back: tests may spoil it, not commit or publish."""
    with _rolled_back(worker_copy) as connection:
        yield connection


@pytest.fixture
def small_spoilable_build(
    small_worker_copy: duckdb.DuckDBPyConnection,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The small field's build file in a transaction that is rolled back: tests may spoil it, not commit or publish."""
    with _rolled_back(small_worker_copy) as connection:
        yield connection


@contextmanager
def _rolled_back(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    connection.begin()
    try:
        yield connection
    finally:
        connection.rollback()


@pytest.fixture
def real_files() -> Path:
    """Folder of the real upstream files; tests that use it are marked ``real_files``."""
    return REAL_FILES
