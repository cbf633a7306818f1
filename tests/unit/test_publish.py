"""Publishing: all or nothing, three generations, readers undisturbed."""

from __future__ import annotations

import multiprocessing
import shutil

import duckdb
import pytest

from pipelines.floor.errors import ChecksFailedError, StorageError
from pipelines.generations import public_file, read_snapshot_id
from pipelines.publish import compute_snapshot_id, is_complete, publish, publish_if_changed
from pipelines.tables.contracts import PUBLISHED
from tests.readers import read_in_a_loop


def next_snapshot(build: duckdb.DuckDBPyConnection, number: int) -> str:
    """Change one text in the build, as a refresh would, and recompute the fingerprint."""
    build.execute("UPDATE mart.projects SET description = ? WHERE project_id = 'vllm'", [f"version {number}"])
    snapshot_id = compute_snapshot_id(build)
    build.execute("UPDATE mart.metadata SET snapshot_id = ?", [snapshot_id])
    return snapshot_id


@pytest.fixture
def unchecked(monkeypatch):
    """Publish without the rules of the tables, which take half the time: for tests of files and renames alone."""
    monkeypatch.setattr("pipelines.publish.check_all", lambda _connection: [])


def test_failed_check_publishes_nothing_and_names_rule_and_rows(small_build_copy, tmp_path):
    public_dir = tmp_path / "public"
    good = publish(small_build_copy, public_dir)
    before = public_file(public_dir).read_bytes()
    small_build_copy.execute("UPDATE mart.project_rankings SET rank = -1 WHERE project_id = 'vllm'")
    with pytest.raises(ChecksFailedError) as caught:
        publish(small_build_copy, public_dir)
    message = str(caught.value)
    assert "project_rankings: rank|min" in message
    assert "'project_id': 'vllm'" in message
    assert public_file(public_dir).read_bytes() == before
    assert read_snapshot_id(public_dir) == good.snapshot_id


@pytest.mark.usefixtures("unchecked")
def test_three_generations_are_kept(small_build_copy, tmp_path):
    snapshots: list[str] = []
    for number in range(5):
        snapshots.append(next_snapshot(small_build_copy, number))
        publish(small_build_copy, tmp_path)
        assert is_complete(tmp_path, snapshots[-1])
    assert {path.name for path in (tmp_path / "generations").iterdir()} == set(snapshots[-3:])
    for snapshot in snapshots[-3:]:
        with duckdb.connect(
            str(tmp_path / "generations" / snapshot / "landscape.duckdb"), read_only=True
        ) as old:
            assert old.execute("SELECT snapshot_id FROM metadata").fetchall() == [(snapshot,)]


@pytest.mark.usefixtures("unchecked")
def test_equal_content_is_not_published_again_unless_something_is_missing(small_build_copy, tmp_path):
    assert publish_if_changed(small_build_copy, tmp_path).is_new
    written = public_file(tmp_path).stat()
    assert not publish_if_changed(small_build_copy, tmp_path).is_new
    assert public_file(tmp_path).stat().st_ino == written.st_ino
    (tmp_path / "parquet").unlink()
    publish_if_changed(small_build_copy, tmp_path)
    assert (tmp_path / "parquet" / "projects.parquet").exists()
    public_file(tmp_path).write_bytes(b"damaged")
    publish_if_changed(small_build_copy, tmp_path)
    assert read_snapshot_id(tmp_path) is not None


def test_snapshot_id_depends_on_rows_not_on_their_order(small_build_copy):
    before = compute_snapshot_id(small_build_copy)
    small_build_copy.execute("CREATE OR REPLACE TABLE mart.projects AS FROM mart.projects ORDER BY name DESC")
    assert compute_snapshot_id(small_build_copy) == before
    small_build_copy.execute(
        "UPDATE mart.projects SET stars_count = stars_count + 1 WHERE project_id = 'vllm'"
    )
    assert compute_snapshot_id(small_build_copy) != before


