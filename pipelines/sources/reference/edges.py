"""Published figures that the landscape is compared with, as bronze.

Belongs here: rows and their layout. Must not: figures of our own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.storage import TableReport, write_parquet, write_quarantine
from pipelines.sources.reference.client import fetch_published_edges

if TYPE_CHECKING:
    from pipelines.sources.connect import Upstreams

EDGES_SCHEMA = pl.Schema(
    {
        "repo_a": pl.String(),
        "repo_b": pl.String(),
        "shared_people_count": pl.Int64(),
        "source": pl.String(),
    }
)

EDGES_FILE = Path("reference", "published_edges.parquet")
"""Below the folder of bronze."""


def load_published_edges(upstreams: Upstreams, bronze_dir: Path) -> TableReport:
    """Replace ``reference/published_edges.parquet`` and the quarantine of its rows.

    The two ends of an edge stay in the published order; the join orders them by name.

    Raises
    ------
    SourceError
        If the table of edges cannot be read.
    StorageError
        If a file cannot be written.
    """
    edges = fetch_published_edges(upstreams)
    rows = [(edge.repo_a, edge.repo_b, edge.shared_people_count, edge.source) for edge in edges.rows]
    frame = pl.DataFrame(rows, schema=EDGES_SCHEMA, orient="row").sort("repo_a", "repo_b")
    write_parquet(frame, bronze_dir / EDGES_FILE)
    write_quarantine(edges.quarantined, bronze_dir, "reference")
    return TableReport(len(edges.rows), len(edges.quarantined))
