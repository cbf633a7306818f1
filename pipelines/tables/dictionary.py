"""The text of ``docs/data_dictionary.md``, from the contracts."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from pipelines.tables.contracts import PUBLISHED, SCHEMA_VERSION
from pipelines.warehouse.ddl import sql_type

if TYPE_CHECKING:
    import dataframely as dy


def data_dictionary() -> str:
    """The text of ``docs/data_dictionary.md``."""
    lines = [
        "# Data dictionary",
        "",
        "Generated from the contracts in `pipelines/tables/` by `landscape dictionary`; a test fails when it is stale.",
        f"Schema version {SCHEMA_VERSION}. The published file carries the same texts as comments:",
        "`SELECT table_name, comment FROM duckdb_tables()`.",
    ]
    for table, contract in PUBLISHED.items():
        lines += ["", f"## {table}", "", inspect.getdoc(contract) or "", ""]
        key = contract.primary_key()
        if key:
            lines += [f"Key: {', '.join(f'`{name}`' for name in key)}.", ""]
        lines += ["| column | type | may be NULL | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{name}` | {sql_type(column)} | {'yes' if column.nullable else ''} | {_meaning(column)} |"
            for name, column in contract.columns().items()
        ]
    return "\n".join(lines) + "\n"


def _meaning(column: dy.Column) -> str:
    text = (column.description or "").replace("|", "\\|")
    if column.metadata and "one_of" in column.metadata:
        text += ": " + ", ".join(f"`{value}`" for value in column.metadata["one_of"])
    return text
