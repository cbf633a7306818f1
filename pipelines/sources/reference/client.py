"""The reference tables: observed repositories, published collaboration edges, recorded OpenRank and counts.

Belongs here: the columns of these files. Must not: which observation counts for a month; that is decided
downstream, on all of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, TypeVar

from pipelines.floor.periods import Month
from pipelines.sources.failures import unexpected_status
from pipelines.sources.http import get
from pipelines.sources.tables import Table, count, read_table, repo_full_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipelines.sources.connect import Upstreams

Row = TypeVar("Row")

OPENDIGGER = "opendigger"
GITHUB_RANKING = "github-ranking"
LANDSCAPE_2025_05 = "landscape_2025-05"
GRAVEYARD_2025_05 = "graveyard_2025-05"

_REPOSITORIES_FILE = "github_repositories.csv"
_REPOSITORIES_COLUMNS = (
    "observed_on",
    "repo_id",
    "full_name",
    "stars",
    "forks",
    "language",
    "created_at",
    "pushed_at",
    "description",
    "topics",
    "source",
)
_SOURCE_BY_ORIGIN = {
    "EvanLi/Github-Ranking daily list": GITHUB_RANKING,
    "Ant Open Source landscape 2025-05": LANDSCAPE_2025_05,
    "Ant Open Source report 2025-05, graveyard table": GRAVEYARD_2025_05,
}
_STARS_FILE = "github_stars_monthly.csv"
_STARS_COLUMNS = ("snapshot_date", "full_name", "stars", "forks", "open_issues", "language", "last_commit")
_STARS_ORIGIN = "EvanLi/Github-Ranking monthly list"
_EDGES_FILE = "landscape_2025-05_shared_developers.csv"
_EDGES_COLUMNS = ("repo_a", "repo_b", "shared_developers")
_OPENRANK_FILE = "opendigger_openrank_2025-05_2026-07.csv"
_OPENRANK_COLUMNS = ("repo_id", "full_name", "month", "openrank", "vintage")
_MONTHLY_COUNTS_FILE = "github_counts_monthly_2026.csv"
_MONTHLY_COUNTS_COLUMNS = ("repo", "month", "issues_opened", "prs_opened")
_WINDOW_COUNTS_FILE = "github_counts_windows.csv"
_WINDOW_COUNTS_COLUMNS = (
    "repo",
    "window_start",
    "window_end",
    "issues_opened",
    "prs_opened",
    "observable_in_window",
)
_FIRST_YEAR_BY_MONTH = 2026
_OK = 200


@dataclass(frozen=True, slots=True)
class RepositoryObservation:
    """A repository as a source showed it on a day. None is unknown: never zero, never false.

    Attributes
    ----------
    source
        Id of the data source in the seeds.
    detail
        The list or table within that source, in its own words.
    created_at, pushed_at
        In UTC; midnight where the source gives a day only.
    """

    observed_on: date
    repo_id: int | None
    repo_full_name: str
    stars_count: int
    forks_count: int | None
    open_issues_count: int | None
    language: str | None
    created_at: datetime | None
    pushed_at: datetime | None
    description: str | None
    topics: tuple[str, ...] | None
    source: str
    detail: str


@dataclass(frozen=True, slots=True)
class PublishedEdge:
    """Two repositories, in the published order, and the published number of people active in both."""

    repo_a: str
    repo_b: str
    shared_people_count: int
    source: str


@dataclass(frozen=True, slots=True)
class RecordedOpenrank:
    """OpenRank of a repository in a month, as OpenDigger showed it on the day of `vintage`."""

    repo_id: int
    repo_full_name: str
    month: Month
    openrank: float
    vintage: str


@dataclass(frozen=True, slots=True)
class RecordedCounts:
    """Issues and pull requests opened in a repository from `first_day` to `last_day`, as GitHub counts them."""

    repo_full_name: str
    first_day: date
    last_day: date
    issues_opened_count: int
    pull_requests_opened_count: int


def fetch_observations(upstreams: Upstreams) -> Table[RepositoryObservation]:
    """Read every repository observation: the dated lists, then the monthly ones.

    Raises
    ------
    SourceError
        If a file is missing or has other columns.
    """
    listed = _fetch_table(upstreams, _REPOSITORIES_FILE, _REPOSITORIES_COLUMNS, _parse_repository)
    monthly = _fetch_table(upstreams, _STARS_FILE, _STARS_COLUMNS, _parse_stars)
    return Table(listed.rows + monthly.rows, listed.quarantined + monthly.quarantined)


def fetch_published_edges(upstreams: Upstreams) -> Table[PublishedEdge]:
    """Read the collaboration edges of the May 2025 landscape; only counts of 20 and more were published.

    Raises
    ------
    SourceError
        If the file is missing or has other columns.
    """
    return _fetch_table(upstreams, _EDGES_FILE, _EDGES_COLUMNS, _parse_edge)


def fetch_recorded_openrank(upstreams: Upstreams) -> Table[RecordedOpenrank]:
    """Read the monthly OpenRank of May 2025 to July 2026, in the vintages in which it was recorded.

    Raises
    ------
    SourceError
        If the file is missing or has other columns.
    """
    return _fetch_table(upstreams, _OPENRANK_FILE, _OPENRANK_COLUMNS, _parse_openrank)


def fetch_recorded_counts(upstreams: Upstreams) -> Table[RecordedCounts]:
    """Read GitHub's own counts: each month of 2026, and January to August of earlier years.

    The files also count closed and merged items among those opened in the same window. This differs from the items
    closed and merged in the window, so it is left out. Years in which a repository was not public yet are left out as
    well; the file has 0 for them.

    Raises
    ------
    SourceError
        If a file is missing or has other columns.
    """
    monthly = _fetch_table(upstreams, _MONTHLY_COUNTS_FILE, _MONTHLY_COUNTS_COLUMNS, _parse_month_of_counts)
    windows = _fetch_table(upstreams, _WINDOW_COUNTS_FILE, _WINDOW_COUNTS_COLUMNS, _parse_window_of_counts)
    # 2026 is there month by month.
    earlier = [row for row in windows.rows if row is not None and row.first_day.year < _FIRST_YEAR_BY_MONTH]
    return Table((*earlier, *monthly.rows), monthly.quarantined + windows.quarantined)


def _fetch_table(
    upstreams: Upstreams, name: str, columns: Sequence[str], parse: Callable[[Mapping[str, str]], Row]
) -> Table[Row]:
    response = get(upstreams.session, f"{upstreams.reference_url}/{name}")
    if response.status_code != _OK:
        raise unexpected_status(response)
    return read_table(response.content, source_file=name, columns=columns, parse=parse)


def _parse_repository(record: Mapping[str, str]) -> RepositoryObservation:
    origin = record["source"]
    if origin not in _SOURCE_BY_ORIGIN:
        raise ValueError(f"source is {origin!r}, which is not a known one")
    return RepositoryObservation(
        observed_on=date.fromisoformat(record["observed_on"]),
        repo_id=_optional(count, record, "repo_id"),
        repo_full_name=repo_full_name(record, "full_name"),
        stars_count=count(record, "stars"),
        forks_count=_optional(count, record, "forks"),
        open_issues_count=None,
        language=record["language"] or None,
        created_at=_optional(_moment, record, "created_at"),
        pushed_at=_optional(_moment, record, "pushed_at"),
        description=record["description"] or None,
        topics=tuple(record["topics"].split(",")) if record["topics"] else None,
        source=_SOURCE_BY_ORIGIN[origin],
        detail=origin,
    )


def _parse_stars(record: Mapping[str, str]) -> RepositoryObservation:
    return RepositoryObservation(
        observed_on=date.fromisoformat(record["snapshot_date"]),
        repo_id=None,
        repo_full_name=repo_full_name(record, "full_name"),
        stars_count=count(record, "stars"),
        forks_count=_optional(count, record, "forks"),
        open_issues_count=_optional(count, record, "open_issues"),
        language=record["language"] or None,
        created_at=None,
        pushed_at=_optional(_moment, record, "last_commit"),
        description=None,
        topics=None,
        source=GITHUB_RANKING,
        detail=_STARS_ORIGIN,
    )


def _parse_openrank(record: Mapping[str, str]) -> RecordedOpenrank:
    openrank = float(record["openrank"])
    if not 0 <= openrank < math.inf:
        raise ValueError(f"openrank is {record['openrank']!r}, not a value of 0 or more")
    return RecordedOpenrank(
        repo_id=count(record, "repo_id"),
        repo_full_name=repo_full_name(record, "full_name"),
        month=Month.parse(record["month"]),
        openrank=openrank,
        vintage=record["vintage"],
    )


def _parse_month_of_counts(record: Mapping[str, str]) -> RecordedCounts:
    month = Month.parse(record["month"])
    return _counts(record, month.first_day, month.last_day)


def _parse_window_of_counts(record: Mapping[str, str]) -> RecordedCounts | None:
    if record["observable_in_window"] != "yes":
        return None
    return _counts(
        record, date.fromisoformat(record["window_start"]), date.fromisoformat(record["window_end"])
    )


def _counts(record: Mapping[str, str], first_day: date, last_day: date) -> RecordedCounts:
    return RecordedCounts(
        repo_full_name(record, "repo"),
        first_day,
        last_day,
        count(record, "issues_opened"),
        count(record, "prs_opened"),
    )


def _parse_edge(record: Mapping[str, str]) -> PublishedEdge:
    repo_a, repo_b = repo_full_name(record, "repo_a"), repo_full_name(record, "repo_b")
    if repo_a == repo_b:
        raise ValueError(f"{repo_a} is on both ends")
    return PublishedEdge(repo_a, repo_b, count(record, "shared_developers"), LANDSCAPE_2025_05)


def _optional(
    read: Callable[[Mapping[str, str], str], Row], record: Mapping[str, str], column: str
) -> Row | None:
    return read(record, column) if record[column] else None


def _moment(record: Mapping[str, str], column: str) -> datetime:
    """Read an ISO date or date-time; one without a time zone is UTC, as the sources write it."""
    moment = datetime.fromisoformat(record[column])
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
