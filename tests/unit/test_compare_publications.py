"""The comparison of two publications sees what was added, removed and changed, and nothing where nothing was."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from tests.compare_publications import main


@pytest.fixture
def after(small_build, tmp_path):
    path = tmp_path / "after.duckdb"
    shutil.copy(small_build.data_dir / "public" / "landscape.duckdb", path)
    return path


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        (None, "0 differ"),
        ("DELETE FROM thresholds WHERE threshold_id = 'steady_ratio'", "thresholds: 0 added, 1 removed, 0 changed"),
        ("UPDATE projects SET stars_count = 7 WHERE project_id = 'vllm'", "projects: 0 added, 0 removed, 1 changed"),
        ("INSERT INTO domain_growth FROM domain_growth LIMIT 1", "domain_growth: 1 added, 0 removed, 0 changed"),
        ("DROP TABLE thresholds", "table removed: thresholds"),
        ("ALTER TABLE thresholds DROP COLUMN reason", "columns removed: reason"),
        ("UPDATE metadata SET snapshot_id = 'other'", "0 differ"),
    ],
)  # fmt: skip
def test_each_difference_is_printed_and_ends_with_1(small_build, after, capsys, statement, line):
    if statement:
        with duckdb.connect(after) as connection:
            connection.execute(statement)
    status = main([str(small_build.data_dir / "public" / "landscape.duckdb"), str(after)])
    assert status == int("0 differ" not in line)
    assert line in capsys.readouterr().out
