"""Readers share a generation while somebody uses it, and a new reader sees the newest one."""

from __future__ import annotations

import gc
import shutil

import duckdb
import pytest

from pipelines.floor.errors import NotPublishedError, OtherVersionError, QueryError, StorageError
from pipelines.published import generation as generations
from pipelines.published import open_landscape
from pipelines.published.generation import open_generation
from pipelines.tables.contracts import SCHEMA_VERSION
from tests.command import call_landscape

AS_OF = "SELECT as_of FROM metadata"


@pytest.fixture
def public_dir(sample_data_dir, tmp_path):
    shutil.copytree(sample_data_dir / "public", tmp_path / "public", symlinks=True)
    return tmp_path / "public"


@pytest.fixture
def path(public_dir):
    return public_dir / "landscape.duckdb"


def changed(path, *statements):
    """Publish another file under the same path, as publishing does: write it to another name and rename it."""
    newer = path.with_name("newer.duckdb")
    shutil.copy(path, newer)
    with duckdb.connect(str(newer)) as connection:
        for statement in statements:
            connection.execute(statement)
    newer.replace(path)


def replaced(path):
    changed(path, "UPDATE metadata SET as_of = DATE '2030-01-01'")


def test_readers_share_a_generation_and_each_sees_what_it_opened(path):
    first, second = open_generation(path), open_generation(path)
    assert first is second
    before = first.ask(AS_OF).item()
    replaced(path)
    newest = open_generation(path)
    assert str(newest.ask(AS_OF).item()) == "2030-01-01"
    assert first.ask(AS_OF).item() == before
    assert first.ask("SELECT as_of::VARCHAR FROM metadata").item() == str(before)


def test_a_generation_that_nobody_holds_is_closed(path):
    generation = open_generation(path)
    connection = generation._connection
    identity = generation.identity
    del generation
    gc.collect()
    assert identity not in generations._open
    with pytest.raises(duckdb.ConnectionException):
        connection.execute("SELECT 1")


def test_a_generation_keeps_the_newest_answers_and_no_more(path, monkeypatch):
    monkeypatch.setattr(generations, "ANSWERS_KEPT", 2)
    generation = open_generation(path)
    first = generation.ask("SELECT $one", {"one": 1})
    assert generation.ask("SELECT $one", {"one": 1}) is first
    assert generation.ask("SELECT $one", {"one": 2}).item() == 2
    generation.ask("SELECT $one", {"one": 3})
    assert generation.ask("SELECT $one", {"one": 1}) is not first
    assert len(generation._kept) == 2


def test_no_file_says_what_to_run(tmp_path):
    with pytest.raises(NotPublishedError, match="no landscape has been published"):
        open_landscape(tmp_path)


def test_a_damaged_file_is_no_landscape_and_no_advice_to_build_the_sample(path):
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(StorageError, match="cannot be read") as error:
        open_landscape(path)
    assert "--sample" not in error.value.hint


def test_the_published_file_cannot_be_changed_by_a_reader(path):
    with pytest.raises(duckdb.Error, match="read-only"):
        open_generation(path).ask("INSERT INTO metadata FROM metadata")


def test_a_person_may_ask_one_select(public_dir):
    landscape = open_landscape(public_dir)
    assert landscape.query("SELECT 1 AS one").item() == 1
    for sql in ("ATTACH ':memory:' AS other", "SELECT 1; SELECT 2", "FROM nowhere"):
        with pytest.raises(QueryError):
            landscape.query(sql)


@pytest.mark.parametrize(
    ("version", "kind", "what_to_do"),
    [("0", "an earlier version", "landscape build"), ("999", "a later version", "bring the software up")],
)
def test_a_file_of_another_version_is_refused_in_one_sentence(path, version, kind, what_to_do):
    changed(path, f"UPDATE metadata SET schema_version = '{version}'")
    with pytest.raises(OtherVersionError) as error:
        open_landscape(path)
    assert error.value.what == (
        f"the published file is of {kind}: its tables are of version {version}, this software reads version"
        f" {SCHEMA_VERSION}"
    )
    assert what_to_do in error.value.hint
    assert (
        open_landscape(path, any_version=True).provenance.metadata().frame["schema_version"].item() == version
    )


def test_a_file_that_lacks_a_column_is_refused_by_name(path):
    changed(path, "ALTER TABLE projects DROP COLUMN language", "DROP TABLE edge_evidence")
    with pytest.raises(OtherVersionError, match=r"it lacks .*edge_evidence") as error:
        open_landscape(path)
    assert set(error.value.lacking) == {"projects.language", "edge_evidence"}
    assert open_landscape(path, any_version=True).lacking == error.value.lacking


def test_commands_refuse_a_file_of_another_version_in_the_same_sentence(public_dir, path):
    changed(path, "UPDATE metadata SET schema_version = '999'")
    finished = call_landscape("query", "FROM metadata", data_dir=public_dir.parent)
    assert finished.returncode == NotPublishedError.exit_code
    assert "of a later version" in finished.stderr
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT content FROM read_text('/proc/self/environ')",
        "FROM glob('/*')",
        "FROM read_csv('/etc/passwd')",
        "FROM '/etc/passwd'",
    ],
)
def test_a_query_shows_no_file_of_the_machine(sample_data_dir, sql):
    with pytest.raises(QueryError):
        open_landscape(sample_data_dir / "public").query(sql)
