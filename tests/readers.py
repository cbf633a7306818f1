"""Readers of the published file in processes of their own, which import nothing but DuckDB: twenty start at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    import multiprocessing
    from collections.abc import Sequence
    from multiprocessing.synchronize import Event, Semaphore

PAUSE_SECONDS = 1.0
"""Ten publications of the small field take some seconds: each reader sees several of them."""


def read_in_a_loop(
    path: str, tables: Sequence[str], begun: Semaphore, enough: Event, seen: multiprocessing.Queue
) -> None:
    """Open, read every table, check that they belong together; report snapshots or the first error."""
    begun.release()  # a new process takes longer to start than a small publication
    snapshots = set()
    try:
        while not enough.wait(PAUSE_SECONDS):
            with duckdb.connect(path, read_only=True) as connection:
                first = connection.execute("SELECT snapshot_id FROM metadata").fetchall()[0][0]
                text = connection.execute(
                    "SELECT description FROM projects WHERE project_id = 'vllm'"
                ).fetchall()
                for table in tables:
                    connection.execute(f"SELECT count(*) FROM {table}").fetchall()
                last = connection.execute("SELECT snapshot_id FROM metadata").fetchall()[0][0]
                if first != last:
                    raise AssertionError(f"{first} became {last} within one connection: {text}")
                snapshots.add(first)
    except Exception as error:
        seen.put(f"{type(error).__name__}: {error}")
    else:
        seen.put(snapshots)
