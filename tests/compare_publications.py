"""Compare two published files table by table, row by row: ``python -m tests.compare_publications BEFORE AFTER``.

Prints tables and columns added or removed, and of every table the rows added, removed and changed, with the first
of each. Ends with status 1 if there is any difference. Of ``metadata`` the fingerprints are left out: they follow from
the seeds and from all other tables.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pipelines.tables.contracts import PUBLISHED
from pipelines.warehouse.ddl import identifier, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_EXAMPLES = 3
FINGERPRINTS = {"metadata": ("snapshot_id", "seeds_hash")}


@dataclass(frozen=True, slots=True)
class TableChange:
    """What differs in a table that both files have."""

    table: str
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    added_count: int
    removed_count: int
    changed_count: int
    examples: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """True if nothing differs."""
        return not (self.columns_added or self.columns_removed or self.examples)


def compare_files(before: Path, after: Path) -> tuple[list[str], list[TableChange]]:
    """Lines about tables that one file alone has, and what differs in the others."""
    with duckdb.connect() as connection:
        for name, path in (("before", before), ("after", after)):
            connection.execute(f"ATTACH {quoted(str(path))} AS {name} (READ_ONLY)")
        tables = {name: _tables(connection, name) for name in ("before", "after")}
        lines = [f"table removed: {table}" for table in sorted(tables["before"] - tables["after"])]
        lines += [f"table added: {table}" for table in sorted(tables["after"] - tables["before"])]
        shared = sorted(tables["before"] & tables["after"])
        return lines, [_compare_table(connection, table) for table in shared]


def _tables(connection: duckdb.DuckDBPyConnection, database: str) -> set[str]:
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ?", [database]
    ).fetchall()
    return {name for (name,) in rows}


def _columns(connection: duckdb.DuckDBPyConnection, database: str, table: str) -> list[str]:
    rows = connection.execute(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = ? AND table_name = ? ORDER BY column_index",
        [database, table],
    ).fetchall()
    return [name for (name,) in rows]


def _compare_table(connection: duckdb.DuckDBPyConnection, table: str) -> TableChange:
    columns = {name: _columns(connection, name, table) for name in ("before", "after")}
    left_out = FINGERPRINTS.get(table, ())
    shared = [name for name in columns["before"] if name in columns["after"] and name not in left_out]
    contract = PUBLISHED.get(table)
    key = [name for name in (contract.primary_key() if contract else []) if name in shared] or shared
    rows = ", ".join(map(identifier, shared))
    for name, one, other in (("gone", "before", "after"), ("come", "after", "before")):
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {rows} FROM {one}.{identifier(table)}"
            f" EXCEPT ALL SELECT {rows} FROM {other}.{identifier(table)}"
        )
    same = " AND ".join(f"g.{identifier(name)} IS NOT DISTINCT FROM c.{identifier(name)}" for name in key)
    counts, examples = {}, []
    for name, select in (
        ("changed", f"SELECT g AS before, c AS after FROM gone AS g JOIN come AS c ON {same}"),
        ("removed", f"SELECT g AS row FROM gone AS g ANTI JOIN come AS c ON {same}"),
        ("added", f"SELECT c AS row FROM come AS c ANTI JOIN gone AS g ON {same}"),
    ):
        found = connection.execute(f"{select} ORDER BY ALL").fetchall()
        counts[name] = len(found)
        examples += [f"{name}: {_words(row)}" for row in found[:MOST_EXAMPLES]]
    return TableChange(
        table,
        tuple(name for name in columns["after"] if name not in columns["before"]),
        tuple(name for name in columns["before"] if name not in columns["after"]),
        counts["added"],
        counts["removed"],
        counts["changed"],
        tuple(examples),
    )


def _words(row: tuple[dict[str, object], ...]) -> str:
    """The row; of a changed one its values that are equal, and both sides of the others."""
    if len(row) == 1:
        return str(row[0])
    before, after = row
    return ", ".join(
        f"{name}={value!r}" if value == after[name] else f"{name}: {value!r} -> {after[name]!r}"
        for name, value in before.items()
    )


def describe(change: TableChange) -> Iterator[str]:
    """Lines for a person."""
    yield (
        f"{change.table}: {change.added_count} added, {change.removed_count} removed, {change.changed_count} changed"
    )
    for what, names in (("added", change.columns_added), ("removed", change.columns_removed)):
        if names:
            yield f"    columns {what}: {', '.join(names)}"
    for example in change.examples:
        yield f"    {example}"


def main(arguments: Sequence[str]) -> int:
    """Print the differences; 1 if there is any."""
    parser = argparse.ArgumentParser(description="Compare two published files row by row.")
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    asked = parser.parse_args(arguments)
    lines, changes = compare_files(asked.before, asked.after)
    different = [change for change in changes if not change.is_equal]
    for line in [*lines, *(line for change in different for line in describe(change))]:
        print(line)  # noqa: T201 - the purpose of the script
    print(f"{len(changes) - len(different)} tables are equal, {len(different)} differ")  # noqa: T201
    return int(bool(lines or different))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
