"""Pruning frees what nobody needs, and nothing else, whenever it is stopped."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import generations
from pipelines.cli.prune import find_removals
from pipelines.floor.lock import writer_lock
from pipelines.floor.settings import Settings
from pipelines.generations import choose_superseded, read_snapshot_id
from pipelines.publish import is_complete
from tests.command import call_landscape

LEFTOVERS = (
    "public/generations/.unfinished-4711/landscape.duckdb",
    "public/.landscape.duckdb.4711",
    "bronze/opendigger/.stars.parquet.4711.tmp",
    "bronze/.folding/unfinished",
    "warehouse/build.duckdb.damaged",
    "warehouse/build.duckdb.tmp/spilt",
)
FACTS = ("bronze/events/day=2025-03-03/events.parquet", "bronze/.hours/2025-03-03-0.json.gz.part")


@pytest.fixture
def data_dir(sample_data_dir: Path, tmp_path: Path) -> Path:
    """A published sample with two older generations and everything that stopped runs leave."""
    data_dir = tmp_path / "data"
    shutil.copytree(sample_data_dir / "public", data_dir / "public", symlinks=True)
    shutil.copy(sample_data_dir / ".data_profile", data_dir)
    for age, snapshot_id in enumerate(("older", "oldest"), start=1):
        generation = data_dir / "public" / "generations" / snapshot_id
        generation.mkdir()
        (generation / "landscape.duckdb").write_bytes(b"x" * 100)
        os.utime(generation, (1_000_000 - age, 1_000_000 - age))
    for name in (*LEFTOVERS, *FACTS):
        path = data_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 10)
    return data_dir


def files(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and ".lock" not in path.name
    }


def test_old_generations_and_leftovers_go_and_the_rest_stays(data_dir: Path):
    before = files(data_dir)
    current = read_snapshot_id(data_dir / "public")
    assert current
    announced = call_landscape("prune", "--keep", "2", "--dry-run", data_dir=data_dir)
    assert files(data_dir) == before
    finished = call_landscape("prune", "--keep", "2", data_dir=data_dir)
    assert finished.returncode == 0, finished.stderr
    assert before - files(data_dir) == {*LEFTOVERS, "public/generations/oldest/landscape.duckdb"}
    assert is_complete(data_dir / "public", current)
    assert finished.stdout.splitlines()[:-1] == announced.stdout.splitlines()[:-1]
    assert finished.stdout.splitlines()[-1] == "7 removed, 160 bytes freed."
    assert "Nothing to remove" in call_landscape("prune", "--keep", "2", data_dir=data_dir).stdout


def test_what_readers_open_stays_even_if_others_are_newer(data_dir: Path):
    current = read_snapshot_id(data_dir / "public")
    assert current
    os.utime(data_dir / "public" / "generations" / current, (1, 1))
    # A publication that is killed between its two renames leaves the link at the generation before.
    link = data_dir / "public" / "parquet"
    link.unlink()
    link.symlink_to(Path("generations") / "oldest" / "parquet", target_is_directory=True)
    removed = {removal.path.name for removal in find_removals(Settings(data_dir=data_dir), 1)}
    assert "older" in removed
    assert removed.isdisjoint({current, "oldest"})


def test_a_removal_that_was_killed_is_finished_and_costs_no_other_generation(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    def killed(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(generations.shutil, "rmtree", killed)
        generations.remove_generation(data_dir / "public" / "generations" / "oldest")
    removed = {removal.path.name for removal in find_removals(Settings(data_dir=data_dir), 2)}
    assert ".unfinished-oldest" in removed
    assert "older" not in removed


def test_a_running_writer_is_waited_for_and_named(data_dir: Path):
    with writer_lock(
        data_dir / "warehouse",
        command="landscape build",
        now=datetime(2026, 1, 1, tzinfo=UTC),
        wait_seconds=0,
        on_wait=lambda _: None,
    ):
        finished = call_landscape("prune", "--wait", "0", data_dir=data_dir)
    assert finished.returncode == 7
    assert "landscape build" in finished.stderr
    assert all((data_dir / name).exists() for name in LEFTOVERS)


def test_nothing_built_is_nothing_to_remove(tmp_path: Path):
    finished = call_landscape("prune", data_dir=tmp_path / "data")
    assert finished.returncode == 0
    assert "nothing was built yet" in finished.stdout
    assert not (tmp_path / "data").exists()


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 5)),
    st.integers(1, 5),
    st.data(),
)
def test_the_newest_stay(written_at: dict[str, int], kept_count: int, data: st.DataObject):
    in_use = data.draw(st.sets(st.sampled_from(sorted(written_at)), max_size=2)) if written_at else set()
    superseded = choose_superseded(written_at, in_use, kept_count)
    stay = written_at.keys() - set(superseded)
    assert len(stay) == min(len(written_at), max(kept_count, len(in_use)))
    assert in_use <= stay
    assert all(written_at[gone] <= written_at[kept] for gone in superseded for kept in stay - in_use)
