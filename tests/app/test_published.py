"""A generation is shared while somebody uses it, and the newest one is what a new run sees."""

from __future__ import annotations

import gc
import shutil

import duckdb
import pytest

from app import published
from app.published import open_newest
from app.queries import Query
from pipelines.errors import NotPublishedError

SNAPSHOT = Query("SELECT as_of FROM metadata")


@pytest.fixture
def public_dir(sample_data_dir, tmp_path):
    shutil.copytree(sample_data_dir / "public", tmp_path / "public", symlinks=True)
    return tmp_path / "public"


def replaced(public_dir):
    """Publish another file under the same path, as publishing does: written beside it and renamed."""
    path = public_dir / "landscape.duckdb"
    newer = public_dir / "newer.duckdb"
    shutil.copy(path, newer)
    with duckdb.connect(str(newer)) as connection:
        connection.execute("UPDATE metadata SET as_of = DATE '2030-01-01'")
    newer.replace(path)


def test_sessions_share_a_generation_and_each_sees_what_it_opened(public_dir):
    first, second = open_newest(public_dir), open_newest(public_dir)
    assert first is second
    before = first.ask(SNAPSHOT).item()
    replaced(public_dir)
    newest = open_newest(public_dir)
    assert str(newest.ask(SNAPSHOT).item()) == "2030-01-01"
    assert first.ask(SNAPSHOT).item() == before


def test_a_generation_that_nobody_holds_is_closed(public_dir):
    generation = open_newest(public_dir)
    connection = generation._connection
    identity = generation.identity
    del generation
    gc.collect()
    assert identity not in published._open
    with pytest.raises(duckdb.ConnectionException):
        connection.execute("SELECT 1")


def test_no_file_says_what_to_run(tmp_path):
    with pytest.raises(NotPublishedError, match="no landscape has been published"):
        open_newest(tmp_path)


def test_the_published_file_cannot_be_changed_from_the_app(public_dir):
    with pytest.raises(duckdb.Error, match="read-only"):
        open_newest(public_dir).ask(Query("INSERT INTO metadata FROM metadata"))
