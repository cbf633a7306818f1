from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.bronze.storage import QuarantinedRow, naive_utc, write_parquet, write_quarantine
from pipelines.floor.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

FRAME = pl.DataFrame({"n": list(range(5000)), "text": [f"row {n % 7}" for n in range(5000)]})


def test_equal_frames_give_equal_bytes_however_they_were_put_together(tmp_path: Path) -> None:
    in_pieces = pl.concat([FRAME[:17], FRAME[17:3000], FRAME[3000:]], rechunk=False)
    assert in_pieces.n_chunks() == 3
    write_parquet(FRAME, tmp_path / "whole.parquet")
    write_parquet(in_pieces, tmp_path / "pieces.parquet")
    assert (tmp_path / "whole.parquet").read_bytes() == (tmp_path / "pieces.parquet").read_bytes()
    assert_frame_equal(pl.read_parquet(tmp_path / "pieces.parquet"), FRAME)


def test_the_rows_are_stored_as_zstd(tmp_path: Path) -> None:
    write_parquet(FRAME, tmp_path / "file.parquet")
    with duckdb.connect() as connection:
        used = connection.execute(
            "SELECT DISTINCT compression FROM parquet_metadata(?)", [str(tmp_path / "file.parquet")]
        ).fetchall()
    assert used == [("ZSTD",)]


def test_a_full_disk_keeps_the_earlier_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.parquet"
    write_parquet(FRAME, path)

    def refuse(descriptor: int, content: memoryview) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", refuse)
        with pytest.raises(StorageError, match="No space left on device") as caught:
            write_parquet(FRAME.head(1), path)
    assert caught.value.where == str(path)
    assert_frame_equal(pl.read_parquet(path), FRAME)
    assert list(tmp_path.iterdir()) == [path]


def test_the_quarantine_holds_the_last_load_and_nothing_older(tmp_path: Path) -> None:
    rows = [QuarantinedRow("t.csv", 9, "b is ''", "x,"), QuarantinedRow("t.csv", 2, "1 fields", "x")]
    path = tmp_path / "quarantine" / "reference.parquet"
    write_quarantine(rows, tmp_path, "reference")
    assert pl.read_parquet(path).rows() == [("t.csv", 9, "b is ''", "x,"), ("t.csv", 2, "1 fields", "x")]
    write_quarantine([], tmp_path, "reference")
    emptied = pl.read_parquet(path)
    assert emptied.rows() == []
    assert emptied.schema == {
        "source_file": pl.String(),
        "line_number": pl.Int64(),
        "cause": pl.String(),
        "excerpt": pl.String(),
    }


def test_a_moment_of_any_zone_is_stored_as_utc() -> None:
    noon = datetime(2025, 4, 30, 12, tzinfo=UTC)
    assert naive_utc(noon.astimezone(timezone(timedelta(hours=-7)))) == datetime(2025, 4, 30, 12)  # noqa: DTZ001
