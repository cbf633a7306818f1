"""OpenDigger's list of exported repositories, and the sample's table of retrieved months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.floor.errors import SourceError
from pipelines.floor.periods import Month
from pipelines.sources.failures import unexpected_status
from pipelines.sources.http import get
from pipelines.sources.tables import Table, read_table, repo_full_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.bronze.storage import QuarantinedRow
    from pipelines.sources.answer import Earlier
    from pipelines.sources.connect import Upstreams

_EXTENT_COLUMNS = ("full_name", "observed_from", "observed_through")
_EXPORT_LIST_COLUMNS = ("platform", "repo_name")
_GITHUB = "github"
_OK, _NOT_MODIFIED, _NOT_FOUND = 200, 304, 404


@dataclass(frozen=True, slots=True)
class ExportList:
    """The repositories OpenDigger exports, and the headers that make the next request conditional.

    Attributes
    ----------
    names
        ``owner/name``, in the case its addresses depend on, sorted, each once.
    quarantined
        Rows that name no repository.
    """

    names: tuple[str, ...]
    etag: str | None = None
    last_modified: str | None = None
    quarantined: tuple[QuarantinedRow, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Extent:
    """An unbroken run of months that was retrieved for a repository name, both ends included.

    Inside it a missing month is absent; outside all extents of the name a month is unknown.
    """

    repo_full_name: str
    first: Month
    last: Month


def fetch_exports(upstreams: Upstreams, earlier: Earlier | None = None) -> ExportList | None:
    """Names of the GitHub repositories OpenDigger exports. A host without a list (404) exports nothing by name.

    Parameters
    ----------
    upstreams
        Where to ask.
    earlier
        The list that bronze holds, if any.

    Returns
    -------
    ExportList or None
        None if the held list still holds.

    Raises
    ------
    SourceError
        If no list comes, or one without the columns of platform and name.
    """
    answer = get(upstreams.session, export_list_url(upstreams), earlier=earlier)
    if answer.status_code == _NOT_MODIFIED and earlier is not None:
        return None
    if answer.status_code == _NOT_FOUND:
        return ExportList(())
    if answer.status_code != _OK:
        raise unexpected_status(answer)
    listed = read_table(
        answer.content, source_file="repo_list.csv", columns=_EXPORT_LIST_COLUMNS, parse=_parse_export
    )
    return ExportList(
        tuple(sorted({name for name in listed.rows if name is not None})),
        answer.headers.get("ETag"),
        answer.headers.get("Last-Modified"),
        listed.quarantined,
    )


def export_list_url(upstreams: Upstreams) -> str:
    """Where OpenDigger keeps its list of exported repositories."""
    return f"{upstreams.urls['opendigger']}/repo_list.csv"


def _parse_export(record: Mapping[str, str]) -> str | None:
    """The name of a GitHub repository; None for one of another platform."""
    if record["platform"].casefold() != _GITHUB:
        return None
    return repo_full_name(record, "repo_name")


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
            where=upstreams.urls["opendigger"],
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
