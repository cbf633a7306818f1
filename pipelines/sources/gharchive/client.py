"""An archive in the layout of GH Archive: one file an hour.

Belongs here: the hour's address, telling a file from an error page, and going on where a download broke off.
Must not: events; bronze parses them.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial as with_given
from itertools import chain
from typing import TYPE_CHECKING, Literal

import requests

from pipelines.floor.errors import SeedsError, StorageError
from pipelines.floor.files import remove_file, write_whole
from pipelines.sources.answer import Earlier
from pipelines.sources.failures import unexpected_status
from pipelines.sources.gharchive.layout import GHARCHIVE, source_file_of
from pipelines.sources.http import TryLaterError, bounded, exchange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pipelines.floor.periods import Hour
    from pipelines.sources.connect import Upstreams

HOUR_BYTES = 1 << 30
"""Most bytes of an hour file as it is served; the largest there are have about 410 MB."""

_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK_BYTES = 1 << 20
_EXCERPT_BYTES = 80
_OK, _PARTIAL, _NOT_MODIFIED, _NOT_FOUND, _NOT_SATISFIABLE = 200, 206, 304, 404, 416
_LONGEST_DOWNLOAD = timedelta(hours=1)
"""Between the request of a file and its last byte, at most: by so much its date on disk may be too late."""
_RANGE_START = re.compile(r"bytes (\d+)-")


@dataclass(frozen=True, slots=True)
class DeclaredHour:
    """What an archive says of an hour file.

    Attributes
    ----------
    events_count
        Its events.
    bytes, sha256
        Its size and digest as it is served.
    """

    events_count: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FetchedHour:
    """The archive's answer for an hour.

    Attributes
    ----------
    status
        ``fetched``; ``missing`` when the archive has no file for the hour; ``not_gzip`` when it answered 200
        with something else, such as an error page; ``unchanged`` when the file is the one of the earlier
        answer that was named; ``disagrees`` when it is another one than its manifest says; ``unanswered`` when
        the archive gave no usable answer while another one did.
    path, sha256
        The file as it was served, and its digest; None unless fetched.
    bytes
        Size of that file; 0 unless fetched.
    detail
        Why there is no file, or why it could not be checked; empty when there is nothing to say.
    archive
        Id of the archive.
    declared
        What the archive says of the file; None where it says nothing.
    """

    hour: Hour
    url: str
    status: Literal["fetched", "missing", "not_gzip", "unchanged", "disagrees", "unanswered"]
    path: Path | None = None
    bytes: int = 0
    sha256: str | None = None
    detail: str = ""
    archive: str = GHARCHIVE
    declared: DeclaredHour | None = None

    @property
    def source_file(self) -> str:
        """Its name, unlike that of the same hour in another archive."""
        return source_file_of(self.archive, self.hour)


@dataclass(frozen=True, slots=True)
class _Partial:
    """The first part of an hour file, from a download that broke off, next to the file's place.

    It counts only together with the validator of the version it was cut from: the rest of another version
    would make a file that never was.
    """

    content: Path
    validator: Path

    @classmethod
    def of(cls, path: Path) -> _Partial:
        """The one that belongs to the hour file `path`."""
        return cls(path.with_name(f"{path.name}.part"), path.with_name(f"{path.name}.part-of"))

    @property
    def size(self) -> int:
        """Bytes that need not be asked for again; 0 when there are none."""
        return self.content.stat().st_size if self.content.exists() and self.validator.exists() else 0

    def headers(self) -> dict[str, str]:
        """Ask for the rest, or for the whole file if it is another one by now."""
        if not self.size:
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": self.validator.read_text()}

    def read(self) -> Iterator[bytes]:
        """Its bytes, in chunks."""
        with self.content.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk

    def drop(self) -> None:
        """Forget it."""
        for path in (self.content, self.validator):
            if path.exists():
                remove_file(path)


def hour_url(upstreams: Upstreams, archive: str, hour: Hour) -> str:
    """Address of an hour file.

    Raises
    ------
    SeedsError
        If no address of the archive is declared.
    """
    address = archive.replace("-", "_")
    if address not in upstreams.urls:
        raise SeedsError(
            f'no source declares the address of the archive "{archive}"',
            where="upstreams/archives.yml",
            hint=f"declare it where the source of events is, so that LANDSCAPE_{address.upper()}_URL can set it",
        )
    return f"{upstreams.urls[address]}/{hour.file_name}"


def fetch_hour(
    upstreams: Upstreams,
    hour: Hour,
    folder: Path,
    earlier: Earlier | None = None,
    archive: str = GHARCHIVE,
) -> FetchedHour:
    """Bring the file of `hour` into `folder`, under the archive's own name.

    The file appears whole or not at all. A gzip magic is all that is checked of its content: whether every
    line is an event is for the parser to say. What arrived before a download broke off stays next to it and is
    not asked for again, in the next attempt or the next run; nor is a file that a run which ended too early
    left in `folder`, unless the archive changed it.

    Parameters
    ----------
    upstreams
        Where to ask.
    hour
        Which hour.
    folder
        Where the file goes.
    earlier
        The answer that is already held, if any: then the file is only sent if it changed.
    archive
        Id of the archive to ask.

    Raises
    ------
    SeedsError
        If no address of the archive is declared.
    SourceError
        If the archive does not answer, breaks off each time, or answers with a status other than 200 and 404.
    StorageError
        If the file cannot be written.
    """
    url = hour_url(upstreams, archive, hour)
    path = folder / source_file_of(archive, hour)
    partial = _Partial.of(path)
    left = _left_behind(path) if earlier is None or not earlier.is_held else None

    def headers() -> dict[str, str]:
        # The file is stored compressed: another layer of compression on the way would only hide its magic.
        return {"Accept-Encoding": "identity"} | partial.headers()

    answered = with_given(FetchedHour, hour, url, archive=archive)

    def read(response: requests.Response) -> FetchedHour:
        if response.status_code == _NOT_MODIFIED and left is not None:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            return answered("fetched", path, path.stat().st_size, digest)
        if response.status_code == _NOT_MODIFIED and earlier is not None:
            return answered("unchanged", detail="the archive has not changed this file (304)")
        if response.status_code == _NOT_FOUND:
            return answered("missing", detail="the archive has no file for this hour (404)")
        if not _continues(response, partial.size):
            partial.drop()
            raise TryLaterError("it does not go on where the last download broke off")
        if response.status_code not in {_OK, _PARTIAL}:
            raise unexpected_status(response)
        received = bounded(response, HOUR_BYTES, _CHUNK_BYTES)
        chunks = chain(partial.read(), received) if response.status_code == _PARTIAL else received
        first = next(chunks, b"")
        if not first.startswith(_GZIP_MAGIC):
            content_type = response.headers.get("Content-Type", "no content type")
            return answered("not_gzip", detail=f"{content_type}, beginning with {first[:_EXCERPT_BYTES]!r}")
        whole = chain([first], chunks)
        validator = _validator(response)
        digest = _write_by_parts(path, whole, partial, validator) if validator else _write(path, whole)
        partial.drop()
        return answered("fetched", path, path.stat().st_size, digest)

    return exchange(upstreams.session, url, read, headers=headers, earlier=left or earlier)


def _left_behind(path: Path) -> Earlier | None:
    """When the file at `path` was asked for at the earliest; None when there is none."""
    if not path.exists():
        return None
    written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Earlier(written_at - _LONGEST_DOWNLOAD)


def _continues(response: requests.Response, size: int) -> bool:
    """Whether an answer to a request for the bytes from `size` on is those bytes, or one without a range."""
    if response.status_code == _NOT_SATISFIABLE:
        return False
    if response.status_code != _PARTIAL:
        return True
    start = _RANGE_START.match(response.headers.get("Content-Range", ""))
    return start is not None and 0 < size == int(start[1])


def _validator(response: requests.Response) -> str | None:
    """What ``If-Range`` may name: a strong ETag or a date, of an archive that serves ranges."""
    if response.status_code != _PARTIAL and response.headers.get("Accept-Ranges") != "bytes":
        return None
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else response.headers.get("Last-Modified")


def _write(path: Path, chunks: Iterable[bytes]) -> str:
    """Replace `path`; return the digest of the written bytes."""
    digest = hashlib.sha256()

    def content() -> Iterator[bytes]:
        for chunk in chunks:
            digest.update(chunk)
            yield chunk

    write_whole(path, content())
    return digest.hexdigest()


def _write_by_parts(path: Path, chunks: Iterable[bytes], partial: _Partial, validator: str) -> str:
    """`_write`, but what came before a lost connection is kept as `partial`."""
    lost: list[requests.RequestException] = []

    def until_lost() -> Iterator[bytes]:
        try:
            yield from chunks
        except requests.RequestException as error:
            lost.append(error)

    write_whole(partial.validator, [validator.encode()])
    digest = _write(partial.content, until_lost())
    if lost:
        raise lost[0]
    try:
        partial.content.replace(path)
    except OSError as error:
        raise StorageError(
            f"could not name this file: {error.strerror or error}",
            where=str(path),
            hint="check the disk that holds it and run the command again",
        ) from error
    return digest
