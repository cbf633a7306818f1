"""Which tables and macros a SELECT reads, by DuckDB's own parser.

Belongs here: reading the text of a SELECT. Must not: running it.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.warehouse.connection import fetch_row

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Reads:
    """The inputs of a SELECT.

    Attributes
    ----------
    tables
        Tables and views that it names with their schema, as ``mart.projects``.
    unqualified
        Tables that it names without a schema and does not define itself by ``WITH``.
    macros
        Functions that it names with their schema, as ``staging.is_person``.
    """

    tables: frozenset[str]
    unqualified: frozenset[str]
    macros: frozenset[str]


@functools.lru_cache(maxsize=1_000)  # a search writes numbers into its SELECTs
def reads_of(select: str) -> Reads:
    """Tables and macros that `select` names.

    Raises
    ------
    ValueError
        If `select` is not exactly one SELECT.

    Examples
    --------
    >>> sorted(reads_of("WITH a AS (FROM mart.projects) FROM a JOIN core.repo_ids USING (repo_id)").tables)
    ['core.repo_ids', 'mart.projects']
    """
    with _parser().cursor() as connection:
        tree = json.loads(fetch_row(connection, "SELECT json_serialize_sql(?::VARCHAR)", [select])[0])
    if tree["error"]:
        raise ValueError(f"not one SELECT: {tree['error_message']}")
    nodes = list(_nodes(tree))
    named = [(node["schema_name"], node["table_name"]) for node in nodes if node.get("type") == "BASE_TABLE"]
    defined = {entry["key"] for node in nodes if "cte_map" in node for entry in node["cte_map"]["map"]}
    return Reads(
        tables=frozenset(f"{schema}.{table}" for schema, table in named if schema),
        unqualified=frozenset(table for schema, table in named if not schema and table not in defined),
        macros=frozenset(
            f"{node['schema']}.{node['function_name']}"
            for node in nodes
            if node.get("class") == "FUNCTION" and node.get("schema")
        ),
    )


@functools.cache
def _parser() -> duckdb.DuckDBPyConnection:
    """An empty database: opening one takes longer than parsing a SELECT."""
    return duckdb.connect()


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of a parsed statement."""
    if isinstance(tree, dict):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(child)
