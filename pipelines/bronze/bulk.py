"""From an hour file to fact rows at speed, where every line of it is plainly one event.

Belongs here: the fast way, and telling when it may not be taken. Must not: an opinion on damaged lines. What
this room cannot vouch for, `pipelines.bronze.parsing` reads exactly; both give equal rows.
"""

from __future__ import annotations

import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipelines.bronze.parsing import EVENT_SCHEMA, QUARANTINE_SCHEMA, HourContent, ParsedHour, parse_hour

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_BLOCK_BYTES = 1 << 17
_PIPE_BYTES = 1 << 20
_PLAIN_LINE_BYTES = 4 << 20
"""A much longer line is left to the exact parser. DuckDB's buffers are twice this size; those of its default,
16 MiB, are mapped anew each time, which costs page faults."""

_NUMBERED = "STRUCT(id BIGINT)"
_ACCOUNT = "STRUCT(id BIGINT, login VARCHAR)"
_ISSUE = "STRUCT(id BIGINT, number BIGINT, title VARCHAR, pull_request STRUCT(url VARCHAR))"
_PULL_REQUEST = "STRUCT(id BIGINT, number BIGINT, title VARCHAR, merged BOOLEAN)"
_PAYLOAD = (
    f"STRUCT(action VARCHAR, number BIGINT, push_id BIGINT, issue {_ISSUE}, pull_request {_PULL_REQUEST},"
    f" comment {_NUMBERED}, review {_NUMBERED})"
)
# Text where DuckDB's own reading is laxer than ours: it takes " 5" for a number and drops the zone of a time.
_COLUMNS = {
    "id": "VARCHAR",
    "type": "VARCHAR",
    "actor": _ACCOUNT,
    "repo": "STRUCT(id BIGINT, name VARCHAR)",
    "org": _ACCOUNT,
    "created_at": "VARCHAR",
    "payload": _PAYLOAD,
}
_QUERY = """
SELECT
    TRY_CAST(id AS BIGINT) AS event_id,
    type AS event_type,
    payload.action AS action,
    TRY_CAST(created_at AS TIMESTAMP) AS created_at,
    actor.id AS actor_id,
    actor.login AS actor_login,
    repo.id AS repo_id,
    repo.name AS repo_full_name,
    org.id AS org_id,
    org.login AS org_login,
    coalesce(payload.pull_request.number, payload.issue.number, payload.number) AS number,
    payload.issue.id AS issue_id,
    payload.pull_request.id AS pull_request_id,
    payload.comment.id AS comment_id,
    payload.review.id AS review_id,
    payload.push_id AS push_id,
    type LIKE 'PullRequest%'
        OR payload.pull_request IS NOT NULL
        OR payload.issue.pull_request IS NOT NULL AS is_pull_request,
    coalesce(
        type = 'PullRequestEvent' AND (
            payload.action = 'merged' OR (payload.action = 'closed' AND payload.pull_request.merged)
        ),
        false
    ) AS is_merged,
    coalesce(lower(coalesce(payload.issue.title, payload.pull_request.title)) LIKE '[snyk]%', false) AS is_snyk,
    id = event_id::VARCHAR
        AND created_at LIKE '____-__-__T__:__:__Z' AND created_at NOT LIKE '%T24%'
        AND actor.id >= 0 AND repo.id >= 0 AS has_plain_envelope
FROM read_json(
    $pipe, format = 'newline_delimited', columns = $columns, maximum_object_size = $plain_line_bytes
)
"""


def read_hour(path: Path) -> ParsedHour:
    """Read every event of an hour file of GH Archive: `parse_hour`, at the speed of the machine.

    A file in which every line is plainly one event is read by DuckDB from a pipe that a thread decompresses
    into. Any other file, and any file where there is no ``/dev/fd``, is read by `parse_hour`.

    It is laxer than `parse_hour` in what damage does not bring about and the archive has not been seen to hold:
    a number in place of a login is taken as its text, a fraction in place of a number is rounded, and a comma
    before a closing bracket or a NaN among what is not kept does no harm.

    Parameters
    ----------
    path
        The gzip file; its name becomes ``source_file``.

    Raises
    ------
    StorageError
        If the file cannot be opened or the disk fails. Bad content never raises.

    References
    ----------
    DuckDB, reading JSON: https://duckdb.org/docs/stable/data/json/loading_json
    """
    events = _plain_events(path)
    if events is None:
        return parse_hour(path)
    return ParsedHour(
        events=events,
        quarantine=QUARANTINE_SCHEMA.to_frame(),
        lines_count=events.height,
        recovered_count=0,
        damage="",
    )


def _plain_events(path: Path) -> pl.DataFrame | None:
    """Fact rows of the file, or None unless each of its lines is plainly one event."""
    content = HourContent(path, _BLOCK_BYTES)
    read_end, write_end = _pipe()
    with ThreadPoolExecutor(1, thread_name_prefix="decompress") as decompressing:
        lines_count = decompressing.submit(_write_lines, content.chunks(), write_end)
        try:
            rows = _rows_of(f"/dev/fd/{read_end}")
        except duckdb.Error:  # a line that is no event, or a platform without /dev/fd
            rows = None
        finally:
            os.close(read_end)  # else the thread would wait for a reader for ever
        if lines_count.result() is None or rows is None or content.damage:
            return None
    is_plain = rows.height == lines_count.result() and rows.select(_are_plain()).item()
    return rows.with_columns(source_file=pl.lit(path.name)).select(EVENT_SCHEMA.names()) if is_plain else None


def _pipe() -> tuple[int, int]:
    read_end, write_end = os.pipe()
    if hasattr(fcntl, "F_SETPIPE_SZ"):  # on Linux, fewer and larger hand-overs
        with suppress(PermissionError):  # a user may be held to less
            fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return read_end, write_end


def _write_lines(chunks: Iterable[bytes], descriptor: int) -> int | None:
    """Write all to a pipe; the number of lines, or None if nobody reads them to the end."""
    newlines_count, last = 0, b"\n"
    with suppress(BrokenPipeError), open(descriptor, "wb", buffering=0) as pipe:
        for chunk in chunks:
            newlines_count += chunk.count(b"\n")
            last = chunk[-1:] or last
            unwritten = memoryview(chunk)
            while unwritten:
                unwritten = unwritten[pipe.write(unwritten) :]
        return newlines_count + (last != b"\n")
    return None


def _rows_of(pipe: str) -> pl.DataFrame:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET enable_progress_bar = false")
        parameters = {"pipe": pipe, "columns": _COLUMNS, "plain_line_bytes": _PLAIN_LINE_BYTES}
        rows: pl.DataFrame = connection.sql(_QUERY, params=parameters).pl()
        return rows


def _are_plain() -> pl.Expr:
    """Whether `parse_hour` would read every row without a second thought, and just so."""
    payload_numbers = (
        "org_id",
        "number",
        "issue_id",
        "pull_request_id",
        "comment_id",
        "review_id",
        "push_id",
    )
    return pl.all_horizontal(
        pl.col("has_plain_envelope").fill_null(value=False).all(),
        pl.col("event_id", "created_at", "event_type", "repo_full_name").is_not_null().all(),
        (pl.col("event_id", *payload_numbers) >= 0).all(),
        pl.col("event_type").str.ends_with("Event").all(),
        pl.col("repo_full_name").str.contains(r"^[^{\[]*/").all(),
        pl.col("action").str.contains("^[a-z_]+$").all(),
        pl.col("actor_login", "org_login").str.contains(r"^[^{]*$").all(),
    )
