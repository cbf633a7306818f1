"""From an hour file of GH Archive to fact rows, line by line and exactly.

Belongs here: the way of a file through its parts. Must not: where rows are stored, or which of two copies of an event
counts.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import polars as pl

from pipelines.floor.periods import Hour
from pipelines.sources.gharchive.content import HourContent
from pipelines.sources.gharchive.decoding import (
    CLOCK_TOLERANCE,
    NO_PAYLOAD,
    decode_event,
    decode_plain_lines,
)
from pipelines.sources.gharchive.facts import event_columns, fact_rows, subject_columns
from pipelines.sources.gharchive.layout import GHARCHIVE, source_file_of
from pipelines.sources.gharchive.recovery import quarantine_row, recover_events

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pipelines.sources.gharchive.decoding import DatedEvent, Event

QUARANTINE_SCHEMA = pl.Schema(
    {
        "source_file": pl.String(),
        "line_number": pl.Int64(),
        "cause": pl.String(),
        "excerpt": pl.String(),
        "line_sha256": pl.String(),
    }
)
_NEWLINE = ord("\n")
_BLOCK_BYTES = 1 << 16
"""Decompressed at a time: six times as much content, which a processor's cache still holds when it is decoded."""
_EVENTS_AT_ONCE = 2000
"""Events that become columns together: few enough to be still in the cache, many enough to be worth the call."""


@dataclass(frozen=True, slots=True)
class ParsedHour:
    """The content of an hour file.

    Attributes
    ----------
    events
        Fact rows of `EVENT_SCHEMA`, in the order of the file, repeated events included.
    quarantine
        Rows of `QUARANTINE_SCHEMA`: at most one a line, for the first part of it that gave no event.
    lines_count
        Lines that are not blank. Each gave an event, a quarantine row, or both.
    recovered_count
        Events that were saved from a line which is not simply one event.
    damage
        The fault of the file as a whole; empty if it could be read to its end.
    """

    events: pl.DataFrame
    quarantine: pl.DataFrame
    lines_count: int
    recovered_count: int
    damage: str


def parse_hour(path: Path, archive: str = GHARCHIVE) -> ParsedHour:
    """Read every event of an hour file of GH Archive, of any era since 2015.

    A damaged line never costs another one: whole events in it are read, and the first part that gives none
    goes to the quarantine. Of a file that breaks off, everything before the break is read.

    Parameters
    ----------
    path
        The gzip file, under the archive's own name.
    archive
        Which archive it is of; ``source_file`` names both.

    Raises
    ------
    StorageError
        If the file cannot be opened or the disk fails. Bad content never raises.

    References
    ----------
    GH Archive, https://www.gharchive.org; GitHub's event types,
    https://docs.github.com/en/rest/using-the-rest-api/github-event-types
    """
    content = HourContent(path, _BLOCK_BYTES)
    hour = Hour.parse(path.name.removesuffix(".json.gz"))
    latest = (hour.start + timedelta(hours=1) + CLOCK_TOLERANCE).timestamp()
    lines = _LinesRead(archive, source_file_of(archive, hour), latest)
    for text, lines_count in _whole_lines(content.chunks()):
        plain = decode_plain_lines(text, lines_count, latest)
        if plain is None:
            lines.read_exactly(text)
        else:
            lines.take(*plain)
    return ParsedHour(
        events=lines.fact_rows(),
        quarantine=pl.DataFrame(lines.quarantine, schema=QUARANTINE_SCHEMA, orient="row"),
        lines_count=lines.lines_count - lines.blank_count,
        recovered_count=lines.recovered_count,
        damage=content.damage,
    )


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[tuple[memoryview, int]]:
    """Cut the content between lines, without copying more of it than lines that two chunks share.

    Gives a text and the number of its newlines: many lines, one, or the last without its newline.
    """
    begun: list[bytes] = []
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if not end:
            begun.append(chunk)
            continue
        start = 0
        if begun:
            start = chunk.find(b"\n") + 1
            yield memoryview(b"".join([*begun, chunk[:start]])), 1
        if start < end:
            text = memoryview(chunk)[start:end]
            # Faster than `bytes.count`, which looks for one newline after the other.
            yield text, int(np.count_nonzero(np.frombuffer(text, np.uint8) == _NEWLINE))
        begun = [chunk[end:]] if end < len(chunk) else []
    if begun:
        yield memoryview(b"".join(begun)), 0


class _LinesRead:
    """The rows read from an hour's lines so far."""

    def __init__(self, archive: str, source_file: str, latest: float) -> None:
        self._archive = archive
        self._source_file = source_file
        self._latest = latest
        self._events: list[Event] = []
        self._seconds: list[float] = []
        self._columns: list[pl.DataFrame] = []
        self._subjects: list[pl.DataFrame] = []
        self._rows_count = 0
        self.quarantine: list[tuple[str, int, str, str, str]] = []
        self.lines_count = self.blank_count = self.recovered_count = 0

    def take(self, events: Sequence[Event], seconds: Sequence[float]) -> None:
        """Add the events of plain lines, and when they were created."""
        self.lines_count += len(events)
        self._events += events
        self._seconds += seconds
        self._keep_few()

    def read_exactly(self, text: memoryview) -> None:
        """Add the events that can be saved from lines that are not all plain."""
        for line in io.BytesIO(text):
            self.lines_count += 1
            try:
                self._add([decode_event(line, self._latest)])
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self._read_damaged(line.removesuffix(b"\n"))
        self._keep_few()

    def fact_rows(self) -> pl.DataFrame:
        """Rows of `EVENT_SCHEMA`."""
        self._to_columns()
        return fact_rows(self._columns, self._subjects, self._source_file, self._archive)

    def _read_damaged(self, line: bytes) -> None:
        if not line.strip():
            self.blank_count += 1
            return
        saved, refusal = recover_events(line, self._latest)
        self._add(saved)
        self.recovered_count += len(saved)
        if refusal is not None:
            self.quarantine.append(quarantine_row(self._source_file, self.lines_count, line, refusal))

    def _add(self, saved: Sequence[DatedEvent]) -> None:
        for event, seconds in saved:
            self._events.append(event)
            self._seconds.append(seconds)

    def _keep_few(self) -> None:
        if len(self._events) >= _EVENTS_AT_ONCE:
            self._to_columns()

    def _to_columns(self) -> None:
        payloads = [event.payload or NO_PAYLOAD for event in self._events]
        self._columns.append(event_columns(self._events, self._seconds, payloads))
        self._subjects.append(subject_columns(payloads, self._rows_count))
        self._rows_count += len(payloads)
        self._events, self._seconds = [], []
