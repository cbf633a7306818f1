"""One metric of one repository: the request, and the meaning of each kind of answer.

Belongs here: telling a series from an unknown, a monthless and a malformed one. Must not: what a missing month
means; that needs the extent, and is decided downstream.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NoReturn
from urllib.parse import quote

from pipelines.floor.periods import Month, last_complete_month
from pipelines.sources.failures import unexpected_status
from pipelines.sources.http import get

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.sources.answer import Earlier
    from pipelines.sources.connect import Upstreams

FIRST_MONTH = Month(2015, 1)
"""OpenDigger has no month before: the archive it reads has none in the same form."""

INTERPOLATED_MONTH = Month(2021, 10)
"""The month OpenDigger interpolates in every series; the measured value, where kept, is under ``-raw``."""

NO_MONTH = "no month in the answer: renamed, or only yearly data"
NO_SUCH_SERIES = "OpenDigger has no such series (404)"

_MONTH_KEY = re.compile(r"(\d{4}-\d{2})(?:-raw)?", re.ASCII)
_SERIES_BYTES = 4 << 20
_EXCERPT_LENGTH = 200
_OK, _NOT_MODIFIED, _NOT_FOUND = 200, 304, 404

SeriesStatus = Literal["loaded", "unknown", "no_months", "malformed", "unchanged", "failed", "not_asked"]


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
        Whether OpenDigger interpolates this month: a sum or a change across it is marked by it.
    """

    month: Month
    value: float
    is_interpolated: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A key of an answer that names no month of a series: `cause` says why, `excerpt` quotes it."""

    cause: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Months:
    """The months of an answer.

    Attributes
    ----------
    values
        In order, each complete month once.
    left_out
        Keys that look like months and are none, or lie outside the time OpenDigger covers.
    incomplete_month
        The earliest month in the answer that was not over yet; None if all were. Its value is left out, so
        it is unknown, and its absence is not zero.
    """

    values: tuple[MonthValue, ...]
    left_out: tuple[LeftOut, ...] = ()
    incomplete_month: Month | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """OpenDigger's answer for one metric of one repository.

    Attributes
    ----------
    status
        ``loaded``; ``unknown`` if OpenDigger has no such file (this is not zero); ``no_months`` if the file
        holds no month, as under an old name of a repository or where only years were written;
        ``malformed``; ``unchanged`` if the earlier answer still holds; ``failed`` if no usable answer came;
        ``not_asked`` if the pull ended before.
    months
        Empty unless loaded. A month with the value zero is never written.
    sha256
        Digest of the answer's body; None without a body.
    etag, last_modified
        Headers of the answer that make the next request conditional; None if it had none.
    detail
        Why there are no months; empty if there are.
    """

    repo_full_name: str
    metric_id: str
    url: str
    status: SeriesStatus
    months: Months = Months(())
    sha256: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    detail: str = ""


def series_url(upstreams: Upstreams, repo_full_name: str, metric_id: str) -> str:
    """Where OpenDigger keeps one metric of one repository; the case of the name matters."""
    return f"{upstreams.urls['opendigger']}/github/{quote(repo_full_name)}/{quote(metric_id)}.json"


def fetch_series(
    upstreams: Upstreams, repo_full_name: str, metric_id: str, earlier: Earlier | None = None
) -> Series:
    """Ask for one metric of one repository; the case of the name matters.

    Parameters
    ----------
    upstreams
        Where to ask. Months that were not over at its time of retrieval are left out.
    repo_full_name, metric_id
        What to ask for.
    earlier
        The answer that bronze holds, if any: then the series is only sent if it changed.

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
        return Series(repo_full_name, metric_id, url, "unknown", detail=NO_SUCH_SERIES)
    if answer.status_code != _OK:
        raise unexpected_status(answer)
    status, months, detail = _read_months(answer.content, last_complete_month(upstreams.retrieved_at))
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


def _read_months(body: bytes, through: Month) -> tuple[SeriesStatus, Months, str]:
    try:
        months = parse_months(body, through)
    except ValueError as error:
        return "malformed", Months(()), str(error)
    if months.values:
        return "loaded", months, ""
    if months.incomplete_month is not None:
        return (
            "no_months",
            months,
            f"no complete month in the answer: it begins with {months.incomplete_month}",
        )
    return "no_months", months, NO_MONTH


def parse_months(body: bytes, through: Month) -> Months:
    """Read the months of a numeric metric.

    One flat object mixes keys ``YYYY``, ``YYYYQn``, ``YYYY-MM`` and ``YYYY-MM-raw``. Only months are read;
    a year is no sum to check against, since some metrics are not additive.

    Parameters
    ----------
    body
        The JSON file.
    through
        The last complete month: later ones are left out.

    Raises
    ------
    ValueError
        If it is not such an object, if a month's value is no finite number of 0 or more, or if a month has
        two different values. One such month spoils the series: left out, it would read as a month in which
        nothing happened.

    Examples
    --------
    >>> body = b'{"2021": 9, "2021-10": 4, "2021-10-raw": 3.7, "2021-12": 1}'
    >>> months = parse_months(body, through=Month(2021, 11))
    >>> [(str(m.month), m.value) for m in months.values], str(months.incomplete_month)
    ([('2021-10', 3.7)], '2021-12')
    """
    entries = _entries(body)
    left_out: list[LeftOut] = []
    values: list[MonthValue] = []
    later: list[Month] = []
    for key in sorted({match[1] for match in map(_MONTH_KEY.fullmatch, entries) if match}):
        try:
            month = Month.parse(key)
        except ValueError:
            left_out.append(LeftOut(f"{key} is no month of a calendar", key))
            continue
        if month < FIRST_MONTH:
            left_out.append(LeftOut(f"{key} is before {FIRST_MONTH}, the first month of OpenDigger", key))
        elif month <= through:
            values.append(_month_value(entries, month))
        else:
            later.append(month)
            if month > through + 1:
                left_out.append(LeftOut(f"{key} is a month of the future", key))
    return Months(tuple(values), tuple(left_out), min(later, default=None))


def _entries(body: bytes) -> Mapping[str, object]:
    """The keys of the object with their values; a month that occurs twice must say the same."""
    try:
        # Pairs as a tuple, so that no key is lost; a JSON array is a list and not taken for an object.
        pairs = json.loads(body, object_pairs_hook=tuple, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("JSON is malformed: not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"JSON is malformed: {error}") from None
    if not isinstance(pairs, tuple):
        raise ValueError(f"a JSON object was expected, not {type(pairs).__name__}")
    given: defaultdict[str, list[object]] = defaultdict(list)
    for key, value in pairs:
        given[key].append(value)
    for key, values in given.items():
        if _MONTH_KEY.fullmatch(key) and any(value != values[0] for value in values):
            raise ValueError(f"{key} has several values: {_quoted(values)}")
    return {key: values[0] for key, values in given.items()}


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"JSON is malformed: {constant} is no number")


def _month_value(entries: Mapping[str, object], month: Month) -> MonthValue:
    raw_key = f"{month}-raw"
    measured_key = raw_key if raw_key in entries else str(month)
    return MonthValue(
        month=month,
        value=_number(entries[measured_key], measured_key),
        is_interpolated=raw_key in entries or month == INTERPOLATED_MONTH,
    )


def _number(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{key} is {_quoted([value])}, not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{key} is too large for a number")
    if number < 0:
        raise ValueError(f"{key} is {number:g}, and no metric is below 0")
    return number


def _quoted(values: Sequence[object]) -> str:
    return " and ".join(json.dumps(value, ensure_ascii=False) for value in values)[:_EXCERPT_LENGTH]
