"""The process that runs one query of the console: confined, limited, and ended whatever it is at.

Belongs here: what runs inside that process. Must not: an import of Streamlit, Polars or the contracts, for which
every query would wait; what starts and ends the process, which is ``app.console``.

It reads a request as JSON from standard input and writes, to standard output, one line of JSON and the rows as an
Arrow IPC stream; or, where there is no answer, that line alone with ``what`` and ``hint``.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
from duckdb.sqltypes import DuckDBPyType

from pipelines.floor.confined import ROOM_BYTES, end_after, limit_memory, open_confined, require_one_select
from pipelines.floor.errors import QueryError
from pipelines.floor.messages import Message, encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_BYTES = 20_000_000
"""What a browser still shows at once; few rows may hold very long texts."""

_OUT_OF_MEMORY = QueryError(Message("query.memory"), hint=Message("query.fewer_columns"))

_INTEGERS = ("tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint")
_KEPT = frozenset({"boolean", *_INTEGERS, "float", "double", "decimal", "varchar"})
_KEPT_WHERE_THEY_FIT = {
    "hugeint": "TRY_CAST({} AS BIGINT)",  # what the sum of a BIGINT is
    "date": "CASE WHEN year({0}) BETWEEN 1 AND 9999 THEN {0} END",
    "timestamp": "CASE WHEN year({0}) BETWEEN 1 AND 9999 THEN {0} END",
}
"""Type → its value where a table and its files hold it, and NULL where not: 'infinity' is a date in DuckDB alone."""


def main() -> None:
    """Answer the request on standard input."""
    request = json.load(sys.stdin)
    end_after(request["timeout_s"])
    try:
        with open_confined(Path(request["path"])) as connection:
            limit_memory(ROOM_BYTES)
            answer = _encoded(connection, answer_select(connection, request["sql"], request["row_cap"]))
    except MemoryError:
        answer = _refusal(_OUT_OF_MEMORY)
    except QueryError as error:
        answer = _refusal(error)
    sys.stdout.buffer.write(answer)


def answer_select(connection: duckdb.DuckDBPyConnection, sql: str, row_cap: int) -> pa.Table:
    """The first rows of one SELECT, one more than `row_cap` where there are more.

    Raises
    ------
    QueryError
        If `sql` is anything else, DuckDB refuses it, or it or its result is too large.
    """
    try:
        require_one_select(connection, sql)
        rows = fetch_flat(connection.sql(sql).limit(row_cap + 1))
    except duckdb.OutOfMemoryException as error:
        raise _OUT_OF_MEMORY from error
    except duckdb.Error as error:
        raise QueryError(str(error), hint=Message("query.dictionary")) from error
    if rows.nbytes > MOST_BYTES:
        raise QueryError(
            Message("query.too_large", {"megabytes": rows.nbytes / 1e6}), hint=Message("query.select_less")
        )
    return rows


def _encoded(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> bytes:
    snapshot_id, as_of = connection.execute("SELECT snapshot_id, as_of::VARCHAR FROM metadata").fetchall()[0]
    sink = io.BytesIO()
    sink.write(_line({"snapshot_id": snapshot_id, "as_of": as_of}))
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    return sink.getvalue()


def fetch_flat(relation: duckdb.DuckDBPyRelation) -> pa.Table:
    """Rows with columns that a cell of a table, a CSV and a Parquet file all hold.

    Truth values, numbers, texts and lists of them stay what they are, and dates, times of a day and very large
    integers do where every one of a column fits. Everything else becomes the text that DuckDB writes for it.
    """
    fields = []
    for position, kind in enumerate(relation.types, start=1):
        fitting = _KEPT_WHERE_THEY_FIT.get(kind.id)
        if fitting is not None:
            fields.append(fitting.format(f"#{position}"))
        fields.append(f"#{position}" if _is_kept(kind) else f"#{position}::VARCHAR")
    names = [f"c{number}" for number in range(len(fields))]
    fetched = relation.project(
        ", ".join(f"{field} AS {name}" for field, name in zip(fields, names, strict=True))
    ).to_arrow_table()
    columns = iter(fetched.columns)
    chosen = [_chosen(columns, kind) for kind in relation.types]
    return pa.table(chosen, names=_distinct(relation.columns))


def _is_kept(kind: DuckDBPyType) -> bool:
    (_, value), *_ = kind.children if kind.id == "list" else [("value", kind)]
    return isinstance(value, DuckDBPyType) and value.id in _KEPT


def _chosen(columns: Iterator[pa.ChunkedArray], kind: DuckDBPyType) -> pa.ChunkedArray:
    """The next column, or the text after it if some value has no other form."""
    if kind.id not in _KEPT_WHERE_THEY_FIT:
        return next(columns)
    fitting, text = next(columns), next(columns)
    return fitting if fitting.null_count == text.null_count else text


def _distinct(names: Sequence[str]) -> list[str]:
    """`names` with a number behind one that stood before: SQL allows equal names, a table of a browser does not."""
    taken: dict[str, None] = {}
    for name in names:
        free, number = name, 1
        while free in taken:
            free, number = f"{name}_{number}", number + 1
        taken[free] = None
    return list(taken)


def _refusal(error: QueryError) -> bytes:
    return _line({"what": _said(error.what_said), "hint": _said(error.hint_said)})


def _said(words: str | Message) -> dict[str, str]:
    """A message, or words of DuckDB, as the process that asked reads them back."""
    return {"message": encode(words)} if isinstance(words, Message) else {"words": words}


def _line(fields: Mapping[str, object]) -> bytes:
    return json.dumps(fields).encode() + b"\n"


if __name__ == "__main__":
    main()
