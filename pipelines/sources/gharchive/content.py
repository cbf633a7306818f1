"""The content of an hour's gzip file, up to where it breaks off or grows too large.

Belongs here: decompression and its limits. Must not: the meaning of a line.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from isal import isal_zlib

from pipelines.floor.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

MAX_RATIO = 100
"""Largest size of an hour's content against its gzip file. Real hours are near 6, and 20 at most; deflate reaches
1,032, so what lies above is made to fill a memory or a disk."""

MAX_BYTES = 16 << 30
"""Largest content of an hour file, in bytes: twenty times the busiest hour of the archive."""

MAX_LINE_BYTES = 64 << 20
"""Longest line of an hour file, in bytes: GitHub cuts payloads far below, and a line is held in memory."""
_RATIO_FREE_BYTES = 64 << 20
"""A size that is always accepted, at any ratio: small files of equal lines compress well."""
_GZIP_WBITS = 16 + isal_zlib.MAX_WBITS


class HourContent:
    """The content of a gzip file, up to where it breaks off or grows too large.

    The readers of `gzip` and `isal.igzip` raise at a break instead, and take the last buffer of good lines
    along; and neither knows a limit.

    Parameters
    ----------
    path
        The gzip file.
    block_bytes
        How much of it to decompress at a time; of a block in which it breaks, nothing is read.

    Attributes
    ----------
    damage
        Why the content ended early; empty while it has not. Read it after the last chunk.
    """

    def __init__(self, path: Path, block_bytes: int) -> None:
        self._path = path
        self._block_bytes = block_bytes
        self.damage = ""

    def chunks(self) -> Iterator[bytes]:
        """The content from its beginning, in pieces of any size.

        Raises
        ------
        StorageError
            If the file cannot be opened or the disk fails.
        """
        try:
            with self._path.open("rb") as file:
                chunks = _decompressed(file, self._block_bytes)
                yield from _within_limits(chunks, os.fstat(file.fileno()).st_size)
        except EOFError:
            self.damage = "truncated: the gzip file breaks off"
        except _TooMuchError as error:
            self.damage = str(error)
        except isal_zlib.error as error:  # type: ignore[misc]  # the stub takes the class for an instance
            self.damage = f"damaged gzip: {error}"
        except OSError as error:
            raise StorageError(
                f"could not read this file: {error.strerror or error}",
                where=str(self._path),
                hint="check the disk that holds it and run the command again",
            ) from error


class _TooMuchError(Exception):
    """The content of a file is larger than that of any hour."""


def _within_limits(chunks: Iterable[bytes], compressed_bytes: int) -> Iterator[bytes]:
    limit = min(MAX_BYTES, max(_RATIO_FREE_BYTES, MAX_RATIO * compressed_bytes))
    total = line_start = 0
    for chunk in chunks:
        newline = chunk.rfind(b"\n")
        if newline >= 0:
            line_start = total + newline + 1
        total += len(chunk)
        if total > limit:
            raise _TooMuchError(
                f"too large: more than {limit:,} bytes in a gzip file of {compressed_bytes:,}"
            )
        if total - line_start > MAX_LINE_BYTES:
            raise _TooMuchError(f"too large: a line of more than {MAX_LINE_BYTES:,} bytes")
        yield chunk


def _decompressed(file: BinaryIO, block_bytes: int) -> Iterator[bytes]:
    """Decompress a gzip file of one or more members; EOFError if it ends inside one.

    Zero bytes after a member are padding, as ``gzip`` takes them.
    """
    member = isal_zlib.decompressobj(wbits=_GZIP_WBITS)
    while block := file.read(block_bytes):
        while block:
            if member.eof:
                block = block.lstrip(b"\0")
                if not block:
                    break
                member = isal_zlib.decompressobj(wbits=_GZIP_WBITS)
            yield member.decompress(block)
            block = member.unused_data
    if not member.eof:
        raise EOFError
