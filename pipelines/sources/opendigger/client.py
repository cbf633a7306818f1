"""OpenDigger: one small JSON file for each metric of each repository.

Belongs here: telling a known series from an unknown, a renamed and a malformed one. Must not: what a missing
month means; that needs the extent, and is decided downstream.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

import msgspec

from pipelines.errors import SourceError
from pipelines.periods import Month
from pipelines.sources.failures import unexpected_status
from pipelines.sources.http import get
from pipelines.sources.tables import Table, read_table, repo_full_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.sources.connect import Upstreams
    from pipelines.sources.http import Answer, Earlier

INTERPOLATED_MONTH = Month(2021, 10)
"""The month OpenDigger interpolates in every series; the measured value, where kept, is under ``-raw``."""

_MONTH_KEY = re.compile(r"(\d{4}-\d{2})(?:-raw)?", re.ASCII)
_EXTENT_COLUMNS = ("full_name", "observed_from", "observed_through")
_EXPORT_LIST_COLUMNS = ("id", "platform", "repo_name")
_GITHUB = "github"
_SERIES_BYTES = 4 << 20
_OK, _NOT_MODIFIED, _NOT_FOUND = 200, 304, 404

SeriesStatus = Literal["loaded", "unknown", "renamed", "malformed", "unchanged"]


@dataclass(frozen=True, slots=True)
class MonthValue:
    """One month of a series.

    Attributes
    ----------
    month
        The month.
    value
        The measured value where OpenDigger gives one, else the one it interpolated.
    is_interpolated
        Whether OpenDigger interpolates this month, so that a sum or a change across it can be told.
    """

    month: Month
    value: float
    is_interpolated: bool


@dataclass(frozen=True, slots=True)
class Series:
    """What OpenDigger answered for one metric of one repository.

    Attributes
    ----------
    status
        ``loaded``; ``unknown`` when OpenDigger has no such file (this is not zero); ``renamed`` when the file
        holds no month, which is what an old name of a repository leaves behind; ``malformed``; ``unchanged``
        when the answer is the earlier one that was named.
    months
        In order, each month once; empty unless loaded. A month with the value zero is never written.
    sha256
        Digest of the answer's body; None when unknown or unchanged.
    etag, last_modified
        Headers of the answer that make the next request conditional; None where it had none.
    detail
        Why there are no months; empty when there are.
    """

    repo_full_name: str
    metric_id: str
    url: str
    status: SeriesStatus
    months: tuple[MonthValue, ...] = ()
    sha256: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ExportList:
    """The repositories OpenDigger exports, and the headers that make the next request conditional.

    Attributes
    ----------
    names
        ``owner/name``, in the case its addresses depend on, sorted, each once.
    """

    names: tuple[str, ...]
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True, order=True)
class Extent:
    """An unbroken run of months that was retrieved for a repository name, both ends included.

    Inside it a missing month is absent; outside all extents of the name a month is unknown.
    """

    repo_full_name: str
    first: Month
    last: Month


def series_url(upstreams: Upstreams, repo_full_name: str, metric_id: str) -> str:
    """Where OpenDigger keeps one metric of one repository; the case of the name matters."""
    return f"{upstreams.opendigger_url}/github/{quote(repo_full_name)}/{quote(metric_id)}.json"


def fetch_series(
    upstreams: Upstreams, repo_full_name: str, metric_id: str, earlier: Earlier | None = None
) -> Series:
    """Ask for one metric of one repository; the case of the name matters.

    Parameters
    ----------
    upstreams
        Where to ask.
    repo_full_name, metric_id
        What to ask for.
    earlier
        The answer that is already held, if any: then the series is only sent if it changed.

    Raises
    ------
    SourceError
        If OpenDigger does not answer, or answers with a web page or a status other than 200 and 404.
    """
    url = series_url(upstreams, repo_full_name, metric_id)
    answer = get(upstreams.session, url, limit_bytes=_SERIES_BYTES, earlier=earlier)
    if answer.status_code == _NOT_MODIFIED and earlier is not None:
        return Series(repo_full_name, metric_id, url, "unchanged", detail="not modified (304)")
    if answer.status_code == _NOT_FOUND:
        return Series(repo_full_name, metric_id, url, "unknown", detail="OpenDigger has no such series (404)")
    if answer.status_code != _OK:
        raise unexpected_status(answer)
    status, months, detail = _read_months(answer.content)
    return Series(
        repo_full_name,
        metric_id,
        url,
        status,
        months,
        sha256=hashlib.sha256(answer.content).hexdigest(),
        etag=answer.headers.get("ETag"),
        last_modified=answer.headers.get("Last-Modified"),
        detail=detail,
    )


def _read_months(body: bytes) -> tuple[SeriesStatus, tuple[MonthValue, ...], str]:
    try:
        months = parse_months(body)
    except ValueError as error:
        return "malformed", (), str(error)
    if not months:
        return "renamed", (), "the answer holds no month"
    return "loaded", months, ""


def parse_months(body: bytes) -> tuple[MonthValue, ...]:
    """Read the months of a numeric metric.

    One flat object mixes keys ``YYYY``, ``YYYYQn``, ``YYYY-MM`` and ``YYYY-MM-raw``. Only months are read;
    a year is no sum to check against, since some metrics are not additive.

    Parameters
    ----------
    body
        The JSON file.

    Returns
    -------
    tuple of MonthValue
        In order, each month once.

    Raises
    ------
    ValueError
        If it is not such an object, or a month's value is no finite number. One bad month spoils the series:
        left out, it would read as a month in which nothing happened.

    Examples
    --------
    >>> [(str(m.month), m.value) for m in parse_months(b'{"2021": 9, "2021-10": 4, "2021-10-raw": 3.7}')]
    [('2021-10', 3.7)]
    """
    try:
        entries = msgspec.json.decode(body)
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None
    if not isinstance(entries, dict):
        raise ValueError(f"a JSON object was expected, not {type(entries).__name__}")
    keys = {match[1] for match in map(_MONTH_KEY.fullmatch, entries) if match}
    return tuple(_month_value(entries, key) for key in sorted(keys))


def _month_value(entries: Mapping[str, object], key: str) -> MonthValue:
    month = Month.parse(key)
    raw_key = f"{key}-raw"
    measured_key = raw_key if raw_key in entries else key
    return MonthValue(
        month=month,
        value=_number(entries[measured_key], measured_key),
        is_interpolated=raw_key in entries or month == INTERPOLATED_MONTH,
    )


def _number(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{key} is {value!r}, not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{key} is too large for a number")
    return number


def fetch_exports(upstreams: Upstreams, earlier: Earlier | None = None) -> ExportList | None:
    """Names of the GitHub repositories OpenDigger exports.

    A row that names no repository is left out: there is nothing to ask for. What is asked for is not decided
    by this list alone, and every answer has its status. A host without a list (404) exports nothing by name.

    Parameters
    ----------
    upstreams
        Where to ask.
    earlier
        The list that is already held, if any.

    Returns
    -------
    ExportList or None
        None when the held list still holds.

    Raises
    ------
    SourceError
        If the list cannot be read or has other columns.
    """
    answer = get(upstreams.session, f"{upstreams.opendigger_url}/repo_list.csv", earlier=earlier)
    if answer.status_code == _NOT_MODIFIED and earlier is not None:
        return None
    if answer.status_code == _NOT_FOUND:
        return ExportList((), None, None)
    if answer.status_code != _OK:
        raise unexpected_status(answer)
    return ExportList(_exported(answer), answer.headers.get("ETag"), answer.headers.get("Last-Modified"))


def _exported(answer: Answer) -> tuple[str, ...]:
    listed = read_table(
        answer.content,
        source_file="repo_list.csv",
        columns=_EXPORT_LIST_COLUMNS,
        parse=lambda record: (record["platform"].casefold(), repo_full_name(record, "repo_name")),
    )
    return tuple(sorted({name for platform, name in listed.rows if platform == _GITHUB}))


def fetch_extents(upstreams: Upstreams) -> Table[Extent]:
    """Read which months were retrieved for each repository name.

    Raises
    ------
    SourceError
        If the table cannot be read, or these upstreams have none.
    """
    url = upstreams.series_extent_url
    if url is None:
        raise SourceError(
            "no table of retrieved months",
            where=upstreams.opendigger_url,
            hint="build from the sample: LANDSCAPE_PROFILE=sample",
        )
    response = get(upstreams.session, url)
    if response.status_code != _OK:
        raise unexpected_status(response)
    return read_table(
        response.content, source_file="series_extent.csv", columns=_EXTENT_COLUMNS, parse=_parse_extent
    )


def _parse_extent(record: Mapping[str, str]) -> Extent:
    first, last = Month.parse(record["observed_from"]), Month.parse(record["observed_through"])
    if last < first:
        raise ValueError(f"the extent ends ({last}) before it starts ({first})")
    return Extent(repo_full_name(record, "full_name"), first, last)
