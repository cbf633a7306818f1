"""GH Archive: one file an hour.

Belongs here: the hour's address, and telling a file from an error page. Must not: events; bronze parses them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipelines.files import write_whole
from pipelines.sources.http import exchange, unexpected_status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import requests

    from pipelines.periods import Hour
    from pipelines.sources.connect import Upstreams

_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK_BYTES = 1 << 20
_EXCERPT_BYTES = 80
_OK, _NOT_FOUND = 200, 404


@dataclass(frozen=True, slots=True)
class FetchedHour:
    """What the archive answered for an hour.

    Attributes
    ----------
    status
        ``fetched``; ``missing`` when the archive has no file for the hour; ``not_gzip`` when it answered 200
        with something else, such as an error page.
    path, sha256
        The file as it was served, and its digest; None unless fetched.
    bytes
        Size of that file; 0 unless fetched.
    detail
        Why there is no file; empty when there is one.
    """

    hour: Hour
    url: str
    status: Literal["fetched", "missing", "not_gzip"]
    path: Path | None = None
    bytes: int = 0
    sha256: str | None = None
    detail: str = ""


def fetch_hour(upstreams: Upstreams, hour: Hour, folder: Path) -> FetchedHour:
    """Bring the file of `hour` into `folder`, under the archive's own name.

    The file appears whole or not at all. A gzip magic is all that is checked of its content: whether every
    line is an event is for the parser to say.

    Raises
    ------
    SourceError
        If the archive does not answer, breaks off each time, or answers with a status other than 200 and 404.
    StorageError
        If the file cannot be written.
    """
    url = f"{upstreams.gharchive_url}/{hour.file_name}"
    path = folder / hour.file_name

    def read(response: requests.Response) -> FetchedHour:
        if response.status_code == _NOT_FOUND:
            return FetchedHour(hour, url, "missing", detail="the archive has no file for this hour (404)")
        if response.status_code != _OK:
            raise unexpected_status(response)
        chunks = response.iter_content(_CHUNK_BYTES)
        first = next(chunks, b"")
        if not first.startswith(_GZIP_MAGIC):
            content_type = response.headers.get("Content-Type", "no content type")
            return FetchedHour(
                hour, url, "not_gzip", detail=f"{content_type}, beginning with {first[:_EXCERPT_BYTES]!r}"
            )
        digest = hashlib.sha256(first)

        def content() -> Iterator[bytes]:
            yield first
            for chunk in chunks:
                digest.update(chunk)
                yield chunk

        write_whole(path, content())
        return FetchedHour(hour, url, "fetched", path, path.stat().st_size, digest.hexdigest())

    # The file is stored compressed: another layer of compression on the way would only hide its magic.
    return exchange(upstreams.session, url, read, headers={"Accept-Encoding": "identity"})