@pytest.mark.usefixtures("unchecked")
def test_killed_run_leaves_nothing_behind_after_the_next(small_build_copy, tmp_path):
    public_dir = tmp_path / "public"
    unfinished = public_dir / "generations" / ".unfinished-4711"
    unfinished.mkdir(parents=True)
    (unfinished / "landscape.duckdb").write_bytes(b"half")
    (public_dir / ".landscape.duckdb.4711").write_bytes(b"half")
    publish(small_build_copy, public_dir)
    assert sorted(path.name for path in public_dir.iterdir()) == [
        "generations",
        "landscape.duckdb",
        "parquet",
    ]
    assert not unfinished.exists()


def test_an_unwritable_folder_is_reported_and_the_last_good_file_stays(small_build_copy, tmp_path):
    public_dir = tmp_path / "public"
    public_dir.mkdir()
    (public_dir / "generations").write_text("a file stands here")
    with pytest.raises(StorageError, match="the last good file stays"):
        publish(small_build_copy, public_dir)


@pytest.mark.slow
@pytest.mark.usefixtures("unchecked")
def test_twenty_readers_never_fail_while_ten_snapshots_are_published(small_build_copy, tmp_path):
    publish(small_build_copy, tmp_path)
    context = multiprocessing.get_context("spawn")
    begun, enough, seen = context.Semaphore(0), context.Event(), context.Queue()
    readers = [
        context.Process(
            target=read_in_a_loop, args=(str(public_file(tmp_path)), tuple(PUBLISHED), begun, enough, seen)
        )
        for _ in range(20)
    ]
    for reader in readers:
        reader.start()
    for _ in readers:
        begun.acquire()
    for number in range(10):
        next_snapshot(small_build_copy, number)
        publish(small_build_copy, tmp_path)
    enough.set()
    for reader in readers:
        reader.join()
    assert {reader.exitcode for reader in readers} == {0}
    results = [seen.get() for _ in readers]
    assert [result for result in results if isinstance(result, str)] == []
    assert len(set().union(*results)) >= 2, "readers should have seen snapshots change"


@pytest.mark.usefixtures("unchecked")
def test_generation_is_independent_of_the_public_file(small_build_copy, tmp_path):
    publication = publish(small_build_copy, tmp_path)
    shutil.copy(public_file(tmp_path), tmp_path / "copy")
    public_file(tmp_path).write_bytes(b"a reader spoiled it")
    generation = tmp_path / "generations" / publication.snapshot_id / "landscape.duckdb"
    assert generation.read_bytes() == (tmp_path / "copy").read_bytes()


def test_half_finished_build_is_not_published_under_an_earlier_id(small_build_copy, tmp_path):
    publish(small_build_copy, tmp_path)
    before = public_file(tmp_path).read_bytes()
    small_build_copy.execute("UPDATE mart.projects SET name = 'edited' WHERE project_id = 'ollama'")
    with pytest.raises(ChecksFailedError, match="snapshot_id is the fingerprint"):
        publish_if_changed(small_build_copy, tmp_path)
    assert public_file(tmp_path).read_bytes() == before


@pytest.mark.usefixtures("unchecked")
def test_export_that_points_at_another_generation_is_mended(small_build_copy, tmp_path):
    first = next_snapshot(small_build_copy, 1)
    publish(small_build_copy, tmp_path)
    second = next_snapshot(small_build_copy, 2)
    publish(small_build_copy, tmp_path)
    (tmp_path / "parquet").unlink()
    (tmp_path / "parquet").symlink_to(f"generations/{first}/parquet")
    publish_if_changed(small_build_copy, tmp_path)
    assert (tmp_path / "parquet").resolve().parent.name == second


def test_build_file_without_its_tables_says_what_to_run(small_build_copy, tmp_path):
    publish(small_build_copy, tmp_path)
    before = public_file(tmp_path).read_bytes()
    small_build_copy.execute("DROP TABLE mart.project_rankings")
    with pytest.raises(StorageError, match="lacks project_rankings") as caught:
        publish(small_build_copy, tmp_path)
    assert "landscape build" in str(caught.value)
    assert public_file(tmp_path).read_bytes() == before


def test_failed_publication_leaves_no_half_written_generation(small_build_copy, tmp_path, monkeypatch):
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipelines.publish._sync", full_disk)
    with pytest.raises(StorageError, match="No space left"):
        publish(small_build_copy, tmp_path)
    assert list((tmp_path / "generations").iterdir()) == []
