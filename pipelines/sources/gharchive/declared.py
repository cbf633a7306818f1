"""Hour files checked against what their archive says of them.

Belongs here: the manifest next to an hour file, and the comparison of a file with it. Must not: the events of a file,
except how many there are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from pipelines.floor.files import remove_file
from pipelines.sources.failures import UnexpectedAnswerError, unexpected_status
from pipelines.sources.gharchive.client import DeclaredHour, FetchedHour, fetch_hour, hour_url
from pipelines.sources.http import get

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.sources.answer import Earlier
    from pipelines.sources.connect import Upstreams
    from pipelines.sources.gharchive.archives import AskedHour

_ATTEMPTS = 2
"""Times that a file and its manifest are asked for: an archive may replace one between two requests."""
_MANIFEST_BYTES = 8 << 20
_OK, _NOT_FOUND = 200, 404


@dataclass(frozen=True, slots=True)
class HeldHour:
    """The file of an hour that bronze was loaded from.

    Attributes
    ----------
    earlier
        When it was asked for, and whether all its rows are still here.
    sha256, lines_count
        Its digest and lines; None where no file was read.
    """

    earlier: Earlier
    sha256: str | None
    lines_count: int | None


class _Manifest(msgspec.Struct):
    """The part of a manifest that is read; it says more, such as the events of each minute."""

    event_count: int
    compressed_bytes: int
    sha256: str


def fetch_checked(
    upstreams: Upstreams, asked: AskedHour, folder: Path, held: HeldHour | None = None
) -> FetchedHour:
    """Bring an hour file into `folder`; of an archive with manifests only a file that agrees with its own.

    Of an archive with manifests a file is sent again when its manifest names another digest, unless that file has
    fewer events than the one that bronze holds: then the fuller one stays.

    Parameters
    ----------
    upstreams
        Where to ask.
    asked
        Which hour of which archive.
    folder
        Where the file goes.
    held
        What bronze holds of it, if anything.

    Returns
    -------
    FetchedHour
        ``disagrees`` where file and manifest differ in bytes or digest after all attempts: such a file is not kept.

    Raises
    ------
    SourceError, StorageError
        As `fetch_hour`.
    """
    earlier = held.earlier if held is not None else None
    if not asked.archive.has_manifest:
        return fetch_hour(upstreams, asked.hour, folder, earlier, asked.archive.id)
    disagreement = ""
    for _ in range(_ATTEMPTS):
        declared, problem = _fetch_declared(upstreams, asked)
        if declared is None:
            fetched = fetch_hour(upstreams, asked.hour, folder, earlier, asked.archive.id)
            return replace(fetched, detail=fetched.detail or problem)
        if held is not None and held.earlier.is_held and _is_no_fuller(declared, held):
            return FetchedHour(
                asked.hour,
                hour_url(upstreams, asked.archive.id, asked.hour),
                "unchanged",
                archive=asked.archive.id,
            )
        fetched = fetch_hour(upstreams, asked.hour, folder, archive=asked.archive.id)
        if fetched.path is None:
            return fetched
        disagreement = _disagreement(declared, fetched)
        if not disagreement:
            return replace(fetched, declared=declared)
        remove_file(fetched.path)
    return replace(fetched, status="disagrees", path=None, bytes=0, sha256=None, detail=disagreement)


def _is_no_fuller(declared: DeclaredHour, held: HeldHour) -> bool:
    """Whether the archive's file is the held one, or one with fewer events."""
    return declared.sha256 == held.sha256 or declared.events_count < (held.lines_count or 0)


def _disagreement(declared: DeclaredHour, fetched: FetchedHour) -> str:
    if fetched.bytes != declared.bytes:
        return f"the file has {fetched.bytes:,} bytes, its manifest says {declared.bytes:,}"
    if fetched.sha256 != declared.sha256:
        return f"the file has the SHA-256 {fetched.sha256}, its manifest says {declared.sha256}"
    return ""


def _fetch_declared(upstreams: Upstreams, asked: AskedHour) -> tuple[DeclaredHour | None, str]:
    """What the archive says of a file; None with the reason where it does not say it."""
    url = hour_url(upstreams, asked.archive.id, asked.hour).removesuffix(".json.gz") + ".manifest.json"
    try:
        answer = get(upstreams.session, url, limit_bytes=_MANIFEST_BYTES)
        if answer.status_code == _NOT_FOUND:
            return None, "not checked: the archive has no manifest of this hour (404)"
        if answer.status_code != _OK:
            raise unexpected_status(answer)
        manifest = msgspec.json.decode(answer.content, type=_Manifest)
    except (UnexpectedAnswerError, msgspec.DecodeError) as error:
        return None, f"not checked: its manifest cannot be read: {str(error).splitlines()[0]}"
    return DeclaredHour(manifest.event_count, manifest.compressed_bytes, manifest.sha256.lower()), ""
