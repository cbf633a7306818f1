"""The snapshot id: a fingerprint of everything that is published."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pipelines.tables.contracts import PUBLISHED
from pipelines.warehouse.connection import fetch_row
from pipelines.warehouse.ddl import identifier

if TYPE_CHECKING:
    import duckdb


def compute_snapshot_id(connection: duckdb.DuckDBPyConnection) -> str:
    """Fingerprint of every published table except ``metadata``, which carries it.

    Rows are hashed each and summed, so the order they were written in does not matter.
    """
    digest = hashlib.sha256()
    for table, contract in sorted(PUBLISHED.items()):
        if table == "metadata":
            continue
        columns = ", ".join(identifier(name) for name in contract.column_names())
        row = fetch_row(
            connection,
            f"SELECT count(*), sum(hash(r)) FROM (SELECT {columns} FROM mart.{identifier(table)}) AS r",
        )
        digest.update(f"{table}|{columns}|{row}\n".encode())
    return digest.hexdigest()[:16]
