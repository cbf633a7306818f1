"""The committed sample, answered as if it were the upstreams.

Belongs here: one archive, read once and verified. Must not: the meaning of an answer; the clients cannot tell
this adapter from a host.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated
from urllib.parse import unquote, urlsplit

import msgspec
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from pipelines.floor.errors import SourceError
from pipelines.floor.periods import Hour, Month

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FACTS_MEMBER = "sample.json"
"""The member that describes the sample: its clock and the sha256 of every other member."""

_OK, _NOT_MODIFIED, _NOT_FOUND = 200, 304, 404
_REASONS = {_OK: "OK", _NOT_MODIFIED: "Not Modified", _NOT_FOUND: "Not Found"}
# The answer of the object stores behind GH Archive and OpenDigger to a name they do not hold.
_NO_SUCH_KEY = (
    b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>NoSuchKey</Code>"
    b"<Message>The specified key does not exist.</Message></Error>"
)


@dataclass(frozen=True, slots=True)
class SampleFacts:
    """The fixed clock of the sample: on any day, a build from it is as of these dates."""

    as_of: date
    as_of_month: Month
    retrieved_at: datetime
    first_hour: Hour
    last_hour: Hour


class _FactsMember(msgspec.Struct, frozen=True):
    """The content of ``sample.json``."""

    as_of: date
    as_of_month: str
    retrieved_at: Annotated[datetime, msgspec.Meta(tz=True)]
    first_hour: str
    last_hour: str
    note: str
    members: dict[str, str]


class SampleAdapter(BaseAdapter):
    """Answers ``sample://<member>`` from the archive, with 200, 304 or 404.

    The archive is read into memory once, so a checkout that changes under a running build cannot mix two
    samples. Members are independent reads over that copy: threads may share an adapter.

    Parameters
    ----------
    path
        ``data/sample/sample.zip``.

    Attributes
    ----------
    facts
        The fixed clock of the sample.

    Raises
    ------
    SourceError
        If the archive is missing, is no sample, or its members are not the ones it lists.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._archive = _open_archive(path)
        described = _described(path, self._archive)
        self._sha256_by_member = described.members
        self.facts = _facts(path, described)

    def send(  # noqa: PLR0917 - the signature is that of requests
        self,
        request: PreparedRequest,
        stream: bool = False,  # noqa: ARG002
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,  # noqa: ARG002
        verify: bool | str = True,  # noqa: ARG002
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> Response:
        """Answer one request.

        Raises
        ------
        SourceError
            If the member's bytes are not those that were committed.
        """
        address = urlsplit(request.url or "")
        member = unquote(f"{address.netloc}{address.path}")
        sha256 = self._sha256_by_member.get(member)
        if sha256 is None:
            return _response(request, _NOT_FOUND, {"Content-Type": "application/xml"}, _NO_SUCH_KEY)
        etag = f'"{sha256}"'
        if request.headers.get("If-None-Match") == etag:
            return _response(request, _NOT_MODIFIED, {"ETag": etag}, b"")
        body = _member_bytes(self._path, self._archive, member)
        if hashlib.sha256(body).hexdigest() != sha256:
            raise _damaged(self._path, member, "its content is not what was committed")
        return _response(request, _OK, {"ETag": etag}, body)

    def close(self) -> None:
        """Free the copy in memory."""
        self._archive.close()


def _open_archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    except OSError as error:
        raise _damaged(path, None, f"cannot be read: {error.strerror or error}") from error
    except Exception as error:  # zipfile lets many kinds through for damaged bytes
        raise _damaged(path, None, f"is not a readable archive: {error}") from error


def _described(path: Path, archive: zipfile.ZipFile) -> _FactsMember:
    """Read the description of the sample; its members must be the ones it lists."""
    try:
        described = msgspec.json.decode(_member_bytes(path, archive, FACTS_MEMBER), type=_FactsMember)
    except ValueError as error:
        raise _damaged(path, FACTS_MEMBER, str(error)) from error
    differing = {FACTS_MEMBER, *described.members} ^ set(archive.namelist())
    if differing:
        raise _damaged(path, min(differing), "it is listed but absent, or present but not listed")
    return described


def _facts(path: Path, described: _FactsMember) -> SampleFacts:
    try:
        return SampleFacts(
            as_of=described.as_of,
            as_of_month=Month.parse(described.as_of_month),
            retrieved_at=described.retrieved_at.astimezone(UTC),
            first_hour=Hour.parse(described.first_hour),
            last_hour=Hour.parse(described.last_hour),
        )
    except ValueError as error:
        raise _damaged(path, FACTS_MEMBER, str(error)) from error


def _member_bytes(path: Path, archive: zipfile.ZipFile, member: str) -> bytes:
    try:
        return archive.read(member)
    except KeyError as error:
        raise _damaged(path, member, "it is absent") from error
    except Exception as error:  # zipfile lets many kinds through for damaged bytes, zlib.error among them
        raise _damaged(path, member, str(error)) from error


def _damaged(path: Path, member: str | None, cause: str) -> SourceError:
    what = f"the sample {cause}" if member is None else f"the sample is damaged in {member}: {cause}"
    return SourceError(
        what, where=str(path), hint="get it back with `git checkout -- data/sample/sample.zip`"
    )


def _response(request: PreparedRequest, status: int, headers: Mapping[str, str], body: bytes) -> Response:
    response = Response()
    response.status_code = status
    response.reason = _REASONS[status]
    response.headers = CaseInsensitiveDict({**headers, "Content-Length": str(len(body))})
    response.raw = io.BytesIO(body)
    response.url = request.url or ""
    response.request = request
    return response
