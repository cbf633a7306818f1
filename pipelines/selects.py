"""What counts as one SELECT, wherever somebody types SQL.

Belongs here: reading the kind of a statement. Must not: running it, or an import that a process which lives for
one query would wait for.
"""

from __future__ import annotations

import duckdb

from pipelines.errors import QueryError
from pipelines.messages import Message


def require_one_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Refuse whatever is not exactly one SELECT; a second statement could attach or write another file.

    Raises
    ------
    QueryError
        If `sql` is none.
    duckdb.Error
        If it cannot be parsed.
    """
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise QueryError(Message("query.one_select"), where=sql, hint=Message("query.read_only"))
