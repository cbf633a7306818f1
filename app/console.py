"""One SELECT that a reader wrote, over the published file, in a process of its own that can reach nothing else.

Belongs here: starting that process, ending it, and reading what it answers. Must not: what runs inside it, which is
``app.console_worker``; drawing a result.

DuckDB looks for an interruption between batches of rows, so one expression over one row can go on for minutes, and
memory taken inside such an expression is not counted. A process can be ended at any moment, and the kernel holds it
to its memory on Linux. macOS and Windows keep no process to such a limit: there DuckDB's own limit holds for what it
counts, and time for the rest.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import polars as pl

from app import console_worker
from pipelines.floor.errors import QueryError
from pipelines.floor.messages import Message, decode
from pipelines.floor.settings import CHECKOUT
from pipelines.generations import public_file
from pipelines.published import open_landscape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ROW_CAP = 2_000
"""As many rows as somebody reads in a browser; whoever needs more asks the file itself, without a cap."""

TIMEOUT_S = 10.0
"""The slowest example answers within a second; what needs ten times as long has lost its join."""

AT_ONCE = threading.BoundedSemaphore(2)
"""Queries of all readers together that run at the same time: each may take a gigabyte of memory."""

_GLANCE_S = 0.2


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of a query.

    Attributes
    ----------
    rows
        The first `ROW_CAP` of them, at most; truth values, numbers, texts, days, times and lists of texts or numbers.
        Values of every other type are the text that DuckDB writes for them.
    is_capped
        Whether there were more.
    snapshot_id, as_of
        Of the file that answered; it may be newer than the one a session began with.
    """

    rows: pl.DataFrame
    is_capped: bool
    snapshot_id: str
    as_of: str


def run_console_query(
    public_dir: Path,
    sql: str,
    *,
    row_cap: int = ROW_CAP,
    timeout_s: float = TIMEOUT_S,
    while_waiting: Callable[[float], object] = lambda _waited_s: None,
) -> Found:
    """Run one SELECT that somebody typed.

    Parameters
    ----------
    public_dir
        Folder of the published file.
    sql
        Exactly one SELECT; ``FROM``, ``WITH``, ``SHOW`` and ``DESCRIBE`` are such, too.
    row_cap
        Rows that are returned at most.
    timeout_s
        Seconds after which the query is ended, the start of its process and the wait for its turn included.
    while_waiting
        Called some times a second with the seconds waited so far; whatever it raises ends the query.

    Raises
    ------
    NotPublishedError, StorageError
        If there is no published file, or it cannot be read.
    QueryError
        If `sql` is anything else, DuckDB refuses it, it takes too long or too much memory, its result is too large
        to be shown, or other readers' queries run all that time.
    """
    open_landscape(public_dir)  # says in the words of every room that there is no file, or a broken one
    request = {
        "path": str(public_file(public_dir)),
        "sql": sql,
        "row_cap": row_cap,
        "timeout_s": timeout_s,
    }
    begun = time.monotonic()
    with _turn(begun + timeout_s, lambda: while_waiting(time.monotonic() - begun)):
        head, _, body = _answer(request, begun, while_waiting).partition(b"\n")
    said = json.loads(head)
    if "what" in said:
        raise QueryError(_read_back(said["what"]), where=sql, hint=_read_back(said["hint"]))
    rows = pl.read_ipc_stream(body)
    return Found(rows.head(row_cap), rows.height > row_cap, said["snapshot_id"], said["as_of"])


def _read_back(said: dict[str, str]) -> str | Message:
    """What the process says: a message, or words of DuckDB."""
    return decode(said["message"]) if "message" in said else said["words"]


@contextmanager
def _turn(end: float, while_waiting: Callable[[], object]) -> Iterator[None]:
    """Wait until fewer queries run than may."""
    while not AT_ONCE.acquire(timeout=_GLANCE_S):
        if time.monotonic() > end:
            raise QueryError(Message("query.no_turn"), hint=Message("query.again"))
        while_waiting()
    try:
        yield
    finally:
        AT_ONCE.release()


def _answer(request: dict[str, object], begun: float, while_waiting: Callable[[float], object]) -> bytes:
    """What the process says to a request; it has ended, however this function is left."""
    timeout_s = cast("float", request["timeout_s"])
    unsent: bytes | None = json.dumps(request).encode()
    with subprocess.Popen(  # noqa: S603 - this Python, and a module of ours
        [sys.executable, "-m", console_worker.__name__],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as worker:
        try:
            while True:
                left_s = begun + timeout_s - time.monotonic()
                try:
                    said, complaint = worker.communicate(unsent, timeout=max(0, min(_GLANCE_S, left_s)))
                    break
                except subprocess.TimeoutExpired:
                    unsent = None  # the first call sends it, and goes on doing so in the next
                if left_s <= 0:
                    raise QueryError(
                        Message("query.stopped", {"seconds": timeout_s}),
                        where=str(request["sql"]),
                        hint=Message("query.filter_earlier"),
                    )
                while_waiting(time.monotonic() - begun)
        finally:
            worker.kill()
    if worker.returncode != 0:
        words = complaint.decode(errors="replace").strip().splitlines()[-1:]
        ended = Message("query.ended", {"status": worker.returncode})
        if words:
            ended = Message("query.ended_saying", {**ended.values, "words": words[0]})
        raise QueryError(ended, where=str(request["sql"]), hint=Message("query.aggregate_earlier"))
    return said
