"""A program that was killed while it wrote into the published file changes nothing that we publish or show."""

from __future__ import annotations

import shutil
import subprocess
import sys

import duckdb
import pytest

from pipelines.generations import public_file
from pipelines.publish import foreign_log
from tests.command import call_landscape

WRITER = """
import os, sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("UPDATE projects SET name = 'Changed by another'")
connection.execute("CREATE TABLE stranger AS SELECT 1 AS one")
os._exit(0)  # killed: the log stays
"""
NAMES = "SELECT name FROM projects ORDER BY project_id LIMIT 1"


@pytest.fixture
def spoiled(small_build, tmp_path):
    """A published small field, and the log of a killed writer next to its file."""
    data_dir = shutil.copytree(small_build.data_dir, tmp_path / "data", symlinks=True)
    path = public_file(data_dir / "public")
    subprocess.run([sys.executable, "-c", WRITER, str(path)], check=True)
    assert foreign_log(path).exists()
    with duckdb.connect(str(path), read_only=True) as published:
        assert published.execute(NAMES).fetchall() == [("Changed by another",)], "DuckDB applies the log"
    return data_dir


@pytest.mark.parametrize("command", [("publish",), ("build",)])
def test_a_publication_does_not_take_over_what_a_killed_writer_left(spoiled, small_build, command):
    def call(*arguments):
        return call_landscape(*arguments, data_dir=spoiled, LANDSCAPE_SEEDS_DIR=str(small_build.seeds))

    path = public_file(spoiled / "public")
    refused = call("query", NAMES)
    assert refused.returncode != 0
    assert "another program" in refused.stderr.lower()
    assert "landscape publish" in " ".join(refused.stderr.split())
    done = call(*command)
    assert done.returncode == 0, done.stderr
    assert "had written into the published file" in " ".join(done.stderr.split())
    assert not foreign_log(path).exists()
    (kept,) = path.parent.glob("landscape.duckdb.wal.set-aside-*")
    assert kept.stat().st_size > 0, "a stranger's work is not ours to delete"
    with duckdb.connect(str(path), read_only=True) as published:
        assert published.execute(NAMES).fetchall() != [("Changed by another",)]
        assert published.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'stranger'"
        ).fetchall() == [(0,)]
    answer = call("query", NAMES, "--format", "csv")
    assert answer.returncode == 0, answer.stderr
    assert "Changed by another" not in answer.stdout
