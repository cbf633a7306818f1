"""Hours as they were fetched, with what their files hold: read in this process or in several.

Belongs here: which process reads a file, and how its rows come back. Must not: the meaning of a line (`parsing`), or
where its rows are stored (`events`). A worker imports this module and its imports, so every import is waited for at
each start.
"""

from __future__ import annotations

import multiprocessing
import shutil
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.errors import StorageError
from pipelines.sources.gharchive.facts import EVENT_SCHEMA
from pipelines.sources.gharchive.parsing import ParsedHour, parse_hour
from pipelines.sources.gharchive.worker import begin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pipelines.sources.gharchive.client import FetchedHour


@dataclass(frozen=True, slots=True)
class ReadHour:
    """An hour as it was fetched, with what its file holds.

    Attributes
    ----------
    fetched
        The archive's answer.
    parsed
        The content; None where the archive gave no file.
    """

    fetched: FetchedHour
    parsed: ParsedHour | None

    @property
    def source_file(self) -> str:
        """Name of the hour's file in the archive."""
        return self.fetched.source_file

    @property
    def status(self) -> str:
        """Status of the manifest."""
        if self.parsed is None:
            return self.fetched.status
        if self.parsed.damage:
            return "damaged"
        return "empty" if self.parsed.events.is_empty() else "loaded"

    @property
    def lines_count(self) -> int | None:
        """Lines of its file; None without one."""
        return None if self.parsed is None else self.parsed.lines_count


@contextmanager
def hour_reader(
    workers: int, rows_dir: Path
) -> Iterator[Callable[[Iterable[FetchedHour]], Iterator[ReadHour]]]:
    """A way to read hours, in the order given.

    Parameters
    ----------
    workers
        How many processes read at the same time; with 1 this process reads an hour when it is asked for.
    rows_dir
        Where workers keep rows until they are asked for, 40 MB an hour. What is there, of a process
        that was killed, is removed.

    Yields
    ------
    callable
        Gives of each hour what its file holds. It raises StorageError where a file cannot be read, the rows of
        a worker not be laid down, or a worker ends; the hours before it have been given by then.
    """
    if workers == 1:
        yield lambda hours: map(_read, hours)
        return
    # Not forked: this process may hold threads and locks of DuckDB and Polars.
    spawn = multiprocessing.get_context("spawn")
    shutil.rmtree(rows_dir, ignore_errors=True)
    try:
        rows_dir.mkdir(parents=True)
        with ProcessPoolExecutor(workers, mp_context=spawn, initializer=begin) as pool:
            yield lambda hours: map(_take_up, pool.map(partial(_lay_down, rows_dir=rows_dir), hours))
    except BrokenProcessPool as error:
        raise StorageError(
            "a process that was reading hours ended without a word, as it does when the memory is full",
            where=str(rows_dir),
            hint="run the same command again with LANDSCAPE_WORKERS=1, which takes the least memory",
        ) from error
    finally:
        shutil.rmtree(rows_dir, ignore_errors=True)


def _lay_down(fetched: FetchedHour, rows_dir: Path) -> tuple[ReadHour, Path | None]:
    """Read an hour in a worker, and leave its rows in a file.

    Through the pipe between processes they would take a quarter of the time of reading them: they are pickled,
    sent and unpickled, the last by the one process that all workers wait for.
    """
    hour = _read(fetched)
    if hour.parsed is None:
        return hour, None
    rows_path = rows_dir / f"{hour.source_file.replace('/', '-')}.arrow"
    try:
        hour.parsed.events.write_ipc(rows_path)
    except (OSError, pl.exceptions.PolarsError) as error:  # a full disk may be either
        raise StorageError(
            f"could not lay the rows of {hour.source_file} down for a moment: {error}",
            where=str(rows_path),
            hint="free space there, or read with LANDSCAPE_WORKERS=1",
        ) from error
    return replace(hour, parsed=replace(hour.parsed, events=EVENT_SCHEMA.to_frame())), rows_path


def _take_up(laid_down: tuple[ReadHour, Path | None]) -> ReadHour:
    hour, rows_path = laid_down
    if hour.parsed is None or rows_path is None:
        return hour
    events = pl.read_ipc(rows_path)
    rows_path.unlink()  # at once, so that few are kept at a time
    return replace(hour, parsed=replace(hour.parsed, events=events))


def _read(fetched: FetchedHour) -> ReadHour:
    """Read an hour; a file that does not hold the events that its manifest says is set aside."""
    if fetched.path is None:
        return ReadHour(fetched, None)
    parsed = parse_hour(fetched.path, fetched.archive)
    declared = fetched.declared
    counts = {parsed.lines_count, parsed.events.height + parsed.quarantine.height}
    if declared is None or declared.events_count in counts:
        return ReadHour(fetched, parsed)
    detail = "; ".join(
        filter(
            None,
            [
                f"the file has {parsed.events.height:,} events, its manifest says {declared.events_count:,}",
                parsed.damage,
            ],
        )
    )
    return ReadHour(replace(fetched, status="disagrees", path=None, detail=detail), None)
